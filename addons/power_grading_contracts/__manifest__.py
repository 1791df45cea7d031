{
    "name": "Power Grading: Contracts",
    "summary": "Glue: grading by service contracts and the care of equipment",
    "version": "19.0.1.1.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["power_grading", "power_contracts"],
    "data": [],
    "auto_install": True,
}
