{
    "name": "PDF reports by WeasyPrint",
    "version": "19.0.1.1.0",
    "category": "Technical",
    "summary": "Print every PDF report with WeasyPrint, without wkhtmltopdf",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["base", "base_setup", "web"],
    "external_dependencies": {"python": ["weasyprint"]},
    "data": ["views/res_config_settings_views.xml"],
}
