from odoo import models


class LinesInvoiced(list):
    """Ids of lines whose last invoiced day is written later, all at once.

    It goes along in the context, where it is itself and no other of the same content.
    """

    __hash__ = object.__hash__
    __eq__ = object.__eq__


class ContractLine(models.Model):
    """Thousands of service lines in one run: written once, asked only for what they have."""

    _inherit = "contract.line"

    def _insert_markers(self, first_date_invoiced, last_date_invoiced):
        if self.contract_id.is_power_service and "#" not in self.name:
            return self.name
        return super()._insert_markers(first_date_invoiced, last_date_invoiced)

    def _update_last_date_invoiced(self):
        later = self.env.context.get("power_lines_invoiced")
        if later is None:
            return super()._update_last_date_invoiced()
        services = self.filtered("contract_id.is_power_service")
        later.extend(services.ids)
        return super(ContractLine, self - services)._update_last_date_invoiced()

    def _write_last_dates_invoiced(self):
        """Write what ``_update_last_date_invoiced`` writes, for all lines of a day together."""
        for day, lines in self.grouped("next_period_date_end").items():
            lines.write({"last_date_invoiced": day})
