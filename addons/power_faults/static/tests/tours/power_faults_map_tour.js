import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("power_faults_map", {
    steps: () => [
        {
            content: "The five minutes to accept the fault run down",
            trigger: ".o_kanban_record [role=timer].text-bg-light:contains(0:0)",
            timeout: 30000,
            run: async ({ anchor }) => {
                const before = anchor.textContent;
                await new Promise((resolve) => setTimeout(resolve, 2100));
                if (anchor.textContent >= before) {
                    throw new Error(`The countdown stands still at ${before}`);
                }
            },
        },
        {
            trigger: ".o_switch_view.o_power_map",
            run: "click",
        },
        {
            content: "The crew is on it, and no background is needed",
            trigger: ".o_power_map .o_power_plan:not(:has(img)) a:contains(Tour crew)",
        },
        {
            content: "What has no place is told",
            trigger: ".o_power_map .alert-info:contains(1 faults have no place)",
        },
        {
            trigger: ".o_power_map button[title='Zoom in']",
            run: "click",
        },
        {
            trigger: ".o_power_map button[title='Zoom out']:enabled",
        },
        {
            content: "A click opens the fault",
            trigger: ".o_power_map .o_power_plan a[title*='Canal Road 5']",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=address]",
        },
    ],
});
