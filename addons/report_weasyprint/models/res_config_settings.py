from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    report_pdf_engine = fields.Selection(
        [
            ("automatic", "Automatic"),
            ("weasyprint", "WeasyPrint"),
            ("wkhtmltopdf", "wkhtmltopdf"),
        ],
        string="PDF engine",
        default="automatic",
        config_parameter="report_weasyprint.engine",
        help="Automatic prints with WeasyPrint wherever it works. Choose wkhtmltopdf to keep one"
        " with patched Qt that is installed on the server.",
    )
