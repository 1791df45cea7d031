{
    "name": "Power Grading",
    "summary": "Scorecards, the customer pyramid and the service level that follows, explained",
    "version": "19.0.1.0.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["power_crm", "account"],
    "data": [],
}
