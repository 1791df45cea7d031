{
    "name": "Power Billing: Job Queue",
    "summary": "Glue: the batches of a bill run are jobs, which any number of servers share",
    "version": "19.0.1.1.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": [
        "power_billing",
        "queue_job",  # OCA/queue
    ],
    "data": ["data/queue_job_data.xml"],
    "auto_install": True,
}
