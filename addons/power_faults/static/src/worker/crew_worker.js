// @odoo-module ignore

// Opens the crew's page where there is no network, from what the page itself has kept
// (public/crew_shelf.js). It answers for that page only; /odoo has a worker of its own.
const SHELF = "power_crew_";
const PAGE = "/my/power/crew";
const PATIENCE_MS = 6000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
    const { method, mode, url } = event.request;
    const { origin, pathname } = new URL(url);
    // The page asking what is new wants the server's word, or none.
    const asksForNews = pathname === PAGE && mode !== "navigate";
    if (method === "GET" && origin === self.location.origin && !asksForNews) {
        event.respondWith(answer(event.request, pathname));
    }
});

async function answer(request, pathname) {
    const kept = await find(request);
    // The name of a bundle changes with its contents.
    if (kept && pathname.startsWith("/web/assets/")) {
        return kept;
    }
    try {
        const fresh = await (kept ? inTime(fetch(request)) : fetch(request));
        return kept && fresh.status >= 500 ? kept : fresh;
    } catch (error) {
        if (kept) {
            return kept;
        }
        throw error;
    }
}

async function find(request) {
    for (const name of await caches.keys()) {
        if (name.startsWith(SHELF)) {
            const shelf = await caches.open(name);
            return shelf.match(request, { ignoreSearch: true, ignoreVary: true });
        }
    }
}

/** A weak network that lets one wait is none. */
function inTime(promise) {
    const late = new Promise((resolve, reject) => setTimeout(reject, PATIENCE_MS));
    return Promise.race([promise, late]);
}
