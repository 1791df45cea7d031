"""Rows for COPY made of one real row: every column there is, what differs written over."""

import io
import json
from decimal import Decimal

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def to_text(value) -> str:
    """A value in COPY's text format."""
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    return str(value).translate(_ESCAPES)


class Row:
    """A prototype row of a table."""

    def __init__(self, table: str, values: dict):
        self.table = table
        self.columns = list(values)
        self.values = values
        self._texts = [to_text(value) for value in values.values()]
        self._places = {name: place for place, name in enumerate(self.columns)}

    def line(self, **changes) -> str:
        texts = self._texts.copy()
        for name, value in changes.items():
            texts[self._places[name]] = to_text(value)
        return "\t".join(texts)


class Buffer:
    """Lines waiting to be copied into tables, in the order in which tables were first named."""

    def __init__(self):
        self._lines = {}

    def add(self, row: Row, **changes):
        key = (row.table, tuple(row.columns))
        self._lines.setdefault(key, []).append(row.line(**changes))

    def flush(self, cursor, order: tuple[str, ...]):
        """Copy everything; tables in `order`, which foreign keys demand."""
        for (table, columns), lines in sorted(
            self._lines.items(), key=lambda item: order.index(item[0][0])
        ):
            names = ", ".join(f'"{name}"' for name in columns)
            cursor.copy_expert(
                f'COPY "{table}" ({names}) FROM STDIN', io.StringIO("\n".join(lines) + "\n")
            )
        self._lines.clear()


def fetch_row(cursor, table: str, record_id: int) -> Row:
    """Read a row with all its columns; numbers keep their scale."""
    cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t WHERE id = %s', [record_id])
    return Row(table, json.loads(cursor.fetchone()[0], parse_float=Decimal))
