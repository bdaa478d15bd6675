// The page stays true by itself: each event, and a slow clock beside it, fetches it again and changes what is different.

const EVERY = 10000;
const SOON = 400;
const STALE = 2 * EVERY + 2000;
const STREAM = "/api/stream?names=short&" + ["orders", "payments", "stock", "notifications"].map((t) => `topic=${t}`).join("&")
  + ["critical", "high", "medium", "low"].map((s) => `&topic=alerts.${s}`).join("");

const state = document.querySelector("[data-live-state]");
const word = document.querySelector("[data-live-word]");
const time = document.querySelector("[data-live-time]");
let heard = Date.now();
let busy = false;
let again = false;
let timer = 0;
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
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok && page.querySelector("[data-board]")) put(page);
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

function put(page) {
  heard = Date.now();
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh || fresh.innerHTML === part.innerHTML) continue;
    const focused = part.contains(document.activeElement) ? place(part, document.activeElement) : null;
    part.replaceChildren(...document.adoptNode(fresh).childNodes);
    if (focused) focus(part, focused);
  }
  time.textContent = page.querySelector("[data-live-time]").textContent;
  look();
}

// Whoever is about to press a button finds it again, or the first one that is left.
function place(part, element) {
  const form = element.closest("form");
  return form ? form.getAttribute("action") : "";
}

function focus(part, action) {
  const forms = [...part.querySelectorAll("form[data-act]")];
  const found = forms.find((form) => form.getAttribute("action") === action) ?? forms[0];
  found?.querySelector("button").focus();
}

function look() {
  const silent = Date.now() - heard;
  const stale = silent > STALE;
  state.classList.remove("still");
  state.classList.toggle("stale", stale);
  document.querySelector("[data-board]").classList.toggle("stale-figures", stale);
  const says = stale ? `No news for ${Math.round(silent / 1000)} s, trying again` : "Live";
  if (word.textContent !== says) word.textContent = says;
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
  setTimeout(() => renew().then(follow), 1000);
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
follow();
setInterval(renew, EVERY);
setInterval(look, 1000);
