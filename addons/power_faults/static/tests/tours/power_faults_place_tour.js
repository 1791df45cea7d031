import { registry } from "@web/core/registry";

/** The form takes the place over a moment after the tap. */
async function checkPlace(selector) {
    const read = () => document.querySelector(selector).value;
    for (let tries = 0; tries < 80 && !read().startsWith("31.5"); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (!read().startsWith("31.5")) {
        throw new Error(`The place under the cross is not taken over: ${read()}`);
    }
}

registry.category("web_tour.tours").add("power_faults_place", {
    steps: () => [
        {
            trigger: ".o_power_fault_form .o_power_place summary",
            run: "click",
        },
        {
            content: "The areas stand on it, and no background is needed",
            trigger: ".o_power_place_layer:not(:has(img)) span:contains(Old town)",
        },
        {
            trigger: ".o_power_place_map:not(.o_power_place_picked)",
            run: "click",
        },
        {
            trigger: ".o_power_place_map.o_power_place_picked",
            run: () => checkPlace("input[name=latitude]"),
        },
    ],
});

registry.category("web_tour.tours").add("power_faults_call_place", {
    steps: () => [
        {
            trigger: ".o_power_place_map:has(span:contains(Old town))",
            run: "click",
        },
        {
            trigger: ".o_power_place_map.o_power_place_picked",
            run: () => checkPlace(".o_field_widget[name=latitude] input"),
        },
        {
            content: "What is typed is shown",
            trigger: ".o_field_widget[name=latitude] input",
            run: "edit 31.7 && press Tab",
        },
        {
            content: "A place is enough for a report",
            trigger: "button[name=action_report]:contains(Report fault)",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_statusbar_status",
        },
    ],
});
