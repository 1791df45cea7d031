from odoo import api, fields, models
from odoo.fields import Domain


class PowerOutageNoticeRule(models.Model):
    """How long before it begins an outage has to be announced, from a day on."""

    _name = "power.outage.notice.rule"
    _description = "Rule for announcing outages"
    _inherit = ["power.validity.mixin"]
    _order = "kind, audience, date_from desc, id desc"
    _rec_name = "code"

    code = fields.Char(required=True)
    kind = fields.Selection(
        [("planned", "Planned"), ("temporary", "Temporary")], string="Outages", required=True
    )
    audience = fields.Selection(
        [("all", "All customers"), ("important", "Important customers")],
        required=True,
        default="all",
    )
    amount = fields.Integer(string="At least", required=True)
    unit = fields.Selection(
        [("day", "Calendar days before"), ("hour", "Hours before")], required=True, default="day"
    )
    date_from = fields.Date(default="2000-01-01")
    source = fields.Char(translate=True, help="The document this rule comes from.")
    company_id = fields.Many2one("res.company", index=True, help="Empty: for every company.")

    _amount_positive = models.Constraint("CHECK (amount >= 0)", "The time cannot be negative.")

    @api.model
    def _get_for(self, company, kind, day):
        """Return the rules in force for a kind of outage: one an audience, the company's first.

        :rtype: power.outage.notice.rule
        """
        found = self.browse()
        for audience in ("all", "important"):
            asked = Domain("kind", "=", kind) & Domain("audience", "=", audience)
            found |= self._get_newest(company, day, asked)
        return found
