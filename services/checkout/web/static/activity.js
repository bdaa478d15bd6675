// Tells the shop how its pages are used, so that it sees where buyers give up and which pages are slow (C-10): in one
// message when a page is left. A visit has a random id that ends with its tab; nothing says who the visitor is, and
// whoever asks not to be followed is not.

const MOST = 20; // in one message
const VISIT = "fullhouse:visit";
const { page, city } = document.body.dataset;
const form = document.querySelector("#buy");

let visit = { id: Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16)).join("-"), told: [] };
let waiting = [];
let seen = document.visibilityState === "visible"; // what was opened in the background says nothing about speed
let measured = false;
const vitals = {};

function remember() {
  try {
    sessionStorage.setItem(VISIT, JSON.stringify(visit));
  } catch {
    // Without a memory each page is a visit of its own.
  }
}

// Of each kind, and each city, the first one in a visit.
function once(type, facts) {
  const key = [type, facts.page, facts.cityId].join(" ");
  if (visit.told.includes(key)) return;
  visit.told.push(key);
  remember();
  waiting.push({ type, ...facts });
}

function send() {
  if (seen && !measured) {
    measured = true;
    for (const [name, value] of Object.entries(vitals)) waiting.push({ type: "web_vital", page, name, value });
  }
  while (waiting.length) {
    const events = waiting.splice(0, MOST);
    navigator.sendBeacon("/api/activity", new Blob([JSON.stringify({ visitorId: visit.id, events })], { type: "application/json" }));
  }
}

function watch(type, options, each) {
  if (!PerformanceObserver.supportedEntryTypes?.includes(type)) return;
  new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true, ...options });
}

function measure() {
  watch("largest-contentful-paint", {}, (entry) => {
    if (!measured) vitals.LCP = entry.startTime;
  });
  // The slowest answer to a press; the first one is told however fast it was.
  const answered = ({ duration }) => {
    vitals.INP = Math.max(vitals.INP ?? 0, duration);
  };
  watch("first-input", {}, answered);
  watch("event", { durationThreshold: 40 }, (entry) => {
    if (entry.interactionId) answered(entry);
  });
  if (!PerformanceObserver.supportedEntryTypes?.includes("layout-shift")) return;
  // The worst burst of shifts: less than a second apart, five at most.
  let burst = { sum: 0, from: 0, to: 0 };
  vitals.CLS = 0;
  watch("layout-shift", {}, ({ value, startTime, hadRecentInput }) => {
    if (hadRecentInput) return;
    const goesOn = startTime - burst.to < 1000 && startTime - burst.from < 5000;
    burst = goesOn ? { ...burst, sum: burst.sum + value, to: startTime } : { sum: value, from: startTime, to: startTime };
    vitals.CLS = Math.max(vitals.CLS, burst.sum);
  });
}

function follow() {
  const begun = () => once("form_start", { cityId: city });
  const chosen = () => {
    const ticketType = form.querySelector("input[name=tier]:checked")?.value;
    begun();
    if (ticketType) once("ticket_selected", { cityId: city, ticketType });
  };
  form.addEventListener("input", ({ target }) => (["tier", "quantity"].includes(target.name) ? chosen() : begun()));
  form.addEventListener("submit", chosen);
}

function start() {
  try {
    visit = JSON.parse(sessionStorage.getItem(VISIT)) ?? visit;
  } catch {
    // As above.
  }
  once("page_view", { page, cityId: city || undefined });
  measure();
  if (form) follow();
  document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? send() : null));
  addEventListener("pagehide", send);
}

if (!navigator.globalPrivacyControl && navigator.doNotTrack !== "1") start();
