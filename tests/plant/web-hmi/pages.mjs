// The pages of the demo station. Written as such pages are: with the station's own address in every link.

const style = `
  body { margin: 0; font: 14px/1.4 "DejaVu Sans", Arial, sans-serif; background: #c9ced2; color: #15202b; }
  header { background: #23415c; color: #fff; padding: 8px 16px; display: flex; gap: 16px; align-items: baseline; }
  header h1 { font-size: 17px; margin: 0; } header a { color: #cfe3f5; margin-left: auto; }
  main { display: grid; grid-template-columns: minmax(320px, 3fr) minmax(220px, 1fr); gap: 12px; padding: 12px; }
  section { background: #e4e7ea; border: 1px solid #9aa4ad; padding: 10px; } h2 { font-size: 14px; margin: 0 0 8px; }
  output { font: bold 18px "DejaVu Sans Mono", monospace; } svg { width: 100%; height: auto; }
  label { display: block; margin: 8px 0 4px; } input { width: 100%; box-sizing: border-box; padding: 6px; font: inherit; } button { margin-top: 8px; padding: 8px 16px; font: inherit; }
  .demo { background: #f6e7a6; padding: 4px 16px; font-size: 12px; } #alarms { margin: 0; padding-left: 16px; font-size: 12px; } .bad { color: #a31515; }
  @media (max-width: 640px) { main { grid-template-columns: 1fr; } }`;

const page = (
  title,
  body,
) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head>
<body><header><h1>Demo pumping station</h1><span>${title}</span><a href="ORIGIN/logout">Sign out</a></header><div class="demo">Demo data: there is no such station.</div>${body}</body></html>`;

export const login = (failed) =>
  page(
    "Sign in",
    `<main><section><h2>Sign in</h2>${failed ? '<p class="bad">Wrong name or password.</p>' : ""}
<form method="post" action="ORIGIN/login"><input type="hidden" name="form" value="FORMTOKEN">
<label for="name">Name</label><input id="name" name="name" autocomplete="off"><label for="password">Password</label><input id="password" name="password" type="password"><button>Sign in</button></form></section></main>`,
  );

export const overview = page(
  "Overview",
  `<main>
<section><h2>Raw water tank and pump P1</h2>
<svg viewBox="0 0 420 220" role="img" aria-label="Tank, pump and outlet">
  <rect x="30" y="30" width="120" height="160" fill="#fff" stroke="#44525e" stroke-width="3"/>
  <rect id="level-bar" x="32" y="110" width="116" height="78" fill="#3f86c2"/>
  <path d="M150 170 H230 M270 170 H400" stroke="#44525e" stroke-width="8" fill="none"/>
  <circle id="pump" cx="250" cy="170" r="24" fill="#8a949c" stroke="#44525e" stroke-width="3"/><path d="M238 156 L238 184 L272 170 Z" fill="#fff"/>
  <text x="40" y="22" font-size="13">LT-101</text><text x="236" y="136" font-size="13">P1</text>
</svg>
<p>Level <output id="level">--</output> cm &nbsp; Flow <output id="flow">--</output> m³/h &nbsp; Set-point <output id="current">--</output> cm</p>
<p id="link" class="bad">No live data</p></section>
<section><h2>Level set-point</h2>
<form id="form"><label for="setpoint">Set-point in cm (20 … 300)</label><input id="setpoint" name="setpoint" inputmode="decimal"><button>Write</button></form><p id="answer" role="status"></p>
<h2>Events</h2><ul id="alarms"></ul><p><a id="trend" href="ORIGIN/trend.csv">Trend as CSV</a></p></section>
</main><script src="ORIGIN/app.js"></script>`,
);

export const script = `'use strict';
// The address is where the engineer put it when the station was built.
const station = 'ORIGIN';
const $ = (id) => document.getElementById(id);
let failures = 0;
function connect() {
  const live = new WebSocket(station.replace(/^http/, 'ws') + '/live');
  live.onopen = () => { $('link').textContent = 'Live'; $('link').className = ''; };
  live.onmessage = (event) => {
    const now = JSON.parse(event.data);
    $('level').textContent = now.level.toFixed(1); $('flow').textContent = now.flow.toFixed(1); $('current').textContent = now.setpoint;
    $('level-bar').setAttribute('height', now.level / 2); $('level-bar').setAttribute('y', 188 - now.level / 2);
    $('pump').setAttribute('fill', now.flow > 0 ? '#3f9e58' : '#8a949c');
    document.body.dataset.tick = now.tick;
  };
  live.onclose = () => { $('link').textContent = 'No live data'; $('link').className = 'bad'; if (++failures < 5) { setTimeout(connect, 1000); } };
}
connect();
new EventSource(station + '/alarms').onmessage = (event) => { const item = document.createElement('li'); item.textContent = event.data; $('alarms').prepend(item); };
$('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const answer = await fetch(station + '/api/setpoint', { method: 'POST', headers: { 'content-type': 'application/json', 'x-station-token': document.cookie.replace(/.*STATIONTOKEN=([^;]*).*/, '$1') }, body: JSON.stringify({ setpoint: Number($('setpoint').value) }) });
  $('answer').textContent = await answer.text();
});
`;
