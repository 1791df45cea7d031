from odoo import models
from odoo.fields import Command, Date

# What makes an invoice line in the shape that the comparison test proves; an add-on that proves
# more keys extends ``_get_complete_line_keys``.
LINE_KEYS = frozenset(
    {
        "display_type",
        "account_id",
        "tax_ids",
        "product_id",
        "product_uom_id",
        "name",
        "quantity",
        "price_unit",
    }
)
# What keeps Odoo in charge of an invoice's amounts when it is given with the move.
MOVE_KEYS_REFUSED = frozenset(
    {"line_ids", "invoice_cash_rounding_id", "invoice_currency_rate", "invoice_date_due"}
)


class PowerBill(models.Model):
    """Invoices whose journal items are complete when they are created.

    Odoo derives tax and receivable lines by comparing an invoice before and after each write,
    which takes most of the time of posting. Here they come from the same engine
    (``account.tax``, ``account.payment.term``) before the invoice is created, in one go.
    """

    _inherit = "power.bill"

    def _create_moves(self):
        """Create the draft invoices of bills, in the bills' order.

        A bill of a shape that is not proven complete is created by Odoo's own synchronisation.

        :return: ``account.move`` records, one a bill
        :raises UserError: when an invoice does not come to its bill's total
        """
        cache, created = {}, {}
        plain, complete = [], []
        for bill, vals in zip(self, self._prepare_move_vals_list(), strict=True):
            if bill._can_post_complete(vals, cache):
                complete.append((bill, bill._prepare_complete_move_vals(vals, cache)))
            else:
                plain.append((bill, vals))
        moves = self.env["account.move"].sudo().with_context(**self._get_move_context())
        for records, batch in (
            (moves, plain),
            (moves.with_context(**self._get_complete_move_context()), complete),
        ):
            batch_moves = records.create([vals for _bill, vals in batch])
            for (bill, _vals), move in zip(batch, batch_moves, strict=True):
                bill._align_move(move)
                created[bill.id] = move.id
        if not plain:
            # Numbering and the state change no amount: posting has nothing to synchronise either.
            moves = moves.with_context(skip_invoice_sync=True, skip_invoice_line_sync=True)
        return moves.browse([created[bill.id] for bill in self])

    def _get_complete_move_context(self):
        """Nothing is left to derive from the lines, and a draft has no analytic lines."""
        return {
            "skip_invoice_sync": True,
            "skip_invoice_line_sync": True,
            "skip_analytic_sync": True,
        }

    # === Which bills === #

    def _can_post_complete(self, vals, cache):
        """Tell whether an invoice of these values can be made with complete journal items.

        :param dict vals: what ``_prepare_move_vals`` returned
        :param dict cache: what was already found out in this batch
        """
        company = self.company_id
        if "complete" not in cache:
            cache["complete"] = self._is_synchronisation_known()
        return (
            cache["complete"]
            and vals["move_type"] == "out_invoice"
            and vals["company_id"] == company.id
            and vals["currency_id"] == company.currency_id.id
            and not MOVE_KEYS_REFUSED.intersection(vals)
            and self._is_term_proven(vals.get("invoice_payment_term_id"))
            and all(self._is_line_proven(*line, cache) for line in vals["invoice_line_ids"])
        )

    def _is_synchronisation_known(self):
        """Tell whether invoice lines come from nothing but taxes and payment terms here."""
        moves = type(self.env["account.move"])
        own = "odoo.addons.account.models.account_move"
        models_of_analytic = self.env["account.analytic.distribution.model"].sudo()
        return (
            moves._get_sync_stack.__module__ == own
            and moves._sync_tax_lines.__module__ == own
            and not models_of_analytic.search_count([], limit=1)
        )

    def _is_term_proven(self, term_id):
        term = self.env["account.payment.term"].browse(term_id or [])
        return bool(term) and not term.early_discount

    def _get_complete_line_keys(self):
        """Return the keys an invoice line may have to be made complete."""
        return LINE_KEYS

    def _is_line_proven(self, command, _id, vals, cache):
        if command != Command.CREATE or not self._get_complete_line_keys().issuperset(vals):
            return False
        if vals["display_type"] != "product" or not vals["account_id"]:
            return False
        tax_ids = tuple(vals["tax_ids"][0][2])
        key = ("taxes", tax_ids)
        if key not in cache:
            cache[key] = self._are_taxes_proven(self.env["account.tax"].browse(tax_ids))
        return cache[key]

    def _are_taxes_proven(self, taxes):
        """One tax at most, a percentage within the price, due with the invoice."""
        return len(taxes) <= 1 and all(
            tax.amount_type == "percent"
            and tax.price_include
            and tax.tax_exigibility == "on_invoice"
            and not tax.has_negative_factor
            for tax in taxes
        )

    # === Their journal items === #

    def _prepare_complete_move_vals(self, vals, cache):
        """Return an invoice's values with all its journal items instead of its charges.

        Where quantity × price does not come to the bill's total, charges are 1 × amount.
        """
        charges = [line[2] for line in vals["invoice_line_ids"]]
        result = self._compute_charges(vals, charges, cache)
        if self.currency_id.compare_amounts(result["total"], self.amount_total):
            charges = [
                {**charge, "quantity": 1.0, "price_unit": line.amount}
                for charge, line in zip(charges, self.line_ids, strict=True)
            ]
            result = self._compute_charges(vals, charges, cache)
        lines = [
            *(
                {**charge, **amounts, "analytic_distribution": False}
                for charge, amounts in zip(charges, result["base"], strict=True)
            ),
            *({**line, "display_type": "tax"} for line in result["tax"]),
            *self._prepare_term_line_vals_list(vals, result),
        ]
        return {
            **{key: value for key, value in vals.items() if key != "invoice_line_ids"},
            "line_ids": [Command.create(line) for line in lines],
        }

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
