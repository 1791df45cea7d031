import re

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")


class PowerTariffPeriod(models.Model):
    """A part of the day with a price of its own: sharp, peak, flat, valley, deep valley…"""

    _name = "power.tariff.period"
    _description = "Time-of-Use Period"
    _inherit = ["power.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=False, help="Meter registers and price lists name the period by it."
    )
    color = fields.Char(string="Colour", default="#7fb3d5", help="In pictures of the day.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Another period has this code.")

    @api.constrains("code")
    def _check_code(self):
        for period in self:
            if not _CODE.fullmatch(period.code or ""):
                raise ValidationError(
                    self.env._(
                        "“%s” is no code of a period: small letters, digits and “_” only, "
                        "beginning with a letter.",
                        period.code,
                    )
                )

    @api.model
    @tools.ormcache("self.env.lang")
    def _get_labels(self):
        """Return names by code in the language of the context, archived periods included."""
        periods = self.sudo().with_context(active_test=False).search(Domain.TRUE)
        return {period.code: period.name for period in periods}

    @api.model
    @tools.ormcache()
    def _get_ids(self):
        """Return record ids by code, archived periods included."""
        periods = self.sudo().with_context(active_test=False).search(Domain.TRUE)
        return {period.code: period.id for period in periods}

    @api.model
    @tools.ormcache()
    def _get_colors(self):
        """Return colours by code."""
        periods = self.sudo().with_context(active_test=False).search(Domain.TRUE)
        return {period.code: period.color for period in periods}

    @api.model
    def _get_label(self, code, lang=None):
        """Return the name of a period in a language; an unknown code stands for itself."""
        periods = self.with_context(lang=lang) if lang else self
        return periods._get_labels().get(code, code)

    def _is_builtin(self):
        """Tell whether every database has this period."""
        self.ensure_one()
        builtin = self.env.ref(f"power_billing.period_{self.code}", raise_if_not_found=False)
        return builtin == self
