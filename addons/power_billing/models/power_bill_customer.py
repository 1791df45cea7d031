from odoo import models
from odoo.tools import SQL

from ..tools import rating


class PowerBill(models.Model):
    """A bill is one customer's: where another is supplied from a day on, it ends before."""

    _inherit = "power.bill"

    def _get_rating_inputs(self):
        inputs = super()._get_rating_inputs()
        inputs["handovers"] = self._get_handovers()
        return inputs

    def _get_handovers(self):
        """Return {bill id: first day of another customer} where it lies within the bill."""
        self.flush_model(["supply_point_id", "period_from", "period_to"])
        self.env["power.supply.customer"].flush_model(["supply_point_id", "date_from"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT b.id, min(c.date_from)
                      FROM power_bill b
                      JOIN power_supply_customer c ON c.supply_point_id = b.supply_point_id
                       AND c.date_from > b.period_from AND c.date_from <= b.period_to
                     WHERE b.id = ANY(%s)
                  GROUP BY b.id
                    """,
                    self.ids,
                )
            )
        )

    def _get_determinants(self, inputs):
        day = inputs["handovers"].get(self.id)
        if day:
            raise rating.RatingError("handover", date=day)
        return super()._get_determinants(inputs)

    def _get_failure_message(self, error):
        if error.code == "handover":
            return self.env._(
                "From %(date)s another customer is supplied, and the final bill of the one before "
                "is missing. Make it with “Change customer” at the supply point, then retry.",
                date=error.data["date"],
            )
        return super()._get_failure_message(error)

    def _prepare_again_vals(self):
        """A final bill stays one."""
        vals = super()._prepare_again_vals()
        if self.is_final:
            vals |= {"is_final": True, "name": self.name}
        return vals
