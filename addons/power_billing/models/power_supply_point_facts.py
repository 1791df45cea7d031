from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class PowerSupplyPoint(models.Model):
    """The dated side of a supply point: tariff, facts, suspensions, shares."""

    _inherit = "power.supply.point"

    tariff_history_ids = fields.One2many(
        comodel_name="power.supply.tariff",
        inverse_name="supply_point_id",
        string="Tariffs by date",
        help="Empty: the tariff above counts for all days.",
    )
    fact_ids = fields.One2many(
        comodel_name="power.supply.fact", inverse_name="supply_point_id", string="Billing facts"
    )
    suspension_ids = fields.One2many(
        comodel_name="power.supply.suspension",
        inverse_name="supply_point_id",
        string="Suspensions",
    )
    share_ids = fields.One2many(
        comodel_name="power.supply.share",
        inverse_name="supply_point_id",
        string="Shares of other categories",
    )
    settlement_ids = fields.One2many(
        comodel_name="power.supply.settlement",
        inverse_name="supply_point_id",
        string="Settlements within the month",
        help="Empty: one bill a month.",
    )

    def write(self, vals):
        """A change of the tariff of a billed point counts from the first day not billed."""
        if "tariff_id" not in vals or self.env.context.get("power_tariff_sync"):
            return super().write(vals)
        billed = self._get_billed_until()
        dated = self.filtered(
            lambda point: (
                point.tariff_id
                and point.tariff_id.id != vals["tariff_id"]
                and (point.id in billed or point.tariff_history_ids)
            )
        )
        before = {point: point.tariff_id for point in dated}
        result = super().write(vals)
        if vals["tariff_id"]:
            for point, tariff in before.items():
                point._change_tariff_from_today(tariff, vals["tariff_id"], billed.get(point.id))
        return result

    def _change_tariff_from_today(self, before, tariff_id, billed_until):
        """Write down that the tariff written on the point counts after the last bill."""
        self.ensure_one()
        day = (
            billed_until + timedelta(days=1)
            if billed_until
            else self.env.company._get_power_today()
        )
        point = self.with_context(power_tariff_sync=True)
        point.tariff_id = before
        point.tariff_history_ids.filtered(lambda row: row.date_from >= day).unlink()
        self.env["power.supply.tariff"].create(
            {"supply_point_id": self.id, "tariff_id": tariff_id, "date_from": day}
        )
        # What the clerk wrote is what he sees, even where the first open day lies ahead.
        point.tariff_id = tariff_id

    def _sync_tariff(self):
        """Show on each point the tariff in force today."""
        today = self.env.company._get_power_today()
        for point in self.with_context(power_tariff_sync=True):
            rows = point.tariff_history_ids.sorted("date_from")
            current = rows.filtered(lambda row: row.date_from <= today)[-1:] or rows[:1]
            if current and current.tariff_id != point.tariff_id:
                point.tariff_id = current.tariff_id

    @api.model
    def _cron_sync_tariffs(self):
        """Put changes that count from today on the points."""
        today = self.env.company._get_power_today()
        rows = self.env["power.supply.tariff"].search(
            [("date_from", "<=", today), ("date_from", ">=", today - timedelta(days=35))]
        )
        rows.supply_point_id._sync_tariff()

    def _get_supply_begin(self):
        """Return the first day for which this point may be billed."""
        self.ensure_one()
        days = [fields.Date.to_date(self.date_activated)]
        days += self.with_context(active_test=False).meter_ids.mapped("date_installed")
        return min(filter(None, days), default=date(2000, 1, 1))

    def _get_billed_until(self):
        """Return {point id: last day that a posted bill covers}."""
        if not self.ids:
            return {}
        self.env["power.bill"].flush_model(["state", "period_to", "supply_point_id"])
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT supply_point_id, max(period_to) FROM power_bill"
                    " WHERE supply_point_id = ANY(%s) AND state = 'posted' GROUP BY 1",
                    self.ids,
                )
            )
        )
