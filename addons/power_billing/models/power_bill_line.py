import re

from odoo import api, fields, models

# The one charge whose formula has words (``tools/power_factor.py``).
_POWER_FACTOR = re.compile(r"^PF (\S+) \(standard ([\d.]+)\)")


class PowerBillLine(models.Model):
    _name = "power.bill.line"
    _description = "Bill Charge"
    _order = "bill_id, sequence, id"
    # Written once with their bill, which says by whom and when.
    _log_access = False

    bill_id = fields.Many2one(
        comodel_name="power.bill", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="bill_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    version_id = fields.Many2one(related="component_id.version_id")
    component_id = fields.Many2one(
        comodel_name="power.tariff.component", index="btree_not_null", ondelete="restrict"
    )
    product_id = fields.Many2one(comodel_name="product.product", ondelete="restrict")
    kind = fields.Char(required=True)
    name = fields.Char(required=True)
    period = fields.Char(help="Code of the time-of-use period; empty for the whole day.")
    tier = fields.Integer(help="1 is the first tier; 0 where there are none.")
    share = fields.Char(help="The part of the use billed at another category's price, if any.")
    label = fields.Char(compute="_compute_label")
    date_from = fields.Date("Date from")
    date_to = fields.Date("Date to")
    quantity = fields.Float(digits=(16, 6))
    unit = fields.Char()
    price = fields.Float(digits=(16, 6))
    amount = fields.Monetary(
        help="As the prices are listed, with or without tax; quantity × price, half up to the cent."
    )
    step = fields.Char()
    calculation = fields.Char(
        compute="_compute_calculation", help="How the amount comes, in the reader's language."
    )

    @api.depends("name", "period", "tier", "share", "component_id.name")
    @api.depends_context("lang")
    def _compute_label(self):
        for line in self:
            line.label = line._get_label()

    @api.depends("step")
    @api.depends_context("lang")
    def _compute_calculation(self):
        for line in self:
            line.calculation = _POWER_FACTOR.sub(line._say_power_factor, line.step or "")

    def _say_power_factor(self, match):
        return self.env._(
            "Power factor %(found)s (standard %(standard)s)", found=match[1], standard=match[2]
        )

    def _get_label(self, lang=None):
        """Return the charge's name in a language: “Energy · peak · tier 2”."""
        self.ensure_one()
        line = self.with_context(lang=lang) if lang else self
        return " · ".join(filter(None, line._get_label_parts()))

    def _get_label_parts(self):
        parts = [self.component_id.name or self.name]
        if self.period:
            parts.append(self.env["power.tariff.period"]._get_label(self.period))
        if self.tier:
            parts.append(self.env._("tier %s", self.tier))
        if self.share:
            parts.append(self._get_share_name())
        return parts

    def _get_share_name(self):
        """Return the name of the part of the use that is billed at another price."""
        shares = (self.bill_id.determinants or {}).get("shares") or []
        names = {str(share["key"]): share.get("name") for share in shares}
        return names.get(self.share) or self.share
