// Who may come in: inventory says it, and while it can't be reached the phone does, by its list and what it has let in.

import { ask, NoNetwork, SignedOut } from "./asking.js";
import { canVerify, hex, isOurs, isSigned, parse, secure, short } from "./code.js";
import { keep, kept } from "./kept.js";

const MOST = 100;

// Codes that came in here and that the list does not have yet, by their short form.
const here = new Map();
let listKeys = "";
let list = null;

export const queued = () => kept("queue", []);
export const counted = () => list && { tickets: list.tickets, inside: new Set([...list.used.map(([code]) => code), ...here.keys()]).size };
export const listedAt = () => (list ? new Date(list.madeAt) : null);

export async function open(cityId, keys) {
  listKeys = keys;
  list = null;
  here.clear();
  const found = kept(`list:${cityId}`, null);
  if (found && (await canVerify()) && (await isOurs(found, listKeys))) list = JSON.parse(found.payload);
  for (const scan of queued()) here.set(await short(scan.code), { door: scan.door, scannedAt: scan.scannedAt });
}

// Fetches the city's list when it has changed; one that is not signed by inventory is left alone.
export async function refresh(cityId) {
  const known = kept(`list:${cityId}`, null);
  const found = await ask(`/cities/${encodeURIComponent(cityId)}/list`, { tag: list ? known?.tag : null });
  if (!found || !(await canVerify()) || !(await isOurs(found, listKeys))) return;
  list = JSON.parse(found.payload);
  keep(`list:${cityId}`, found);
  const waiting = new Set(await Promise.all(queued().map((scan) => short(scan.code))));
  for (const code of [...here.keys()]) if (!waiting.has(code)) here.delete(code);
}

// What becomes of something that is shown: `shown` has code, or orderNumber and seat. `alone`: the phone has decided.
export async function judge(shown, { cityId, door }) {
  const scanId = hex(crypto.getRandomValues(new Uint8Array(16)));
  const scannedAt = new Date().toISOString();
  try {
    const answer = await ask("", { body: { ...shown, cityId, door, scanId } });
    if (secure && shown.code && answer.result === "admitted") here.set(await short(shown.code), { door, scannedAt });
    return { ...answer, scannedAt };
  } catch (trouble) {
    if (!(trouble instanceof NoNetwork || trouble instanceof SignedOut)) throw trouble;
    const decided = shown.code ? await decide(shown.code) : { result: "unknown", cause: "needs_network" };
    if (decided.result === "admitted") {
      const scan = { code: shown.code, scannedAt, scanId, cityId, door };
      if (!keep("queue", [...queued(), scan])) return { result: "unknown", cause: "no_room", alone: true, scannedAt, trouble };
      here.set(await short(shown.code), { door, scannedAt });
    }
    return { ...decided, alone: true, scannedAt, trouble };
  }
}

async function decide(code) {
  if (code.trim().startsWith("FHP1:")) return { result: "unknown", cause: "a_pass" };
  if (!(await canVerify())) return { result: "unknown", cause: "cannot_check" };
  if (!list) return { result: "unknown", cause: "no_list" };
  const parsed = parse(code);
  if (!parsed || !(await isSigned(parsed, list.keys))) return { result: "unknown", cause: "not_ours" };
  const { seat } = parsed;
  const name = await short(code);
  const used = here.get(name) ?? listed(list.used, name);
  const isVoid = list.void.find(([each]) => each === name);
  if (isVoid) return { result: "void", cause: isVoid[1], seat };
  if (parsed.cityTag !== list.cityTag) return { result: "wrong_city", cause: "", seat };
  return used ? { result: "already_used", used, seat } : { result: "admitted", seat };
}

function listed(used, name) {
  const found = used.find(([each]) => each === name);
  return found && { door: found[1], scannedAt: found[2] };
}

// Tells inventory whom this phone has let in by itself; gives what came of each scan that was not the first.
export async function upload() {
  const conflicts = [];
  for (let waiting = queued(); waiting.length; waiting = queued()) {
    const { cityId, door } = waiting[0];
    const batch = waiting.filter((scan) => scan.cityId === cityId && scan.door === door).slice(0, MOST);
    const codes = batch.map(({ code, scannedAt, scanId }) => ({ code, scannedAt, scanId }));
    const answer = await ask("", { body: { codes, cityId, door } });
    const told = new Set(batch.map((scan) => scan.scanId));
    keep("queue", queued().filter((scan) => !told.has(scan.scanId)));
    conflicts.push(...answer.results.filter((each) => each.conflict));
  }
  return conflicts;
}
