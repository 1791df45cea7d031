from collections import Counter, defaultdict
from contextlib import contextmanager
from itertools import chain, islice

from psycopg2.errors import UniqueViolation

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.arrays import plain_array, unnest, write_arrays
from ..tools.foreign_keys import insert_rows, may_look_up_once, read_foreign_keys
from ..tools.invoice_shape import InvoiceLine, InvoiceSet, insert_copies, next_ids

# Fewer rows than these are found fast in any way.
ANALYZE_MINIMUM = 100


class PowerInvoiceSetMixin(models.AbstractModel):
    """Invoices of proven shapes, written from their prototypes in a few statements."""

    _inherit = "power.invoice.set.mixin"

    def _insert_numbered(self, invoices, shapes, trial=False):
        """Insert invoices under the next numbers of their journals.

        Whatever does not depend on the numbers is done before others have to wait for theirs.

        :param dict shapes: ``Shape`` by shape key
        :param bool trial: of a witness, which leaves no ranks and is taken back
        :return: dict, move id by the invoice's owner
        """
        some = self._prepare_invoice_set(invoices, shapes)
        if not some.invoices:
            return {}
        moves = write_arrays(self._get_move_columns(some))
        lines = write_arrays(self._get_line_columns(some))
        if not trial:
            self._increase_customer_ranks(some.invoices)
        self._begin_numbering({shape.journal_id for shape in some.shapes})
        self._insert_next_moves(some, moves)
        self._insert_details(some, lines)
        self._check_inserted(some.move_ids, some.invoices)
        if not trial:
            self.env["account.move"].invalidate_model()
            self.env["account.move.line"].invalidate_model()
        owners = [invoice.owner_id for invoice in some.invoices]
        return dict(zip(owners, some.move_ids, strict=True))

    def _prepare_invoice_set(self, invoices, shapes):
        """Return the ``InvoiceSet`` of those whose lines are their prototype's."""
        for invoice in invoices:
            invoice.lines = shapes[invoice.shape_key].place_lines(invoice)
        invoices = [invoice for invoice in invoices if invoice.lines]
        places = {key: place for place, key in enumerate(shapes)}
        counts = [len(invoice.lines) for invoice in invoices]
        tables = {"account_move": len(invoices), "account_move_line": sum(counts)}
        if may_look_up_once(self.env):
            relations = {table for shape in shapes.values() for table, *_ in shape.relations}
            read_foreign_keys(self.env, *self._get_invoice_tables(), *relations)
        line_ids = iter(self._draw_ids("account_move_line", sum(counts)))
        return InvoiceSet(
            invoices,
            list(shapes.values()),
            [places[invoice.shape_key] for invoice in invoices],
            self._draw_ids("account_move", len(invoices)),
            [list(islice(line_ids, count)) for count in counts],
            frozenset(filter(lambda table: self._is_table_new(table, tables[table]), tables)),
        )

    def _insert_next_moves(self, some, columns):
        """Draw the next numbers, and insert the moves.

        Whoever else posts in a journal holds its next number until he commits; then the numbers
        go on after his.
        """
        for attempt in range(3):
            numbers = self._number_moves(some)
            try:
                with self.env.cr.savepoint(flush=False):
                    self._insert_moves(some, {**columns, **numbers})
                break
            except UniqueViolation as error:
                if attempt == 2 or "account_move_unique_name" not in str(error):
                    raise
        # The next number that Odoo draws in this transaction comes after these.
        self.env.cr.precommit.data.pop("sequence.mixin", None)
        self._count_if_new(some, "account_move")

    def _insert_details(self, some, columns):
        """Insert what hangs on the moves.

        :param dict columns: those of the journal items
        """
        self._insert_lines(some, columns)
        self._count_if_new(some, "account_move_line")
        self._insert_move_relations(some)
        self._insert_messages(some)

    def _count_if_new(self, some, table):
        if table in some.new_tables:
            self._analyze(table)

    def _analyze_new(self, table, count):
        """Let PostgreSQL count a table that the rows just written made many times larger.

        It chooses how to check foreign keys once a session: from a table of no rows, to read it
        whole for each key.
        """
        if self._is_table_new(table, count):
            self._analyze(table)

    def _analyze(self, table):
        self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    def _is_table_new(self, table, count):
        """Tell whether so many rows make a table many times larger than PostgreSQL knows."""
        ((known,),) = self.env.execute_query(
            SQL("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", table)
        )
        return known < count and count > ANALYZE_MINIMUM

    def _draw_ids(self, table, count):
        return [number for (number,) in self.env.execute_query(next_ids(table, count))]

    def _number_moves(self, some):
        """Give the invoices their numbers; return the columns of the moves that follow."""
        groups, names = defaultdict(list), [None] * len(some.invoices)
        for place, shape in enumerate(some.places):
            groups[some.shapes[shape].number_key].append(place)
        for key, members in groups.items():
            sequence = self._read_sequence(*key)
            for number, member in enumerate(members, sequence.last + 1):
                names[member] = (sequence.format(number), sequence.prefix, number)
        for invoice, (name, *_) in zip(some.invoices, names, strict=True):
            invoice.number = name
        return {
            "name": ("text[]", [name for name, *_ in names]),
            "prefix": ("text[]", [prefix for _, prefix, _ in names]),
            "number": ("int[]", [number for *_, number in names]),
            "reference": (
                "text[]",
                [
                    invoice.number
                    if some.shapes[place].is_reference_number
                    else invoice.vals.get("payment_reference") or None
                    for invoice, place in zip(some.invoices, some.places, strict=True)
                ],
            ),
        }

    def _get_move_columns(self, some):
        """Return the moves' columns that do not depend on their numbers."""
        invoices = some.invoices
        vals = [invoice.vals for invoice in invoices]
        own = self._get_own_move_columns()
        return {
            "id": ("int[]", some.move_ids),
            "nr": ("int[]", some.places),
            "partner": ("int[]", [invoice.partner_id for invoice in invoices]),
            "shipping": ("int[]", [one.get("partner_shipping_id") or None for one in vals]),
            "payer": ("int[]", [invoice.commercial_partner_id for invoice in invoices]),
            "partner_name": ("text[]", [invoice.partner_name for invoice in invoices]),
            "ref": ("text[]", [one.get("ref") or None for one in vals]),
            "origin": ("text[]", [one.get("invoice_origin") or None for one in vals]),
            "untaxed": ("numeric[]", [invoice.untaxed for invoice in invoices]),
            "tax": ("numeric[]", [invoice.tax for invoice in invoices]),
            "total": ("numeric[]", [invoice.total for invoice in invoices]),
            **{name: (kind, [one[name] for one in vals]) for name, kind in own.items()},
        }

    def _insert_moves(self, some, columns):
        sign = SQL("CASE p.move_type WHEN 'out_refund' THEN -1 ELSE 1 END")
        overrides = {
            **self._get_log_overrides(),
            "id": SQL("d.id"),
            "name": SQL("d.name"),
            "sequence_prefix": SQL("d.prefix"),
            "sequence_number": SQL("d.number"),
            "made_sequence_gap": SQL("false"),
            "partner_id": SQL("d.partner"),
            "partner_shipping_id": SQL("d.shipping"),
            "commercial_partner_id": SQL("d.payer"),
            "invoice_partner_display_name": SQL("d.partner_name"),
            "payment_reference": SQL("d.reference"),
            "ref": SQL("d.ref"),
            "invoice_origin": SQL("d.origin"),
            "amount_untaxed": SQL("d.untaxed"),
            "amount_tax": SQL("d.tax"),
            "amount_total": SQL("d.total"),
            "amount_residual": SQL("d.total"),
            "amount_untaxed_signed": SQL("%s * d.untaxed", sign),
            "amount_untaxed_in_currency_signed": SQL("%s * d.untaxed", sign),
            "amount_tax_signed": SQL("%s * d.tax", sign),
            "amount_total_signed": SQL("%s * d.total", sign),
            "amount_total_in_currency_signed": SQL("%s * d.total", sign),
            "amount_residual_signed": SQL("%s * d.total", sign),
            **{name: SQL.identifier("d", name) for name in self._get_own_move_columns()},
        }
        rows = [shape.move for shape in some.shapes]
        query = insert_copies("account_move", rows, overrides, unnest(columns), SQL("d.id"))
        insert_rows(self.env, query, "account_move", "id", some.move_ids)

    def _get_log_overrides(self):
        now = SQL("now() AT TIME ZONE 'UTC'")
        uid = SQL("%s", self.env.uid)
        return {"create_uid": uid, "create_date": now, "write_uid": uid, "write_date": now}

    def _get_line_columns(self, some):
        """Return the journal items' columns, but for the names that repeat a number."""
        lines = [line for invoice in some.invoices for line in invoice.lines]
        columns = dict(zip(InvoiceLine._fields, zip(*lines, strict=True), strict=True))
        own = self._get_own_line_columns()
        return {
            "id": ("int[]", list(chain.from_iterable(some.line_ids))),
            "nr": ("int[]", some.number_rows(lambda shape: len(shape.lines))),
            "move_id": ("int[]", some.repeat_moves(lambda invoice: len(invoice.lines))),
            "quantity": ("numeric[]", columns["quantity"]),
            "price_unit": ("numeric[]", columns["price_unit"]),
            "subtotal": ("numeric[]", columns["price_subtotal"]),
            "total": ("numeric[]", columns["price_total"]),
            "balance": ("numeric[]", columns["balance"]),
            "tax_base": ("numeric[]", columns["tax_base_amount"]),
            **{
                name: (kind, [values[place] if values else None for values in columns["own"]])
                for place, (name, kind) in enumerate(own.items())
            },
        }

    def _name_lines(self, some):
        names = []
        for invoice, place in zip(some.invoices, some.places, strict=True):
            tokens = invoice.get_tokens()
            names += [
                line.name or (template and template.format(**tokens))
                for line, template in zip(invoice.lines, some.shapes[place].line_names, strict=True)
            ]
        return names

    def _insert_lines(self, some, columns):
        """Insert the journal items."""
        own = self._get_own_line_columns()
        data = unnest({**columns, "name": ("text[]", self._name_lines(some))})
        open_amount = SQL(
            "CASE p.display_type WHEN 'payment_term' THEN d.balance ELSE p.amount_residual END"
        )
        # A negative debit or credit (storno) stays on the side on which the line is.
        debit = SQL("(d.balance > 0) <> coalesce(p.is_storno, false)")
        overrides = {
            **self._get_log_overrides(),
            "id": SQL("d.id"),
            "move_id": SQL("d.move_id"),
            "move_name": SQL("m.name"),
            "partner_id": SQL("m.commercial_partner_id"),
            "ref": SQL("m.ref"),
            "name": SQL("d.name"),
            "quantity": SQL("coalesce(d.quantity, p.quantity)"),
            "price_unit": SQL("coalesce(d.price_unit, p.price_unit)"),
            "price_subtotal": SQL("coalesce(d.subtotal, p.price_subtotal)"),
            "price_total": SQL("coalesce(d.total, p.price_total)"),
            "balance": SQL("d.balance"),
            "amount_currency": SQL("d.balance"),
            "debit": SQL("CASE WHEN %s THEN d.balance ELSE 0.00 END", debit),
            "credit": SQL("CASE WHEN %s THEN 0.00 ELSE -d.balance END", debit),
            "amount_residual": open_amount,
            "amount_residual_currency": open_amount,
            "tax_base_amount": SQL("coalesce(d.tax_base, p.tax_base_amount)"),
            **{
                name: SQL("coalesce(%s, %s)", SQL.identifier("d", name), SQL.identifier("p", name))
                for name in own
            },
        }
        source = SQL("%s JOIN account_move m ON m.id = d.move_id", data)
        rows = [text for shape in some.shapes for text in shape.lines]
        query = insert_copies("account_move_line", rows, overrides, source, SQL("d.id"))
        insert_rows(
            self.env, query, "account_move_line", "id", list(chain.from_iterable(some.line_ids))
        )

    def _insert_move_relations(self, some):
        """Copy the prototypes' taxes, tags and the like."""
        wanted = defaultdict(lambda: ([], []))
        relations = [shape.group_relations() for shape in some.shapes]
        for shape, move_id, lines in zip(some.places, some.move_ids, some.line_ids, strict=True):
            for table, (places, targets) in relations[shape].items():
                owners, values = wanted[table]
                owners += [move_id if place < 0 else lines[place] for place in places]
                values += targets
        for (table, own, other), (owners, values) in wanted.items():
            columns = {own: ("int[]", owners), other: ("int[]", values)}
            query = SQL(
                "INSERT INTO %s (%s, %s) SELECT * FROM %s",
                SQL.identifier(table),
                SQL.identifier(own),
                SQL.identifier(other),
                unnest(columns),
            )
            insert_rows(self.env, query, table, own, owners)

    def _insert_messages(self, some):
        """Log the creation of each invoice, as Odoo does, and what else is said of it."""
        numbers = some.number_rows(lambda shape: len(shape.messages))
        ids = self._draw_ids("mail_message", len(numbers))
        data = unnest(
            {
                "id": ("int[]", ids),
                "nr": ("int[]", numbers),
                "move": ("int[]", some.repeat_moves(lambda invoice: len(invoice.bodies))),
                "body": ("text[]", [body for one in some.invoices for body in one.bodies]),
            }
        )
        now = SQL("now() AT TIME ZONE 'UTC'")
        overrides = {
            **self._get_log_overrides(),
            "id": SQL("d.id"),
            "res_id": SQL("d.move"),
            "date": now,
            "body": SQL("coalesce(d.body, p.body)"),
        }
        rows = [text for shape in some.shapes for text in shape.messages]
        query = insert_copies("mail_message", rows, overrides, data, SQL("d.id"))
        insert_rows(self.env, query, "mail_message", "id", ids)

    def _select_expected(self, move_ids, invoices):
        """Hook: select id and total (positive or negative) that each new move must have."""
        return SQL(
            "SELECT id, total FROM %s",
            unnest(
                {
                    "id": ("int[]", move_ids),
                    "total": ("numeric[]", [invoice.total for invoice in invoices]),
                }
            ),
        )

    def _check_inserted(self, move_ids, invoices=()):
        """Compare what stands in the tables with what it is for, before anything is committed.

        :raises UserError: when a move does not balance, differs from its total, or a number is
            missing in between
        """
        with self._without_nested_loops():
            ((moves, wrong, gaps),) = self.env.execute_query(
                SQL(
                    """
                    WITH made AS (
                        SELECT m.id, m.journal_id, m.sequence_prefix, m.sequence_number,
                               m.amount_total, m.amount_untaxed, m.amount_tax,
                               e.total AS bill,
                               sum(l.balance) AS balance,
                               sum(l.balance) FILTER (WHERE l.display_type = 'payment_term') AS due,
                               sum(l.balance) FILTER (WHERE l.display_type = 'tax') AS tax
                          FROM account_move m
                          JOIN (%(expected)s) e ON e.id = m.id
                          JOIN account_move_line l ON l.move_id = m.id
                               AND l.move_id = ANY(%(moves)s)
                         WHERE m.id = ANY(%(moves)s)
                      GROUP BY m.id, e.total)
                    SELECT count(*),
                           count(*) FILTER (
                               WHERE balance <> 0 OR amount_total <> abs(bill)
                                  OR abs(due) <> amount_total OR due * bill < 0
                                  OR abs(coalesce(tax, 0)) <> abs(amount_tax)
                                  OR amount_untaxed + amount_tax <> amount_total),
                           (SELECT coalesce(sum(span), 0) FROM (
                                SELECT max(sequence_number) - min(sequence_number) + 1
                                       - count(DISTINCT sequence_number) AS span
                                  FROM made GROUP BY journal_id, sequence_prefix) spans)
                      FROM made
                    """,
                    moves=move_ids,
                    expected=self._select_expected(move_ids, invoices),
                )
            )
        if moves != len(move_ids) or wrong or gaps:
            raise UserError(
                self.env._(
                    "%(wrong)s of %(count)s invoices do not agree with their bills. They are made "
                    "one by one instead.",
                    wrong=wrong or len(move_ids) - moves or gaps,
                    count=len(move_ids),
                )
            )

    def _increase_customer_ranks(self, invoices):
        """Count the invoices of each payer: new customers at once, others after the commit."""
        counts = Counter()
        for invoice in invoices:
            counts.update({invoice.partner_id, invoice.commercial_partner_id})
        self.env["res.partner"].flush_model(["customer_rank"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner p SET customer_rank = d.count, write_uid = %s,
                       write_date = now() AT TIME ZONE 'UTC'
                  FROM %s
                 WHERE p.id = d.id AND coalesce(p.customer_rank, 0) = 0
             RETURNING p.id
                """,
                self.env.uid,
                unnest({"id": ("int[]", list(counts)), "count": ("int[]", list(counts.values()))}),
            ),
            log_exceptions=False,  # others may count the same payer at this moment
        )
        self.env["res.partner"].invalidate_model(["customer_rank"])
        for (partner_id,) in self.env.cr.fetchall():
            del counts[partner_id]
        if counts:
            self._increase_ranks_after_commit(counts)

    def _increase_ranks_after_commit(self, counts):
        postcommit, registry = self.env.cr.postcommit, self.env.registry
        pending = postcommit.data.setdefault("power_billing.customer_rank", Counter())
        first = not pending
        pending.update(counts)
        if not first:
            return

        @postcommit.add
        def increase():
            # A partner whom somebody edits just now keeps its rank: it is a hint for sorting.
            with registry.cursor() as cr:
                cr.execute(
                    """
                    WITH free AS (
                        SELECT p.id, d.count
                          FROM res_partner p
                          JOIN unnest(%s::int[], %s::int[]) AS d(id, count) ON d.id = p.id
                           FOR NO KEY UPDATE OF p SKIP LOCKED)
                    UPDATE res_partner p SET customer_rank = p.customer_rank + free.count
                      FROM free WHERE free.id = p.id
                    """,
                    [plain_array(pending), plain_array(pending.values())],
                )
                pending.clear()

    @contextmanager
    def _without_nested_loops(self):
        """Join a batch's rows by hash: nobody has counted them yet, and taken for none they
        would be compared each with each."""
        self.env.cr.execute("SET LOCAL enable_nestloop = off")
        yield
        self.env.cr.execute("SET LOCAL enable_nestloop = on")
