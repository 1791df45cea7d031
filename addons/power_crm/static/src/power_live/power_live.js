import { Component, onMounted, onWillUnmount } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const DELAY = 3000;

/** Reads the record again every few seconds for as long as its busy field is set. */
export class PowerLive extends Component {
    static template = "power_crm.PowerLive";
    static props = { ...standardWidgetProps, busyField: String };

    setup() {
        onMounted(() => this.wait());
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    get isBusy() {
        return Boolean(this.props.record.data[this.props.busyField]);
    }

    wait() {
        this.timer = browser.setTimeout(() => this.tick(), DELAY);
    }

    async tick() {
        const { record } = this.props;
        if (this.isBusy && record.resId && !document.hidden && !(await record.isDirty())) {
            await record.load();
        }
        if (this.timer) {
            this.wait();
        }
    }
}

export const powerLive = {
    component: PowerLive,
    extractProps: ({ attrs }) => ({ busyField: attrs.busy }),
    fieldDependencies: ({ attrs }) => [{ name: attrs.busy, type: "boolean" }],
};

registry.category("view_widgets").add("power_live", powerLive);
