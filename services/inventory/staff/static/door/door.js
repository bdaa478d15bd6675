// The page of a door: what the camera sees and what is typed is judged, answered in full width, and listed.

import { NoNetwork, Refused, SignedOut } from "./asking.js";
import { Camera } from "./camera.js";
import { canVerify } from "./code.js";
import { counted, judge, listedAt, open, queued, refresh, upload } from "./judging.js";
import { keep, kept } from "./kept.js";
import { ready, sound } from "./sounds.js";
import { cameraWords, place, wordsOf } from "./words.js";

const EVERY = 20000;
const SAME = 4000;
const LAST = 10;

const root = document.querySelector("[data-door]");
const part = (name) => root.querySelector(`[data-${name}]`);
const show = (name, shown) => (part(name).hidden = !shown);
const options = [...part("city").options].filter((option) => option.value);
const cities = Object.fromEntries(options.map((option) => [option.value, option.textContent.trim()]));

let door = kept("door", null);
let last = kept("last", []);
let silent = kept("silent", false);
let offlineSince = null;
let signedOut = false;
let busy = false;
let seen = { text: "", at: 0 };
let lit = false;

const zone = () => options.find((option) => option.value === door.cityId)?.dataset.zone;
const at = (moment) => moment.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit", timeZone: zone() });

const camera = new Camera(part("video"), { worker: root.dataset.reader, seen: (text) => scanned(text) });

async function scanned(text) {
  const again = text === seen.text && Date.now() - seen.at < SAME;
  seen = { text, at: again ? seen.at : Date.now() };
  if (!again) await answerTo({ code: text });
  seen.at = Date.now();
}

async function answerTo(shown) {
  if (busy) return;
  busy = true;
  try {
    const answer = await judge(shown, door);
    heard(answer.trouble);
    say(answer);
    count();
  } catch (trouble) {
    if (!(trouble instanceof Refused)) throw trouble;
    put({ tone: "other", title: "Not asked", text: trouble.message });
  } finally {
    busy = false;
  }
}

function say(answer) {
  const words = wordsOf(answer, { at, cities });
  put({ ...words, note: answer.alone ? "Decided by this phone" : "" });
  sound(words.tone, { silent });
  const line = place(answer) || words.title;
  add({ tone: words.tone, line, said: words.said ?? (place(answer) ? `${words.title}: ${words.text}` : words.text), time: answer.scannedAt });
}

function put({ tone, title, text, note = "" }) {
  const answer = part("answer");
  answer.dataset.tone = tone;
  part("answer-title").textContent = title;
  part("answer-text").textContent = text;
  part("answer-note").textContent = note;
  scrollTo(0, 0);
}

function add(row) {
  last = [row, ...last].slice(0, LAST);
  keep("last", last);
  list();
}

function list() {
  const rows = last.map((row) => {
    const made = part("row").content.cloneNode(true);
    made.querySelector("li").dataset.tone = row.tone;
    made.querySelector("[data-line]").textContent = row.line;
    made.querySelector("[data-said]").textContent = row.said;
    made.querySelector("time").textContent = at(new Date(row.time));
    return made;
  });
  part("last").replaceChildren(...rows);
  show("none", last.length === 0);
}

function heard(trouble) {
  signedOut = trouble instanceof SignedOut;
  offlineSince = trouble instanceof NoNetwork ? (offlineSince ?? new Date()) : null;
  band();
}

function band() {
  const waiting = queued().length;
  const scans = `${waiting} ${waiting === 1 ? "scan waits" : "scans wait"} on this phone.`;
  show("offline", Boolean(offlineSince));
  show("signed-out", signedOut);
  if (offlineSince) part("offline-text").textContent = `Offline since ${at(offlineSince)}. ${scans}`;
  if (signedOut) part("signed-out-text").textContent = `You are signed out. ${waiting ? scans : "Scans are decided by this phone."}`;
}

