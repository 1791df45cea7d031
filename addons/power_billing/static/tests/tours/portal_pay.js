import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("power_billing_portal_pay", {
    steps: () => [
        {
            trigger: ".o_portal_my_doc_table td a:contains(-202601)",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".o_portal_bill:contains(1,234.00)" },
        { trigger: ".o_portal_bill_sidebar a:contains(Pay Now)", run: "click" },
        { trigger: "#pay_with .modal-body:contains(907.84)" },
        { trigger: "#pay_with #o_payment_form_options input[name=o_payment_radio]" },
        { trigger: "#pay_with button[name=o_payment_submit_button]" },
    ],
});
