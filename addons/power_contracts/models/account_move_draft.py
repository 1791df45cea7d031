from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

_DAY = timedelta(days=1)


class AccountMove(models.Model):
    """A draft of a service contract that is deleted loses no income: it is invoiced anew."""

    _inherit = "account.move"

    def unlink(self):
        given_up = self._get_power_days_given_up()
        result = super().unlink()
        for line, day in given_up.items():
            line._invoice_again_from(day)
        return result

    def _get_power_days_given_up(self):
        """Return {contract line: first day that no invoice is for any more}.

        :raises UserError: where a later invoice stays, after which they would never be invoiced,
            or a credit of these days
        """
        drafts = self.filtered(
            lambda move: move.state == "draft" and move.move_type == "out_invoice"
        )
        items = drafts.invoice_line_ids.filtered("power_service_from")
        days = {}
        for item in items.sorted("power_service_from", reverse=True):
            line = item.contract_line_id.sudo()
            first, last = item.power_service_from, item.power_service_to
            self._check_power_not_credited(item)
            # A terminated contract is settled; of a draft and its copy one may go.
            if line.contract_id.state == "terminated" or line._find_invoiced(first, last) - items:
                continue
            day = days.get(line) or (line.last_date_invoiced or last) + _DAY
            if day - _DAY > last:
                self._refuse_power_gap(item, day - _DAY)
            days[line] = first
        return days

    def _check_power_not_credited(self, item):
        """Invoiced anew without the days suspended, they must not be given back besides."""
        days = (item.power_service_from, item.power_service_to)
        line = item.contract_line_id.sudo()
        credits = line._find_invoiced(*days, "out_refund") - self.invoice_line_ids
        if credits:
            raise UserError(
                self.env._(
                    "Days of this invoice are given back by %(credit)s. Delete that draft with it, "
                    "or make a credit note of this invoice.",
                    credit=credits.move_id[0].display_name,
                )
            )

    def _refuse_power_gap(self, item, last):
        raise UserError(
            self.env._(
                "%(contract)s, “%(service)s” is invoiced until %(last)s: the days from %(first)s "
                "to %(end)s would never be invoiced again. Delete the later drafts too, or make a "
                "credit note.",
                contract=item.contract_line_id.contract_id.display_name,
                service=item.contract_line_id.name,
                last=fields.Date.to_string(last),
                first=fields.Date.to_string(item.power_service_from),
                end=fields.Date.to_string(item.power_service_to),
            )
        )