function count() {
  const numbers = counted();
  const made = listedAt();
  part("inside").textContent = numbers ? numbers.inside : "–";
  part("tickets").textContent = numbers ? `of ${numbers.tickets}` : "";
  part("to-come").textContent = numbers ? `${Math.max(0, numbers.tickets - numbers.inside)} to come` : "No list yet";
  part("listed").textContent = made ? `List of ${at(made)}` : "";
}

// Everything that waits for the network, now and then.
async function follow() {
  if (!door) return;
  try {
    for (const conflict of await upload()) {
      const other = conflict.used ? `also ${conflict.used.door || "another door"}, ${at(new Date(conflict.used.scannedAt))}` : wordsOf(conflict, { at, cities }).title;
      add({ tone: "out", line: place(conflict) || "A ticket", said: `Let in although it should not have been: ${other}`, time: new Date().toISOString() });
    }
    await refresh(door.cityId);
    heard(null);
  } catch (trouble) {
    if (trouble instanceof Refused) put({ tone: "other", title: "Not asked", text: trouble.message });
    else heard(trouble);
  }
  count();
}

async function look() {
  try {
    await camera.start();
    show("camera-trouble", false);
    show("torch", camera.hasTorch);
  } catch (trouble) {
    part("camera-words").textContent = cameraWords(trouble);
    show("camera-trouble", true);
    show("torch", false);
  }
}

async function begin() {
  show("setup", false);
  show("work", true);
  part("place").textContent = cities[door.cityId] ?? door.cityId;
  part("door-name").textContent = door.door;
  await open(door.cityId, root.dataset.listKeys);
  list();
  count();
  band();
  show("old-browser", !(await canVerify()));
  await Promise.all([look(), follow()]);
}

function setUp() {
  camera.stop();
  show("work", false);
  show("setup", true);
  if (door) {
    part("city").value = door.cityId;
    part("name").value = door.door;
  }
}

part("setup-form").addEventListener("submit", (event) => {
  event.preventDefault();
  ready();
  door = { cityId: part("city").value, door: part("name").value.trim() };
  keep("door", door);
  begin();
});
part("change").addEventListener("click", setUp);
part("camera-again").addEventListener("click", look);
part("torch").addEventListener("click", async () => {
  lit = !lit;
  await camera.light(lit);
  part("torch").setAttribute("aria-pressed", lit);
});
part("sound").addEventListener("click", () => {
  ready();
  silent = !silent;
  keep("silent", silent);
  mute();
});

function mute() {
  part("sound").setAttribute("aria-pressed", !silent);
  part("sound-word").textContent = silent ? "Sound off" : "Sound on";
}

for (const name of ["type-code", "find-order"]) {
  const dialog = part(`${name}-dialog`);
  part(name).addEventListener("click", () => dialog.showModal());
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = new FormData(event.target);
    dialog.close();
    event.target.reset();
    answerTo(typed.has("code") ? shownBy(typed.get("code").trim()) : seatOf(typed.get("number"), typed.get("seat")));
  });
}

// What stands below a QR code is the order's number and the seat.
function shownBy(text) {
  const printed = /^([\w-]{8,12})-(\d{1,5})$/.exec(text);
  return printed ? seatOf(printed[1], printed[2]) : { code: text };
}

function seatOf(number, seat) {
  return { orderNumber: number.trim(), seat: Number(seat) };
}

async function keepPage() {
  if (!navigator.serviceWorker) return;
  const { files } = root.dataset;
  await navigator.serviceWorker.register("/staff/door-worker.js", { scope: "/staff/door" });
  const { active } = await navigator.serviceWorker.ready;
  const loaded = performance.getEntriesByType("resource").map((each) => each.name).filter((name) => name.includes(files));
  navigator.serviceWorker.addEventListener("message", () => (root.dataset.kept = "yes"));
  active.postMessage([...new Set([location.href, root.dataset.reader, `${files}door/qr.js`, ...loaded])]);
}

addEventListener("online", follow);
document.addEventListener("visibilitychange", () => {
  if (!door || part("work").hidden) return;
  if (document.hidden) camera.stop();
  else look();
});
setInterval(follow, EVERY);
mute();
keepPage().catch(() => {});
if (door && cities[door.cityId]) begin();
else setUp();
