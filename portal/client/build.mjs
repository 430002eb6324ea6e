// Bundles the front end into ../wwwroot/client.
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";

const out = "../wwwroot/client";
await mkdir(out, { recursive: true });

await build({
  entryPoints: {
    shell: "shell.ts",
    terminal: "terminal/main.ts",
    xterm: "terminal/xterm.ts",
    "xterm-webgl": "terminal/xterm-webgl.ts",
    screen: "screen/main.ts",
    web: "web/main.ts",
    player: "player/main.ts",
    "web-player": "player/web-main.ts",
  },
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: true,
  legalComments: "linked",
});

await build({
  entryPoints: { fonts: "fonts.css" },
  outdir: out,
  bundle: true,
  minify: true,
  loader: { ".woff2": "file", ".woff": "empty" },
  assetNames: "fonts/[name]",
});

// One sprite of the icons that pages name, so that a page fetches them once.
const names = JSON.parse(await readFile("icons.json", "utf8"));
const symbols = await Promise.all(
  names.map(async (name) => {
    const svg = await readFile(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
    const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${body.trim()}</symbol>`;
  }),
);
await writeFile(`${out}/icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
