// Requests to inventory. What gets no answer in time counts as no network; an ended session is renewed on the way.

const PATIENCE = 4000;
const PATH = "/api/admin/checkin";

let renewing = null;

export class NoNetwork extends Error {}
export class SignedOut extends Error {}
export class Refused extends Error {}

export async function ask(path, { body, tag } = {}) {
  let answer = await send(path, body, tag);
  if (answer.status === 401) {
    renewing ??= renew().finally(() => (renewing = null));
    await renewing;
    answer = await send(path, body, tag);
  }
  if (answer.status === 401) throw new SignedOut();
  if (answer.status >= 500 || answer.status === 429) throw new NoNetwork();
  if (answer.status === 304) return null;
  const document = await answer.json();
  if (!answer.ok) throw new Refused(document.detail);
  return { ...document, tag: answer.headers.get("ETag") };
}

async function send(path, body, tag) {
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  if (tag) headers["If-None-Match"] = tag;
  try {
    return await fetch(PATH + path, {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new NoNetwork();
  }
}

// On its way through /login a session that still lives is renewed; two renewals at a time would end it.
async function renew() {
  try {
    await fetch("/login?next=/staff/door", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    // Then the next answer says whether it lives.
  }
}
