from odoo import api, models

_AGREED = (
    "product_id",
    "quantity",
    "price_unit",
    "discount",
    "visit_months",
    "calls_included",
    "calls_unlimited",
    "is_canceled",
)
_WRITTEN = {*_AGREED, "specific_price", "automatic_price"}


class ContractLine(models.Model):
    """Services of a contract in force: what is added or changed stands in its history."""

    _inherit = "contract.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        for line in lines._filter_in_force():
            line._fix_price()
            line.contract_id._log_amendment(
                line.contract_id._for_customer().env._(
                    "Added: %(service)s, %(quantity)s × %(price)s",
                    service=line.name,
                    quantity=f"{line.quantity:g}",
                    price=line.currency_id.format(line.price_unit),
                )
            )
        return lines

    def write(self, vals):
        if not _WRITTEN & vals.keys() or self.env.context.get("power_amended"):
            return super().write(vals)
        lines = self._filter_in_force()
        before = {line.id: line._get_agreed() for line in lines}
        result = super().write(vals)
        for line in lines:
            changes = [
                f"{label} {old} → {new}"
                for (label, old), (_label, new) in zip(
                    before[line.id], line._get_agreed(), strict=True
                )
                if old != new
            ]
            if changes:
                line.contract_id._log_amendment(f"{line.name}: {', '.join(changes)}")
        return result

    def _filter_in_force(self):
        return self.filtered(
            lambda line: line.contract_id._filter_in_force() and not line.display_type
        )

    def _get_agreed(self):
        """Return [(label, value in words)] of what the customer agreed to."""
        self.ensure_one()
        words = []
        for name in _AGREED:
            field, value = self._fields[name], self[name]
            if field.type == "many2one":
                value = value.display_name
            elif field.type == "boolean":
                value = self.env._("yes") if value else self.env._("no")
            elif field.type == "float":
                value = f"{value:g}" if name != "price_unit" else self.currency_id.format(value)
            words.append((field._description_string(self.env), value))
        return words

    def _fix_price(self):
        """Keep the price of the list as the line's own: a list changed later is for others."""
        for line in self.filtered("automatic_price"):
            line.with_context(power_amended=True).write(
                {"automatic_price": False, "specific_price": line.price_unit}
            )
