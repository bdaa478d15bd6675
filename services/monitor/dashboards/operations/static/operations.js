// The page stays true by itself: each event, and a slow clock beside it, fetches it again and changes what is different.
// Of several tabs one does so for all.

import { share } from "./tabs.js";

const EVERY = 10000;
const SOON = 400;
const STALE = 2 * EVERY + 2000;
const STREAM = "/api/stream?names=short&" + ["orders", "payments", "stock", "notifications"].map((t) => `topic=${t}`).join("&")
  + ["critical", "high", "medium", "low"].map((s) => `&topic=alerts.${s}`).join("");

const state = document.querySelector("[data-live-state]");
const word = document.querySelector("[data-live-word]");
const time = document.querySelector("[data-live-time]");
const say = document.querySelector("[data-live-say]");
let heard = Date.now();
let busy = false;
let again = false;
let timer = 0;
let clock = 0;
let retry = 0;
let source;
let last = "";

function soon() {
  if (!timer) timer = setTimeout(renew, SOON);
}

async function renew() {
  timer = 0;
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    // An ended session is renewed on the way: /login lets a living one through and comes back here.
    const answer = await fetch("/operations", { headers: { Accept: "text/html" }, cache: "no-store" });
    const html = await answer.text();
    if (answer.ok && put(html)) tell(html);
    else if (answer.ok) location.assign("/login?next=/operations");
  } catch {
    // No network for a moment: the next round asks again, and the clock says how old the figures are.
  } finally {
    busy = false;
  }
  if (again) {
    again = false;
    soon();
  }
}

// Whether it was the board: without a session it is the sign-in page.
function put(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (!page.querySelector("[data-board]")) return false;
  heard = Date.now();
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh || fresh.innerHTML === part.innerHTML) continue;
    const focused = part.contains(document.activeElement) ? place(part, document.activeElement) : null;
    part.replaceChildren(...document.adoptNode(fresh).childNodes);
    if (focused) refocus(part, focused);
  }
  time.textContent = page.querySelector("[data-live-time]").textContent;
  look();
  return true;
}

const FOCUSABLE = "a, button, [tabindex]";
const leadsTo = (element) => element.getAttribute("href") ?? element.closest("form")?.getAttribute("action") ?? null;

// What had the focus: by what it does, by its alert, or by its place.
function place(part, element) {
  return {
    does: leadsTo(element),
    row: element.closest("li[id]")?.id ?? null,
    at: [...part.querySelectorAll(FOCUSABLE)].indexOf(element),
  };
}

// The same again. When that has gone, the row of the alert, or the whole list: never another alert's button.
function refocus(part, { does, row, at }) {
  const all = [...part.querySelectorAll(FOCUSABLE)];
  const same = does ? all.find((element) => leadsTo(element) === does) : row ? null : all[at];
  const found = same ?? (row && document.getElementById(row)) ?? part;
  found.focus({ preventScroll: true });
}

function look() {
  const silent = Date.now() - heard;
  const stale = silent > STALE;
  state.classList.remove("still");
  state.classList.toggle("stale", stale);
  document.querySelector("[data-board]").classList.toggle("stale-figures", stale);
  word.textContent = stale ? `No news for ${Math.round(silent / 1000)} s, trying again` : "Live";
  // Said aloud once, not every second.
  const says = stale ? "No news, trying again" : "Live";
  if (say.textContent !== says) say.textContent = says;
}

function begin() {
  renew();
  clock = setInterval(renew, EVERY);
  follow();
}

function end() {
  clearInterval(clock);
  clock = 0;
  clearTimeout(retry);
  source?.close();
}

function follow() {
  source?.close();
  source = new EventSource(last ? `${STREAM}&lastEventId=${encodeURIComponent(last)}` : STREAM);
  const news = (event) => {
    last = event.lastEventId || last;
    soon();
  };
  for (const name of NAMES) source.addEventListener(name, news);
  source.addEventListener("gone", soon);
  for (const name of ["ended", "dropped"]) source.addEventListener(name, again_later);
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) again_later();
  };
}

// The page is fetched first, which renews the session; then the stream goes on where it was.
function again_later() {
  source.close();
  retry = setTimeout(() => renew().then(() => clock && follow()), 1000);
}

const NAMES = ["ticket_sale", "payment_failed", "inventory_low", "alert.raised", "alert.acknowledged", "alert.resolved",
  "order.paid", "stock.held", "stock.released", "stock.returned", "stock.level_changed", "payment.attempt_failed",
  "payment.webhook_received", "payment.webhook_failed", "notification.sent", "notification.delivered",
  "notification.failed"];

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-act]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST" });
    if (!answer.ok) throw new Error(String(answer.status));
    await renew();
  } catch {
    form.submit();
  }
});

look();
setInterval(look, 1000);
const tell = share("fullhouse:operations", { begin, end, news: put });
