from odoo import fields, models


class PowerBreach(models.Model):
    """A breach of the rules of supply, recorded with its finding."""

    _name = "power.breach"
    _description = "Breach of the rules of supply"
    _inherit = ["power.customer.mixin", "mail.thread"]
    _order = "date desc, id desc"
    _rec_name = "kind"
    _check_company_auto = True

    kind = fields.Selection(
        [
            ("theft", "Theft of electricity"),
            ("illegal_use", "Use against the rules"),
            ("contract", "No new contract after a change of use"),
            ("accident", "Accident that affected the grid or persons"),
            ("arrears", "Old arrears without agreement"),
            ("legal", "Enforcement, frozen assets or pledge"),
        ],
        required=True,
        default="illegal_use",
        tracking=True,
    )
    date = fields.Date(
        string="Found on", required=True, default=fields.Date.context_today, tracking=True
    )
    user_id = fields.Many2one(string="Recorded by")
    reference = fields.Char(help="Number of the notice or decision.")
    note = fields.Text(string="Finding")
    active = fields.Boolean(default=True, help="Archive a breach that was withdrawn.")

    _grading_idx = models.Index("(company_id, date, partner_id) WHERE active")
