import { ConnectionLostError } from "@web/core/network/rpc";
import { PhotoStore } from "./photo_store";

/**
 * Actions of a crew, kept in the browser until the server has taken them.
 *
 * Each has a key of its own; they are sent in the order they were done, and sent again with the
 * same key when the answer was lost, so that the server does each once.
 */
const STORE = "power_crew_queue";
const BATCH = 10;

export class QueueFull extends Error {}

export class CrewQueue {
    /**
     * @param {(actions: object[]) => Promise<object>} send posts actions, answers {key: answer}
     * @param {string} user whose actions these are: others on the telephone have their own
     * @param {Storage} storage
     * @param {PhotoStore} photos
     */
    constructor(send, user, storage = window.localStorage, photos = new PhotoStore()) {
        this.send = send;
        this.photos = photos;
        this.store = `${STORE}_${user}`;
        this.storage = storage;
        this.sending = false;
        this.loggedOut = false;
        this.offline = false;
        this.added = Promise.resolve();
    }

    get actions() {
        try {
            return JSON.parse(this.storage.getItem(this.store) || "[]");
        } catch {
            return [];
        }
    }

    set actions(actions) {
        this.storage.setItem(this.store, JSON.stringify(actions));
    }

    /**
     * @throws {QueueFull} when there is no room for a photo, or for anything; nothing is lost then
     *     but what was to be added
     */
    add(fault, action, { image, ...data } = {}) {
        const item = {
            key: newKey(),
            fault,
            action,
            at: new Date().toISOString(),
            data,
        };
        // One after the other: what is done after a photo stands after it.
        const added = this.added.then(() => this.keep(item, image));
        this.added = added.catch(() => {});
        return added;
    }

    async keep(item, image) {
        if (image) {
            // A browser without a database keeps the photo in the queue itself.
            await this.photos.put(item.key, image).catch(() => (item.data.image = image));
        }
        try {
            this.actions = [...this.actions, item];
        } catch {
            throw new QueueFull();
        }
        return item;
    }

    /** The next to be sent, as the server takes them; a photo is the last of its batch. */
    async nextBatch() {
        const batch = this.actions.slice(0, BATCH);
        const photo = batch.findIndex((item) => item.action === "photo");
        if (photo < 0) {
            return batch;
        }
        const item = batch[photo];
        const image = item.data.image || (await this.photos.get(item.key));
        return [...batch.slice(0, photo), { ...item, data: { ...item.data, image } }];
    }

    async remove(items) {
        const keys = new Set(items.map((item) => item.key));
        // What was added meanwhile stays.
        this.actions = this.actions.filter((item) => !keys.has(item.key));
        for (const item of items.filter((item) => item.action === "photo")) {
            await this.photos.delete(item.key);
        }
    }

    /**
     * Send what waits, the oldest first, a few at a time.
     *
     * @returns {Promise<object[]>} what was answered: [{item, answer}]
     */
    async flush() {
        if (this.sending) {
            return [];
        }
        this.sending = true;
        const done = [];
        try {
            while (this.actions.length) {
                const batch = await this.nextBatch();
                const answers = await this.send(batch);
                this.loggedOut = this.offline = false;
                const taken = batch.filter((item) => item.key in answers);
                if (!taken.length) {
                    break;
                }
                await this.remove(taken);
                done.push(...taken.map((item) => ({ item, answer: answers[item.key] })));
            }
        } catch (error) {
            // It stays in the queue and is sent later.
            this.offline = error instanceof ConnectionLostError;
            this.loggedOut = error?.exceptionName === "odoo.http.SessionExpiredException";
        } finally {
            this.sending = false;
        }
        return done;
    }
}

function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
