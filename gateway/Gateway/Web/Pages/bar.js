'use strict';
// The bar of a web session. It hears of the session's end and its window from the gateway; of the frame below it knows nothing.

const $ = (id) => document.getElementById(id);
const end = $('end');
let endsAt = 0;
let ahead = 0; // of this clock, against the gateway's
let over = false;
let asked = 0;

function show() {
  const seconds = Math.max(0, Math.round((endsAt - (Date.now() - ahead)) / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, '0');
  $('left').textContent = hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  $('left').parentElement.classList.toggle('short', seconds <= 300);
  const warn = seconds <= 60 ? 'Less than a minute left, then the session ends.' : seconds <= 300 ? 'Less than five minutes left, then the session ends.' : '';
  say(over || !endsAt ? '' : warn);
}

function say(text) {
  if ($('banner').textContent !== text) {
    $('banner').textContent = text;
    $('banner').hidden = text === '';
  }
}

function finish(message) {
  over = true;
  events.close();
  $('hmi').remove();
  $('why').textContent = message;
  $('over').hidden = false;
  $('left').parentElement.hidden = true;
  end.hidden = true;
  document.querySelector('.recorded').hidden = true;
  say('');
}

const events = new EventSource('/events');
events.addEventListener('window', (event) => {
  const state = JSON.parse(event.data);
  ahead = Date.now() - state.now;
  endsAt = state.endsAt;
  show();
});
events.addEventListener('ended', (event) => finish(JSON.parse(event.data).message));
events.addEventListener('error', async () => {
  if (over || events.readyState !== EventSource.CLOSED) {
    return;
  }
  // The gateway has answered, and not with events: the session is over.
  const answer = await fetch('/events').catch(() => null);
  finish(answer && !answer.ok ? await answer.text() : 'The gateway cannot be reached any more.');
});

// Twice within four seconds: one slip of the hand ends nobody's work.
end.addEventListener('click', async () => {
  if (Date.now() - asked > 4000) {
    asked = Date.now();
    end.textContent = 'End now?';
    setTimeout(() => { end.textContent = 'End'; }, 4000);
    return;
  }
  end.disabled = true;
  const answer = await fetch('/end', { method: 'POST' }).catch(() => null);
  end.disabled = Boolean(answer && answer.ok);
});

setInterval(() => over || show(), 500);
