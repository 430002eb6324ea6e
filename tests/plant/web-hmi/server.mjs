#!/usr/bin/env node
// A demo web HMI: a pumping station as small controllers serve it. It believes that every browser stands in the plant: its own address is
// in links, redirects, scripts and cookies; it refuses another Host or Origin, and frames. Nothing in it is real.
//
//   node server.mjs --port 443 --cert cert.pem --key key.pem [--listen 0.0.0.0] [--name 192.168.10.30] [--user operator]
//
// The user's password is in STATION_PASSWORD (default: demo), where other users of the machine do not see it.
// Prints "ready PORT" when it listens. Without --cert it speaks plain HTTP.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { parseArgs } from "node:util";
import { login, overview, script } from "./pages.mjs";
import { accept } from "./websocket.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    listen: { type: "string", default: "127.0.0.1" },
    name: { type: "string", default: "127.0.0.1" },
    cert: { type: "string" },
    key: { type: "string" },
    user: { type: "string", default: "operator" },
  },
});
const password = process.env.STATION_PASSWORD ?? "demo";
const MAX_BODY = 1024 * 1024;
const tls = Boolean(options.cert);
const sessions = new Map();
const forms = new Set();
const state = { level: 142, flow: 12, setpoint: 150, tick: 0 };
const listeners = new Set();
const alarms = new Set();
let origin = "";

const server = tls ? https.createServer({ cert: readFileSync(options.cert), key: readFileSync(options.key) }, handle) : http.createServer(handle);

setInterval(() => {
  state.tick++;
  state.flow = state.level < state.setpoint ? 12 + Math.sin(state.tick / 5) : 0;
  state.level = Math.max(10, Math.min(310, state.level + (state.flow > 0 ? 0.4 : -0.3)));
  for (const listener of listeners) {
    listener.send(JSON.stringify(state));
  }
}, 250).unref();

const cookie = (request, name) =>
  (request.headers.cookie ?? "")
    .split("; ")
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);
const session = (request) => sessions.get(cookie(request, "STATION"));
const isOurs = (request) => request.headers.host === new URL(origin).host;
const fill = (text, form = "") => text.replaceAll("ORIGIN", origin).replaceAll("FORMTOKEN", form);

async function body(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > MAX_BODY) {
      return null;
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function answer(response, status, type, text, headers = {}) {
  response.writeHead(status, {
    "content-type": type,
    "x-frame-options": "DENY",
    "content-security-policy": `default-src 'self' 'unsafe-inline' ${origin}; connect-src ${origin} ${origin.replace(/^http/, "ws")}; frame-ancestors 'none'`,
    "strict-transport-security": "max-age=31536000",
    server: "demo-station/1",
    ...headers,
  });
  response.end(text);
}

const redirect = (response, path, headers = {}) => answer(response, 302, "text/plain", "", { location: origin + path, ...headers });

async function handle(request, response) {
  const url = new URL(request.url, origin);
  if (!isOurs(request)) {
    return answer(response, 403, "text/plain", `Access denied. Please use ${origin}\n`);
  }
  if (url.pathname === "/login" && request.method === "GET") {
    const form = randomBytes(8).toString("hex");
    forms.add(form);
    return answer(response, 200, "text/html; charset=utf-8", fill(login(url.searchParams.has("failed")), form));
  }
  if (url.pathname === "/login" && request.method === "POST") {
    const form = new URLSearchParams((await body(request))?.toString("utf8"));
    if (request.headers.origin !== origin || !forms.delete(form.get("form")) || form.get("name") !== options.user || form.get("password") !== password) {
      return redirect(response, "/login?failed");
    }
    const id = randomBytes(16).toString("hex");
    const token = randomBytes(8).toString("hex");
    sessions.set(id, { token });
    const attributes = `Domain=${options.name}; Path=/${tls ? "; Secure" : ""}; SameSite=Strict`;
    return redirect(response, "/", { "set-cookie": [`STATION=${id}; HttpOnly; ${attributes}`, `STATIONTOKEN=${token}; ${attributes}`] });
  }
  if (url.pathname === "/health") {
    return answer(response, 200, "text/plain", "ok\n");
  }
  if (!session(request)) {
    return request.method === "GET" ? redirect(response, "/login") : answer(response, 401, "text/plain", "Sign in first.\n");
  }
  return serve(request, response, url);
}

async function serve(request, response, url) {
  switch (`${request.method} ${url.pathname}`) {
    case "GET /":
      return answer(response, 200, "text/html; charset=utf-8", fill(overview));
    case "GET /app.js":
      return answer(response, 200, "text/javascript; charset=utf-8", fill(script));
    case "GET /logout":
      sessions.delete(cookie(request, "STATION"));
      return redirect(response, "/login", { "set-cookie": "STATION=; Path=/; Max-Age=0" });
    case "POST /api/setpoint":
      return setPoint(request, response);
    case "GET /api/setpoint":
      return answer(response, 200, "application/json", JSON.stringify({ setpoint: state.setpoint, href: `${origin}/api/setpoint` }));
    case "POST /api/recipe": {
      const bytes = await body(request);
      return bytes ? answer(response, 200, "application/json", JSON.stringify({ bytes: bytes.length })) : answer(response, 413, "text/plain", "Too long.\n");
    }
    case "GET /trend.csv":
      return trend(request, response);
    case "GET /alarms":
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      response.write("data: Station started\n\n");
      alarms.add(response);
      return response.on("close", () => alarms.delete(response));
    default:
      return answer(response, 404, "text/plain", "Not found.\n");
  }
}

async function setPoint(request, response) {
  if (request.headers.origin !== origin || request.headers["x-station-token"] !== session(request).token) {
    return answer(response, 403, "text/plain", "Only from the station's own page.\n");
  }
  const value = JSON.parse((await body(request))?.toString("utf8") || "{}").setpoint;
  if (!(value >= 20 && value <= 300)) {
    return answer(response, 422, "text/plain", "The set-point must be 20 to 300 cm.\n");
  }
  state.setpoint = value;
  for (const alarm of alarms) {
    alarm.write(`data: Set-point ${value} cm\n\n`);
  }
  return answer(response, 200, "text/plain", `Set-point is ${value} cm.`);
}

function trend(request, response) {
  const rows = ["second,level"];
  for (let i = 0; i < 2000; i++) {
    rows.push(`${i},${(140 + 20 * Math.sin(i / 60)).toFixed(2)}`);
  }
  const text = Buffer.from(rows.join("\n"));
  const headers = { "accept-ranges": "bytes", "content-disposition": 'attachment; filename="trend.csv"' };
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  if (!range) {
    return answer(response, 200, "text/csv", text, headers);
  }
  const [from, to] = [Number(range[1]), Math.min(Number(range[2]), text.length - 1)];
  return answer(response, 206, "text/csv", text.subarray(from, to + 1), { ...headers, "content-range": `bytes ${from}-${to}/${text.length}` });
}

server.on("upgrade", (request, socket) => {
  socket.on("error", () => socket.destroy());
  if (request.url !== "/live" || !isOurs(request) || request.headers.origin !== origin || !session(request)) {
    socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return;
  }
  const live = accept(request, socket, {
    onMessage: (text) => live.send(JSON.stringify({ ...state, echo: text.slice(0, 200) })),
    onClose: () => listeners.delete(live),
  });
  listeners.add(live);
});

server.listen(Number(options.port), options.listen, () => {
  const { port } = server.address();
  const usual = port === (tls ? 443 : 80);
  origin = `${tls ? "https" : "http"}://${options.name}${usual ? "" : `:${port}`}`;
  console.log(`ready ${port}`);
});
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => process.exit(0));
}
