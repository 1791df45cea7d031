"""Columns of many rows as PostgreSQL arrays: written as one text each, where ``ARRAY[…]`` would be
parsed item by item."""

from collections.abc import Iterable
from typing import Any

from odoo.tools import SQL

# What separates records and units of text in ASCII: nobody's text has them.
_SEPARATOR, _NULL = "\x1e", "\x1f"

Columns = dict[str, tuple[str, list] | SQL]


def write_arrays(columns: Columns) -> Columns:
    """Write the arrays of columns ahead of the statement that needs them; what is the same in all
    rows is left as it is."""
    return {
        name: column if _is_written(column) or _is_same(column[1]) else _array(*column)
        for name, column in columns.items()
    }


def unnest(columns: Columns) -> SQL:
    """Return a FROM item of arrays side by side, alias ``d``; what is the same in all rows is
    written once.

    :param columns: type of the array and values by column name (JSON as text), or the array
    """
    arrays, names, same = [], [], [SQL("u.*")]
    for name, column in columns.items():
        # One array at least tells how many rows there are.
        if arrays and not _is_written(column) and _is_same(column[1]):
            kind, values = column
            value = SQL("%s::%s", values[0], SQL(kind.removesuffix("[]")))
            same.append(SQL("%s AS %s", value, SQL.identifier(name)))
        else:
            arrays.append(column if _is_written(column) else _array(*column))
            names.append(SQL.identifier(name))
    comma = SQL(", ")
    return SQL(
        "(SELECT %s FROM unnest(%s) AS u(%s)) AS d",
        comma.join(same),
        comma.join(arrays),
        comma.join(names),
    )


def _is_written(column: tuple[str, list] | SQL) -> bool:
    return isinstance(column, SQL)


def _is_same(values: list) -> bool:
    first = values[0] if values else None
    return bool(values) and first == values[-1] and values.count(first) == len(values)


def _array(kind: str, values: list) -> SQL:
    if kind == "jsonb[]":
        # JSON escapes control characters, so one of them separates documents, all else as it is.
        text = _SEPARATOR.join([value or "" for value in values])
        return SQL("string_to_array(%s, %s, '')::jsonb[]", text, _SEPARATOR)
    if kind != "text[]":
        return SQL("%s::%s", plain_array(values), SQL(kind))
    text = _SEPARATOR.join([_NULL if value is None else value for value in values])
    # No text may be one value or none; and a text may have such a separator after all.
    if not text or text.count(_SEPARATOR) != len(values) - 1 or _NULL in values:
        return SQL("%s::text[]", text_array(values))
    return SQL("string_to_array(%s, %s, %s)", text, _SEPARATOR, _NULL)


def plain_array(values: Iterable[Any]) -> str:
    """Write numbers, dates or flags as PostgreSQL reads an array.

    >>> plain_array([1, None, "2.50", True])
    '{1,NULL,2.50,True}'
    """
    return f"{{{','.join(map(str, values))}}}".replace("None", "NULL")


def text_array(values: Iterable[str | None]) -> str:
    """Write texts as PostgreSQL reads an array.

    >>> text_array(["1", None, 'a "b"'])
    '{"1",NULL,"a \\\\"b\\\\""}'
    """
    return f"{{{','.join('NULL' if text is None else _quote(text) for text in values)}}}"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
