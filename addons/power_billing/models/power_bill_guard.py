from odoo import api, models
from odoo.exceptions import UserError


class PowerBill(models.Model):
    """What rating and posting found is theirs: nobody writes it by hand or by a remote call, and
    a bill in the books stays as it is."""

    _inherit = "power.bill"

    _RESULT_FIELDS = frozenset(
        {
            "amount_basic",
            "amount_energy",
            "amount_fixed",
            "amount_fund",
            "amount_power_factor",
            "amount_residual",
            "amount_settled",
            "amount_tax_added",
            "amount_total",
            "balance_before",
            "credit_line_ids",
            "credit_move_id",
            "determinants",
            "is_estimated",
            "kwh",
            "line_ids",
            "move_id",
            "payment_reference",
            "payment_state",
            "payments_received",
            "previous_balance",
            "reading_from",
            "reading_ids",
            "reading_to",
            "settlement_kwh",
            "steps",
        }
    )
    # What a bill is of; open until it is posted.
    _IDENTITY_FIELDS = frozenset(
        {
            "area_id",
            "company_id",
            "corrects_id",
            "customer_id",
            "is_final",
            "name",
            "partner_id",
            "period_from",
            "period_to",
            "run_id",
            "settlement_id",
            "supply_point_id",
            "usage_category_id",
        }
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                self._refuse_written(
                    {name for name in self._RESULT_FIELDS & vals.keys() if vals[name]}
                )
                if vals.get("state", "draft") != "draft":
                    self._refuse_written({"state"})
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._refuse_written(self._RESULT_FIELDS & vals.keys())
            booked = self.filtered(lambda bill: bill.state in ("posted", "cancelled"))
            if booked:
                booked._refuse_written(self._IDENTITY_FIELDS & vals.keys())
        return super().write(vals)

    def _refuse_written(self, names):
        """Refuse that somebody writes fields of these bills.

        :param names: names of the fields; nothing is refused when there are none
        """
        if not names:
            return
        name = min(names)
        raise UserError(
            self.env._(
                "“%(field)s” of bill %(bill)s is what rating and posting made of its data. Mend "
                "the data and rate it again; a posted one, cancel or bill again.",
                field=self._fields[name]._description_string(self.env),
                bill=self[:1].name or "",
            )
        )
