import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("power_billing_clerk_run", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: "button[name=action_start]", run: "click" },
        { trigger: ".o_arrow_button_current[data-value='rating']" },
        // The live widget is there for as long as the background works.
        { trigger: ".o_widget_power_live [role=status]" },
        { trigger: "button[name=action_run_now]", run: "click" },
        { trigger: ".o_arrow_button_current[data-value='rated']" },
        { trigger: ".o_field_widget[name=total_ids] .o_data_row" },
        { trigger: "button[name=action_approve]", run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: ".o_arrow_button_current[data-value='posting']" },
        { trigger: "button[name=action_run_now]", run: "click" },
        { trigger: ".o_arrow_button_current[data-value='done']" },
        { trigger: "button[name=action_view_bills]:has(.o_field_widget[name=posted_count])", run: "click" },
        { trigger: ".o_list_view .o_data_row .text-bg-success" },
    ],
});
