from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class PowerTariffVersion(models.Model):
    """Prices of a tariff between two dates, as an authority set them."""

    _name = "power.tariff.version"
    _description = "Tariff Version"
    _order = "tariff_id, date_from desc, id"
    _check_company_auto = True

    # A bill was made of these; the end may still be set, for a later version to follow.
    _FROZEN_FIELDS = frozenset({"tariff_id", "date_from", "component_ids"})

    tariff_id = fields.Many2one(
        comodel_name="power.tariff", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="tariff_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="In Force From", required=True)
    date_to = fields.Date(string="Until", help="Last day; empty while in force.")
    source = fields.Char(help="Document that sets these prices.")
    component_ids = fields.One2many(
        comodel_name="power.tariff.component",
        inverse_name="version_id",
        string="Components",
        copy=True,
    )
    energy_price = fields.Float(
        string="Price per kWh",
        digits=(16, 6),
        compute="_compute_energy_price",
        help="Energy and funds, VAT included.",
    )
    is_frozen = fields.Boolean(
        string="Billed",
        compute="_compute_is_frozen",
        help="A posted bill was made of this version; its prices can no longer change.",
    )

    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)",
        "A tariff version cannot end before it begins.",
    )

    @api.depends("tariff_id.name", "date_from")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(tariff)s from %(date)s",
                tariff=version.tariff_id.name or "",
                date=fields.Date.to_string(version.date_from) or "",
            )

    @api.depends("component_ids.price", "component_ids.kind")
    def _compute_energy_price(self):
        for version in self:
            version.energy_price = sum(version.component_ids.filtered("is_per_kwh").mapped("price"))

    def _compute_is_frozen(self):
        used = (
            self.env["power.bill.line"]
            .sudo()
            ._read_group(
                [("version_id", "in", self.ids), ("bill_id.state", "=", "posted")], ["version_id"]
            )
        )
        used_ids = {version.id for (version,) in used}
        for version in self:
            version.is_frozen = version.id in used_ids

    @api.constrains("tariff_id", "date_from", "date_to")
    def _check_overlap(self):
        for version in self:
            domain = [
                ("tariff_id", "=", version.tariff_id.id),
                ("id", "!=", version.id),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", version.date_from),
            ]
            if version.date_to:
                domain.append(("date_from", "<=", version.date_to))
            other = self.search(domain, limit=1)
            if other:
                raise ValidationError(
                    self.env._(
                        "“%(version)s” overlaps “%(other)s”: set an end date on the earlier "
                        "version first.",
                        version=version.display_name,
                        other=other.display_name,
                    )
                )

    def write(self, vals):
        if self._FROZEN_FIELDS & vals.keys():
            self._check_frozen()
        if "date_to" in vals:
            self._check_end_after_bills(fields.Date.to_date(vals["date_to"]))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._check_frozen()

    def _check_frozen(self):
        frozen = self.filtered("is_frozen")
        if frozen:
            raise UserError(
                self.env._(
                    "“%(version)s” has been billed and cannot change. Set its end date and add a "
                    "new version.",
                    version=frozen[0].display_name,
                )
            )

    def _check_end_after_bills(self, date_to):
        if not date_to:
            return
        line = (
            self.env["power.bill.line"]
            .sudo()
            .search(
                [
                    ("version_id", "in", self.ids),
                    ("bill_id.state", "=", "posted"),
                    ("date_to", ">", date_to),
                ],
                order="date_to desc",
                limit=1,
            )
        )
        if line:
            raise UserError(
                self.env._(
                    "“%(version)s” has been billed until %(date)s and cannot end before.",
                    version=line.version_id.display_name,
                    date=line.date_to,
                )
            )

    def _get_determinants(self):
        """Return this version as plain data for the rating kernel."""
        self.ensure_one()
        return {
            "key": self.id,
            "name": self.with_context(lang="en_US").display_name,
            "source": self.source or "",
            "date_from": self.date_from.isoformat(),
            "date_to": self.date_to.isoformat() if self.date_to else None,
            "components": [component._get_determinants() for component in self.component_ids],
        }
