from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerSupplyTariff(models.Model):
    """The tariff of a supply point from a day on.

    A point that never changed has none of these: its ``tariff_id`` counts for all days.
    """

    _name = "power.supply.tariff"
    _description = "Tariff of a Supply Point"
    _inherit = ["power.supply.dated"]

    _dated_field = "tariff_history_ids"

    tariff_id = fields.Many2one(
        comodel_name="power.tariff", required=True, check_company=True, ondelete="restrict"
    )
    note = fields.Char()

    _day_uniq = models.UniqueIndex(
        "(supply_point_id, date_from)", "The supply point already changes its tariff on that day."
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_not_billed(vals_list)
        self._add_beginnings(vals_list)
        records = super().create(vals_list)
        records.supply_point_id._sync_tariff()
        return records

    def write(self, vals):
        self._check_not_billed(self._get_days())
        points = self.supply_point_id
        result = super().write(vals)
        self._check_not_billed(self._get_days())
        (points | self.supply_point_id)._sync_tariff()
        return result

    def unlink(self):
        self._check_not_billed(self._get_days())
        points = self.supply_point_id
        result = super().unlink()
        points._sync_tariff()
        return result

    def _get_days(self):
        return [
            {"supply_point_id": record.supply_point_id.id, "date_from": record.date_from}
            for record in self
        ]

    @api.model
    def _check_not_billed(self, vals_list):
        """Refuse a change within days that posted bills cover."""
        if self.env.context.get("power_tariff_beginning"):
            return
        points = self.env["power.supply.point"].browse(
            {vals["supply_point_id"] for vals in vals_list if vals.get("supply_point_id")}
        )
        billed = points._get_billed_until()
        for vals in vals_list:
            day = fields.Date.to_date(vals.get("date_from")) or self.env.company._get_power_today()
            until = billed.get(vals.get("supply_point_id"))
            if until and day <= until:
                raise UserError(
                    self.env._(
                        "Supply point %(point)s is billed until %(day)s: its tariff can change "
                        "only after that. Cancel the bill first, or give a later day.",
                        point=self.env["power.supply.point"].browse(vals["supply_point_id"]).number,
                        day=until,
                    )
                )

    @api.model
    def _add_beginnings(self, vals_list):
        """Keep the tariff that a point had until now, from its beginning."""
        points = self.env["power.supply.point"].browse(
            {vals["supply_point_id"] for vals in vals_list if vals.get("supply_point_id")}
        )
        days = {}
        for vals in vals_list:
            day = fields.Date.to_date(vals.get("date_from")) or self.env.company._get_power_today()
            days.setdefault(vals.get("supply_point_id"), set()).add(day)
        beginnings = [
            {
                "supply_point_id": point.id,
                "tariff_id": point.tariff_id.id,
                "date_from": point._get_supply_begin(),
            }
            for point in points
            if point.tariff_id
            and not point.tariff_history_ids
            and point._get_supply_begin() < min(days[point.id])
        ]
        parent = super(PowerSupplyTariff, self.with_context(power_tariff_beginning=True))
        return parent.create(beginnings)
