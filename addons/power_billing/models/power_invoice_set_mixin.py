import json
import logging
import time
from collections import defaultdict
from contextlib import closing

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..tools.invoice_shape import Shape, make_name_template

_logger = logging.getLogger(__name__)

# Fewer invoices of a new shape are made by the ORM sooner than a prototype is.
SHAPE_MINIMUM = 8
# After so many seconds a prototype is made afresh, with the settings of then.
SHAPE_SECONDS = 300
# Where making and posting an invoice may leave rows.
INVOICE_TABLES = frozenset({"account_move", "account_move_line", "mail_message"})
TOUCHED_TABLES = frozenset({"res_partner"})
# What two copies of one invoice never share.
ROW_DIFFERS = frozenset(
    {"id", "move_id", "name", "move_name", "sequence_number", "create_date", "write_date"}
)


class ShapeMemory(dict):
    """Prototypes made so far, by shape; kept by whoever posts batch after batch."""

    __hash__ = object.__hash__

    def forget_old(self):
        """Begin a batch, in which the prototypes known now serve to its end."""
        oldest = time.monotonic() - SHAPE_SECONDS
        for key in [key for key, (_shape, made) in self.items() if made < oldest]:
            del self[key]

    def recall(self, key):
        """Return what is known of a shape: None nothing yet, False that it is not proven."""
        return self.get(key, (None, 0.0))[0]

    def keep(self, key, shape):
        self[key] = (shape, time.monotonic())


