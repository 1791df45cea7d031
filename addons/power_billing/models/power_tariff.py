from odoo import api, fields, models


class PowerTariff(models.Model):
    _name = "power.tariff"
    _description = "Tariff"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    usage_category_ids = fields.Many2many(
        comodel_name="power.usage.category",
        string="Usage categories",
        help="Categories this tariff is meant for.",
    )
    version_ids = fields.One2many(
        comodel_name="power.tariff.version",
        inverse_name="tariff_id",
        string="Versions",
        copy=True,
    )
    current_version_id = fields.Many2one(
        comodel_name="power.tariff.version",
        string="Version in force",
        compute="_compute_current_version_id",
    )
    energy_price = fields.Float(
        string="Price per kWh",
        digits=(16, 6),
        compute="_compute_current_version_id",
        help="Energy and funds of the version in force, as listed.",
    )
    price_range = fields.Char(
        string="Prices per kWh",
        compute="_compute_current_version_id",
        help="Lowest and highest price of a kWh in the version in force, as listed.",
    )
    is_public = fields.Boolean(
        string="Shown to the public",
        tracking=True,
        help="On the pages of prices, for everybody; without it only the customers it bills.",
    )
    supply_point_ids = fields.One2many(
        comodel_name="power.supply.point", inverse_name="tariff_id", string="Supply points"
    )
    supply_point_count = fields.Integer(compute="_compute_supply_point_count")
    note = fields.Html()

    _code_uniq = models.UniqueIndex(
        "(company_id, code) WHERE code IS NOT NULL",
        "Another tariff of the company has this code.",
    )

    @api.depends("version_ids.date_from", "version_ids.date_to", "version_ids.component_ids.price")
    def _compute_current_version_id(self):
        today = self.env.company._get_power_today()
        for tariff in self:
            version = tariff._get_version(today)
            tariff.current_version_id = version
            tariff.energy_price = version.energy_price
            tariff.price_range = version.price_range

    def _get_version(self, day):
        """Return the version in force on ``day`` (or none)."""
        return self.version_ids.filtered(
            lambda version: (
                version.date_from
                and version.date_from <= day
                and (not version.date_to or day <= version.date_to)
            )
        )[:1]

    @api.depends("supply_point_ids")
    def _compute_supply_point_count(self):
        groups = self.env["power.supply.point"]._read_group(
            [("tariff_id", "in", self.ids)], ["tariff_id"], ["__count"]
        )
        counts = {tariff.id: count for tariff, count in groups}
        for tariff in self:
            tariff.supply_point_count = counts.get(tariff.id, 0)

    def action_view_supply_points(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Supply points"),
            "res_model": "power.supply.point",
            "view_mode": "list,form",
            "domain": [("tariff_id", "=", self.id)],
            "context": {"default_tariff_id": self.id},
        }

    # === Price lists === #

    def action_export_xlsx(self):
        """Download these tariffs as a workbook."""
        return self._get_export_action("xlsx")

    def action_export_json(self):
        """Download these tariffs as JSON, format ``power-tariff/1``."""
        return self._get_export_action("json")

    def _get_export_action(self, kind):
        ids = ",".join(map(str, self.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/power/tariffs/export/{kind}?ids={ids}",
            "target": "download",
        }
