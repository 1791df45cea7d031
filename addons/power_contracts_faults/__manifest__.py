{
    "name": "Power Contracts: Faults",
    "summary": "Glue: what a contract covers on the fault, and a quote for what it does not",
    "version": "19.0.1.1.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["power_contracts", "power_faults"],
    "data": [
        "security/ir.model.access.csv",
        "wizard/power_fault_quote_views.xml",
        "views/power_fault_views.xml",
        "views/sale_order_views.xml",
        "views/power_contract_visit_views.xml",
    ],
    "auto_install": True,
}
