{
    "name": "Power Grading: Billing",
    "summary": "Glue: grading by consumption, and the rankings of customers and industries",
    "version": "19.0.1.0.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["power_grading", "power_billing"],
    "data": [
        "security/ir.model.access.csv",
        "security/power_grading_billing_security.xml",
        "data/ir_cron_data.xml",
        "data/power_grading_scheme_data.xml",
        "views/power_pyramid_layer_views.xml",
        "views/power_industry_ranking_views.xml",
        "views/power_customer_ranking_views.xml",
    ],
    "auto_install": True,
}
