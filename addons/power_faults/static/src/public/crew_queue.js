/**
 * Actions of a crew, kept in the browser until the server has taken them.
 *
 * Each has a key of its own; they are sent in the order they were done, and sent again with the
 * same key when the answer was lost, so that the server does each once.
 */
const STORE = "power_crew_queue";

export class CrewQueue {
    /**
     * @param {(actions: object[]) => Promise<object>} send posts actions, answers {key: answer}
     * @param {Storage} storage
     */
    constructor(send, storage = window.localStorage) {
        this.send = send;
        this.storage = storage;
        this.sending = false;
    }

    get actions() {
        try {
            return JSON.parse(this.storage.getItem(STORE) || "[]");
        } catch {
            return [];
        }
    }

    set actions(actions) {
        this.storage.setItem(STORE, JSON.stringify(actions));
    }

    add(fault, action, data = {}) {
        const item = {
            key: newKey(),
            fault,
            action,
            at: new Date().toISOString(),
            data,
        };
        this.actions = [...this.actions, item];
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
                const taken = batch.filter((item) => item.key in answers);
                if (!taken.length) {
                    break;
                }
                const keys = new Set(taken.map((item) => item.key));
                // What was added meanwhile stays.
                this.actions = this.actions.filter((item) => !keys.has(item.key));
                done.push(...taken.map((item) => ({ item, answer: answers[item.key] })));
            }
        } catch {
            // No connection: it stays in the queue and is sent later.
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
