/**
 * Actions of a crew, kept in the browser until the server has taken them.
 *
 * Each has a key of its own; they are sent in the order they were done, and sent again with the
 * same key when the answer was lost, so that the server does each once.
 */
const STORE = "power_crew_queue";
/** Of the five million characters a browser keeps, what photos may take: work comes first. */
const PHOTO_ROOM = 3500000;

export class QueueFull extends Error {}

export class CrewQueue {
    /**
     * @param {(actions: object[]) => Promise<object>} send posts actions, answers {key: answer}
     * @param {string} user whose actions these are: others on the telephone have their own
     * @param {Storage} storage
     */
    constructor(send, user, storage = window.localStorage) {
        this.send = send;
        this.store = `${STORE}_${user}`;
        this.storage = storage;
        this.sending = false;
        this.loggedOut = false;
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
    add(fault, action, data = {}) {
        const item = {
            key: newKey(),
            fault,
            action,
            at: new Date().toISOString(),
            data,
        };
        const actions = [...this.actions, item];
        if (action === "photo" && JSON.stringify(actions).length > PHOTO_ROOM) {
            throw new QueueFull();
        }
        try {
            this.actions = actions;
        } catch {
            throw new QueueFull();
        }
        return item;
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
                const batch = this.actions.slice(0, 10);
                const answers = await this.send(batch);
                this.loggedOut = false;
                const taken = batch.filter((item) => item.key in answers);
                if (!taken.length) {
                    break;
                }
                const keys = new Set(taken.map((item) => item.key));
                // What was added meanwhile stays.
                this.actions = this.actions.filter((item) => !keys.has(item.key));
                done.push(...taken.map((item) => ({ item, answer: answers[item.key] })));
            }
        } catch (error) {
            // No connection: it stays in the queue and is sent later.
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
