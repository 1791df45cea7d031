import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";
import { CrewQueue, QueueFull } from "./crew_queue";
import { CrewShelf, PAGE } from "./crew_shelf";

const NEXT = { take: null, arrive: "arrived", restore: "restored", hand_over: "gone" };
const RETRY_MS = 15000;
const RELOAD_MS = 60000;
const PHOTO_SIDE = 1600;
const TYPED = "power_crew_typed";

export class CrewPage extends Interaction {
    static selector = ".o_power_crew";
    dynamicContent = {
        "button[data-action]": { "t-on-click.withTarget": this.onButton },
        "input[data-action='check']": { "t-on-change.withTarget": this.onCheck },
        "input[data-photo]": { "t-on-change.withTarget": this.onPhoto },
        "[data-field], [data-part]": { "t-on-input": this.keepTyped },
    };

    setup() {
        const { user } = this.el.dataset;
        this.queue = new CrewQueue(
            (actions) => rpc(`${PAGE}/act`, { actions, user }, { silent: true }),
            user
        );
        this.shelf = new CrewShelf(user);
        this.typedStore = `${TYPED}_${user}`;
    }

    start() {
        if (window.location.pathname !== PAGE) {
            // Reached in a language of its own; kept, and opened without network, under one.
            window.history.replaceState(null, "", PAGE);
        }
        navigator.serviceWorker?.register(`${PAGE}/worker.js`, { scope: PAGE }).catch(() => {});
        this.retype(this.readTyped());
        this.replay();
        this.showQueue();
        this.addListener(window, "online", () => this.sendAll().then(() => this.reload()));
        this.addListener(window, "offline", () => this.showOffline(true));
        const timer = setInterval(() => this.sendAll(), RETRY_MS);
        this.registerCleanup(() => clearInterval(timer));
        // What the desk sends appears by itself: told by the bus, or found within a minute.
        const bus = this.services.bus_service;
        const told = () => this.reload();
        bus.subscribe("power_faults/crew", told);
        bus.start();
        const reading = setInterval(told, RELOAD_MS);
        this.registerCleanup(() => {
            bus.unsubscribe("power_faults/crew", told);
            clearInterval(reading);
        });
        this.sendAll().then(told);
    }

    card(el) {
        return el.closest(".o_power_crew_card");
    }

    async act(card, action, data) {
        try {
            await this.waitFor(this.queue.add(Number(card.dataset.fault), action, data));
            this.toggle(".o_power_crew_full", false);
        } catch (error) {
            if (!(error instanceof QueueFull)) {
                throw error;
            }
            this.toggle(".o_power_crew_full", true);
            return;
        }
        if (action in NEXT) {
            this.show(card, action);
        }
        this.showQueue();
        await this.sendAll();
    }

    /** Show at once what will be so when the server has taken it. */
    show(card, action) {
        if (action === "take") {
            card.dataset.taken = "1";
        } else {
            card.dataset.state = NEXT[action];
        }
    }

    /** Show what was done before the page was opened anew and waits to be sent. */
    replay() {
        for (const { fault, action, data } of this.queue.actions) {
            const card = this.el.querySelector(`.o_power_crew_card[data-fault="${fault}"]`);
            if (card && action in NEXT) {
                this.show(card, action);
            } else if (card && action === "check") {
                this.tick(card.querySelector(`[data-check="${data.check}"]`), data.done);
            }
        }
    }

    tick(box, done) {
        if (box) {
            box.checked = done;
            box.toggleAttribute("checked", done);
        }
    }

    async onButton(ev, target) {
        const card = this.card(target);
        const action = target.dataset.action;
        const data = await this.position(action);
        if (action === "part") {
            const name = card.querySelector("[data-part='name']");
            const quantity = card.querySelector("[data-part='quantity']");
            if (!name.value.trim()) {
                return;
            }
            Object.assign(data, { name: name.value, quantity: quantity.value });
            name.value = "";
            quantity.value = "1";
        }
        if (["restore", "hand_over"].includes(action)) {
            data.note = card.querySelector("[data-field='note']").value;
            data.cause = card.querySelector("[data-field='cause']").value;
        }
        await this.act(card, action, data);
    }

    async onCheck(ev, target) {
        this.tick(target, target.checked);
        await this.act(this.card(target), "check", {
            check: Number(target.dataset.check),
            done: target.checked,
        });
    }

    async onPhoto(ev, target) {
        const file = target.files[0];
        if (!file) {
            return;
        }
        const image = await shrink(file);
        target.value = "";
        await this.act(this.card(target), "photo", {
            when: target.dataset.photo,
            name: file.name,
            image,
        });
    }

    /** The position goes along with the arrival, if the telephone tells it soon. */
    position(action) {
        if (action !== "arrive" || !navigator.geolocation) {
            return Promise.resolve({});
        }
        return new Promise((resolve) =>
            navigator.geolocation.getCurrentPosition(
                ({ coords }) =>
                    resolve({ latitude: coords.latitude, longitude: coords.longitude }),
                () => resolve({}),
                { timeout: 3000, maximumAge: 60000 }
            )
        );
    }

