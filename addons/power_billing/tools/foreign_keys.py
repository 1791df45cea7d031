"""Rows whose foreign keys are looked up once a value, where PostgreSQL looks them up once a row.

The rows of one invoice of five charges have about 90 filled foreign keys, nearly all of them to
the same few journals, accounts, currencies and users; looking each up takes PostgreSQL two thirds
of the time in which it writes the rows. Where the administrator of the database permits it::

    GRANT SET ON PARAMETER session_replication_role TO odoo

the look-ups are left out for one INSERT, and each different value is looked up and locked against
deletion right after it, as PostgreSQL does (``SELECT … FOR KEY SHARE``). Nothing else may see or
commit the rows in between. A table with triggers of any other kind is written as ever.
"""

from collections import defaultdict
from typing import NamedTuple

from psycopg2.errors import ForeignKeyViolation

from odoo.api import Environment
from odoo.tools import SQL

from .invoice_shape import array_literal

# ``GRANT … ON PARAMETER`` came with this version.
FIRST_VERSION = 150000


class ForeignKey(NamedTuple):
    name: str
    column: str
    other_table: str
    other_column: str


def insert_rows(env: Environment, query: SQL, table: str, column: str, ids: list[int]) -> None:
    """Execute an INSERT of rows that can be found again by the values of a column.

    :param query: one INSERT into ``table``
    :param column: ``id``, or the one by which a relation table names its owner
    :param ids: what stands in ``column`` of the new rows
    :raises psycopg2.errors.ForeignKeyViolation: when a row refers to one that is not there
    """
    keys = read_foreign_keys(env, table) if may_look_up_once(env) else []
    if not keys:
        env.execute_query(query)
        return
    env.flush_query(query)
    # In one message: whatever fails, the parameter is back to what it was with its transaction.
    env.cr.execute(
        SQL(
            "SET LOCAL session_replication_role = replica; %s;"
            " SET LOCAL session_replication_role = origin",
            query,
        )
    )
    check_foreign_keys(
        env, table, keys, SQL("%s = ANY(%s)", SQL.identifier(column), array_literal(ids))
    )


def may_look_up_once(env: Environment) -> bool:
    """Tell whether the administrator of the database permits it."""
    cache = env.cr.cache
    if "power_look_up_once" not in cache:
        cache["power_look_up_once"] = (
            env.cr._cnx.server_version >= FIRST_VERSION
            and (
                env.execute_query(
                    SQL("SELECT has_parameter_privilege('session_replication_role', 'SET')")
                )[0][0]
            )
        )
    return cache["power_look_up_once"]


def read_foreign_keys(env: Environment, table: str) -> list[ForeignKey]:
    """Return the foreign keys of a table; none where triggers do anything else for it."""
    cache = env.cr.cache.setdefault("power_foreign_keys", {})
    if table not in cache:
        rows = env.execute_query(
            SQL(
                """
                SELECT k.conname, own.attname, there.relname, other.attname
                  FROM pg_constraint k
                  JOIN pg_class there ON there.oid = k.confrelid
             LEFT JOIN pg_attribute own ON own.attrelid = k.conrelid
                       AND k.conkey = ARRAY[own.attnum]
             LEFT JOIN pg_attribute other ON other.attrelid = k.confrelid
                       AND k.confkey = ARRAY[other.attnum]
                 WHERE k.conrelid = %(table)s::regclass AND k.contype = 'f'
             UNION ALL
                SELECT t.tgname, NULL, NULL, NULL
                  FROM pg_trigger t
             LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
                 WHERE t.tgrelid = %(table)s::regclass AND k.contype IS DISTINCT FROM 'f'
                """,
                table=table,
            )
        )
        plain = all(column for _name, column, *_other in rows)
        cache[table] = [ForeignKey(*row) for row in rows] if plain else []
    return cache[table]


def check_foreign_keys(
    env: Environment, table: str, keys: list[ForeignKey], condition: SQL
) -> None:
    """Look up each different value of the foreign keys, and keep it from being deleted.

    :raises psycopg2.errors.ForeignKeyViolation: for the first that is missing
    """
    (found,) = env.execute_query(
        SQL(
            "SELECT %s FROM %s WHERE %s",
            SQL(", ").join(
                SQL("array_agg(DISTINCT %(column)s) FILTER (WHERE %(column)s IS NOT NULL)",
                    column=SQL.identifier(key.column))
                for key in keys
            ),
            SQL.identifier(table),
            condition,
        )
    )  # fmt: skip
    wanted = defaultdict(dict)
    for key, values in zip(keys, found, strict=True):
        for value in values or ():
            wanted[key.other_table, key.other_column].setdefault(value, key)
    for (other_table, other_column), users in wanted.items():
        held = env.execute_query(
            SQL(
                "SELECT %(column)s FROM ONLY %(table)s WHERE %(column)s = ANY(%(values)s)"
                " FOR KEY SHARE",
                column=SQL.identifier(other_column),
                table=SQL.identifier(other_table),
                values=array_literal(users),
            )
        )
        missing = users.keys() - {value for (value,) in held}
        if missing:
            value = min(missing)
            raise ForeignKeyViolation(
                f'insert on table "{table}" violates foreign key constraint'
                f' "{users[value].name}"\nDETAIL:  Key ({users[value].column})=({value}) is not'
                f' present in table "{other_table}".'
            )
