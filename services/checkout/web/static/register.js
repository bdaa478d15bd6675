// Registration: live price, stepper, checks after leaving a field, and one click to pay.
// The server prices every order again; what is shown here is what it will answer.

import { amounts, say, wordsOf } from "./words.js";

const form = document.querySelector("#buy");
const stub = document.querySelector("#stub");
const teller = document.querySelector("[data-say]");
const quantity = document.querySelector("#quantity");
const member = document.querySelector("#member");
const code = document.querySelector("#code");
const email = document.querySelector("#email");
const phone = document.querySelector("#phone");
const summary = document.querySelector("#summary");
const standing = document.querySelector("[data-line]");
const title = document.title;
const city = stub.querySelector("h2 span").textContent;
const words = wordsOf(form);
const { money, short } = amounts(form.dataset);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// What opens the place in line whose offer is taken; most buyers have none.
const place = form.elements.place?.value;

const chosen = () => form.querySelector("input[name=tier]:checked");

// Whether the server said that the email is not a member's.
let refused = !document.querySelector("[data-not-member]").hidden;
const memberPrice = () => member.checked && !refused;

// Counts the questions about a price: an answer counts only while nothing newer was asked.
let asked = 0;
let applied = code.value !== "" && !document.querySelector("[data-code-note]").hidden;

// Price

// What is shown, in minor units: the order says it, and is refused if the price is another one by then.
const expected = form.elements.expected;

function most() {
  const left = chosen()?.dataset.left ?? "";
  return Math.max(1, Math.min(Number(form.dataset.max), left === "" ? Infinity : Number(left)));
}

function count() {
  const value = Math.trunc(Number(quantity.value));
  return Math.min(Math.max(1, value || 1), most());
}

function line(label, amount, faint) {
  const row = document.createElement("div");
  row.className = faint ? "line faint" : "line";
  const name = row.appendChild(document.createElement("dt"));
  const value = row.appendChild(document.createElement("dd"));
  name.textContent = label;
  value.textContent = amount;
  return row;
}

function put(selector, text) {
  for (const node of all(selector)) node.textContent = text;
}

const leftWords = (count, tier = "") => (tier ? say(words.tierLeft, { count, tier }) : say(words.left, { count }));

function rows() {
  for (const radio of all("input[name=tier]", form)) {
    const { price, member: reduced } = radio.dataset;
    const cut = memberPrice() && price !== reduced;
    const row = radio.closest(".tier");
    row.querySelector("[data-amount]").textContent = money(Number(cut ? reduced : price));
    const was = row.querySelector("[data-was]");
    was.replaceChildren();
    if (!cut) continue;
    const struck = document.createElement("s");
    struck.textContent = short(Number(price));
    was.append(`${words.member} · `, struck);
  }
}

function bounds() {
  const limit = most();
  const left = chosen()?.dataset.left ?? "";
  const few = left !== "" && Number(left) < Number(form.dataset.max);
  put("[data-most]", few ? say(words.leftSentence, { left: leftWords(Number(left)) }) : say(words.upTo, { count: form.dataset.max }));
  const value = count();
  quantity.value = String(value);
  form.querySelector("[data-step='-1']").setAttribute("aria-disabled", String(value <= 1));
  form.querySelector("[data-step='1']").setAttribute("aria-disabled", String(value >= limit));
}

function price() {
  const tier = chosen();
  rows();
  bounds();
  if (!tier) {
    nothingChosen();
    return;
  }
  const n = count();
  const full = n * Number(tier.dataset.price);
  const total = memberPrice() ? n * Number(tier.dataset.member) : full;
  const seats = say(words.seats, { count: n });
  put("[data-seats]", seats);
  put("[data-tier]", tier.dataset.name);
  put("[data-note]", `${n} × ${tier.dataset.short}, ${city}`);
  const note = document.querySelector("[data-member-note]");
  note.hidden = !memberPrice();
  note.textContent = say(n === 1 ? words.one : n === 2 ? words.both : words.all, { count: n });
  if (applied) {
    askPrice();
    return;
  }
  const lines = [line(`${n} × ${tier.dataset.name}`, money(full))];
  if (total !== full) lines.push(line(say(words.memberPrice, { saving: tier.dataset.label }), money(total - full)));
  lines.push(line(words.fees, money(0), true));
  stub.querySelector("[data-lines]").replaceChildren(...lines);
  expected.value = String(total);
  showTotal(money(total), seats);
  if (expected.value !== pricedFor) askWays();
}

