import json

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.power_billing.tools.arrays import unnest
from odoo.addons.power_billing.tools.invoice_shape import insert_copies

_ANALYTIC_DIFFERS = frozenset({"id", "move_line_id", "create_date", "write_date"})


class ContractContract(models.Model):
    """What a service invoice has of its own: its contract's lines, days and analytic items."""

    _inherit = "contract.contract"

    def _get_known_modules(self):
        return super()._get_known_modules() | {"power_contracts", "power_contracts_billing"}

    def _get_complete_line_keys(self):
        own = {"sequence", "discount", *self._get_own_line_columns()}
        return super()._get_complete_line_keys() | own

    def _get_own_line_columns(self):
        """A new key of ``contract.line._prepare_invoice_line`` belongs here, with its column."""
        return {
            **super()._get_own_line_columns(),
            "contract_line_id": "int[]",
            "analytic_distribution": "jsonb[]",
            "power_service_from": "date[]",
            "power_service_to": "date[]",
            "power_period_price": "numeric[]",
        }

    def _get_move_context(self):
        """Odoo notes itself who made an invoice, as it does for drafts."""
        return {
            **super()._get_move_context(),
            "mail_create_nolog": False,
            "mail_create_nosubscribe": False,
            "tracking_disable": False,
            "power_service_trial": True,
        }

    def _get_invoice_tables(self):
        return super()._get_invoice_tables() | {"account_analytic_line"}

    def _log_moves_created(self, moves):
        moves._log_power_origin()

    def _is_term_proven(self, term_id):
        return not term_id or super()._is_term_proven(term_id)

    def _compute_instalments(self, vals, amounts, cache):
        if vals["invoice_payment_term_id"]:
            return super()._compute_instalments(vals, amounts, cache)
        # As Odoo has it: without terms, on the day the invoice is made.
        return [(fields.Date.context_today(self).isoformat(), amounts["total"])]

    def _get_shape_key(self, vals, partner, lines, cache):
        others = [
            self._get_other_analytic_accounts(command[2]["analytic_distribution"])
            for command in vals["invoice_line_ids"]
        ]
        return (*super()._get_shape_key(vals, partner, lines, cache), tuple(others))

    # === Analytic items === #

    def _read_move(self, move_id):
        rows = super()._read_move(move_id)
        lines = self.env.execute_query(
            SQL("SELECT id FROM account_move_line WHERE move_id = %s ORDER BY id", move_id)
        )
        places = {line_id: place for place, (line_id,) in enumerate(lines)}
        found = self.env.execute_query(
            SQL(
                "SELECT move_line_id, row_to_json(a)::text FROM account_analytic_line a"
                " WHERE move_line_id = ANY(%s) ORDER BY move_line_id, id",
                list(places),
            )
        )
        rows["analytics"] = [(places[line_id], text) for line_id, text in found]
        return rows

    def _prepare_shape(self, invoice, rows):
        shape = super()._prepare_shape(invoice, rows)
        if not shape or not self._is_accounting_same(invoice, rows):
            return None
        # One a line at most; income that waits for its months has none.
        places = [place for place, _text in rows["analytics"]]
        if len(set(places)) < len(places):
            return None
        shape.extra["analytics"] = rows["analytics"]
        return shape

    def _is_accounting_same(self, invoice, rows):
        """Tell whether Odoo gave the lines the accounts and taxes that were reckoned with."""
        table = self.env["account.move.line"]._fields["tax_ids"].relation
        taxes = [(place, tax) for name, *_, place, tax in rows["relations"] if name == table]
        for place, command in enumerate(invoice.vals["invoice_line_ids"]):
            line, charge = json.loads(rows["lines"][place]), command[2]
            found = [tax for owner, tax in taxes if owner == place]
            if line["account_id"] != charge["account_id"] or found != sorted(
                charge["tax_ids"][0][2]
            ):
                return False
        return True

    def _compare_moves(self, expected, written):
        differences = super()._compare_moves(expected, written)
        numbers = [json.loads(rows["move"])["name"] for rows in (expected, written)]
        pairs = zip(expected["analytics"], written["analytics"], strict=True)
        for (_place, one), (_other_place, other) in pairs:
            row = self._read_row(one, numbers[0])
            copy = self._read_row(other, numbers[1])
            differences += [
                f"{column}: {row[column]} / {copy[column]}"
                for column in row
                if column not in _ANALYTIC_DIFFERS and row[column] != copy[column]
            ]
        return differences

    def _insert_lines(self, some, columns):
        result = super()._insert_lines(some, columns)
        self._insert_analytic_lines(some)
        return result

    def _insert_analytic_lines(self, some):
        """Copy the prototypes' analytic items, each on the account of its own contract."""
        numbers = some.number_rows(lambda shape: len(shape.extra["analytics"]))
        lines, accounts = [], []
        for invoice, shape, ids in zip(some.invoices, some.places, some.line_ids, strict=True):
            for line, _text in some.shapes[shape].extra["analytics"]:
                lines.append(ids[line])
                accounts.append(invoice.extra["analytic_account_id"])
        if not numbers:
            return
        data = unnest(
            {
                "nr": ("int[]", numbers),
                "id": ("int[]", self._draw_ids("account_analytic_line", len(numbers))),
                "line": ("int[]", lines),
                "account": ("int[]", accounts),
            }
        )
        overrides = {
            **self._get_log_overrides(),
            "id": SQL("d.id"),
            "name": SQL("l.name"),
            "ref": SQL("l.ref"),
            "partner_id": SQL("l.partner_id"),
            "unit_amount": SQL("l.quantity"),
            "amount": SQL("-l.balance"),
            "move_line_id": SQL("l.id"),
            self._get_analytic_column(): SQL("d.account"),
        }
        rows = [text for shape in some.shapes for _place, text in shape.extra["analytics"]]
        source = SQL("%s JOIN account_move_line l ON l.id = d.line", data)
        self.env.execute_query(
            insert_copies("account_analytic_line", rows, overrides, source, SQL("d.id"))
        )
        self.env["account.analytic.line"].invalidate_model()
