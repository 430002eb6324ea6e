// Unit tests of the client's modules, by Node's own runner: bundled first, as Node 20 reads no TypeScript. With --tap FILE, the result as TAP, too.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const { build } = createRequire(join(here, "../../portal/client/package.json"))("esbuild");
const out = mkdtempSync(join(tmpdir(), "sallyport-client-"));
const tests = readdirSync(here).filter((name) => name.endsWith(".test.ts"));

try {
  await build({
    entryPoints: tests.map((name) => join(here, name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const tap = process.argv.indexOf("--tap");
  const reports = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
  if (tap > 0) {
    reports.push("--test-reporter=tap", `--test-reporter-destination=${process.argv[tap + 1]}`);
  }
  const files = tests.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
  // Times are written for a zone and a language.
  const { status } = spawnSync(process.execPath, ["--no-warnings", "--enable-source-maps", ...reports, "--test", ...files], {
    stdio: "inherit",
    env: { ...process.env, TZ: "Europe/Berlin", LC_ALL: "en_US.UTF-8" },
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(out, { recursive: true });
}
