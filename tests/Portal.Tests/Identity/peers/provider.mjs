// oidc-provider as a company's provider, with its own development pages for sign-in and consent. Prints its issuer as
// soon as it has a port; reads its settings, which name the client; then serves until its input ends.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline/promises';
import Provider from 'oidc-provider';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
process.stdout.write(`${JSON.stringify({ issuer })}\n`);

const settings = JSON.parse((await lines.next()).value);
const provider = new Provider(issuer, {
  clients: [settings.client],
  claims: { openid: ['sub'], profile: ['name', 'roles'] },
  conformIdTokenClaims: settings.conformIdTokenClaims,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  // Whoever types a name has the password; the roles are in the name, after a hyphen.
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, name: `Known as ${sub}`, roles: sub.split('-').slice(1) }) }),
});
server.on('request', provider.callback());
process.stdout.write('{"ready":true}\n');

await lines.next();
process.exit(0);
