{
    "name": "Power Demo: Qingjiang Power Supply",
    "summary": "An invented utility with two years of readings, bills and payments to try all on",
    "version": "19.0.1.1.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": [
        "power_billing_bank",
        "power_contracts_billing",
        "power_faults",
        "power_grading_billing",
        "payment_demo",
        "l10n_cn",
    ],
    "data": ["views/payment_demo_templates.xml"],
    "pre_init_hook": "pre_init_hook",
    "post_init_hook": "post_init_hook",
}
