// Ticket codes, read and checked without asking anybody: base45, then 26 bytes of claims and an Ed25519 signature.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const PREFIX = "FH1:";
const CLAIMS = 26;
const LENGTH = ((CLAIMS + 64) * 3) / 2;
const TICKET = new TextEncoder().encode("fullhouse ticket 1\0");
const LIST = new TextEncoder().encode("fullhouse door list 1\0");
const SHORT = 10;

// Browsers hash and check only at addresses that begin with https.
export const secure = Boolean(globalThis.crypto?.subtle);

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytesOf = (base64) => Uint8Array.from(atob(base64.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const joined = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));

// The claims of a code with what is signed of it; null for what is no code of this form. A space is a sign of base45,
// and scanners trim those at the end.
export function parse(text) {
  const code = text.trim();
  const encoded = code.slice(PREFIX.length).padEnd(LENGTH);
  if (!code.startsWith(PREFIX) || encoded.length !== LENGTH) return null;
  const raw = [];
  for (let at = 0; at < LENGTH; at += 3) {
    const [low, middle, high] = [...encoded.slice(at, at + 3)].map((sign) => ALPHABET.indexOf(sign));
    const number = low + middle * 45 + high * 2025;
    if (Math.min(low, middle, high) < 0 || number > 0xffff) return null;
    raw.push(number >> 8, number & 0xff);
  }
  if (raw[0] !== 1) return null;
  return {
    keyTag: hex(raw.slice(1, 3)),
    seat: raw[19] * 256 + raw[20],
    cityTag: hex(raw.slice(22, CLAIMS)),
    claims: Uint8Array.from(raw.slice(0, CLAIMS)),
    signature: Uint8Array.from(raw.slice(CLAIMS)),
  };
}

// Whether one of these keys, each with `tag` and `key`, has signed the code.
export async function isSigned(parsed, keys) {
  for (const each of keys) {
    if (each.tag === parsed.keyTag && (await verify(each.key, parsed.signature, joined(TICKET, parsed.claims)))) return true;
  }
  return false;
}

// Whether the list comes from inventory; `keys` are those of the page, as id:base64.
export async function isOurs(list, keys) {
  const own = keys.split(",").find((each) => each.startsWith(`${list.keyId}:`));
  const payload = new TextEncoder().encode(list.payload);
  return Boolean(own) && verify(own.slice(own.indexOf(":") + 1), bytesOf(list.signature), joined(LIST, payload));
}

// A code as the list names it.
export async function short(code) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code.trim())));
  return btoa(String.fromCharCode(...hash.slice(0, SHORT))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// Whether this browser can check signatures at all.
export async function canVerify() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

async function verify(key, signature, message) {
  const known = await crypto.subtle.importKey("raw", bytesOf(key), "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", known, signature, message);
}
