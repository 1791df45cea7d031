from odoo import api, models

from odoo.addons.power_crm.tools.table_file import Column

_COLUMNS = (
    Column("tariff", "Tariff", "电价", "tariff", False, ("执行电价", "Price list")),
    Column("billing_cycle", "Billing cycle", "计费周期", "billing_cycle", False, ("抄表周期",)),
    Column("is_prepaid", "Prepaid", "预付费", "boolean", False, ("费控",)),
)
_RECORDS = {
    "tariff": ("tariff_id", "power.tariff"),
    "billing_cycle": ("billing_cycle_id", "power.bill.cycle"),
}


class PowerCustomerImport(models.TransientModel):
    """How an imported supply point is billed."""

    _inherit = "power.customer.import"

    @api.model
    def _get_columns(self):
        return (*super()._get_columns(), *_COLUMNS)

    def _find_existing(self, table):
        existing = super()._find_existing(table)
        for kind, (_field, model) in _RECORDS.items():
            existing.others[kind] = self._collect_names(model, self._get_record_domain())
        return existing

    def _get_record_domain(self):
        return [("company_id", "in", (False, self.company_id.id))]

    def _prepare_point_vals(self, point, partner):
        vals = super()._prepare_point_vals(point, partner)
        for key, (field, _model) in _RECORDS.items():
            if key in vals:
                vals[field] = vals.pop(key)
        return vals

    @api.model
    def _get_choices(self):
        choices = super()._get_choices()
        domain = [("company_id", "in", (False, self.env.company.id))]
        for kind, (_field, model) in _RECORDS.items():
            choices[kind] = self.env[model].search(domain).mapped("name")
        return choices

    @api.model
    def _get_column_texts(self):
        return {
            **super()._get_column_texts(),
            "tariff": self.env._(
                "Name or code of a tariff of this company. Of a point that is billed already it "
                "counts from the first day not billed."
            ),
            "billing_cycle": self.env._("Name of a billing cycle. Empty: by the calendar month."),
            "is_prepaid": self.env._("Yes or no: whether the payer tops up before use."),
        }
