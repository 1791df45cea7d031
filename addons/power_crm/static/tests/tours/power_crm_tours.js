import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("power_crm_agent_finds_customer", {
    url: "/odoo/power-customers",
    steps: () => [
        {
            content: "A customer calls: search the number on the display",
            trigger: ".o_searchview_input",
            run: "edit 82705577",
        },
        {
            trigger: ".o_searchview_autocomplete .o-dropdown-item:contains(Telephone)",
            run: "click",
        },
        {
            trigger: ".o_data_row:only-child .o_data_cell:contains(Taihu Tour Steel)",
            run: "click",
        },
        {
            content: "Everything about the customer at one glance",
            trigger: ".o_form_view .o_field_widget[name=power_capacity_kva]:contains(1,250)",
        },
        { trigger: ".alert-danger:contains(major hazard)" },
        {
            trigger: "button[name=action_open_power_supply_points]",
            run: "click",
        },
        { trigger: ".o_last_breadcrumb_item:contains(Supply points)" },
        {
            trigger: ".o_data_row:contains(TOUR-2) .o_data_cell[name=name]",
            run: "click",
        },
        {
            content: "The supply point and how it is supplied",
            trigger: ".o_form_view .o_notebook .nav-link[name=sources]",
            run: "click",
        },
        { trigger: ".o_field_widget[name=source_ids] .o_data_cell:contains(Taihu substation)" },
    ],
});

registry.category("web_tour.tours").add("power_crm_manager_records_visit", {
    url: "/odoo/power-service-records",
    steps: () => [
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=partner_id] input",
            run: "edit Taihu Tour",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Taihu Tour Steel)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=result] textarea",
            run: "edit The earthing of transformer 2 is broken.",
        },
        {
            trigger: ".o_notebook .nav-link[name=defects]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=defect_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=name] textarea",
            run: "edit Earthing broken",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=defect_ids] .o_data_cell:contains(Earthing broken)",
        },
        {
            trigger: "body:not(:has(.modal)) button[name=action_done]",
            run: "click",
        },
        { trigger: ".o_statusbar_status button[data-value=done].o_arrow_button_current" },
    ],
});

registry.category("web_tour.tours").add("power_crm_customer_corrects_contact", {
    url: "/my/power",
    steps: () => [
        {
            trigger: "#contact input[name=phone]",
            run: "edit 12",
        },
        {
            content: "A wrong number is explained",
            trigger: "#contact button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: "#contact .invalid-feedback:contains(139 1234 5678)" },
        {
            trigger: "#contact input[name=phone]",
            run: "edit 138 0013 8000",
        },
        {
            trigger: "#contact select[name=channel]",
            run: "select sms",
        },
        {
            trigger: "#contact button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: "#contact .alert-success" },
        { trigger: "#contact input[name=phone]:value(+86 138 0013 8000)" },
    ],
});
