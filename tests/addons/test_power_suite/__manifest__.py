{
    "name": "Power Suite: tests",
    "summary": "What no single add-on can hold: strangers at every door, months that balance",
    "version": "19.0.1.1.0",
    "category": "Hidden/Tests",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["l10n_cn", "payment_demo", "power_billing", "power_faults"],
}
