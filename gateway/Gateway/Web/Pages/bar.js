"use strict";
// The bar of a web session. It hears of the session's end and its window from the gateway; of the frame below it knows nothing.

const $ = (id) => document.getElementById(id);
const end = $("end");
const title = document.title;
let endsAt = 0;
let idleEndsAt = null; // while it must be asked whether somebody is there
let ahead = 0; // of this clock, against the gateway's
let over = false;
let asked = 0;
let linkTrouble = "";
let endTrouble = "";
let following; // what would cut the stream of events
let heardAt = 0;

const secondsUntil = (at) => Math.max(0, Math.round((at - (Date.now() - ahead)) / 1000));

function clock(seconds) {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function show() {
  const seconds = secondsUntil(endsAt);
  $("left").textContent = clock(seconds);
  $("left").parentElement.classList.toggle("short", seconds <= 300);
  const warn = seconds <= 60 ? "Less than a minute left, then the session ends." : seconds <= 300 ? "Less than five minutes left, then the session ends." : "";
  say(over ? "" : linkTrouble || endTrouble || (endsAt ? warn : ""));
  askWhether(!over && idleEndsAt !== null);
}

// The focus stays where it is: a digit that somebody is just typing into the HMI must not get lost. The button is the stop before the frame.
function askWhether(wanted) {
  if (wanted) {
    $("idle-left").textContent = clock(secondsUntil(idleEndsAt));
  }
  if ($("idle").hidden === wanted) {
    $("idle").hidden = !wanted;
    $("ask").textContent = wanted ? "Are you still there?" : "";
    document.title = wanted ? `Are you still there? ${title}` : title;
  }
}

function say(text) {
  if ($("banner").textContent !== text) {
    $("banner").textContent = text;
    $("banner").hidden = text === "";
  }
}

function finish(message) {
  if (over) {
    return;
  }
  over = true;
  following.abort();
  takeLeave();
  $("why").textContent = message;
  $("over").hidden = false;
  $("left").parentElement.hidden = true;
  end.hidden = true;
  document.querySelector(".recorded").hidden = true;
  say("");
  askWhether(false);
}

// The HMI's origin is asked once more: its answer takes along what the HMI has left in this browser. By a frame of its own, since the HMI's could ask
// whether one really wants to leave.
function takeLeave() {
  const last = document.createElement("iframe");
  last.sandbox = "allow-same-origin";
  last.hidden = true;
  last.src = new URL("/.sallyport/over", $("hmi").src).href;
  last.addEventListener("load", () => last.remove());
  setTimeout(() => last.remove(), 30000);
  $("hmi").remove();
  document.body.append(last);
}

// Not by cookies, which a page of a session can add to without end, or push out of the browser: see throwOutCookies.
const ask = (path, options) => fetch(path, { ...options, credentials: "omit", headers: { "Sallyport-Key": document.body.dataset.key } });

async function follow() {
  while (!over) {
    try {
      following = new AbortController();
      heardAt = Date.now();
      const answer = await ask("/events", { signal: following.signal });
      // Only these two say that the session is over; others are of something on the way here.
      if (answer.status === 410 || answer.status === 403) {
        finish(await answer.text());
      } else if (answer.ok) {
        await read(answer.body.getReader());
      }
    } catch {
      // Said below.
    }
    if (!over) {
      linkTrouble = "The link to the gateway is broken; trying again. The session may still run: if this stays, end it in the portal.";
      show();
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

async function read(reader) {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    heardAt = Date.now();
    if (done) {
      return;
    }
    text += decoder.decode(value, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(block);
      hear(name, JSON.parse(data));
    }
  }
}

function hear(name, state) {
  if (name === "ended") {
    if (state.reason === "taken-over") {
      $("over").querySelector("h2").textContent = "The session is in another window";
    }
    finish(state.message);
  } else {
    ahead = Date.now() - state.now;
    ({ endsAt, idleEndsAt } = state);
    linkTrouble = "";
    show();
  }
}

// Twice within four seconds: one slip of the hand ends nobody's work.
end.addEventListener("click", async () => {
  if (Date.now() - asked > 4000) {
    asked = Date.now();
    end.textContent = "End now?";
    setTimeout(() => {
      end.textContent = "End";
    }, 4000);
    return;
  }
  end.disabled = true;
  const answer = await ask("/end", { method: "POST" }).catch(() => null);
  end.disabled = Boolean(answer?.ok);
  endTrouble = end.disabled ? "" : "End did not get through: the session still runs. Try again, or end it in the portal.";
  show();
});

// A page of a session can fill the browser's store for the whole domain: then servers refuse whatever the browser asks there, for this session or
// another. Nothing but such a page leaves so much.
function throwOutCookies() {
  if (document.cookie.length < 16384) {
    return;
  }
  const labels = location.hostname.split(".");
  for (const pair of document.cookie.split("; ")) {
    const name = pair.slice(0, Math.max(0, pair.indexOf("=")));
    for (let i = 1; i < labels.length; i++) {
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API deletes none of other domains, and not every browser has it
      document.cookie = `${name}=; Domain=${labels.slice(i).join(".")}; Path=/; Max-Age=0`;
    }
  }
}

$("stay").addEventListener("click", () => ask("/stay", { method: "POST" }).catch(() => null));

function tick() {
  throwOutCookies();
  if (Date.now() - heardAt > 45000) {
    following.abort(); // Something is said every 15 seconds: the link is dead, and nobody has noticed.
  }
  if (!over) {
    show();
  }
}

void follow();
tick();
setInterval(tick, 500);
