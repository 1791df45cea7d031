import json
from collections.abc import Callable
from operator import itemgetter
from typing import NamedTuple

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
# What an invoice takes from its partner.
PARTNER_FIELDS = (
    "id",
    "commercial_partner_id",
    "parent_id",
    "name",
    "company_name",
    "lang",
    "property_account_position_id",
    "property_account_receivable_id",
    "property_inbound_payment_method_line_id",
)


class PartnerTraits(NamedTuple):
    """What an invoice takes from its partner; ``shape`` is what its prototype depends on."""

    commercial_partner_id: int
    name: str
    lang: str | None
    position_id: int | bool
    shape: tuple


class TaxTraits(NamedTuple):
    """The tax of a charge and the key of its journal item; all None without a tax."""

    id: int | None
    percent: float | None
    is_within: bool
    key: tuple | None


class Rounding(NamedTuple):
    """How a company's amounts are rounded, and written as text."""

    to_unit: percent_tax.Round
    factor: float
    by_line: bool
    to_quantity: percent_tax.Round
    write_amount: Callable[[float], str]
    write_quantity: Callable[[float], str]


NO_TAX = TaxTraits(None, None, True, None)


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
        rounding = self._get_rounding(vals, cache)
        if None in traits:
            return self._compute_by_engine(vals, charges, rounding, cache)
        lines = [
            percent_tax.Line(
                tax.id,
                tax.percent,
                rounding.to_quantity(charge["quantity"]),
                charge["price_unit"] * (1 - (charge.get("discount") or 0.0) / 100.0),
                tax.is_within,
            )
            for charge, tax in zip(charges, traits, strict=True)
        ]
        result = percent_tax.compute(lines, rounding.to_unit, rounding.factor, rounding.by_line)
        keys = {tax.id: tax.key for tax in traits}
        taxes = [(keys[tax], amount, base) for tax, amount, base in result.taxes]
        return self._sum_amounts(result.base, result.subtotal, result.total, taxes, rounding)

    def _sum_amounts(self, base, subtotal, total_by_line, taxes, rounding):
        untaxed = rounding.to_unit(sum(base))
        tax = rounding.to_unit(sum(amount for _key, amount, _base in taxes))
        return {
            "base": base,
            "subtotal": subtotal,
            "total_by_line": total_by_line,
            "taxes": taxes,
            "untaxed": untaxed,
            "tax": tax,
            "total": rounding.to_unit(untaxed + tax),
        }

    def _get_rounding(self, vals, cache):
        key = ("rounding", vals["company_id"])
        if key not in cache:
            company, currency = self.company_id, self.company_id.currency_id
            factor = float(round(1 / currency.rounding))
            digits = self.env["account.move.line"]._fields["quantity"].get_digits(self.env)[1]
            coarse = currency.rounding >= 1  # the kernel is not proven there
            cache[key] = Rounding(
                to_unit=currency.round if coarse else percent_tax.make_round(factor),
                factor=factor,
                by_line=company.tax_calculation_rounding_method == "round_per_line",
                to_quantity=percent_tax.make_round(float(10**digits)),
                write_amount=f"{{:.{currency.decimal_places}f}}".format,
                write_quantity=f"{{:.{digits}f}}".format,
            )
        return cache[key]

    def _get_tax_traits(self, charge, vals, cache):
        """Return the ``TaxTraits`` of a charge; None when the kernel does not know its tax."""
        key = ("traits", vals["move_type"], *charge["tax_ids"][0][2])
        if key not in cache:
            taxes = self.env["account.tax"].browse(charge["tax_ids"][0][2])
            cache[key] = self._read_tax_traits(taxes, vals) if taxes else NO_TAX
        return cache[key]

    def _read_tax_traits(self, taxes, vals):
        if not self._are_taxes_simple(taxes) or self.company_id.currency_id.rounding >= 1:
            return None
        lines = taxes.invoice_repartition_line_ids
        if vals["move_type"] == "out_refund":
            lines = taxes.refund_repartition_line_ids
        lines = lines.filtered(lambda line: line.repartition_type == "tax")
        if len(lines) != 1 or lines.factor_percent != 100 or not lines.account_id:
            return None
        key = ("tax", lines.id, lines.account_id.id)
        return TaxTraits(taxes.id, taxes.amount, taxes.price_include, key)

    def _compute_by_engine(self, vals, charges, rounding, cache):
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
        return self._sum_amounts(base, subtotal, total, taxes, rounding)

    def _prepare_invoice_lines(self, vals, amounts, cache):
        sign = 1 if vals["move_type"] == "out_refund" else -1
        rounding, own = self._get_rounding(vals, cache), self._get_own_line_columns()
        text = rounding.write_amount
        lines = [
            InvoiceLine(
                ("product", place),
                charge["name"],
                rounding.write_quantity(charge["quantity"]),
                repr(float(charge["price_unit"])),
                text(subtotal),
                text(total),
                text(sign * base),
                None,
                tuple([self._write_own(charge.get(name)) for name in own]) if own else (),
            )
            for place, ((_command, _id, charge), subtotal, total, base) in enumerate(
                zip(
                    vals["invoice_line_ids"],
                    amounts["subtotal"],
                    amounts["total_by_line"],
                    amounts["base"],
                    strict=True,
                )
            )
        ]
        lines += [
            InvoiceLine(key, None, None, None, None, None, text(sign * amount), text(sign * base))
            for key, amount, base in amounts["taxes"]
        ]
        lines += [
            InvoiceLine(("term", day), None, None, None, None, None, text(-sign * amount), None)
            for day, amount in self._compute_instalments(vals, amounts, cache)
        ]
        return lines

    def _write_own(self, value):
        """Return what stands in a column of an invoice's own; nothing for no value."""
        return json.dumps(value) if isinstance(value, dict) and value else value or None

    def _compute_instalments(self, vals, amounts, cache):
        """Return day (ISO) and unsigned amount of each receivable line."""
        key = ("instalments", vals["invoice_payment_term_id"], vals["invoice_date"])
        if key not in cache:
            term = self.env["account.payment.term"].browse(vals["invoice_payment_term_id"])
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
        partner = self._get_partner_traits(vals["partner_id"], vals["company_id"], cache)
        lines = self._prepare_invoice_lines(vals, amounts, cache)
        text = self._get_rounding(vals, cache).write_amount
        return Invoice(
            owner_id=owner_id,
            shape_key=self._name_shape(self._get_shape_key(vals, partner, lines, cache), cache),
            vals=vals,
            partner_id=vals["partner_id"],
            commercial_partner_id=partner.commercial_partner_id,
            partner_name=partner.name,
            untaxed=text(amounts["untaxed"]),
            tax=text(amounts["tax"]),
            total=text(amounts["total"]),
            lines=lines,
            **own,
        )

    def _get_partner_traits(self, partner_id, company_id, cache):
        """Return the ``PartnerTraits`` of an invoice's partner."""
        key = ("partner", partner_id, company_id)
        if key not in cache:
            company = self.env["res.company"].browse(company_id)
            partner = self.env["res.partner"].browse(partner_id).with_company(company)
            self._fetch_partner_traits(partner, cache)
        return cache[key]

    def _fetch_partner_traits(self, partners, cache):
        """Read the traits of partners by one statement; many times cheaper than as records.

        :param partners: in the company whose properties count
        """
        rows = self._read_partners(partners)
        missing = {row["commercial_partner_id"] for row in rows.values()} - rows.keys()
        commercials = rows | self._read_partners(partners.browse(missing))
        company_id = partners.env.company.id
        for partner_id, row in rows.items():
            commercial = commercials[row["commercial_partner_id"]]
            simple = row["name"] and not row["parent_id"] and not row["company_name"]
            cache["partner", partner_id, company_id] = PartnerTraits(
                commercial["id"],
                row["name"].strip() if simple else partners.browse(partner_id).display_name,
                row["lang"],
                row["property_account_position_id"] or False,
                (
                    bool(simple),
                    row["lang"],
                    commercial["lang"],
                    commercial["property_account_receivable_id"],
                    row["property_inbound_payment_method_line_id"],
                    commercial["property_inbound_payment_method_line_id"],
                ),
            )

    def _read_partners(self, partners):
        """Return {partner id: its ``PARTNER_FIELDS``} as they are stored, relations as ids."""
        query = partners._as_query(ordered=False)
        columns = [partners._field_to_sql(query.table, name, query) for name in PARTNER_FIELDS]
        rows = self.env.execute_query(query.select(*columns)) if partners else ()
        return {row[0]: dict(zip(PARTNER_FIELDS, row, strict=True)) for row in rows}

    def _get_shape_key(self, vals, partner, lines, cache):
        """Return what invoices have in common that are written from one prototype."""
        own_columns = self._get_own_line_columns()
        charges = []
        for _command, _id, charge in vals["invoice_line_ids"]:
            charges.append(charge["quantity"] * charge["price_unit"] < 0)
            charges.append(self._write_shared(charge, "line", cache))
            charges += charge["tax_ids"][0][2]
            charges += [bool(charge.get(key)) for key in own_columns]
        texts = (
            bool(vals.get("payment_reference")),
            bool(vals.get("ref")),
            vals.get("payment_reference") == vals.get("ref"),
            vals["partner_id"] == vals.get("partner_shipping_id"),
        )
        keys = tuple([line.key for line in lines])
        move = self._write_shared(vals, "move", cache)
        return (move, partner.shape, tuple(charges), texts, keys)

    def _name_shape(self, key, cache):
        """Return a shape's key as text, one object a batch: it is looked up many times."""
        if key not in cache:
            cache[key] = str(key)
        return cache[key]

    def _write_shared(self, values, kind, cache):
        """Return as text what invoices of one shape have in common, taxes left out.

        :param dict values: of an invoice (kind "move") or of one of its charges ("line")
        """
        names = (kind, *values)
        if names not in cache:
            own = OWN_MOVE_KEYS.union(self._get_own_move_columns())
            if kind == "line":
                own = OWN_LINE_KEYS.union(self._get_own_line_columns(), {"tax_ids"})
            shared = sorted(values.keys() - own)
            cache[names] = str(shared), itemgetter(*shared)
        shared, get = cache[names]
        return f"{shared} {get(values)}"

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
