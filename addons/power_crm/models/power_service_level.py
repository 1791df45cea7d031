from odoo import fields, models


class PowerServiceLevel(models.Model):
    _name = "power.service.level"
    _description = "Service level"
    _order = "sequence, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    visit_interval_months = fields.Integer(
        string="Visit every (months)",
        help="A visit is planned this many months after the last one; 0 plans none.",
    )
    hotline_priority = fields.Selection(
        [("0", "Normal"), ("1", "Raised"), ("2", "High"), ("3", "Always first")],
        string="Hotline priority",
        default="0",
        required=True,
    )
    callback_hours = fields.Integer(
        string="Call back within (hours)",
        help="When the lines were busy, the customer is called back within these hours; 0 means "
        "at once.",
    )
    fault_priority = fields.Selection(
        [("0", "Normal"), ("1", "Raised"), ("2", "High"), ("3", "Always first")],
        string="Fault priority",
        default="0",
        required=True,
    )
    free_services = fields.Text(string="Free services", translate=True)
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Another service level has this code already.")
    _interval_positive = models.Constraint(
        "CHECK (visit_interval_months >= 0 AND callback_hours >= 0)",
        "The visit interval and the call-back time cannot be negative.",
    )
