{
    "name": "Power Grading: Faults",
    "summary": "Glue: grading by faults and interruptions of supply",
    "version": "19.0.1.1.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["power_grading", "power_faults"],
    "data": [],
    "auto_install": True,
}
