// The success page fills in by itself: each event of the order, and a slow poll beside it, fetches the page again.
// Of several tabs with the same order one does so for all.

import { share } from "./tabs.js";

const POLL = 5000;
const LONG_WAIT = 60000;

const live = () => document.querySelector("[data-live]");
const say = document.querySelector("[data-say]");
const started = Date.now();
let busy = false;
let again = false;

async function renew() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    const html = await answer.text();
    if (answer.ok) {
      put(html);
      tell(html);
    }
  } catch {
    // No network for a moment: the next round asks again.
  } finally {
    busy = false;
  }
  if (again) {
    again = false;
    renew();
  }
}

function put(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const fresh = page.querySelector("[data-live]");
  const now = live();
  if (!fresh || fresh.innerHTML === now.innerHTML) return;
  const moved = fresh.dataset.phase !== now.dataset.phase;
  now.replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  if (moved && fresh.dataset.here) say.textContent = fresh.dataset.here;
  if (fresh.dataset.settled === "yes") stop();
  slow();
}

function slow() {
  if (Date.now() - started < LONG_WAIT) return;
  for (const line of document.querySelectorAll("[data-making]")) line.textContent = line.dataset.slow;
}

let source;
let timer;
const order = live()?.dataset.order;

function stop() {
  source?.close();
  clearInterval(timer);
}

function follow() {
  if (live().dataset.settled === "yes") return;
  renew();
  source = new EventSource(`/api/orders/${encodeURIComponent(order)}/events`);
  source.onmessage = renew;
  source.addEventListener("order", renew);
  timer = setInterval(() => {
    slow();
    if (source.readyState !== EventSource.OPEN) renew();
  }, POLL);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

const tell = order ? share(`fullhouse:order:${order}`, { begin: follow, end: stop, news: put }) : null;
