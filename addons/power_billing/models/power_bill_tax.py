from dataclasses import replace

from odoo import fields, models
from odoo.fields import Domain

from ..tools import rating
from ..tools.compare import Reason
from ..tools.exact import exact


class PowerBill(models.Model):
    """Taxes that come on top of a tariff's prices are part of what a bill asks for.

    The kernel rates the prices as they are listed; the tax is what Odoo's own engine makes of the
    charges with the taxes of their products.
    """

    _inherit = "power.bill"

    amount_tax_added = fields.Monetary(
        string="Tax on top",
        readonly=True,
        help="Part of the total; none where the tariff's prices include the tax.",
    )

    def _is_taxed_on_top(self, data):
        """Tell whether the prices this bill was rated with are without tax.

        :param dict data: its determinants
        """
        self.ensure_one()
        versions = data["versions"]
        if versions:
            # A list of both kinds is refused with the invoice, whose tax is of one kind.
            return all(version.get("tax") == "excluded" for version in versions)
        version = self.supply_point_id.sudo().tariff_id._get_version(self.period_to)
        return version.tax_mode == "excluded"

    def _get_amount_rated(self):
        """Return what the kernel made of the bill: its charges, without a tax on top."""
        self.ensure_one()
        return self.currency_id.round(self.amount_total - self.amount_tax_added)

    def _get_determinants(self, inputs):
        data, readings = super()._get_determinants(inputs)
        for version in data["versions"]:
            if version.get("tax") == "excluded":
                self._check_tax_on_top(version, inputs)
        return data, readings

    def _check_tax_on_top(self, version, inputs):
        """Refuse prices without tax where the products' taxes are within the price.

        :raises RatingError: ``tax_mode``, with the names of version and tax
        """
        for component in version["components"]:
            product = self.env["product.product"].browse(inputs["products"][component["key"]])
            taxes = product.taxes_id._filter_taxes_by_company(self.company_id)
            included = taxes.filtered("price_include")
            if included:
                raise rating.RatingError("tax_mode", version=version["name"], tax=included[0].name)

    def _after_rating(self, rated):
        result = super()._after_rating(rated)
        on_top = [bill.id for bill, vals, _ in rated if bill._is_taxed_on_top(vals["determinants"])]
        if on_top:
            self.browse(on_top)._add_taxes()
        return result

    def _add_taxes(self):
        cache = {}
        for bill, vals in zip(self, self._prepare_move_vals_list(cache), strict=True):
            amounts = bill._compute_invoice_amounts(vals, cache)
            net = bill.amount_total
            if bill.currency_id.compare_amounts(amounts["untaxed"], abs(net)):
                plain = {**vals, "invoice_line_ids": bill._prepare_plain_charges(vals, cache)}
                amounts = bill._compute_invoice_amounts(plain, cache)
            tax = amounts["tax"] if net >= 0 else -amounts["tax"]
            # Results are nobody's to write but by rating.
            bill.sudo().write(
                {"amount_tax_added": tax, "amount_total": bill.currency_id.round(net + tax)}
            )

    def _get_comparison(self, other):
        comparison = super()._get_comparison(other)
        before, after = (exact(bill._get_month_tax(), 2) for bill in (other, self))
        if before == after == 0:
            return comparison
        reasons = list(comparison.reasons)
        if before != after:
            reasons.append(Reason("tax", after - before, str(before), str(after)))
        return replace(
            comparison,
            before=comparison.before + before,
            after=comparison.after + after,
            reasons=reasons,
        )

    def _get_month_tax(self):
        """Return the tax on top of this bill and of the settlements within its period."""
        settled = self.sudo()._search_posted(
            Domain("settlement_id", "!=", False)
            & Domain("period_from", ">=", self.period_from)
            & Domain("period_to", "<=", self.period_to)
            & Domain("id", "!=", self.id)
        )
        return sum(settled.mapped("amount_tax_added"), self.amount_tax_added)

    def _get_export_names(self):
        """The kernel's total is what a replay finds; a tax on top stands beside it."""
        names = super()._get_export_names()
        if self.amount_tax_added:
            digits = self.currency_id.decimal_places
            names["total"] = f"{self._get_amount_rated():.{max(digits, 2)}f}"
            names["tax_on_top"] = f"{self.amount_tax_added:.{max(digits, 2)}f}"
        return names
