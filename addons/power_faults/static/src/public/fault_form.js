import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { PlaceMap } from "../map/place_map";

const STORE = "power_fault_draft";
const KEPT = [
    "symptom", "danger", "point_number", "address", "device_label", "latitude", "longitude",
    "phone", "contact_name", "email", "minutes_ago", "description", "key",
];

/**
 * The form keeps what was typed until the server has it: nothing is lost when the connection or
 * the server fails in the middle, and the same report sent twice has the same key.
 */
export class FaultForm extends Interaction {
    static selector = ".o_power_fault_form";
    dynamicContent = {
        _root: {
            "t-on-input": this.onInput,
            "t-on-change": this.onInput,
            "t-on-submit": this.onSubmit,
        },
        ".o_power_locate": { "t-on-click": this.onLocate },
        ".o_power_place": { "t-on-toggle": this.onOpenMap },
        "input[name=latitude], input[name=longitude]": { "t-on-change": this.showPlace },
    };

    start() {
        this.restore();
        this.showDanger();
        if (navigator.geolocation) {
            this.el.querySelector(".o_power_locate").classList.remove("d-none");
        }
        this.onOpenMap(); // open from the start when the place is to be corrected
    }

    field(name) {
        return this.el.elements[name];
    }

    onInput() {
        this.showDanger();
        const draft = {};
        for (const name of KEPT) {
            const field = this.field(name);
            if (field) {
                draft[name] = field.type === "checkbox" ? field.checked : field.value;
            }
        }
        localStorage.setItem(STORE, JSON.stringify(draft));
    }

    restore() {
        const filled = this.field("address").value || this.field("description").value;
        const text = localStorage.getItem(STORE);
        if (!text || filled) {
            return;
        }
        for (const [name, value] of Object.entries(JSON.parse(text))) {
            const field = this.field(name);
            if (field && field.type === "checkbox") {
                field.checked = value;
            } else if (field && value) {
                field.value = value;
            }
        }
    }

    showDanger() {
        const option = this.field("symptom").selectedOptions[0];
        const danger = this.field("danger").checked || Boolean(option?.dataset.danger);
        this.el.querySelector(".o_power_danger").classList.toggle("d-none", !danger);
    }

    onSubmit(ev) {
        this.onInput();
        const offline = navigator.onLine === false;
        this.el.querySelector(".o_power_unsent").classList.toggle("d-none", !offline);
        if (offline || this.sent) {
            ev.preventDefault();
            return;
        }
        this.sent = true;
        setTimeout(() => (this.sent = false), 10000);
    }

    onLocate() {
        navigator.geolocation.getCurrentPosition(({ coords }) => {
            this.setPlace([coords.latitude.toFixed(6), coords.longitude.toFixed(6)]);
            this.el.querySelector(".o_power_place").open = true;
            this.showPlace();
        });
    }

    /** Latitude and longitude as numbers, or null. */
    getPlace() {
        const texts = [this.field("latitude").value, this.field("longitude").value];
        const place = texts.map(Number);
        return texts.every(Boolean) && place.every(Number.isFinite) ? place : null;
    }

    setPlace([latitude, longitude]) {
        this.field("latitude").value = latitude;
        this.field("longitude").value = longitude;
        this.onInput();
    }

    /** The map is drawn when somebody wants to see it: its tiles weigh more than the page. */
    onOpenMap() {
        const el = this.el.querySelector(".o_power_place_map");
        if (this.map || !el.clientWidth) {
            return;
        }
        this.map = new PlaceMap(el, {
            ...JSON.parse(el.dataset.map),
            place: this.getPlace(),
            onPick: (place) => this.setPlace(place),
        });
        this.registerCleanup(() => this.map.destroy());
    }

    showPlace() {
        const place = this.getPlace();
        if (this.map && place) {
            this.map.setPlace(place);
        }
    }
}

/** The report has arrived: the draft is no longer needed. */
export class FaultPage extends Interaction {
    static selector = ".o_power_fault_page";

    start() {
        localStorage.removeItem(STORE);
    }
}

registry.category("public.interactions").add("power_faults.fault_form", FaultForm);
registry.category("public.interactions").add("power_faults.fault_page", FaultPage);
