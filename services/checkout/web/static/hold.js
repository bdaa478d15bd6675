// The hold's countdown: text that runs down, said aloud at 5, 2 and 1 minute, and what happens at its end.

import { say, wordsOf } from "./words.js";

const SAY_AT = [300, 120, 60];
const SOON = 120;

const counters = [...document.querySelectorAll("[data-countdown]")];
const teller = document.querySelector("[data-say]");
const words = wordsOf(teller);

const text = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

function show(left) {
  for (const counter of counters) {
    counter.textContent = text(left);
    counter.closest(".held")?.classList.toggle("soon", left < SOON);
  }
}

function over() {
  for (const part of document.querySelectorAll("[data-held]")) part.hidden = true;
  for (const part of document.querySelectorAll("[data-gone]")) part.hidden = false;
  const lead = document.querySelector("[data-lead]");
  if (lead) lead.textContent = words.gone;
  teller.textContent = words.gone;
}

function run(seconds) {
  const end = Date.now() + seconds * 1000;
  let before = seconds;
  const timer = setInterval(() => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    const mark = SAY_AT.find((at) => left <= at && before > at);
    if (mark) teller.textContent = say(words.left, { count: mark / 60 });
    before = left;
    show(left);
    if (left === 0) {
      clearInterval(timer);
      over();
    }
  }, 1000);
}

if (counters.length > 0) run(Number(counters[0].dataset.countdown));
