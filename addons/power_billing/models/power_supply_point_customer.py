from datetime import timedelta

from odoo import fields, models


class PowerSupplyPoint(models.Model):
    """Who was supplied when: the bill of a day goes to the customer of that day."""

    _inherit = "power.supply.point"

    customer_history_ids = fields.One2many(
        comodel_name="power.supply.customer",
        inverse_name="supply_point_id",
        string="Customers by date",
        help="Empty: the customer above counts for all days.",
    )

    def write(self, vals):
        """Another customer of a billed point counts from the first day not billed; another payer
        of the same customer for all that is not billed."""
        if not {"partner_id", "payer_id"} & vals.keys() or self.env.context.get(
            "power_customer_sync"
        ):
            return super().write(vals)
        before = {point: (point.partner_id, point.payer_id) for point in self}
        result = super().write(vals)
        billed = self._get_billed_until()
        for point, (partner, payer) in before.items():
            until = billed.get(point.id)
            if point.partner_id != partner and (until or point.customer_history_ids):
                day = until + timedelta(days=1) if until else point._get_customer_row().date_from
                point._register_customer(day, partner, payer)
            elif point.payer_id != payer:
                point._get_customer_row().sudo().payer_id = point._get_payer()
        return result

    def _get_payer(self):
        self.ensure_one()
        return self.payer_id or self.partner_id

    def _get_owing_payers(self):
        """Return who paid for this point before and still owes for it."""
        self.ensure_one()
        owing = self.env["power.bill"].search(
            [
                ("supply_point_id", "=", self.id),
                ("state", "=", "posted"),
                ("amount_residual", ">", 0),
                ("partner_id", "!=", self._get_payer().id),
            ]
        )
        return owing.partner_id

    def _get_customer_row(self):
        """Return the last record of who is supplied, if there is any."""
        self.ensure_one()
        return self.sudo().customer_history_ids.sorted("date_from")[-1:]

    def _get_customer_on(self, day):
        """Return what says who is supplied and pays on a day: a dated record, or this point."""
        self.ensure_one()
        rows = self.sudo().customer_history_ids.sorted("date_from")
        return rows.filtered(lambda row: row.date_from <= day)[-1:] or rows[:1] or self

    def _get_customer_since(self):
        """Return the first day of the present customer; none where it was never another."""
        self.ensure_one()
        rows = self.sudo().customer_history_ids
        return max(rows.mapped("date_from")) if len(rows) > 1 else None

    def _register_customer(self, day, partner, payer, note=False):
        """Write down that the point's present customer counts from a day on.

        :param day: the first day; records from then on give way
        :param partner: who was supplied until then, kept from the point's beginning
        :param payer: who paid until then
        """
        self.ensure_one()
        rows = self.env["power.supply.customer"].sudo().with_context(power_customer_sync=True)
        own = rows.search([("supply_point_id", "=", self.id)])
        own.filtered(lambda row: row.date_from >= day).unlink()
        begin = self._get_supply_begin()
        vals_list = []
        if not own.exists() and begin < day:
            vals_list.append(
                {"date_from": begin, "partner_id": partner.id, "payer_id": (payer or partner).id}
            )
        vals_list.append(
            {
                "date_from": day,
                "partner_id": self.partner_id.id,
                "payer_id": self._get_payer().id,
                "note": note,
            }
        )
        rows.create([{"supply_point_id": self.id, **vals} for vals in vals_list])

    def _sync_customer(self):
        """Show on each point who is supplied last."""
        if self.env.context.get("power_customer_sync"):
            return
        for point in self.sudo().with_context(power_customer_sync=True):
            row = point._get_customer_row()
            if row:
                point.write({"partner_id": row.partner_id.id, "payer_id": row.payer_id.id})
