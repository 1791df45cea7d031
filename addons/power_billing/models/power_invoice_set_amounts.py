import json

from odoo import models
from odoo.fields import Date

from ..tools import percent_tax
from ..tools.invoice_shape import Invoice, InvoiceLine

# Keys of an invoice and of its lines that differ from one to the next; all others are its shape.
OWN_MOVE_KEYS = frozenset(
    {
        "partner_id",
        "partner_shipping_id",
        "payment_reference",
        "ref",
        "invoice_origin",
        "invoice_line_ids",
    }
)
OWN_LINE_KEYS = frozenset({"name", "quantity", "price_unit"})


class PowerInvoiceSetMixin(models.AbstractModel):
    """An invoice as plain data: what Odoo's engine would compute, to the cent."""

    _inherit = "power.invoice.set.mixin"

    def _get_own_move_columns(self):
        """Hook: columns of an invoice with a value of its own, by name: the type of an array."""
        return {}

    def _get_own_line_columns(self):
        """Hook: columns of an invoice line with a value of its own, by name: type of an array."""
        return {}

    def _compute_invoice_amounts(self, vals, cache):
        """Compute an invoice's amounts: by the kernel where it is proven, else by the engine.

        :return: dict with ``base``, ``subtotal`` and ``total_by_line`` (one a charge), ``taxes``
            (key, amount and base of each tax line), ``untaxed``, ``tax`` and ``total``; unsigned
        """
        charges = [command[2] for command in vals["invoice_line_ids"]]
        traits = [self._get_tax_traits(charge, vals, cache) for charge in charges]
        if None in traits:
            return self._compute_by_engine(vals, charges, cache)
        to_unit, factor, by_line, _digits, to_quantity = self._get_rounding(cache)
        lines = [
            percent_tax.Line(
                tax and tax["id"],
                tax and tax["percent"],
                to_quantity(charge["quantity"]),
                charge["price_unit"] * (1 - (charge.get("discount") or 0.0) / 100.0),
                not tax or tax["is_within"],
            )
            for charge, tax in zip(charges, traits, strict=True)
        ]
        result = percent_tax.compute(lines, to_unit, factor, by_line)
        keys = {tax["id"]: tax["key"] for tax in traits if tax}
        taxes = [(keys[tax], amount, base) for tax, amount, base in result.taxes]
        return self._sum_amounts(result.base, result.subtotal, result.total, taxes, cache)

    def _sum_amounts(self, base, subtotal, total_by_line, taxes, cache):
        to_unit = self._get_rounding(cache)[0]
        untaxed = to_unit(sum(base))
        tax = to_unit(sum(amount for _key, amount, _base in taxes))
        return {
            "base": base,
            "subtotal": subtotal,
            "total_by_line": total_by_line,
            "taxes": taxes,
            "untaxed": untaxed,
            "tax": tax,
            "total": to_unit(untaxed + tax),
        }

    def _get_rounding(self, cache):
        key = ("rounding", self.company_id.id)
        if key not in cache:
            rounding = self.currency_id.rounding
            factor = float(round(1 / rounding))
            digits = self.env["account.move.line"]._fields["quantity"].get_digits(self.env)
            coarse = rounding >= 1  # the kernel is not proven there
            cache[key] = (
                self.currency_id.round if coarse else percent_tax.make_round(factor),
                factor,
                self.company_id.tax_calculation_rounding_method == "round_per_line",
                digits[1],
                percent_tax.make_round(float(10 ** digits[1])),
            )
        return cache[key]

    def _get_tax_traits(self, charge, vals, cache):
        """Return id, percent, kind and line of a charge's tax; False without one, None when the
        kernel does not know it."""
        tax_ids = tuple(charge["tax_ids"][0][2])
        key = ("traits", tax_ids, vals["move_type"])
        if key not in cache:
            taxes = self.env["account.tax"].browse(tax_ids)
            cache[key] = self._read_tax_traits(taxes, vals) if taxes else False
        return cache[key]

    def _read_tax_traits(self, taxes, vals):
        if not self._are_taxes_simple(taxes) or self.currency_id.rounding >= 1:
            return None
        lines = taxes.invoice_repartition_line_ids
        if vals["move_type"] == "out_refund":
            lines = taxes.refund_repartition_line_ids
        lines = lines.filtered(lambda line: line.repartition_type == "tax")
        if len(lines) != 1 or lines.factor_percent != 100 or not lines.account_id:
            return None
        return {
            "id": taxes.id,
            "percent": taxes.amount,
            "is_within": taxes.price_include,
            "key": ("tax", lines.id, lines.account_id.id),
        }

    def _compute_by_engine(self, vals, charges, cache):
        engine = self.env["account.tax"]
        result = self._compute_charges(vals, charges, cache)
        sign = 1 if vals["move_type"] == "out_refund" else -1
        subtotal, total = [], []
        for charge in charges:
            line = self._prepare_base_line(vals, charge)
            engine._add_tax_details_in_base_line(line, self.company_id)
            engine._round_base_lines_tax_details([line], self.company_id)
            subtotal.append(line["tax_details"]["total_excluded_currency"])
            total.append(line["tax_details"]["total_included_currency"])
        taxes = [
            (
                ("tax", line["tax_repartition_line_id"], line["account_id"]),
                sign * line["balance"],
                sign * line["tax_base_amount"],
            )
            for line in result["tax"]
        ]
        base = [sign * line["balance"] for line in result["base"]]
        return self._sum_amounts(base, subtotal, total, taxes, cache)

    def _prepare_invoice_lines(self, vals, amounts, digits, cache):
        sign = 1 if vals["move_type"] == "out_refund" else -1
        quantity_digits = self._get_rounding(cache)[3]
        own = self._get_own_line_columns()

        def text(amount):
            return f"{amount:.{digits}f}"

        lines = []
        for place, command in enumerate(vals["invoice_line_ids"]):
            charge = command[2]
            lines.append(
                InvoiceLine(
                    ("product", place),
                    charge["name"],
                    f"{charge['quantity']:.{quantity_digits}f}",
                    repr(float(charge["price_unit"])),
                    text(amounts["subtotal"][place]),
                    text(amounts["total_by_line"][place]),
                    text(sign * amounts["base"][place]),
                    None,
                    tuple([self._write_own(charge.get(name)) for name in own]),
                )
            )
        for key, amount, base in amounts["taxes"]:
            lines.append(
                InvoiceLine(
                    key, None, None, None, None, None, text(sign * amount), text(sign * base)
                )
            )
        for day, amount in self._compute_instalments(vals, amounts, cache):
            lines.append(
                InvoiceLine(("term", day), None, None, None, None, None, text(-sign * amount), None)
            )
        return lines

    def _write_own(self, value):
        """Return what stands in a column of an invoice's own; nothing for no value."""
        return json.dumps(value) if isinstance(value, dict) and value else value or None

    def _compute_instalments(self, vals, amounts, cache):
        """Return day (ISO) and unsigned amount of each receivable line."""
        term = self.env["account.payment.term"].browse(vals["invoice_payment_term_id"])
        key = ("instalments", term.id, vals["invoice_date"])
        if key not in cache:
            whole = len(term.line_ids) == 1 and term.line_ids.value == "percent"
            line = term.line_ids.with_company(self.company_id)
            cache[key] = whole and line._get_due_date(vals["invoice_date"]).isoformat()
        if cache[key]:
            return [(cache[key], amounts["total"])]
        sign = -1 if vals["move_type"] == "out_refund" else 1
        result = {"untaxed": -sign * amounts["untaxed"], "taxes": -sign * amounts["tax"]}
        return [
            (line["date_maturity"].isoformat(), sign * line["balance"])
            for line in self._prepare_term_line_vals_list(vals, result)
        ]

    def _describe_invoice(self, owner_id, vals, amounts, cache, **own):
        """Return an invoice as plain data.

        :param owner_id: what names it to its maker
        :param dict vals: its complete values
        :param dict amounts: as ``_compute_invoice_amounts`` returns them
        :param own: what this kind of invoice sets besides
        :rtype: Invoice
        """
        self.ensure_one()
        partner = self._get_partner_traits(vals["partner_id"], cache)
        digits = self.currency_id.decimal_places
        lines = self._prepare_invoice_lines(vals, amounts, digits, cache)
        return Invoice(
            owner_id=owner_id,
            shape_key=self._get_shape_key(vals, partner, lines),
            vals=vals,
            partner_id=vals["partner_id"],
            commercial_partner_id=partner["commercial_partner_id"],
            partner_name=partner["name"],
            untaxed=f"{amounts['untaxed']:.{digits}f}",
            tax=f"{amounts['tax']:.{digits}f}",
            total=f"{amounts['total']:.{digits}f}",
            lines=lines,
            **own,
        )

    def _get_partner_traits(self, partner_id, cache):
        """Return what an invoice takes from its partner."""
        key = ("partner", partner_id)
        if key not in cache:
            partner = self.env["res.partner"].browse(partner_id).with_company(self.company_id)
            commercial = partner.commercial_partner_id
            simple = partner.name and not partner.parent_id and not partner.company_name
            cache[key] = {
                "commercial_partner_id": commercial.id,
                "name": partner.name.strip() if simple else partner.display_name,
                "shape": (
                    bool(simple),
                    partner.lang,
                    commercial.lang,
                    commercial.property_account_receivable_id.id,
                    partner.property_inbound_payment_method_line_id.id,
                    commercial.property_inbound_payment_method_line_id.id,
                ),
            }
        return cache[key]

    def _get_shape_key(self, vals, partner, lines):
        """Return what invoices have in common that are written from one prototype."""
        own_keys = OWN_MOVE_KEYS.union(self._get_own_move_columns())
        move = tuple([(key, str(vals[key])) for key in sorted(vals.keys() - own_keys)])
        own = self._get_own_line_columns()
        own_keys = OWN_LINE_KEYS.union(own)
        charges = []
        for command in vals["invoice_line_ids"]:
            charge = command[2]
            charges.append(charge["quantity"] * charge["price_unit"] < 0)
            charges += [str(charge[key]) for key in charge if key not in own_keys]
            charges += [bool(charge.get(key)) for key in own]
        texts = (
            bool(vals.get("payment_reference")),
            bool(vals.get("ref")),
            vals.get("payment_reference") == vals.get("ref"),
            vals["partner_id"] == vals.get("partner_shipping_id"),
        )
        keys = tuple(line.key for line in lines)
        return (move, partner["shape"], tuple(charges), texts, keys)

    def _are_taxes_proven(self, taxes):
        """One tax at most, a percentage within the price, due with the invoice."""
        return self._are_taxes_simple(taxes) and all(tax.price_include for tax in taxes)

    def _are_taxes_simple(self, taxes):
        """One tax at most, a percentage, due with the invoice."""
        return len(taxes) <= 1 and all(
            tax.amount_type == "percent"
            and tax.tax_exigibility == "on_invoice"
            and not tax.has_negative_factor
            for tax in taxes
        )

    def _compute_charges(self, vals, charges, cache):
        """Let Odoo's tax engine compute an invoice's charges.

        :return: dict with ``base`` (signed amounts and tags, one a charge), ``tax`` (values of
            tax lines), ``untaxed`` and ``taxes`` (signed sums) and ``total`` (of the invoice)
        """
        engine = self.env["account.tax"]
        company, currency = self.company_id, self.currency_id
        base_lines = [self._prepare_base_line(vals, charge) for charge in charges]
        engine._add_tax_details_in_base_lines(base_lines, company)
        engine._round_base_lines_tax_details(base_lines, company)
        engine._add_accounting_data_in_base_lines_tax_details(base_lines, company)
        lines = engine._prepare_tax_lines(base_lines, company)
        base = [amounts for _line, amounts in lines["base_lines_to_update"]]
        tax = lines["tax_lines_to_add"]
        untaxed = currency.round(sum(line["balance"] for line in base))
        taxes = currency.round(sum(line["balance"] for line in tax))
        return {
            "base": base,
            "tax": tax,
            "untaxed": untaxed,
            "taxes": taxes,
            "total": base_lines[0]["sign"] * currency.round(untaxed + taxes),
        }

    def _prepare_base_line(self, vals, charge):
        """Return a charge as the tax engine takes it, with the decimals Odoo stores."""
        line = self.env["account.move.line"]
        refund = vals["move_type"] == "out_refund"
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            None,
            product_id=self.env["product.product"].browse(charge["product_id"]),
            product_uom_id=self.env["uom.uom"].browse(charge["product_uom_id"]),
            tax_ids=self.env["account.tax"].browse(charge["tax_ids"][0][2]),
            account_id=self.env["account.account"].browse(charge["account_id"]),
            partner_id=self.env["res.partner"].browse(vals["partner_id"]).commercial_partner_id,
            currency_id=self.currency_id,
            analytic_distribution=False,
            price_unit=line._fields["price_unit"].convert_to_cache(charge["price_unit"], line),
            quantity=line._fields["quantity"].convert_to_cache(charge["quantity"], line),
            discount=line._fields["discount"].convert_to_cache(charge.get("discount"), line),
            sign=1 if refund else -1,
            is_refund=refund,
            rate=1.0,
            name=charge["name"],
        )

    def _prepare_term_line_vals_list(self, vals, result):
        """Return the receivable lines: one a due date of the payment terms."""
        term = self.env["account.payment.term"].browse(vals["invoice_payment_term_id"])
        amounts = term._compute_terms(
            date_ref=vals["invoice_date"],
            currency=self.currency_id,
            company=self.company_id,
            tax_amount=-result["taxes"],
            tax_amount_currency=-result["taxes"],
            untaxed_amount=-result["untaxed"],
            untaxed_amount_currency=-result["untaxed"],
            sign=1,
        )
        lines = {}
        for amount in amounts["line_ids"]:
            day = Date.to_date(amount["date"])
            line = lines.setdefault(
                day,
                {
                    "display_type": "payment_term",
                    "date_maturity": day,
                    "discount_date": False,
                    "discount_balance": 0.0,
                    "discount_amount_currency": 0.0,
                    "balance": 0.0,
                    "amount_currency": 0.0,
                },
            )
            line["balance"] += amount["company_amount"]
            line["amount_currency"] += amount["foreign_amount"]
        return list(lines.values())
