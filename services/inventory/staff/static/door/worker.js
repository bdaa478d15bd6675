// Keeps the door's page and its files, so that it opens without a network. Newer ones come first while there is one.

const CACHE = "door-1";
const PATIENCE = 4000;
const ours = (url) => url.origin === location.origin && (url.pathname === "/staff/door" || url.pathname.startsWith("/staff/stock/static/"));

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  if (Array.isArray(event.data)) event.waitUntil(fill(event.data).then(() => event.source.postMessage("kept")));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && ours(new URL(request.url))) event.respondWith(newest(request));
});

// The page of now, and nothing of an earlier one.
async function fill(addresses) {
  const kept = addresses.map((address) => new URL(address, location.href).href);
  await Promise.all(kept.map((address) => newest(new Request(address))));
  const cache = await caches.open(CACHE);
  await Promise.all((await cache.keys()).filter(({ url }) => !kept.includes(url)).map((request) => cache.delete(request)));
}

async function newest(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    // A page that leads to sign-in is not the door's.
    if (answer.ok && !answer.redirected) await cache.put(request, answer.clone());
    if (answer.status < 500) return answer;
  } catch {
    // Without a network what was kept is the answer.
  }
  const found = await cache.match(request, { ignoreVary: true });
  return found ?? Response.error();
}