// The chosen tier is gone: no price stands until another one is chosen.
function nothingChosen() {
  asked += 1;
  expected.value = "";
  stub.querySelector("[data-lines]").replaceChildren();
  put("[data-total]", "–");
  put("[data-tier]", words.noTicket);
  put("[data-note]", `${words.noTicket}, ${city}`);
}

function showTotal(total, seats) {
  put("[data-total]", total);
  if (!paying) invite();
  announce(say(words.inAll, { seats, total }));
}

let announcing;
let ready = false;

function announce(text) {
  if (!ready) return;
  clearTimeout(announcing);
  announcing = setTimeout(() => {
    teller.textContent = text;
  }, 600);
}

// A code and a member's email are priced by the server: the same form, sent in the background.

function askAboutMember() {
  refused = false;
  document.querySelector("[data-not-member]").hidden = true;
  document.querySelector("[data-on-roster]").hidden = true;
  if (member.checked && email.value.trim() && !check(email)) askPrice();
}

let pricing = Promise.resolve();

function askPrice() {
  pricing = quote();
  return pricing;
}

// This page as the server makes it of what is typed now.
async function asServed() {
  const body = new URLSearchParams(new FormData(form));
  body.set("action", "price");
  body.set("quantity", String(count()));
  const answer = await fetch("/register", { method: "POST", body, headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Which numbers can be read, only the server knows; one that can't is no obstacle.
async function askAboutPhone() {
  const typed = phone.value;
  const page = await asServed().catch(() => null);
  const hint = page?.querySelector("#phone-hint");
  const shown = document.querySelector("#phone-hint");
  if (!hint || typed !== phone.value || hint.textContent === shown.textContent) return;
  unpressed(() => {
    shown.textContent = hint.textContent;
  });
  announce(hint.textContent);
}

async function quote() {
  const mine = ++asked;
  let page;
  try {
    page = await asServed();
  } catch {
    fault("code", words.codeUnchecked);
    return;
  }
  if (mine !== asked || !page.querySelector("#stub")) return;
  stub.querySelector("[data-lines]").replaceWith(document.adoptNode(page.querySelector("[data-lines]")));
  expected.value = page.querySelector("[name=expected]").value;
  const error = page.querySelector("#code-error");
  fault("code", error.hidden ? "" : error.textContent.trim());
  const note = document.querySelector("[data-code-note]");
  const fresh = page.querySelector("[data-code-note]");
  note.hidden = fresh.hidden;
  note.textContent = fresh.textContent;
  applied = !fresh.hidden;
  for (const sign of ["[data-not-member]", "[data-on-roster]", "[data-member-note]"]) {
    document.querySelector(sign).hidden = page.querySelector(sign).hidden;
  }
  refused = !page.querySelector("[data-not-member]").hidden;
  rows();
  putWays(page);
  showTotal(page.querySelector("[data-total]").textContent, page.querySelector("[data-seats]").textContent);
  if (!error.hidden) announce(error.textContent.trim());
  if (refused && member.checked) announce(document.querySelector("[data-not-member]").textContent);
}

// By which ways a provider's workshop can be paid depends on the price. What was chosen stays where it still can be.

let wondered = 0;
let pricedFor = expected.value;

function showWays(name) {
  const ways = document.querySelector("#ways");
  ways.hidden = false;
  ways.setAttribute("aria-busy", String(name === "busy"));
  for (const state of ["busy", "fault"]) ways.querySelector(`[data-ways-${state}]`).hidden = state !== name;
}

function putWays(page) {
  const fresh = page.querySelector("#ways");
  if (!fresh) return;
  wondered += 1;
  pricedFor = page.querySelector("[name=expected]").value;
  document.querySelector("#ways").replaceWith(document.adoptNode(fresh));
}

async function askWays() {
  if (!document.querySelector("#ways").hasAttribute("data-provided")) return;
  const mine = ++wondered;
  showWays("busy");
  try {
    const page = await asServed();
    if (mine !== wondered) return;
    if (!page.querySelector("#ways")) throw new Error("no form");
    putWays(page);
  } catch {
    if (mine === wondered) showWays("fault");
  }
}

form.addEventListener("click", (event) => {
  if (!event.target.closest("[data-ways-again]")) return;
  event.preventDefault();
  askWays();
});

// Checks, after leaving a field

// As the server keeps an address: without unseen characters, full-width letters as plain ones.
function plain(address) {
  return address.replace(/\p{Cf}/gu, "").normalize("NFKC");
}

function emailFault({ value, dataset }) {
  const at = value.lastIndexOf("@");
  if (at < 0) return dataset.at;
  const [name, domain] = [value.slice(0, at), value.slice(at + 1)];
  if (!name) return dataset.name;
  if (!/^[^.].*\.[^.\d]{2,}$/.test(domain)) return dataset.ending;
  return /[\s@,;:<>()[\]"\\]|\.\./.test(name + domain) ? dataset.odd : "";
}

function check(input) {
  const value = input.value.trim();
  if (!value) return input.required ? input.dataset.missing : "";
  return input.id === "email" ? emailFault({ value: plain(value), dataset: input.dataset }) : "";
}

function fault(id, text) {
  const box = document.getElementById(`${id}-error`);
  const input = document.getElementById(id);
  if (!box || !input) return;
  box.hidden = !text;
  box.querySelector("span").textContent = text;
  if (!input.matches(".input")) return;
  const hint = document.getElementById(`${id}-hint`);
  const described = [text ? box.id : "", hint ? hint.id : ""].filter(Boolean).join(" ");
  if (described) input.setAttribute("aria-describedby", described);
  else input.removeAttribute("aria-describedby");
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

const fields = all(".field .input", form).filter((input) => input.id !== "code");

// A message that appears moves what is below it: not while a finger or the mouse is down on it.
let pressed = false;
let waiting = [];

addEventListener("pointerdown", () => {
  pressed = true;
});
for (const name of ["pointerup", "pointercancel"]) {
  addEventListener(name, () => {
    pressed = false;
    setTimeout(() => {
      for (const run of waiting.splice(0)) run();
    });
  });
}

function unpressed(run) {
  if (pressed) waiting.push(run);
  else run();
}

form.addEventListener("focusout", ({ target }) => {
  if (!fields.includes(target) || (!target.value.trim() && !target.hasAttribute("aria-invalid"))) return;
  unpressed(() => fault(target.id, check(target)));
});

form.addEventListener("input", ({ target }) => {
  if (target.hasAttribute("aria-invalid") && fields.includes(target) && !check(target)) fault(target.id, "");
});

function summarize(text, faults) {
  summary.querySelector("strong").textContent = text || words.check;
  summary.querySelector("ul").replaceChildren(
    ...faults.map(([id, told]) => {
      const item = document.createElement("li");
      const link = item.appendChild(document.createElement("a"));
      link.href = `#${id}`;
      link.textContent = told;
      return item;
    }),
  );
  summary.hidden = !text && faults.length === 0;
  if (summary.hidden) return;
  summary.focus();
  summary.scrollIntoView({ block: "center" });
}

summary.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  document.getElementById(link.hash.slice(1))?.focus();
});

// Paying

const NAMES = {
  ticketType: "tier",
  quantity: "quantity",
  "customerData.firstName": "first_name",
  "customerData.lastName": "last_name",
  "customerData.email": "email",
  "customerData.phone": "phone",
  "customerData.businessType": "business_type",
  discountCode: "code",
  paymentOption: "ways",
};
const buttons = all("[data-pay]");
const value = (id) => document.getElementById(id).value.trim();
const way = () => new FormData(form).get("payment_option");
let paying = false;
let attempt = null;

function order() {
  const mobile = value("phone");
  const discount = value("code");
  return JSON.stringify({
    ticketType: chosen().value.toUpperCase(),
    quantity: count(),
    isSixFBMember: member.checked,
    customerData: {
      firstName: value("first_name"),
      lastName: value("last_name"),
      email: value("email"),
      ...(mobile && { phone: mobile }),
      businessType: value("business_type"),
    },
    cityId: form.dataset.city,
    ...(discount && { discountCode: discount }),
    ...(place && { waitlistPlace: place }),
    ...(way() && { paymentOption: way() }),
    ...(expected.value && { expectedAmount: Number(expected.value) }),
  });
}

// The same order again, after a lost answer, is the same attempt; a changed one is a new one.
function keyFor(body) {
  if (attempt?.body !== body) attempt = { body, key: crypto.randomUUID?.() ?? form.elements.attempt.value, led: false };
  return attempt.key;
}

// Who comes back and presses again is led to where the order stands by now: it may be paid.
function onward({ url, orderId }) {
  const again = attempt.led;
  attempt.led = true;
  return again ? `/pay?order=${orderId}` : url;
}

const LATER = 4000;
let later = 0;

function textOf(button) {
  return button.querySelector("span") ?? button;
}

// What is being done stands where the buyer has pressed; what takes longer says so, too.
function setBusy(on) {
  paying = on;
  clearTimeout(later);
  if (!on) standInLine(0);
  for (const button of buttons) {
    if (on) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  }
  if (on) {
    doing(words.holding, words.holdingSeats);
    if (expected.value === "0") return;
    later = setTimeout(doing, LATER, words.opening, words.stillOpening);
  } else {
    invite();
  }
}

// What costs nothing has no payment page.
function invite() {
  for (const button of buttons) textOf(button).textContent = expected.value === "0" ? words.get : words.pay;
}

function doing(short, whole) {
  clearTimeout(announcing);
  for (const button of buttons) textOf(button).textContent = short;
  teller.textContent = whole;
}

async function pay() {
  if (paying) return;
  const faults = fields.map((input) => [input.id, check(input)]).filter(([, told]) => told);
  if (!chosen()) faults.unshift(["tier", form.dataset.choose]);
  for (const input of fields) fault(input.id, faults.find(([id]) => id === input.id)?.[1] ?? "");
  summarize("", faults);
  if (faults.length > 0) return;
  setBusy(true);
  try {
    if (value("code") && !applied) askPrice();
    await pricing;
    await send(order());
  } catch {
    refuse(words.unreachable);
  }
}

async function send(body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": keyFor(body) };
  const answer = await fetch("/api/create-checkout-session", { method: "POST", headers, body });
  await follow(answer);
}

async function follow(answer) {
  const document_ = await answer.json();
  if (answer.status === 202) {
    wait(document_);
  } else if (answer.ok) {
    location.assign(onward(document_));
  } else {
    await problem(document_);
  }
}

// A place in line is no fault: it is told calmly, and again only when it has moved.
function standInLine(position) {
  if (String(position) === (standing.dataset.line || "0")) return;
  const first = standing.hidden;
  standing.dataset.line = position ? String(position) : "";
  standing.hidden = !position;
  document.title = position ? `${say(words.place, { count: position })} · ${title}` : title;
  if (!position) return;
  const told = say(words.waiting, { count: position });
  standing.querySelector("span").textContent = told;
  clearTimeout(later);
  doing(words.inLine, told);
  if (first) standing.scrollIntoView({ block: "center" });
}

function wait({ position, statusUrl }) {
  summarize("", []);
  standInLine(position);
  setTimeout(async () => {
    try {
      await follow(await fetch(statusUrl, { headers: { Accept: "application/json" } }));
    } catch {
      wait({ position, statusUrl });
    }
  }, 2000);
}

async function problem({ code: kind, detail, fields: wrong = {}, available }) {
  const taken = kind === "sold_out" ? takenWords(available ?? {}) : "";
  if (taken || kind === "price_changed") redraw(available ?? {});
  const faults = Object.entries(wrong).map(([name, told]) => [NAMES[name] ?? name, told]);
  if (kind === "payment_not_possible" || wrong.paymentOption) await askWays();
  for (const [id, told] of faults) fault(id, told);
  if (!["in_progress", "payment_processing_failed", "payment_provider_busy"].includes(kind)) attempt = null;
  refuse(taken || (faults.length > 0 ? "" : detail), faults);
}

function refuse(text, faults = []) {
  setBusy(false);
  summarize(text, faults);
}

function takenWords(available) {
  const tier = chosen();
  const left = available[tier.value] ?? 0;
  if (left > 0) return say(words.faster, { left: leftWords(left), seats: say(words.seats, { count: left }) });
  const others = all("input[name=tier]", form)
    .filter((radio) => (available[radio.value] ?? 0) > 0)
    .map((radio) => leftWords(available[radio.value], radio.dataset.short));
  const taken = say(words.taken, { tier: tier.dataset.short });
  if (others.length === 0) return taken;
  const all_ = others.reduce((names, last) => say(words.and, { names, last }));
  return `${taken} ${say(words.leftSentence, { left: all_ })}`;
}

// What inventory has just said is newer than any page: a tier that is gone can't stay chosen.
function levels(available) {
  for (const radio of all("input[name=tier]", form)) {
    if (!(radio.value in available)) continue;
    radio.dataset.left = String(available[radio.value]);
    radio.disabled = available[radio.value] === 0;
    if (radio.disabled) radio.checked = false;
  }
  price();
}

// The rows as the server would draw them now; what was typed stays.
async function redraw(available) {
  try {
    const query = new URLSearchParams({ city: form.dataset.city, tier: chosen()?.value ?? "", quantity: quantity.value });
    if (member.checked) query.set("member", "1");
    if (place) query.set("place", place);
    const answer = await fetch(`/register?${query}`, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.querySelector("#tier")) {
      document.querySelector("#tier").replaceWith(document.adoptNode(page.querySelector("#tier")));
    } else {
      location.replace(answer.url);
    }
  } catch {
    // The sentence says enough; the rows follow with the next load.
  }
  levels(available);
}

// Wiring

form.addEventListener("change", ({ target }) => {
  if (target === quantity) quantity.value = String(count());
  if (target.name === "tier") quantity.value = String(count());
  if (target === member || target === email) askAboutMember();
  if (target === phone) askAboutPhone();
  if ([quantity, member, email].includes(target) || target.name === "tier") price();
  if (target === code && !code.value.trim() && applied) {
    applied = false;
    document.querySelector("[data-code-note]").hidden = true;
    price();
  }
});

// The keys that a number field has; its mouse wheel buys seats that nobody wanted.
quantity.addEventListener("keydown", (event) => {
  const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  quantity.value = String(Math.min(Math.max(1, count() + step), most()));
  price();
});

for (const button of all("[data-step]", form)) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    quantity.value = String(count() + Number(button.dataset.step));
    price();
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const byCode = document.activeElement === code || document.activeElement === event.submitter;
  if (event.submitter?.hasAttribute("data-apply") && byCode) {
    if (code.value.trim()) askPrice();
  } else {
    pay();
  }
});

// The bar leaves when the stub is in view; a page that comes back from the processor is not busy any more.
const bar = document.querySelector("[data-bar]");
if (bar) {
  new IntersectionObserver(([entry]) => {
    bar.hidden = entry.isIntersecting;
  }).observe(stub);
}
addEventListener("pageshow", () => setBusy(false));

price();
ready = true;
if (summary.hasAttribute("data-focus")) summary.focus();
