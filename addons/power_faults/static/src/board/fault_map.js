import { Component, markup, onWillStart, onWillUnmount, onWillUpdateProps, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { CogMenu } from "@web/search/cog_menu/cog_menu";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { SearchBar } from "@web/search/search_bar/search_bar";
import { useSearchBarToggler } from "@web/search/search_bar/search_bar_toggler";
import { ActionHelper } from "@web/views/action_helper";
import { standardViewProps } from "@web/views/standard_view_props";

const WAIT_MS = 1500;
const SCALES = [1, 2, 4, 8];

/** Faults and crews where they are; the plan is drawn by the server, as on the public page. */
export class FaultMapController extends Component {
    static template = "power_faults.FaultMap";
    static components = { ActionHelper, CogMenu, Layout, SearchBar };
    static props = { ...standardViewProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.bus = useService("bus_service");
        this.searchBarToggler = useSearchBarToggler();
        this.state = useState({ map: {}, step: this.props.state?.step || 0 });
        useSetupAction({ getLocalState: () => ({ step: this.state.step }) });
        const listener = () => {
            // Many changes within a moment are one reading.
            clearTimeout(this.timer);
            this.timer = setTimeout(() => this.load(this.props), WAIT_MS);
        };
        this.bus.subscribe("power_faults/board", listener);
        onWillStart(() => this.load(this.props));
        onWillUpdateProps((props) => this.load(props));
        onWillUnmount(() => {
            this.bus.unsubscribe("power_faults/board", listener);
            clearTimeout(this.timer);
        });
    }

    async load(props) {
        const map = await this.orm.call(props.resModel, "get_power_map", [props.domain], {
            context: props.context,
        });
        this.state.map = { ...map, html: map.html && markup(map.html) };
    }

    get scale() {
        return SCALES[this.state.step];
    }

    get lastStep() {
        return SCALES.length - 1;
    }

    zoom(by) {
        this.state.step = Math.min(Math.max(this.state.step + by, 0), this.lastStep);
    }

    /** A mark names its record; what is no mark is left alone. */
    onClick(event) {
        const mark = event.target.closest("a[href^='#power.']");
        if (!mark) {
            return;
        }
        event.preventDefault();
        const [model, id] = mark.getAttribute("href").slice(1).split("/");
        if (model === this.props.resModel) {
            this.props.selectRecord(Number(id), {});
        } else {
            this.action.doAction({
                type: "ir.actions.act_window",
                res_model: model,
                res_id: Number(id),
                views: [[false, "form"]],
            });
        }
    }
}

registry.category("views").add("power_map", {
    type: "power_map",
    Controller: FaultMapController,
    searchMenuTypes: ["filter", "favorite"],
});
