from odoo import fields, models


class PowerPrepaidLevel(models.Model):
    """A balance at which a prepaid customer is told, or cutting off may be proposed."""

    _name = "power.prepaid.level"
    _description = "Prepaid Warning Level"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The last level that is reached counts.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    basis = fields.Selection(
        selection=[("days", "Days left"), ("amount", "Available amount")],
        required=True,
        default="days",
    )
    days = fields.Integer(string="Days left", help="Reached with so many days left, or fewer.")
    amount = fields.Monetary(help="Reached with so much available, or less.")
    mail_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Mail",
        domain="[('model', '=', 'power.prepaid.account')]",
        default=lambda self: self.env.ref(
            "power_billing.mail_template_prepaid", raise_if_not_found=False
        ),
    )
    sms_template_id = fields.Many2one(
        comodel_name="sms.template",
        string="SMS",
        domain="[('model', '=', 'power.prepaid.account')]",
        default=lambda self: self.env.ref(
            "power_billing.sms_template_prepaid", raise_if_not_found=False
        ),
    )
    is_cutoff = fields.Boolean(
        string="Propose cutting off",
        help="After the notice days the customer is put on the list. Nothing is ever cut off by "
        "itself, and protected customers are only shown.",
    )
    notice_days = fields.Integer(
        "Notice days",
        default=7,
        help="Days between telling the customer and the earliest proposal.",
    )
    source = fields.Char(help="Document or contract that sets this.")

    _days_positive = models.Constraint(
        "CHECK (notice_days >= 0)", "The notice days cannot be negative."
    )

    def _is_reached(self, available, days_left):
        """Tell whether a balance is at this level.

        :param float available: in the company's currency
        :param days_left: whole days, or None while nothing is used
        """
        self.ensure_one()
        if self.basis == "amount":
            return self.currency_id.compare_amounts(available, self.amount) <= 0
        return days_left is not None and days_left <= self.days
