/** Keeps every file of one build, and answers from them: the page works without a network, and a new build replaces all at once. */
const CACHE = `stillpoint-explorer-${"VERSION"}`;
const FILES = "FILES";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => {
  const old = async () => {
    const names = await caches.keys();
    const mine = names.filter((name) => name.startsWith("stillpoint-explorer-") && name !== CACHE);
    await Promise.all(mine.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(old());
});

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  const answer = async () => {
    const cache = await caches.open(CACHE);
    return (await cache.match(event.request, { ignoreSearch: true })) ?? fetch(event.request);
  };
  event.respondWith(answer());
});
