// oidc-provider as a company's provider, with its own development pages for sign-in and consent. Prints its issuer as
// soon as it has a port; reads its settings, which name the client; then serves until its input ends. Each further line
// says what roles somebody has from then on.
import { createServer } from "node:http";
import { createInterface } from "node:readline/promises";
import Provider from "oidc-provider";

// What it has to say to developers; its output is the protocol with the test.
console.log = console.info = console.error;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
process.stdout.write(`${JSON.stringify({ issuer })}\n`);

const roles = new Map();
const settings = JSON.parse((await lines.next()).value);
const provider = new Provider(issuer, {
  clients: [settings.client],
  claims: { openid: ["sub"], profile: ["name", "roles"] },
  conformIdTokenClaims: settings.conformIdTokenClaims,
  pkce: { required: () => true },
  // Its own asks no address of this machine.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  features: {
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: settings.requirePush ?? false },
    devInteractions: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    backchannelLogout: { enabled: true },
  },
  // Whoever types a name has the password; the roles are in the name, after a hyphen.
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, name: `Known as ${sub}`, roles: roles.get(sub) ?? sub.split("-").slice(1) }) }),
});
server.on("request", provider.callback());
process.stdout.write('{"ready":true}\n');

for (let line = await lines.next(); !line.done; line = await lines.next()) {
  for (const [sub, has] of Object.entries(JSON.parse(line.value))) {
    roles.set(sub, has);
  }
  process.stdout.write('{"ready":true}\n');
}
process.exit(0);
