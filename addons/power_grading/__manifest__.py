{
    "name": "Power Grading",
    "summary": "Scorecards, the customer pyramid and the service level that follows, explained",
    "version": "19.0.1.0.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["power_crm", "account"],
    "data": [
        "security/ir.model.access.csv",
        "security/power_grading_security.xml",
        "data/ir_cron_data.xml",
        "data/power_consequence_data.xml",
        "data/power_grading_scheme_data.xml",
        "views/power_grading_result_templates.xml",
    ],
}
