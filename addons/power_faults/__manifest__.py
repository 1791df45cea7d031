{
    "name": "Power Faults",
    "summary": "Repair desk of an electric utility: reports, crews, promises, outages, reliability",
    "version": "19.0.1.0.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["power_crm", "rating"],
    "data": [
        "security/ir.model.access.csv",
        "security/power_faults_security.xml",
        "data/ir_sequence_data.xml",
        "views/power_fault_views.xml",
        "views/power_outage_views.xml",
        "views/power_network_node_views.xml",
        "views/power_faults_menus.xml",
    ],
}
