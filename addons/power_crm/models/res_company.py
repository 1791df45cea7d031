from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    power_generator_margin = fields.Float(
        string="Emergency generator margin (%)",
        default=120.0,
        help="Capacity an important customer's own emergency sources must have, in percent of "
        "its safety load.",
    )
    power_licence_remind_days = fields.Integer(
        string="Licence reminder (days before expiry)", default=60
    )
    power_renewal_remind_days = fields.Integer(
        string="Important customer renewal reminder (days before)", default=30
    )

    _power_generator_margin_positive = models.Constraint(
        "CHECK (power_generator_margin >= 0)",
        "The emergency generator margin cannot be negative.",
    )
    _power_remind_days_positive = models.Constraint(
        "CHECK (power_licence_remind_days >= 0 AND power_renewal_remind_days >= 0)",
        "Reminder days cannot be negative.",
    )
