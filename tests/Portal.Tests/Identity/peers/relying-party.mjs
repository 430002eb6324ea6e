// A relying party made of openid-client. Reads its settings from the command line and prints where the browser has to
// go; reads the address that the browser came back to; prints what it then knows, or why it believes nothing.
import { createInterface } from "node:readline/promises";
import * as client from "openid-client";

const settings = JSON.parse(process.argv[2]);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => (await lines.next()).value;
const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

try {
  const authentication = settings.clientSecret ? client[settings.authentication](settings.clientSecret) : client.None();
  const config = await client.discovery(new URL(settings.issuer), settings.clientId, undefined, authentication, {
    execute: [client.allowInsecureRequests],
  });
  const codeVerifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const build = settings.pushed ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
  const url = await build(config, {
    redirect_uri: settings.redirectUri,
    scope: "openid profile",
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...settings.parameters,
  });
  print({ url });

  const callback = new URL(await read());
  const tokens = await client.authorizationCodeGrant(config, callback, {
    pkceCodeVerifier: codeVerifier,
    expectedState: state,
    expectedNonce: nonce,
    maxAge: settings.parameters?.max_age && Number(settings.parameters.max_age),
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  const userInfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  const signOut = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: settings.postLogoutRedirectUri,
    state: "bye",
  });
  print({ claims, userInfo, signOut });
} catch (e) {
  print({ error: e.error ?? e.code ?? e.message });
}
process.exit(0);
