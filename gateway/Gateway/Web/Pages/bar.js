'use strict';
// The bar of a web session. It hears of the session's end and its window from the gateway; of the frame below it knows nothing.

const $ = (id) => document.getElementById(id);
const end = $('end');
const title = document.title;
let endsAt = 0;
let idleEndsAt = null; // while it must be asked whether somebody is there
let ahead = 0; // of this clock, against the gateway's
let over = false;
let asked = 0;

const secondsUntil = (at) => Math.max(0, Math.round((at - (Date.now() - ahead)) / 1000));

function clock(seconds) {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function show() {
  const seconds = secondsUntil(endsAt);
  $('left').textContent = clock(seconds);
  $('left').parentElement.classList.toggle('short', seconds <= 300);
  const warn = seconds <= 60 ? 'Less than a minute left, then the session ends.' : seconds <= 300 ? 'Less than five minutes left, then the session ends.' : '';
  say(over || !endsAt ? '' : warn);
  ask(!over && idleEndsAt !== null);
}

// The focus stays where it is: a digit that somebody is just typing into the HMI must not get lost. The button is the stop before the frame.
function ask(wanted) {
  if (wanted) {
    $('idle-left').textContent = clock(secondsUntil(idleEndsAt));
  }
  if ($('idle').hidden === wanted) {
    $('idle').hidden = !wanted;
    $('ask').textContent = wanted ? 'Are you still there?' : '';
    document.title = wanted ? `Are you still there? ${title}` : title;
  }
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
  ask(false);
}

const events = new EventSource('/events');
events.addEventListener('window', (event) => {
  const state = JSON.parse(event.data);
  ahead = Date.now() - state.now;
  ({ endsAt, idleEndsAt } = state);
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

$('stay').addEventListener('click', () => fetch('/stay', { method: 'POST' }).catch(() => null));

setInterval(() => over || show(), 500);
