import re
from collections import defaultdict
from dataclasses import dataclass

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.power_billing.tools.reference import find_references

# A word that may be a customer's or supply point's number: six digits at least, with letters
# or dashes of a utility's own pattern; less says nothing.
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{0,4}[-/]?\d{6,20}(?![0-9A-Za-z])")

# What matching reads of invoices.
_MOVE_FIELDS = ["currency_id", "date", "invoice_date_due", "partner_id"]


@dataclass(frozen=True, slots=True)
class BankHint:
    """What a line says of who pays: of one that is there (``key`` its id), or about to be made."""

    key: int
    text: str
    partner_name: str
    amount: float
    currency: models.BaseModel
    company: models.BaseModel


@dataclass(frozen=True)
class BankMatch:
    """The open invoices a line pays; only a ``certain`` match is ever booked by itself."""

    payer: models.BaseModel
    moves: models.BaseModel
    certain: bool


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    @api.model_create_multi
    def create(self, vals_list):
        """The payer of the bills a line names is its partner, whatever name the bank writes.

        He is found for all lines of a file together, and before they are made: to change him
        afterwards costs each line another search.
        """
        if not self.env.context.get("skip_retrieve_partner"):
            hints = [
                self._prepare_hint(index, vals)
                for index, vals in enumerate(vals_list)
                # a file gives amounts as text
                if float(vals.get("amount") or 0) > 0 and not vals.get("partner_id")
            ]
            for index, match in self._match_hints(hints).items():
                if len(match.payer) == 1:
                    vals_list[index] = {**vals_list[index], "partner_id": match.payer.id}
        return super().create(vals_list)

    @api.model
    def _prepare_hint(self, key, vals):
        """Return what the values of a line to be made say of its payer."""
        statement = self.env["account.bank.statement"].browse(vals.get("statement_id"))
        journal = self.env["account.journal"].browse(vals.get("journal_id")) or statement.journal_id
        company = journal.company_id or self.env.company
        return BankHint(
            key=key,
            text=self._join_bank_text(vals.get(name) for name in self._get_bank_text_fields()),
            partner_name=vals.get("partner_name") or "",
            amount=float(vals["amount"]),
            currency=journal.currency_id or company.currency_id,
            company=company,
        )

    def _get_retrieve_partner_name_query(self):
        """A name is a partner's only when it is exactly one partner's: a part of it is not."""
        query = super()._get_retrieve_partner_name_query()
        partners = self.env["res.partner"]._table
        query.add_where(
            SQL(
                "%s = %s",
                SQL.identifier(partners, "complete_name"),
                SQL.identifier(self._table, "partner_name"),
            )
        )
        query.having = SQL(
            "COUNT(DISTINCT %s) = 1", SQL.identifier(partners, "commercial_partner_id")
        )
        return query

    def _do_auto_reconcile_invoices(self):
        """Pay the bills that lines name, before the general search.

        A payment reference (a bill's, or a statement's for all of its bills) has check digits, so
        a hit is certain and the payer's name does not matter. A customer's or supply point's
        number with the exact amount of one bill, or of all that is open, is certain as well.
        Everything else is only proposed: a name, another amount, more money than the bills come
        to. An amount without any hint names nobody, so such lines are not searched at all.
        """
        lines = self.filtered(lambda line: line.amount > 0)
        matches = lines._match_electricity()
        proposed, taken, done = set(), set(), self.browse()
        for line in self.browse(matches):
            moves = matches[line.id].moves
            if taken.intersection(moves.ids):
                # All lines are booked at the end: what another line of the file pays is not
                # open for this one any more.
                continue
            proposed.add(line.id)
            if line._propose_moves(moves) and matches[line.id].certain:
                done |= line
                taken.update(moves.ids)
        nobody = lines.filtered(
            lambda line: line.id not in proposed and (line.id in matches or not line.partner_id)
        )
        rest, others = super(
            AccountBankStatementLine, self - self.browse(proposed) - nobody
        )._do_auto_reconcile_invoices()
        return rest | nobody, done | others

    # === Matching, all lines together === #

    @api.model
    def _get_bank_text_fields(self):
        """Return the fields in whose text a payer may have written a reference."""
        return ["payment_ref", "ref", "narration"]

    @api.model
    def _join_bank_text(self, parts):
        return " ".join(str(part) for part in parts if part)

    def _match_electricity(self):
        """Find the bills that lines pay: by reference, by number, by name.

        :return: {line id: BankMatch}, only of lines with something open to pay
        """
        names = self._get_bank_text_fields()
        return self._match_hints(
            BankHint(
                key=line.id,
                text=self._join_bank_text(line[name] for name in names),
                partner_name=line.partner_name or "",
                amount=line.amount,
                currency=line.currency_id,
                company=line.company_id,
            )
            for line in self
        )

    @api.model
    def _match_hints(self, hints):
        by_company = defaultdict(list)
        for hint in hints:
            by_company[hint.company].append(hint)
        result = {}
        for company, some in by_company.items():
            result.update(self._match_hints_in(company, some))
        return result

    @api.model
    def _match_hints_in(self, company, hints):
        result = self._match_by_reference(company, hints)
        left = [hint for hint in hints if hint.key not in result]
        by_number = self._find_payers_by_number(company, left)
        by_name = self._find_payers_by_name(
            company, [hint for hint in left if hint.key not in by_number]
        )
        return {**result, **self._match_by_payer(company, left, by_number, by_name)}

    @api.model
    def _match_by_reference(self, company, hints):
        references = {hint.key: find_references(hint.text) for hint in hints}
        wanted = {reference for own in references.values() for reference in own}
        if not wanted:
            return {}
        by_reference = self.env["power.bill"]._find_moves_by_references(wanted, company)
        nothing = self.env["account.move"]
        # One statement for all: each hint's own few would be fetched by themselves.
        nothing.union(*by_reference.values()).fetch(_MOVE_FIELDS)
        result = {}
        for hint in hints:
            own = nothing.union(*(by_reference.get(item, nothing) for item in references[hint.key]))
            own = own.filtered(lambda move, hint=hint: move.currency_id == hint.currency)
            if own:
                own = own.sorted(lambda move: (move.invoice_date_due or move.date, move.id))
                result[hint.key] = BankMatch(own.partner_id, own, True)
        return result

    @api.model
    def _find_payers_by_number(self, company, hints):
        """Return {key: payer} of hints with the number of exactly one payer.

        Who left a supply point and still owes its bills is one of those its number may mean.
        """
        numbers = {hint.key: set(_NUMBER.findall(hint.text)) for hint in hints}
        wanted = sorted({number for own in numbers.values() for number in own})
        if not wanted:
            return {}
        self.env["res.partner"].flush_model(["power_customer_number"])
        self.env["power.supply.point"].flush_model(["number", "payer_id", "company_id"])
        self.env["power.bill"].flush_model(["supply_point_id", "partner_id", "payment_state"])
        payers = defaultdict(set)
        for number, partner_id in self.env.execute_query(
            SQL(
                """
                SELECT power_customer_number, id FROM res_partner
                 WHERE power_customer_number = ANY(%(numbers)s)
             UNION
                SELECT number, payer_id FROM power_supply_point
                 WHERE company_id = %(company)s AND number = ANY(%(numbers)s)
             UNION
                SELECT p.number, b.partner_id
                  FROM power_supply_point p
                  JOIN power_bill b ON b.supply_point_id = p.id AND b.state = 'posted'
                   AND b.payment_state IN ('not_paid', 'partial')
                 WHERE p.company_id = %(company)s AND p.number = ANY(%(numbers)s)
                """,
                numbers=wanted,
                company=company.id,
            )
        ):
            payers[number].add(partner_id)
        found = {
            key: set().union(*(payers[number] for number in own)) for key, own in numbers.items()
        }
        return {key: own.pop() for key, own in found.items() if len(own) == 1}

    @api.model
    def _find_payers_by_name(self, company, hints):
        """Return {key: payer} of hints with the whole name of exactly one payer of bills."""
        names = {hint.key: hint.partner_name.strip().lower() for hint in hints}
        wanted = sorted({name for name in names.values() if name})
        if not wanted:
            return {}
        self.env["res.partner"].flush_model(["name"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lower(p.name), array_agg(p.id)
                  FROM res_partner p
                 WHERE lower(p.name) = ANY(%(names)s)
                   AND EXISTS (
                       SELECT 1 FROM power_supply_point s
                        WHERE s.payer_id = p.id AND s.company_id = %(company)s)
              GROUP BY 1
                HAVING count(*) = 1
                """,
                names=wanted,
                company=company.id,
            )
        )
        payers = {name: ids[0] for name, ids in rows}
        return {key: payers[name] for key, name in names.items() if name in payers}

    @api.model
    def _match_by_payer(self, company, hints, by_number, by_name):
        payers = {**by_name, **by_number}
        opened = self._fetch_open_moves(company, set(payers.values()))
        result = {}
        for hint in hints:
            payer_id = payers.get(hint.key)
            moves = opened.get(payer_id)
            if not moves:
                continue
            chosen, exact = self._choose_moves(hint, moves)
            result[hint.key] = BankMatch(
                self.env["res.partner"].browse(payer_id),
                chosen,
                certain=exact and hint.key in by_number,
            )
        return result

    @api.model
    def _fetch_open_moves(self, company, payer_ids):
        """Return {payer id: open invoices of bills and late fees, in due order}."""
        payers = self.env["res.partner"].browse(sorted(payer_ids))
        by_partner = payers._get_power_open_moves(company).grouped("commercial_partner_id")
        return {payer.id: by_partner.get(payer.commercial_partner_id) for payer in payers}

    @api.model
    def _choose_moves(self, hint, moves):
        """Choose what an amount pays: one bill or all of exactly it, else the oldest first.

        :return: the invoices, and whether the amount is exactly theirs and no others'
        """
        compare = hint.currency.compare_amounts
        moves = moves.filtered(lambda move: move.currency_id == hint.currency)
        single = moves.filtered(lambda move: compare(move.amount_residual, hint.amount) == 0)
        if len(single) == 1:
            return single, True
        if compare(sum(moves.mapped("amount_residual")), hint.amount) == 0:
            return moves, True
        return moves, False

    # === Proposing === #

    def _propose_moves(self, moves):
        """Put the invoices' receivables against the line.

        :return: whether all of the line's money goes to them
        """
        self.ensure_one()
        data, auxiliary = [], 1
        for liquidity in self._seek_for_lines()[0]:
            auxiliary, lines = self._get_reconcile_line(
                liquidity, "liquidity", reconcile_auxiliary_id=auxiliary, move=True
            )
            data += lines
        left = self.amount
        for receivable in moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        ).sorted("date_maturity"):
            if left <= 0:
                break
            auxiliary, lines = self._get_reconcile_line(
                receivable,
                "other",
                is_counterpart=True,
                reconcile_auxiliary_id=auxiliary,
                max_amount=left,
                move=True,
            )
            data += lines
            left = self.currency_id.round(left - receivable.amount_residual)
        self.reconcile_data_info = self._recompute_suspense_line(
            data, auxiliary, self.manual_reference
        )
        return left <= 0 and bool(self.reconcile_data_info.get("can_reconcile"))
