import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";
import { CrewQueue, QueueFull } from "./crew_queue";

const NEXT = { take: null, arrive: "arrived", restore: "restored", hand_over: "gone" };
const RETRY_MS = 15000;
const RELOAD_MS = 60000;
const PHOTO_SIDE = 1600;

export class CrewPage extends Interaction {
    static selector = ".o_power_crew";
    dynamicContent = {
        "button[data-action]": { "t-on-click.withTarget": this.onButton },
        "input[data-action='check']": { "t-on-change.withTarget": this.onCheck },
        "input[data-photo]": { "t-on-change.withTarget": this.onPhoto },
    };

    setup() {
        this.queue = new CrewQueue(
            (actions) => rpc("/my/power/crew/act", { actions }, { silent: true }),
            this.el.dataset.user
        );
    }

    start() {
        this.showQueue();
        this.addListener(window, "online", () => this.sendAll());
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
        this.sendAll();
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

    /** Show what the server knows, unless somebody writes here or work waits to be sent. */
    async reload() {
        const writes = "textarea, input:not([type=checkbox]):not([type=file])";
        const busy = () =>
            this.queue.actions.length ||
            this.el.querySelector(".o_power_crew_cards").contains(document.activeElement) &&
                document.activeElement.matches(writes);
        if (busy()) {
            return;
        }
        try {
            const { cards } = await this.waitFor(
                rpc("/my/power/crew/list", {}, { silent: true })
            );
            if (!busy()) {
                const typed = this.typed();
                this.services["public.interactions"].stopInteractions(
                    this.el.querySelector(".o_power_crew_cards")
                );
                this.el.querySelector(".o_power_crew_cards").innerHTML = cards;
                this.retype(typed);
                this.updateContent();
            }
        } catch {
            // The cards shown are right as far as known here.
        }
    }

    fields(card) {
        return [...card.querySelectorAll("[data-field], [data-part]")];
    }

    /** What was written and not sent yet, by fault. */
    typed() {
        const cards = [...this.el.querySelectorAll(".o_power_crew_card")];
        return new Map(
            cards.map((card) => [card.dataset.fault, this.fields(card).map((el) => el.value)])
        );
    }

    retype(typed) {
        for (const card of this.el.querySelectorAll(".o_power_crew_card")) {
            const values = typed.get(card.dataset.fault) || [];
            this.fields(card).forEach((el, index) => {
                if (values[index]) {
                    el.value = values[index];
                }
            });
        }
    }

    toggle(selector, shown) {
        this.el.querySelector(selector).classList.toggle("d-none", !shown);
    }

    showQueue() {
        const count = this.queue.actions.length;
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