class PowerInvoiceSetMixin(models.AbstractModel):
    """Posted invoices written in a set: prototypes, proven by a witness.

    Of each shape Odoo itself makes and posts two invoices, which are taken back: the first is
    the prototype, the second the witness. Writing the witness from the prototype has to give the
    rows that Odoo wrote, column by column, and nothing may have been written elsewhere.
    """

    _name = "power.invoice.set.mixin"
    _description = "Invoices Written in a Set"

    def _new_shape_memory(self):
        """Return what remembers prototypes from batch to batch (context power_shape_memory)."""
        return ShapeMemory()

    def _write_invoices(self, invoices, memory):
        """Write the invoices whose shape is proven.

        :param ShapeMemory memory: shapes proven or refused before
        :return: dict, move id by the invoice's owner
        """
        if not invoices:
            return {}
        groups = defaultdict(list)
        for invoice in invoices:
            groups[invoice.shape_key].append(invoice)
        shapes, ready = {}, []
        for key, group in groups.items():
            shape = memory.recall(key)
            if shape is None and len(group) >= SHAPE_MINIMUM:
                shape = self._learn_shape(key, group, memory)
            if shape and shape.journal_id in self._get_open_journals(shape):
                shapes[key] = shape
                ready += group
        if not ready:  # Odoo makes and numbers them, when it is one's turn
            self._begin_numbering({invoice.vals["journal_id"] for invoice in invoices})
            return {}
        ready.sort(key=lambda invoice: invoice.owner_id)
        return self._insert_numbered(ready, shapes)

    def _learn_shape(self, key, group, memory):
        """Return the shape of a group, False where it is not proven; its prototype takes numbers,
        so one waits for one's turn, in which somebody else may have made it."""
        self._begin_numbering({group[0].vals["journal_id"]})
        shape = memory.recall(key)
        if shape is None:
            shape = self._make_shape(group) or False
            memory.keep(key, shape)
        return shape

    def _get_open_journals(self, shape):
        """Return the shape's journal unless its date was locked since the prototype was made."""
        move = json.loads(shape.move)
        journal = self.env["account.journal"].browse(shape.journal_id)
        company = self.env["res.company"].browse(move["company_id"])
        day = fields.Date.to_date(move["date"])
        return [] if company._get_violated_lock_dates(day, True, journal) else journal.ids

    def _make_shape(self, group):
        """Let Odoo make the first and the last invoice of a group, and take them back.

        :return: the ``Shape``, or None when the witness would be written differently
        """
        first, witness = group[0], group[-1]
        with closing(self.env.cr.savepoint()):
            try:
                return self._prove_shape(first, witness)
            except UserError as error:
                _logger.info("A shape of invoices is refused: %s", error)
                return None

    def _prove_shape(self, first, witness):
        before = self._count_row_changes()
        moves = self.env["account.move"].sudo().with_context(**self._get_move_context())
        moves = moves.create(
            [self._copy_move_vals(invoice.given or invoice.vals) for invoice in (first, witness)]
        )
        moves._post(soft=False)
        self._log_moves_created(moves)
        self.env.flush_all()
        if not self._is_trace_known(before):
            return None
        prototype, expected = (self._read_move(move_id) for move_id in moves.ids)
        shape = self._prepare_shape(first, prototype)
        if not shape or not shape.place_lines(witness):
            return None
        made = self._insert_numbered([witness], {witness.shape_key: shape}, trial=True)
        written = self._read_move(made[witness.owner_id])
        differences = self._compare_moves(expected, written)
        if differences:
            _logger.warning("Invoices of a shape are made by the ORM: %s differ.", differences)
            return None
        return shape

    def _copy_move_vals(self, vals):
        lines = [Command.create(dict(command[2])) for command in vals["invoice_line_ids"]]
        return {**vals, "invoice_line_ids": lines}

    def _count_row_changes(self):
        """Return rows inserted, updated and deleted by this transaction, by table."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables
                 WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
                """
            )
        )
        return {name: counts for name, *counts in rows}

    def _is_trace_known(self, before):
        """Tell whether the two invoices left rows only where this route writes them too."""
        relations = {table for table, *_ in self._get_relations()}
        known = self._get_invoice_tables() | relations
        for table, counts in self._count_row_changes().items():
            changed = counts != before.get(table, [0, 0, 0])
            if changed and table not in known:
                _logger.info("Invoices are made by the ORM: they write %s too.", table)
                return False
        return True

    def _get_invoice_tables(self):
        """Hook: the tables in which an invoice may leave rows; whoever adds one writes it."""
        return INVOICE_TABLES | TOUCHED_TABLES

    def _get_relations(self):
        """Return relation tables of invoices and their lines: table, own and other column."""
        relations = set()
        for name in ("account.move", "account.move.line"):
            for field in self.env[name]._fields.values():
                if field.type == "many2many" and field.store:
                    relations.add((field.relation, field.column1, field.column2, name))
        return sorted(relations)

    def _read_move(self, move_id):
        """Return a move's rows as JSON text, with those of its lines, relations and message."""
        ((move,),) = self.env.execute_query(
            SQL("SELECT row_to_json(m)::text FROM account_move m WHERE id = %s", move_id)
        )
        lines = self.env.execute_query(
            SQL(
                "SELECT id, row_to_json(l)::text FROM account_move_line l WHERE move_id = %s"
                " ORDER BY id",
                move_id,
            )
        )
        places = {line_id: place for place, (line_id, _text) in enumerate(lines)}
        relations = []
        for table, own, other, name in self._get_relations():
            ids = {move_id: -1} if name == "account.move" else places
            rows = self.env.execute_query(
                SQL(
                    "SELECT %(own)s, %(other)s FROM %(table)s WHERE %(own)s = ANY(%(ids)s)"
                    " ORDER BY 1, 2",
                    own=SQL.identifier(own),
                    other=SQL.identifier(other),
                    table=SQL.identifier(table),
                    ids=list(ids),
                )
            )
            relations += [(table, own, other, ids[one], value) for one, value in rows]
        messages = self.env.execute_query(
            SQL(
                "SELECT row_to_json(m)::text FROM mail_message m"
                " WHERE model = 'account.move' AND res_id = %s ORDER BY id",
                move_id,
            )
        )
        return {
            "move": move,
            "lines": [text for _id, text in lines],
            "relations": relations,
            "messages": [text for (text,) in messages],
        }

    def _prepare_shape(self, invoice, rows):
        """Return the shape of a prototype's rows; None when they are not those of the invoice."""
        move = json.loads(rows["move"])
        invoice.number = move["name"]
        keys, names, tokens = [], [], invoice.get_tokens()
        for text in rows["lines"]:
            line = json.loads(text)
            keys.append(self._get_line_key(line, keys))
            names.append(make_name_template(line["name"], tokens))
        if len(rows["messages"]) != len(invoice.bodies):
            return None
        shape = Shape(
            journal_id=move["journal_id"],
            move_type=move["move_type"],
            date=move["date"],
            move=rows["move"],
            lines=rows["lines"],
            line_keys=keys,
            line_names=names,
            relations=rows["relations"],
            messages=rows["messages"],
            is_reference_number=move["payment_reference"] == move["name"],
        )
        return shape if shape.place_lines(invoice) else None

    def _get_line_key(self, line, before):
        kind = line["display_type"]
        if kind == "product":
            return ("product", sum(key[0] == "product" for key in before))
        if kind == "tax":
            return ("tax", line["tax_repartition_line_id"], line["account_id"])
        if kind == "payment_term":
            return ("term", line["date_maturity"])
        return (kind, line["id"])

    def _compare_moves(self, expected, written):
        """Return the columns in which two invoices of the same values differ."""
        differences = []
        numbers = [json.loads(rows["move"])["name"] for rows in (expected, written)]
        pairs = [(expected["move"], written["move"], ROW_DIFFERS)]
        line_differs = ROW_DIFFERS - {"name"}
        pairs += [
            (one, other, line_differs)
            for one, other in zip(expected["lines"], written["lines"], strict=True)
        ]
        message_differs = ROW_DIFFERS | {"res_id", "date", "message_id"}
        pairs += [
            (one, other, message_differs)
            for one, other in zip(expected["messages"], written["messages"], strict=True)
        ]
        for one, other, ignored in pairs:
            one, other = (
                self._read_row(text, number)
                for text, number in zip((one, other), numbers, strict=True)
            )
            differences += [
                f"{column}: {one[column]} / {other[column]}"
                for column in one
                if column not in ignored and one[column] != other[column]
            ]
        if expected["relations"] != written["relations"]:
            differences.append("relations")
        return differences

    def _read_row(self, text, number):
        """Return a row without the number of its invoice, which two never share."""
        return {
            column: value.replace(number, "#") if isinstance(value, str) else value
            for column, value in json.loads(text).items()
        }

    def _get_quiet_context(self):
        """Bulk work leaves no tracking mails; the run and the invoice tell the story."""
        return {
            "tracking_disable": True,
            "mail_create_nosubscribe": True,
            "mail_create_nolog": True,
            "mail_notrack": True,
        }

    def _log_moves_created(self, moves):
        """Note in each invoice who made it, as Odoo does for an invoice made by hand."""
        moves.sudo()._message_log_batch(
            bodies={move.id: move._creation_message() for move in moves}
        )

    def _get_move_context(self):
        return {
            **self._get_quiet_context(),
            "check_move_validity": False,
            "skip_is_manually_modified": True,
        }
