import { Component, onWillDestroy, useState } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

/** The time left until an instant, running: amber once its warning has come, red once it is over. */
export class CountdownField extends Component {
    static template = "power_faults.CountdownField";
    static props = { ...standardFieldProps, warningField: { type: String, optional: true } };

    setup() {
        this.state = useState({ now: DateTime.now() });
        const timer = setInterval(() => (this.state.now = DateTime.now()), 1000);
        onWillDestroy(() => clearInterval(timer));
    }

    get due() {
        return this.props.record.data[this.props.name];
    }

    get badgeClass() {
        const warning = this.props.record.data[this.props.warningField];
        if (this.due < this.state.now) {
            return "text-bg-danger";
        }
        return warning && warning <= this.state.now ? "text-bg-warning" : "text-bg-light";
    }

    get title() {
        return formatDateTime(this.due);
    }

    /** Hours, minutes and seconds; what is over has a minus. */
    get text() {
        const left = Math.round((this.due - this.state.now) / 1000);
        const seconds = Math.abs(left);
        const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
        const clock = parts.map((part) => String(part).padStart(2, "0")).join(":");
        return `${left < 0 ? "−" : ""}${Math.floor(seconds / 3600)}:${clock}`;
    }
}

registry.category("fields").add("power_countdown", {
    component: CountdownField,
    displayName: _t("Countdown"),
    supportedTypes: ["datetime"],
    supportedOptions: [
        {
            label: _t("Warning from"),
            name: "warning",
            type: "field",
            availableTypes: ["datetime"],
        },
    ],
    fieldDependencies: ({ options }) =>
        options.warning ? [{ name: options.warning, type: "datetime", readonly: true }] : [],
    extractProps: ({ options }) => ({ warningField: options.warning }),
});
