{
    "name": "Power Contracts: Billing",
    "summary": "Glue: energy advice from a customer's bills, checked against later ones",
    "version": "19.0.1.0.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["power_contracts", "power_billing"],
    "data": [
        "security/ir.model.access.csv",
        "security/power_contracts_billing_security.xml",
        "views/power_advice_views.xml",
        "views/power_supply_point_views.xml",
        "views/res_config_settings_views.xml",
        "views/power_contracts_billing_menus.xml",
    ],
    "auto_install": True,
}
