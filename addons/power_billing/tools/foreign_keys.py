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

from .arrays import plain_array

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
    condition = SQL("%s = ANY(%s)", SQL.identifier(column), plain_array(ids))
    # In one message: whatever fails, the parameter is back to what it was with its transaction.
    missing = env.execute_query(
        SQL(
            "SET LOCAL session_replication_role = replica; %s;"
            " SET LOCAL session_replication_role = origin; %s",
            query,
            hold_foreign_keys(table, keys, condition),
        )
    )
    for place, value in missing:
        key = keys[place]
        raise ForeignKeyViolation(
            f'insert on table "{table}" violates foreign key constraint "{key.name}"\nDETAIL:  '
            f'Key ({key.column})=({value}) is not present in table "{key.other_table}".'
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


def read_foreign_keys(env: Environment, *tables: str) -> list[ForeignKey]:
    """Return the foreign keys of the first table; none where triggers do anything else for it.

    Those of further tables are read with it, for whoever writes them later in the transaction.
    """
    cache = env.cr.cache.setdefault("power_foreign_keys", {})
    unknown = [table for table in tables if table not in cache]
    if unknown:
        found = defaultdict(list)
        for table, *row in env.execute_query(_select_foreign_keys(unknown)):
            found[table].append(ForeignKey(*row))
        for table in unknown:
            plain = all(key.column for key in found[table])
            cache[table] = found[table] if plain else []
    return cache[tables[0]]


def _select_foreign_keys(tables: list[str]) -> SQL:
    """Select each foreign key with the name of its table; one without columns stands for any other
    trigger, or for a key of several columns."""
    return SQL(
        """
        SELECT here.relname, k.conname, own.attname, there.relname, other.attname
          FROM pg_constraint k
          JOIN pg_class here ON here.oid = k.conrelid
          JOIN pg_class there ON there.oid = k.confrelid
     LEFT JOIN pg_attribute own ON own.attrelid = k.conrelid
               AND k.conkey = ARRAY[own.attnum]
     LEFT JOIN pg_attribute other ON other.attrelid = k.confrelid
               AND k.confkey = ARRAY[other.attnum]
         WHERE k.conrelid = ANY(%(tables)s::regclass[]) AND k.contype = 'f'
     UNION ALL
        SELECT here.relname, t.tgname, NULL, NULL, NULL
          FROM pg_trigger t
          JOIN pg_class here ON here.oid = t.tgrelid
     LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
         WHERE t.tgrelid = ANY(%(tables)s::regclass[]) AND k.contype IS DISTINCT FROM 'f'
        """,
        tables=tables,
    )


def hold_foreign_keys(table: str, keys: list[ForeignKey], condition: SQL) -> SQL:
    """Return a query that looks up each different value of the foreign keys, and keeps it from
    being deleted.

    :param condition: of the rows of ``table``
    :return: selects place of the key and value, of each that is missing
    """
    columns = [SQL.identifier(f"value_{place}") for place in range(len(keys))]
    found = [
        SQL("array_agg(DISTINCT %(own)s) FILTER (WHERE %(own)s IS NOT NULL) AS %(name)s",
            own=SQL.identifier(key.column), name=name)
        for key, name in zip(keys, columns, strict=True)
    ]  # fmt: skip
    users = defaultdict(list)
    for place, key in enumerate(keys):
        users[key.other_table, key.other_column].append(place)
    held, missing = [], []
    for (other_table, other_column), places in users.items():
        name = SQL.identifier(f"held_{places[0]}")
        held.append(
            SQL(
                "%(name)s AS MATERIALIZED (SELECT wanted.value"
                " FROM (SELECT DISTINCT unnest(%(values)s) FROM found) wanted(value)"
                " JOIN ONLY %(table)s other ON other.%(column)s = wanted.value"
                " FOR KEY SHARE OF other)",
                name=name,
                column=SQL.identifier(other_column),
                table=SQL.identifier(other_table),
                values=SQL(" || ").join(columns[place] for place in places),
            )
        )
        missing += [
            SQL(
                "SELECT %s, value FROM found, unnest(%s) AS value"
                " WHERE value NOT IN (SELECT value FROM %s)",
                place,
                columns[place],
                name,
            )
            for place in places
        ]
    return SQL(
        "WITH found AS MATERIALIZED (SELECT %(found)s FROM %(table)s WHERE %(condition)s),"
        " %(held)s %(missing)s",
        found=SQL(", ").join(found),
        table=SQL.identifier(table),
        condition=condition,
        held=SQL(", ").join(held),
        missing=SQL(" UNION ALL ").join(missing),
    )
