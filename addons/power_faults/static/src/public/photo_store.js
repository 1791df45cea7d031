const DATABASE = "power_crew_photos";
const STORE = "photos";

/** Photos wait in the browser's database, which has room for hundreds; the queue names them. */
export class PhotoStore {
    /** @param {IDBFactory} factory */
    constructor(factory = window.indexedDB) {
        this.factory = factory;
    }

    put(key, image) {
        return this.run("readwrite", (store) => store.put(image, key));
    }

    get(key) {
        return this.run("readonly", (store) => store.get(key));
    }

    delete(key) {
        return this.run("readwrite", (store) => store.delete(key));
    }

    open() {
        return new Promise((resolve, reject) => {
            const request = this.factory.open(DATABASE, 1);
            request.onupgradeneeded = () => request.result.createObjectStore(STORE);
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
        });
    }

    /** Do something in a transaction of its own; what it answers counts once that is through. */
    async run(mode, work) {
        const database = await this.open();
        try {
            return await new Promise((resolve, reject) => {
                const transaction = database.transaction(STORE, mode);
                const request = work(transaction.objectStore(STORE));
                transaction.oncomplete = () => resolve(request.result);
                transaction.onerror = transaction.onabort = () => reject(transaction.error);
            });
        } finally {
            database.close();
        }
    }
}
