// An application that wants to hear that somebody is signed out, as jose verifies it. Prints its address; reads the issuer that it believes; prints
// what each logout token says, or why it believes none. A further line is the status that it answers with from then on.
import { createServer } from "node:http";
import { createInterface } from "node:readline/promises";
import { createRemoteJWKSet, jwtVerify } from "jose";

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
print({ address: `http://127.0.0.1:${server.address().port}/logout` });

const { issuer, audience } = JSON.parse((await lines.next()).value);
const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
let status = 200;
server.on("request", async (request, response) => {
  let body = "";
  for await (const part of request) {
    body += part;
  }

  try {
    const { payload, protectedHeader } = await jwtVerify(new URLSearchParams(body).get("logout_token"), keys, {
      issuer,
      audience,
      typ: "logout+jwt",
      requiredClaims: ["iat", "exp", "jti", "sub", "sid", "events"],
    });
    print({ answered: status, method: request.method, type: request.headers["content-type"], alg: protectedHeader.alg, payload });
    response.writeHead(status, { "cache-control": "no-store", location: "/elsewhere" }).end();
  } catch (e) {
    print({ error: e.message, path: request.url });
    response.writeHead(400).end();
  }
});
print({ ready: true });

for (let line = await lines.next(); !line.done; line = await lines.next()) {
  status = Number(line.value);
  print({ ready: true });
}
process.exit(0);
