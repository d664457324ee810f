// Says on the telephone of a leader that there is no network. It keeps that page alone and nothing of the office.
"use strict";

const KEPT = "tongdai-offline-1";
const PAGE = "/console/static/offline.html";
const LOOK = "/console/static/offline.css";

self.addEventListener("install", (event) => event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll([PAGE, LOOK]))));
self.addEventListener("activate", (event) => event.waitUntil(
  caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
));
self.addEventListener("fetch", (event) => {
  if (new URL(event.request.url).pathname === LOOK) {
    event.respondWith(caches.match(LOOK).then((kept) => kept || fetch(event.request)));
    return;
  }
  if (event.request.mode !== "navigate" || event.request.method !== "GET") return;
  event.respondWith(fetch(event.request).catch(() => caches.match(PAGE)));
});
