/** The crew's page and all it is made of, kept in the browser: it opens without network. */
const SHELF = "power_crew_";
export const PAGE = "/my/power/crew";
const PARTS = "link[rel=stylesheet], link[rel=preload], script[src], script[data-src], img[src]";

export class CrewShelf {
    /**
     * @param {string|number} user whose page it is; one browser keeps the page of one user
     * @param {CacheStorage} [caches] there is none where the address is not secure
     */
    constructor(user, caches = window.caches) {
        this.name = `${SHELF}${user}`;
        this.caches = caches;
    }

    /**
     * Keep a page once all its parts are here; what only an older page was made of goes.
     *
     * @param {string} html as the server sent it
     */
    async put(html) {
        if (!this.caches) {
            return;
        }
        const shelf = await this.caches.open(this.name);
        const kept = (await shelf.keys()).map((request) => request.url);
        const parts = new Set([...named(html), ...loaded()]);
        const missing = [...parts].filter((url) => !kept.includes(url));
        await Promise.all(missing.map((url) => this.putPart(shelf, url)));
        const headers = { "Content-Type": "text/html; charset=utf-8" };
        await shelf.put(PAGE, new Response(html, { headers }));
        parts.add(absolute(PAGE));
        const old = kept.filter((url) => !parts.has(url));
        await Promise.all(old.map((url) => shelf.delete(url)));
    }

    async putPart(shelf, url) {
        const answer = await fetch(url);
        if (answer.ok) {
            await shelf.put(url, answer);
        }
    }

    /** Clear what others have left here. */
    async clearOthers() {
        const names = (await this.caches?.keys()) || [];
        const others = names.filter((name) => name.startsWith(SHELF) && name !== this.name);
        await Promise.all(others.map((name) => this.caches.delete(name)));
    }
}

function absolute(url) {
    return new URL(url, window.location.origin).href;
}

function isOurs(url) {
    return new URL(url).origin === window.location.origin;
}

/** What a page names. */
function named(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    return [...page.querySelectorAll(PARTS)]
        .map((el) => absolute(el.getAttribute("data-src") || el.getAttribute("src") || el.href))
        .filter(isOurs);
}

/** What it fetched besides: fonts, pictures of style sheets, terms. */
function loaded() {
    return performance
        .getEntriesByType("resource")
        .filter((entry) => entry.initiatorType === "css" || entry.name.includes("/translations"))
        .map((entry) => entry.name)
        .filter(isOurs);
}