    async sendAll() {
        const waited = this.queue.actions.length;
        const done = await this.waitFor(this.queue.flush());
        this.showQueue();
        this.showErrors(done);
        if (waited && !this.queue.actions.length) {
            await this.reload();
        }
    }

    get cards() {
        return this.el.querySelector(".o_power_crew_cards");
    }

    /** Whether somebody writes here, or work waits to be sent. */
    get isBusy() {
        const writes = "textarea, input:not([type=checkbox]):not([type=file])";
        const active = document.activeElement;
        return (
            this.queue.actions.length > 0 || (this.cards.contains(active) && active.matches(writes))
        );
    }

    /** Show what the server knows, unless that would be in the way, and keep it. */
    async reload() {
        if (this.isBusy) {
            return;
        }
        const html = await this.waitFor(this.readPage());
        if (!html || this.isBusy) {
            return;
        }
        const page = new DOMParser().parseFromString(html, "text/html");
        this.showCards(page.querySelector(".o_power_crew_cards").innerHTML);
        this.el.querySelector(".o_power_crew_asof").textContent =
            page.querySelector(".o_power_crew_asof").textContent;
        // Half a page is not kept: the one from before is whole.
        await this.waitFor(this.shelf.put(html).catch(() => {}));
    }

    /** The page as the server has it now; nothing without network or when not logged in. */
    async readPage() {
        let answer;
        try {
            answer = await fetch(PAGE);
        } catch {
            this.showOffline(true);
            return null;
        }
        this.showOffline(false);
        const html = answer.ok ? await answer.text() : "";
        const isMine = html.includes(`data-user="${this.el.dataset.user}"`);
        if (answer.ok && !isMine) {
            this.queue.loggedOut = true;
            this.showQueue();
        }
        return isMine ? html : null;
    }

    showCards(html) {
        if (this.cards.innerHTML === html) {
            return;
        }
        const typed = this.typed();
        this.services["public.interactions"].stopInteractions(this.cards);
        this.cards.innerHTML = html;
        this.retype(typed);
        this.keepTyped();
        this.updateContent();
    }

    fields(card) {
        return [...card.querySelectorAll("[data-field], [data-part]")];
    }

    /** What was written and not sent yet: {fault: [text]}. */
    typed() {
        const cards = [...this.el.querySelectorAll(".o_power_crew_card")];
        return Object.fromEntries(
            cards.map((card) => [card.dataset.fault, this.fields(card).map((el) => el.value)])
        );
    }

    retype(typed) {
        for (const card of this.el.querySelectorAll(".o_power_crew_card")) {
            const values = typed[card.dataset.fault] || [];
            this.fields(card).forEach((el, index) => {
                if (values[index]) {
                    el.value = values[index];
                }
            });
        }
    }

    readTyped() {
        try {
            return JSON.parse(localStorage.getItem(this.typedStore)) || {};
        } catch {
            return {};
        }
    }

    keepTyped() {
        try {
            localStorage.setItem(this.typedStore, JSON.stringify(this.typed()));
        } catch {
            // No room: what is done goes before what is being written.
        }
    }

    toggle(selector, shown) {
        this.el.querySelector(selector).classList.toggle("d-none", !shown);
    }

    showOffline(offline) {
        this.queue.offline = offline;
        this.showQueue();
    }

    showQueue() {
        const count = this.queue.actions.length;
        this.toggle(".o_power_crew_offline", this.queue.offline);
        this.toggle(".o_power_crew_login", this.queue.loggedOut);
        this.el.querySelector(".o_power_queue_empty").classList.toggle("d-none", count > 0);
        this.el.querySelector(".o_power_queue_waiting").classList.toggle("d-none", !count);
        this.el.querySelector(".o_power_queue_count").textContent = count;
    }

    showErrors(done) {
        const box = this.el.querySelector(".o_power_crew_errors");
        const errors = done.filter(({ answer }) => !answer.ok);
        if (done.length) {
            box.replaceChildren();
        }
        for (const { answer } of errors) {
            const line = document.createElement("div");
            line.className = "alert alert-danger";
            line.setAttribute("role", "alert");
            line.textContent = answer.error;
            box.append(line);
        }
    }
}

/** Make a photo small enough for a weak network. */
async function shrink(file) {
    try {
        const bitmap = await createImageBitmap(file);
        const scale = Math.min(1, PHOTO_SIDE / Math.max(bitmap.width, bitmap.height));
        const canvas = document.createElement("canvas");
        canvas.width = Math.round(bitmap.width * scale);
        canvas.height = Math.round(bitmap.height * scale);
        canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
        return canvas.toDataURL("image/jpeg", 0.8);
    } catch {
        return await new Promise((resolve) => {
            const reader = new FileReader();
            reader.onload = () => resolve(reader.result);
            reader.readAsDataURL(file);
        });
    }
}

registry.category("public.interactions").add("power_faults.crew_page", CrewPage);
