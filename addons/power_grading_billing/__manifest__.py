{
    "name": "Power Grading: Billing",
    "summary": "Glue: consumption, growth and average price of the bills as grading sources",
    "version": "19.0.1.0.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["power_grading", "power_billing"],
    "data": ["data/power_grading_scheme_data.xml"],
    "auto_install": True,
}
