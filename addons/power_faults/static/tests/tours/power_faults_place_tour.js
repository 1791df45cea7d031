import { registry } from "@web/core/registry";

function checkPlace(selector) {
    const value = document.querySelector(selector).value;
    if (!value.startsWith("31.5")) {
        throw new Error(`The place under the cross is not taken over: ${value}`);
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
            trigger: ".o_power_place_layer span:contains(Old town)",
        },
    ],
});
