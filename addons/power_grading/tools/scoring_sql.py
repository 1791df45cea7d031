"""The rules of `scoring` as SQL expressions, for whole populations in one statement.

Every function takes the column that holds an indicator's value (``numeric`` with four decimals,
NULL for unknown) and returns an expression; a test compares them with the kernel customer by
customer.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from odoo.tools import SQL

from .scoring import (
    CUTS,
    HUNDRED,
    AsIs,
    Cap,
    CapKind,
    Combination,
    Condition,
    Cuts,
    Indicator,
    Linear,
    Missing,
    Operator,
    Percentile,
    Scheme,
    Steps,
    YesNo,
    quantize,
)

NULL = SQL("NULL::numeric")
# thresholds up to which comparing with one after the other beats turning a number into a float
FEW = 8
_OPERATORS = {
    Operator.AT_LEAST: SQL(">="),
    Operator.MORE: SQL(">"),
    Operator.AT_MOST: SQL("<="),
    Operator.LESS: SQL("<"),
    Operator.EQUAL: SQL("="),
}


def _numeric(value: Decimal) -> SQL:
    return SQL("%s::numeric", value)


def _rounded(value: Decimal) -> SQL:
    return _numeric(quantize(value))


def _rise(way: SQL, height: Decimal, width: Decimal) -> SQL:
    """``way * height / width``; where the slope is a finite decimal, multiplying by it says the
    same in half the time."""
    slope = height / width
    if slope * width == height and slope == round(slope, 12):
        return SQL("%s * %s", way, _numeric(slope))
    return SQL("%s * %s / %s", way, _numeric(height), _numeric(width))


def _transformed(transformation, column: SQL, cuts: Sequence[Decimal]) -> SQL:
    """Points with four decimals: only what is reckoned customer by customer is rounded there."""
    match transformation:
        case Linear():
            x0, y0, x1, y1 = transformation.ordered
            # most lines begin at nothing: what adds nought is left out of a statement for millions
            way = SQL("(%s - %s)", column, _numeric(x0)) if x0 else column
            rise = _rise(way, y1 - y0, x1 - x0)
            return SQL(
                "CASE WHEN %(v)s <= %(x0)s THEN %(y0)s WHEN %(v)s >= %(x1)s THEN %(y1)s"
                " ELSE round(%(between)s, 4) END",
                v=column,
                x0=_numeric(x0),
                y0=_rounded(y0),
                x1=_numeric(x1),
                y1=_rounded(y1),
                between=SQL("%s + %s", _numeric(y0), rise) if y0 else rise,
            )
        case Steps(below, steps):
            whens = [
                SQL("WHEN %s >= %s THEN %s", column, _numeric(threshold), _rounded(points))
                for threshold, points in reversed(steps)
            ]
            return SQL("CASE %s ELSE %s END", SQL(" ").join(whens), _rounded(below))
        case YesNo(yes, no):
            return SQL("CASE WHEN %s <> 0 THEN %s ELSE %s END", column, _rounded(yes), _rounded(no))
        case Percentile():
            return _percentile(column, cuts)
        case AsIs():
            return SQL("round(%s, 4)", column)
    raise TypeError(transformation)


def _percentile(column: SQL, cuts: Sequence[Decimal]) -> SQL:
    """The share of the cuts below the value, in percent; equal cuts are one threshold."""
    if not cuts:
        return SQL("0::numeric")
    thresholds = sorted(set(cuts))
    shares = [quantize(HUNDRED * bisect_left(cuts, cut) / CUTS) for cut in thresholds]
    top = quantize(HUNDRED)
    if len(thresholds) <= FEW:
        whens = [
            SQL("WHEN %s <= %s THEN %s", column, _numeric(cut), _numeric(share))
            for cut, share in zip(thresholds, shares, strict=True)
        ]
        return SQL("CASE %s ELSE %s END", SQL(" ").join(whens), _numeric(top))
    # width_bucket counts thresholds at or below; negated, those the value is not above
    return SQL(
        "(%s::numeric[])[1 + width_bucket(-%s::float8, %s::float8[])]",
        [top, *reversed(shares)],
        column,
        [float(-cut) for cut in reversed(thresholds)],
    )


def points(indicator: Indicator, column: SQL, cuts: Sequence[Decimal] = ()) -> SQL:
    """Points of one indicator, NULL when it does not count for the customer."""
    unknown = _rounded(indicator.missing_points) if indicator.missing is Missing.POINTS else NULL
    return SQL(
        "CASE WHEN %s IS NULL THEN %s ELSE %s END",
        column,
        unknown,
        _transformed(indicator.transformation, column, cuts),
    )


def score(scheme: Scheme, values: Mapping[str, SQL], point_columns: Mapping[str, SQL]) -> SQL:
    """The score from the columns that hold the points; NULL when the scheme gives none."""
    if scheme.combination is Combination.TABLE:
        return NULL
    counted = [indicator for indicator in scheme.indicators if indicator.weight > 0]
    columns = [point_columns[indicator.key] for indicator in counted]
    alike = defaultdict(list)
    for indicator, column in zip(counted, columns, strict=True):
        alike[indicator.weight].append(SQL("COALESCE(%s, 0)", column))
    total = SQL(" + ").join(
        SQL("%s * (%s)", _numeric(weight), SQL(" + ").join(terms))
        for weight, terms in alike.items()
    )
    if scheme.combination is Combination.SUM:
        result = SQL("%s + %s", _numeric(scheme.base), total)
        if scheme.low is not None:
            result = SQL("GREATEST(%s, %s)", result, _numeric(scheme.low))
        if scheme.high is not None:
            result = SQL("LEAST(%s, %s)", result, _numeric(scheme.high))
        result = SQL("round(%s, 4)", result)
    elif scheme.combination is Combination.WORST:
        worst = SQL("LEAST") if scheme.high_is_good else SQL("GREATEST")
        result = SQL("%s(%s)", worst, SQL(", ").join(columns))
    else:
        result = SQL("round((%s) / NULLIF(%s, 0), 4)", total, _weights(counted, columns))
    for indicator in scheme.indicators:
        if indicator.missing is Missing.REFUSE:
            result = SQL("CASE WHEN %s IS NOT NULL THEN %s END", values[indicator.key], result)
    return result


def _weights(counted: Sequence[Indicator], columns: Sequence[SQL]) -> SQL:
    """Sum of the weights that count; those of indicators that always count are added up here."""
    fixed = sum((i.weight for i in counted if i.missing is not Missing.SKIP), Decimal(0))
    alike = defaultdict(list)
    for indicator, column in zip(counted, columns, strict=True):
        if indicator.missing is Missing.SKIP:
            alike[indicator.weight].append(column)
    parts = [
        SQL("%s * num_nonnulls(%s)", _numeric(weight), SQL(", ").join(found))
        for weight, found in alike.items()
    ]
    if fixed or not parts:
        parts.append(_numeric(fixed))
    return SQL(" + ").join(parts)


def condition(test: Condition, values: Mapping[str, SQL]) -> SQL:
    column = values[test.indicator]
    if test.operator is Operator.UNKNOWN:
        return SQL("%s IS NULL", column)
    return SQL("%s %s %s", column, _OPERATORS[test.operator], _numeric(test.value))


def position(
    scheme: Scheme, values: Mapping[str, SQL], score_column: SQL, cuts: Cuts | None = None
) -> SQL:
    """Position of the band before limits."""
    whens: list[SQL] = []
    if scheme.combination is Combination.TABLE:
        refused = [
            SQL("%s IS NULL", values[indicator.key])
            for indicator in scheme.indicators
            if indicator.missing is Missing.REFUSE
        ]
        whens += [SQL("WHEN %s THEN NULL", test) for test in refused]
        for rule in scheme.rules:
            tests = [condition(test, values) for test in rule.conditions] or [SQL("TRUE")]
            whens.append(SQL("WHEN %s THEN %s", SQL(" AND ").join(tests), rule.position))
    elif scheme.combination is Combination.PERCENTILE:
        for place, cut in enumerate((cuts or Cuts()).scores, start=1):
            if cut is not None:
                whens.append(SQL("WHEN %s >= %s THEN %s", score_column, _numeric(cut), place))
        whens.append(SQL("WHEN %s IS NOT NULL THEN %s", score_column, len(scheme.bands)))
    else:
        for place, band in enumerate(scheme.bands, start=1):
            tests = [SQL("%s IS NOT NULL", score_column)]
            if band.low is not None:
                tests.append(SQL("%s >= %s", score_column, _numeric(band.low)))
            if band.high is not None:
                tests.append(SQL("%s < %s", score_column, _numeric(band.high)))
            whens.append(SQL("WHEN %s THEN %s", SQL(" AND ").join(tests), place))
    return SQL("CASE %s END", SQL(" ").join(whens))


def _bound(cap: Cap, values: Mapping[str, SQL], previous: Mapping[int, SQL]) -> SQL:
    """Position a limit sets, NULL when it does not hold."""
    bound, tests = SQL("%s", cap.limit), []
    if cap.kind is CapKind.STEPS:
        before = previous[cap.months]
        bound = SQL("GREATEST(1, %s - %s)", before, cap.limit)
        tests = [SQL("%s IS NOT NULL", before)]
    if cap.condition:
        tests.append(condition(cap.condition, values))
    if not tests:
        return bound
    return SQL("CASE WHEN %s THEN %s END", SQL(" AND ").join(tests), bound)


def limited(
    scheme: Scheme, found: SQL, values: Mapping[str, SQL], previous: Mapping[int, SQL]
) -> SQL:
    """Position after limits (``GREATEST`` and ``LEAST`` pass over NULL).

    :param previous: columns of the positions of former grades, by months before.
    """
    result = found
    for kinds, function in (
        ((CapKind.AT_LEAST,), SQL("LEAST")),
        ((CapKind.STEPS, CapKind.AT_MOST), SQL("GREATEST")),
    ):
        bounds = [_bound(cap, values, previous) for cap in scheme.caps if cap.kind in kinds]
        if bounds:
            result = SQL("%s(%s, %s)", function, result, SQL(", ").join(bounds))
    if result is found:
        return found
    return SQL("CASE WHEN %s IS NOT NULL THEN %s END", found, result)


def applied(
    scheme: Scheme, found: SQL, values: Mapping[str, SQL], previous: Mapping[int, SQL]
) -> SQL:
    """JSON list of the keys of the limits that move the position found by the score."""
    if not scheme.caps:
        return SQL("'[]'::jsonb")
    items = []
    for cap in scheme.caps:
        sign = SQL("<") if cap.kind is CapKind.AT_LEAST else SQL(">")
        bound = _bound(cap, values, previous)
        items.append(SQL("CASE WHEN %s %s %s THEN %s END", bound, sign, found, cap.key))
    return SQL("to_jsonb(array_remove(ARRAY[%s]::text[], NULL))", SQL(", ").join(items))
