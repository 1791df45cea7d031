"""Invoices that differ in few columns: a prototype's rows, and what each invoice writes over them.

A *shape* is all that two invoices have in common; its rows were written by Odoo itself. SQL here
copies every column of the prototype, so that columns which other add-ons add come along.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from odoo.tools import SQL


class InvoiceLine(NamedTuple):
    """What one journal item writes over its prototype; amounts are text, signed by debit.

    ``own``: values of the columns that a kind of invoice has of its own, empty for items that
    come of themselves (taxes, receivables).
    """

    key: tuple
    name: str | None
    quantity: str | None
    price_unit: str | None
    price_subtotal: str | None
    price_total: str | None
    balance: str
    tax_base_amount: str | None
    own: tuple = ()


@dataclass(slots=True)
class Invoice:
    """One invoice as plain data.

    ``owner_id``: what names the invoice to its maker, in the order of numbers;
    ``vals``: its complete values; ``given``: what Odoo is given instead to make it, where it
    completes the rest; ``bodies``: of each message, None where it says what the prototype's says;
    ``extra``: what its kind keeps besides.
    """

    owner_id: int
    shape_key: str
    vals: dict
    partner_id: int
    commercial_partner_id: int
    partner_name: str
    untaxed: str
    tax: str
    total: str
    lines: list[InvoiceLine]
    given: dict | None = None
    bodies: tuple[str | None, ...] = (None,)
    number: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def get_tokens(self) -> dict[str, str]:
        """Texts of this invoice that its receivable lines repeat, by the key they come from."""
        texts = {
            "number": self.number,
            "payment_reference": self.vals.get("payment_reference"),
            "ref": self.vals.get("ref"),
        }
        return {key: text for key, text in texts.items() if text}


@dataclass(slots=True)
class Shape:
    """A prototype's rows as JSON text, which keeps the scale of numbers.

    ``is_reference_number``: what the payer quotes is the invoice's number; ``extra``: what a kind
    of invoice keeps besides.
    """

    journal_id: int
    move_type: str
    date: str
    move: str
    lines: list[str]
    line_keys: list[tuple]
    line_names: list[str | None]
    relations: list[tuple[str, str, str, int, int]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    is_reference_number: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def number_key(self) -> tuple:
        return self.journal_id, self.move_type, self.date

    def group_relations(self) -> dict[tuple[str, str, str], tuple[list[int], list[int]]]:
        """Return places of lines (-1: the move) and the ids they are related to, by table."""
        groups: dict[tuple[str, str, str], tuple[list[int], list[int]]] = {}
        for table, own, other, place, value in self.relations:
            places, values = groups.setdefault((table, own, other), ([], []))
            places.append(place)
            values.append(value)
        return groups

    def place_lines(self, invoice: Invoice) -> list[InvoiceLine] | None:
        """Return the invoice's lines in the prototype's order, or None when they differ in kind."""
        if [line.key for line in invoice.lines] == self.line_keys:
            return invoice.lines
        waiting: dict[tuple, list[InvoiceLine]] = {}
        for line in invoice.lines:
            waiting.setdefault(line.key, []).append(line)
        placed = []
        for key in self.line_keys:
            if not waiting.get(key):
                return None
            placed.append(waiting[key].pop(0))
        return placed if len(placed) == len(invoice.lines) else None


@dataclass(slots=True)
class InvoiceSet:
    """Invoices that are written together, in the order of their numbers.

    ``places``: of each invoice's shape in ``shapes``; ``line_ids``: of each invoice, in the order
    of its prototype's lines; ``new_tables``: those that PostgreSQL has to count then.
    """

    invoices: list[Invoice]
    shapes: list[Shape]
    places: list[int]
    move_ids: list[int]
    line_ids: list[list[int]]
    new_tables: frozenset[str] = frozenset()

    def number_rows(self, count_rows: Callable[[Shape], int]) -> list[int]:
        """Return of each row to write the number of its prototype's row, where the shapes' rows
        stand one after the other."""
        ranges, start = [], 0
        for shape in self.shapes:
            end = start + count_rows(shape)
            ranges.append(range(start, end))
            start = end
        return [number for place in self.places for number in ranges[place]]

    def repeat_moves(self, count_rows: Callable[[Invoice], int]) -> list[int]:
        """Return the id of each invoice as many times as it has rows."""
        return [
            move_id
            for invoice, move_id in zip(self.invoices, self.move_ids, strict=True)
            for _row in range(count_rows(invoice))
        ]


def make_name_template(name: str | None, tokens: dict[str, str]) -> str | None:
    """Return a name with the invoice's own words replaced by their keys.

    >>> make_name_template("B1 - 000195 installment #1", {"ref": "B1", "x": "000195"})
    '{ref} - {x} installment #1'
    """
    if not name:
        return name
    keys = {word: key for key, word in tokens.items()}
    words = [*sorted(keys, key=len, reverse=True), "{", "}"]
    pattern = "|".join(re.escape(word) for word in words)
    return re.sub(
        pattern,
        lambda found: f"{{{keys[found[0]]}}}" if found[0] in keys else found[0] * 2,
        name,
    )


def get_columns(row: str) -> list[str]:
    """Return the columns of a prototype row, the identity left out."""
    return [column for column in json.loads(row) if column != "id"]


def insert_copies(
    table: str, rows: list[str], overrides: dict[str, SQL], source: SQL, order: SQL
) -> SQL:
    """Return an INSERT of the prototype rows joined with ``source``, whose ``nr`` names the row.

    :param rows: prototype rows as JSON text; all have the same columns
    :param overrides: what takes the prototype's place, by column; ``p`` is the prototype's row
    :param source: a FROM item with the alias ``d``, joins included
    """
    columns = ["id", *get_columns(rows[0])]
    values = [overrides.get(name) or SQL("p.%s", SQL.identifier(name)) for name in columns]
    return SQL(
        """
        WITH prototype AS MATERIALIZED (
            SELECT given.nr - 1 AS nr, filled.*
              FROM unnest(%(rows)s::text[]) WITH ORDINALITY AS given(data, nr)
             CROSS JOIN LATERAL jsonb_populate_record(NULL::%(table)s, given.data::jsonb) filled)
        INSERT INTO %(table)s (%(columns)s)
        SELECT %(values)s
          FROM %(source)s
          JOIN prototype p ON p.nr = d.nr
      ORDER BY %(order)s
        """,
        rows=rows,
        table=SQL.identifier(table),
        columns=SQL(", ").join(SQL.identifier(name) for name in columns),
        values=SQL(", ").join(values),
        source=source,
        order=order,
    )


def next_ids(table: str, count: int) -> SQL:
    """Select so many new ids of a table."""
    return SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"{table}_id_seq", count)
