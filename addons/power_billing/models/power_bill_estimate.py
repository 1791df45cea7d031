from odoo import fields, models
from odoo.exceptions import UserError

from .power_meter_register import get_unit


class PowerBill(models.Model):
    """Bills made of estimates say so, and can be made again."""

    _inherit = "power.bill"

    is_estimated = fields.Boolean(
        string="Estimated",
        readonly=True,
        copy=False,
        help="Ends with an estimate; the next true reading trues it up.",
    )

    def _prepare_rated_vals(self, data, result, readings):
        vals = super()._prepare_rated_vals(data, result, readings)
        vals["is_estimated"] = any(
            register["readings"][-1]["kind"] == "estimated" for register in data["registers"]
        )
        return vals

    def _get_register_label(self, step):
        """Return what a register step of the rating counted; nothing for a plain meter.

        :param dict step: a step of the type ``register``
        """
        register = self.env["power.meter.register"].new(
            {
                "quantity": step.get("quantity", "active"),
                "period": step.get("period"),
                "line": step.get("line"),
            }
        )
        plain = register.is_main and not register.line
        return "" if plain else register.display_name

    def _get_register_unit(self, step):
        return get_unit(step.get("quantity", "active"))

    def _prepare_again_vals(self):
        """Return the values of the bill that takes this cancelled one's place."""
        self.ensure_one()
        return {
            "supply_point_id": self.supply_point_id.id,
            "company_id": self.company_id.id,
            "period_from": self.period_from,
            "period_to": self.period_to,
        }

    def _make_again(self):
        """Rate and post anew the period of a cancelled bill.

        :raises UserError: when that fails, with the reason
        """
        self.ensure_one()
        bill = self.sudo().create(self._prepare_again_vals())
        bill._rate_bills()
        if bill.state == "rated":
            bill._post_bills(bill)
        if bill.state != "posted":
            raise UserError(
                self.env._(
                    "Bill %(bill)s cannot be made again: %(reason)s",
                    bill=self.name,
                    reason=bill.failure_reason or "",
                )
            )
        return bill
