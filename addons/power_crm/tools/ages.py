"""Open amounts by age, as columns of a view over them."""

from typing import NamedTuple

from odoo.tools import SQL


class Age(NamedTuple):
    """From the day after the age before it to ``last``, which counts; None is without end."""

    key: str
    column: str
    last: int | None = None


def age_columns(ages: tuple[Age, ...], days: SQL, amount: SQL) -> SQL:
    """``age``, the key of the age, and for each age its column with the amount or nought.

    :param ages: the youngest first, the last without end
    :param days: column of whole days
    :param amount: column of an amount
    """
    key = SQL(
        "CASE %s END AS age",
        SQL(" ").join(SQL("WHEN %s THEN %s", _is_at_most(days, age.last), age.key) for age in ages),
    )
    amounts, first = [], None
    for age in ages:
        inside = _is_at_most(days, age.last)
        if first is not None:
            inside = SQL("%s >= %s AND %s", days, first, inside)
        amounts.append(
            SQL("CASE WHEN %s THEN %s ELSE 0 END AS %s", inside, amount, SQL.identifier(age.column))
        )
        first = age.last if age.last is None else age.last + 1
    return SQL(", ").join([key, *amounts])


def _is_at_most(days: SQL, last: int | None) -> SQL:
    return SQL("TRUE") if last is None else SQL("%s <= %s", days, last)
