"""Points, scores and grades of customers: what a grading scheme says, without a database.

A *value* is what is known of a customer under one indicator (yuan, days, a count, or 1/0 for yes
and no), rounded half up to four decimals before anything else is done with it; None is "not
known". A *transformation* turns it into *points*; a *combination* turns the points of all
indicators into a *score* and a *position*: 1 is the first band of the scheme, 2 the next, and so
on. Which letter stands at which position is the scheme's affair.

All numbers are `Decimal`; points and scores are rounded half up to four decimals. The same rules
in SQL are in `scoring_sql`.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise

QUANTUM = Decimal("0.0001")
HUNDRED = Decimal(100)
CUTS = 99


def quantize(value: Decimal) -> Decimal:
    """Round half up (half away from zero below zero) to four decimals, as PostgreSQL does."""
    return value.quantize(QUANTUM, ROUND_HALF_UP)


class Missing(StrEnum):
    """What an unknown value means."""

    SKIP = "skip"  # the indicator does not count for this customer, the others weigh more
    POINTS = "points"  # it counts with fixed points
    REFUSE = "refuse"  # the customer gets no grade


class Combination(StrEnum):
    WEIGHTED = "weighted"  # weighted mean of the points
    SUM = "sum"  # base + sum of weight x points, kept between low and high
    WORST = "worst"  # the worst points among the indicators
    PERCENTILE = "percentile"  # weighted mean, then the best x percent are the first band, …
    TABLE = "table"  # the first row whose conditions all hold


class Operator(StrEnum):
    AT_LEAST = ">="
    MORE = ">"
    AT_MOST = "<="
    LESS = "<"
    EQUAL = "="
    UNKNOWN = "unknown"


# === TRANSFORMATIONS === #


@dataclass(frozen=True)
class Linear:
    """Straight line between two points, level beyond them."""

    x0: Decimal
    y0: Decimal
    x1: Decimal
    y1: Decimal

    @property
    def ordered(self) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """The same line with its lower x first."""
        if self.x0 <= self.x1:
            return self.x0, self.y0, self.x1, self.y1
        return self.x1, self.y1, self.x0, self.y0

    def points(self, value: Decimal, cuts: Sequence[Decimal] = ()) -> Decimal:
        x0, y0, x1, y1 = self.ordered
        if value <= x0:
            return quantize(y0)
        if value >= x1:
            return quantize(y1)
        return quantize(y0 + (value - x0) * (y1 - y0) / (x1 - x0))

    def reach(self, points: Decimal, value: Decimal | None, cuts=()) -> Decimal | None:
        """The value that brings ``points``; None when none does."""
        if self.y0 == self.y1 or not (min(self.y0, self.y1) <= points <= max(self.y0, self.y1)):
            return None
        return quantize(self.x0 + (points - self.y0) * (self.x1 - self.x0) / (self.y1 - self.y0))


@dataclass(frozen=True)
class Steps:
    """Bands of the value: from each threshold on, its points; ``below`` under the first one."""

    below: Decimal
    steps: tuple[tuple[Decimal, Decimal], ...]

    def points(self, value: Decimal, cuts: Sequence[Decimal] = ()) -> Decimal:
        found = self.below
        for threshold, points in self.steps:
            if value < threshold:
                break
            found = points
        return quantize(found)

    def reach(self, points: Decimal, value: Decimal | None, cuts=()) -> Decimal | None:
        """The threshold nearest to ``value`` that brings at least ``points``.

        Downwards, the value is the last one before the next threshold.
        """
        candidates = [threshold for threshold, gained in self.steps if gained >= points]
        rows = [(None, self.below), *self.steps]
        for (_low, gained), (threshold, _next) in pairwise(rows):
            if gained >= points:
                candidates.append(threshold - QUANTUM)
        start = Decimal(0) if value is None else value
        return min(candidates, key=lambda candidate: abs(candidate - start), default=None)


@dataclass(frozen=True)
class Percentile:
    """100 x the share of the population's percentile cuts the value is above.

    Customers with the same value have the same points; whoever is above nobody has 0, whoever is
    above the 99th cut has 100.
    """

    def points(self, value: Decimal, cuts: Sequence[Decimal] = ()) -> Decimal:
        return quantize(HUNDRED * bisect_left(cuts, value) / CUTS)

    def reach(self, points: Decimal, value: Decimal | None, cuts=()) -> Decimal | None:
        place = math.ceil(points * CUTS / HUNDRED)
        if not 0 < place <= len(cuts):
            return None
        return cuts[place - 1] + QUANTUM


@dataclass(frozen=True)
class YesNo:
    """``yes`` for any value but zero."""

    yes: Decimal
    no: Decimal

    def points(self, value: Decimal, cuts: Sequence[Decimal] = ()) -> Decimal:
        return quantize(self.yes if value else self.no)

    def reach(self, points: Decimal, value: Decimal | None, cuts=()) -> Decimal | None:
        if value and self.no >= points:
            return Decimal(0)
        if not value and self.yes >= points:
            return Decimal(1)
        return None


@dataclass(frozen=True)
class AsIs:
    """The value is the points."""

    def points(self, value: Decimal, cuts: Sequence[Decimal] = ()) -> Decimal:
        return quantize(value)

    def reach(self, points: Decimal, value: Decimal | None, cuts=()) -> Decimal | None:
        return quantize(points)


Transformation = Linear | Steps | Percentile | YesNo | AsIs


# === THE SCHEME === #


@dataclass(frozen=True)
class Indicator:
    key: str
    transformation: Transformation
    weight: Decimal = Decimal(1)
    missing: Missing = Missing.SKIP
    missing_points: Decimal = Decimal(0)

    def points(self, value: Decimal | None, cuts: Sequence[Decimal] = ()) -> Decimal | None:
        if value is not None:
            return self.transformation.points(quantize(value), cuts)
        return quantize(self.missing_points) if self.missing is Missing.POINTS else None


@dataclass(frozen=True)
class Band:
    """Scores from ``low`` (included) to ``high`` (not included), or the next ``share`` percent."""

    key: str
    low: Decimal | None = None
    high: Decimal | None = None
    share: Decimal | None = None

    def holds(self, score: Decimal) -> bool:
        return (self.low is None or score >= self.low) and (self.high is None or score < self.high)


@dataclass(frozen=True)
class Condition:
    """A comparison with the value of an indicator; an unknown value only meets UNKNOWN."""

    indicator: str
    operator: Operator
    value: Decimal = Decimal(0)

    def holds(self, values: Mapping[str, Decimal | None]) -> bool:
        known = values.get(self.indicator)
        if self.operator is Operator.UNKNOWN:
            return known is None
        return known is not None and _COMPARE[self.operator](known, self.value)

    def met(self, whole: bool = False) -> Decimal:
        """The value nearest to the threshold that meets the condition."""
        step = Decimal(1) if whole else QUANTUM
        match self.operator:
            case Operator.MORE:
                return self.value + step
            case Operator.LESS:
                return self.value - step
        return self.value

    def freed(self) -> Decimal | None:
        """The value nearest to the threshold that does not meet the condition."""
        match self.operator:
            case Operator.AT_LEAST:
                return self.value - QUANTUM
            case Operator.AT_MOST:
                return self.value + QUANTUM
            case Operator.MORE | Operator.LESS:
                return self.value
        return None


_COMPARE: dict[Operator, Callable[[Decimal, Decimal], bool]] = {
    Operator.AT_LEAST: lambda known, value: known >= value,
    Operator.MORE: lambda known, value: known > value,
    Operator.AT_MOST: lambda known, value: known <= value,
    Operator.LESS: lambda known, value: known < value,
    Operator.EQUAL: lambda known, value: known == value,
}


@dataclass(frozen=True)
class Rule:
    """A row of a table of conditions."""

    position: int
    conditions: tuple[Condition, ...] = ()


class CapKind(StrEnum):
    AT_MOST = "at_most"  # not better than a band
    AT_LEAST = "at_least"  # not worse than a band
    STEPS = "steps"  # not more than so many bands better than before


# position of the grade in force so many months before the day, by months; 0: the last one
Previous = Mapping[int, int | None]


@dataclass(frozen=True)
class Cap:
    """A limit that holds when its condition does (always without one).

    :ivar limit: position of the band, or the number of steps.
    :ivar months: steps are counted from the grade in force so many months before; 0: the last.
    """

    key: str
    kind: CapKind
    limit: int
    condition: Condition | None = None
    months: int = 0

    def position(self, values: Mapping, previous: Previous) -> int | None:
        """The position this limit sets, None when it does not hold for the customer."""
        if self.condition and not self.condition.holds(values):
            return None
        if self.kind is CapKind.STEPS:
            before = previous.get(self.months)
            return None if before is None else max(1, before - self.limit)
        return self.limit


@dataclass(frozen=True)
class Cuts:
    """What a run computes once from the whole population.

    :ivar values: percentile cuts by indicator.
    :ivar scores: smallest score of each band of a percentile cut but the last; None: nobody.
    """

    values: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    scores: tuple[Decimal | None, ...] = ()


@dataclass(frozen=True)
class Scheme:
    """:ivar high_is_good: False where many points are bad (risk)."""

    combination: Combination
    indicators: tuple[Indicator, ...]
    bands: tuple[Band, ...]
    rules: tuple[Rule, ...] = ()
    caps: tuple[Cap, ...] = ()
    base: Decimal = Decimal(0)
    low: Decimal | None = None
    high: Decimal | None = None
    high_is_good: bool = True

    @property
    def uses_cuts(self) -> bool:
        """Whether a customer's grade hangs on what the others have."""
        return self.combination is Combination.PERCENTILE or any(
            isinstance(part.transformation, Percentile) for part in self.indicators
        )

    @property
    def step_months(self) -> tuple[int, ...]:
        """How far back its limits of steps look."""
        return tuple(sorted({cap.months for cap in self.caps if cap.kind is CapKind.STEPS}))


@dataclass(frozen=True)
class Outcome:
    """What a scheme makes of one customer.

    :ivar position: of the band, after limits; None: no grade.
    :ivar uncapped: position before limits.
    :ivar caps: keys of the limits that would move the position found by the score.
    """

    points: dict[str, Decimal | None]
    score: Decimal | None
    position: int | None
    uncapped: int | None
    caps: tuple[str, ...] = ()


# === FAULTS OF A SCHEME === #


class FaultCode(StrEnum):
    NO_INDICATOR = "no_indicator"
    NO_BAND = "no_band"
    NEGATIVE_WEIGHT = "negative_weight"
    WEIGHTS_ZERO = "weights_zero"
    FLAT_LINE = "flat_line"
    STEPS_ORDER = "steps_order"
    NO_STEP = "no_step"
    BAND_EMPTY = "band_empty"
    GAP = "gap"
    OVERLAP = "overlap"
    SHARE = "share"
    SHARES_SUM = "shares_sum"
    NO_RULE = "no_rule"
    UNKNOWN_INDICATOR = "unknown_indicator"


@dataclass(frozen=True)
class Fault:
    """:ivar subjects: keys of indicators, bands or limits; ``low``/``high`` where it matters."""

    code: FaultCode
    subjects: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None


def check(scheme: Scheme) -> list[Fault]:
    """Everything that keeps a scheme from being used; empty when it is sound."""
    faults = [*_check_indicators(scheme), *_check_bands(scheme)]
    known = {indicator.key for indicator in scheme.indicators}
    conditions = [
        *(condition for rule in scheme.rules for condition in rule.conditions),
        *(cap.condition for cap in scheme.caps if cap.condition),
    ]
    faults += [
        Fault(FaultCode.UNKNOWN_INDICATOR, (condition.indicator,))
        for condition in conditions
        if condition.indicator not in known
    ]
    if scheme.combination is Combination.TABLE and not scheme.rules:
        faults.append(Fault(FaultCode.NO_RULE))
    return faults


def _check_indicators(scheme: Scheme) -> list[Fault]:
    if not scheme.indicators:
        return [Fault(FaultCode.NO_INDICATOR)]
    faults = []
    for indicator in scheme.indicators:
        key, transformation = (indicator.key,), indicator.transformation
        if indicator.weight < 0:
            faults.append(Fault(FaultCode.NEGATIVE_WEIGHT, key))
        if isinstance(transformation, Linear) and transformation.x0 == transformation.x1:
            faults.append(Fault(FaultCode.FLAT_LINE, key))
        if isinstance(transformation, Steps):
            thresholds = [threshold for threshold, _points in transformation.steps]
            if not thresholds:
                faults.append(Fault(FaultCode.NO_STEP, key))
            if any(a >= b for a, b in pairwise(thresholds)):
                faults.append(Fault(FaultCode.STEPS_ORDER, key))
    if scheme.combination is not Combination.TABLE and not any(
        indicator.weight > 0 for indicator in scheme.indicators
    ):
        faults.append(Fault(FaultCode.WEIGHTS_ZERO))
    return faults


def _check_bands(scheme: Scheme) -> list[Fault]:
    if not scheme.bands:
        return [Fault(FaultCode.NO_BAND)]
    if scheme.combination is Combination.TABLE:
        return []
    if scheme.combination is Combination.PERCENTILE:
        return _check_shares(scheme.bands)
    faults = [
        Fault(FaultCode.BAND_EMPTY, (band.key,), band.low, band.high)
        for band in scheme.bands
        if band.low is not None and band.high is not None and band.low >= band.high
    ]
    lowest, highest = Decimal("-Infinity"), Decimal("Infinity")
    ordered = sorted(
        scheme.bands, key=lambda band: (lowest if band.low is None else band.low, band.key)
    )
    for lower, upper in pairwise(ordered):
        end = highest if lower.high is None else lower.high
        start = lowest if upper.low is None else upper.low
        if end != start:
            code = FaultCode.GAP if end < start else FaultCode.OVERLAP
            faults.append(Fault(code, (lower.key, upper.key), min(end, start), max(end, start)))
    return faults


def _check_shares(bands: Sequence[Band]) -> list[Fault]:
    faults = [
        Fault(FaultCode.SHARE, (band.key,))
        for band in bands
        if band.share is None or band.share <= 0
    ]
    total = sum((band.share or Decimal(0) for band in bands), Decimal(0))
    if not faults and total != HUNDRED:
        faults.append(Fault(FaultCode.SHARES_SUM, (), total, HUNDRED))
    return faults


# === SCORING === #


def percentile_cuts(values: Iterable[Decimal | None]) -> tuple[Decimal, ...]:
    """The 99 percentile cuts of the known values: the k-th is the smallest value at or below
    which k percent of them stand (PostgreSQL's ``percentile_disc``)."""
    ordered = sorted(quantize(value) for value in values if value is not None)
    if not ordered:
        return ()
    return tuple(
        ordered[math.ceil(Decimal(len(ordered) * k) / 100) - 1] for k in range(1, CUTS + 1)
    )


def score_cuts(
    scores: Iterable[Decimal | None], shares: Sequence[Decimal]
) -> tuple[Decimal | None, ...]:
    """The smallest score of each band but the last.

    The first bands together may hold at most their share of the customers that have a score,
    rounded up to a whole customer. Customers with the same score stay together: where they do not
    all fit, they all go to the next band; so the last band takes what is left and the bands add
    up to the population.
    """
    known = Counter(score for score in scores if score is not None)
    return tallied_score_cuts(sorted(known.items(), reverse=True), shares)


def tallied_score_cuts(
    tally: Sequence[tuple[Decimal, int]], shares: Sequence[Decimal]
) -> tuple[Decimal | None, ...]:
    """`score_cuts` of (score, number of customers), the highest score first."""
    whole = sum(count for _score, count in tally)
    cuts: list[Decimal | None] = []
    total = Decimal(0)
    for share in shares[:-1]:
        total += share
        room, taken, cut = math.ceil(whole * total / HUNDRED), 0, None
        for score, count in tally:
            taken += count
            if taken > room:
                break
            cut = score
        cuts.append(cut)
    return tuple(cuts)


def evaluate(
    scheme: Scheme,
    values: Mapping[str, Decimal | None],
    previous: Previous | None = None,
    cuts: Cuts | None = None,
) -> Outcome:
    """Grade one customer.

    :param values: known values by indicator; absent or None is unknown.
    :param previous: positions of former grades, for limits of steps.
    :param cuts: of the population; needed by percentile transformations and combinations.
    """
    cuts = cuts or Cuts()
    values = quantized(scheme, values)
    points = {
        indicator.key: indicator.points(values[indicator.key], cuts.values.get(indicator.key, ()))
        for indicator in scheme.indicators
    }
    refused = any(
        indicator.missing is Missing.REFUSE and values[indicator.key] is None
        for indicator in scheme.indicators
    )
    score = None if refused else combine(scheme, points)
    if refused:
        found = None
    elif scheme.combination is Combination.TABLE:
        found = next(
            (
                rule.position
                for rule in scheme.rules
                if all(condition.holds(values) for condition in rule.conditions)
            ),
            None,
        )
    else:
        found = place(scheme, score, cuts.scores)
    position, applied = limit(scheme, found, values, previous or {})
    return Outcome(points, score, position, found, applied)


def quantized(scheme: Scheme, values: Mapping[str, Decimal | None]) -> dict[str, Decimal | None]:
    """The values of all indicators, as they are compared and scored."""
    known = ((part.key, values.get(part.key)) for part in scheme.indicators)
    return {key: None if value is None else quantize(value) for key, value in known}


def combine(scheme: Scheme, points: Mapping[str, Decimal | None]) -> Decimal | None:
    """The score of the points; None when nothing counts."""
    counted = [
        (indicator.weight, points[indicator.key])
        for indicator in scheme.indicators
        if points[indicator.key] is not None and indicator.weight > 0
    ]
    match scheme.combination:
        case Combination.TABLE:
            return None
        case Combination.SUM:
            total = scheme.base + sum((weight * p for weight, p in counted), Decimal(0))
            if scheme.low is not None:
                total = max(total, scheme.low)
            if scheme.high is not None:
                total = min(total, scheme.high)
            return quantize(total)
        case Combination.WORST:
            worst = min if scheme.high_is_good else max
            return worst((p for _weight, p in counted), default=None)
    if not counted:
        return None
    return quantize(
        sum((weight * p for weight, p in counted), Decimal(0))
        / sum((weight for weight, _p in counted), Decimal(0))
    )


def place(scheme: Scheme, score: Decimal | None, cuts: Sequence[Decimal | None] = ()) -> int | None:
    """Position of the band of a score."""
    if score is None:
        return None
    if scheme.combination is Combination.PERCENTILE:
        for position, cut in enumerate(cuts, start=1):
            if cut is not None and score >= cut:
                return position
        return len(scheme.bands)
    return next(
        (position for position, band in enumerate(scheme.bands, start=1) if band.holds(score)),
        None,
    )


def limit(
    scheme: Scheme, found: int | None, values: Mapping, previous: Previous
) -> tuple[int | None, tuple[str, ...]]:
    """Apply floors, then limits of steps, then caps: where they contradict, the cap wins."""
    if found is None:
        return None, ()
    position, applied = found, []
    for kind in (CapKind.AT_LEAST, CapKind.STEPS, CapKind.AT_MOST):
        for cap in scheme.caps:
            bound = cap.position(values, previous) if cap.kind is kind else None
            if bound is None:
                continue
            if kind is CapKind.AT_LEAST:
                position = min(position, bound)
            else:
                position = max(position, bound)
    for cap in scheme.caps:
        bound = cap.position(values, previous)
        if bound is not None and (bound < found if cap.kind is CapKind.AT_LEAST else bound > found):
            applied.append(cap.key)
    return position, tuple(applied)


# === WHAT WOULD CHANGE IT === #


def distance(
    scheme: Scheme, outcome: Outcome, cuts: Cuts | None = None
) -> tuple[int, Decimal] | None:
    """(position of the next better band, points of score to it), None at the top or without score.

    The points are what has to be won, or to be lost where many points are bad.
    """
    if outcome.score is None or outcome.uncapped is None or outcome.uncapped <= 1:
        return None
    if scheme.combination is Combination.PERCENTILE:
        found = list(enumerate((cuts or Cuts()).scores, start=1))
        for position, cut in reversed(found[: outcome.uncapped - 1]):
            if cut is not None:
                return position, cut - outcome.score
        return None
    position = outcome.uncapped - 1
    band = scheme.bands[position - 1]
    if band.low is not None and outcome.score < band.low:
        return position, band.low - outcome.score
    if band.high is not None and outcome.score >= band.high:
        return position, outcome.score - band.high + QUANTUM
    return None


@dataclass(frozen=True)
class Change:
    """One indicator that would lift the grade by itself.

    :ivar value: the value it would need.
    :ivar position: of the band reached, all limits kept.
    """

    indicator: str
    value: Decimal
    position: int


def changes(
    scheme: Scheme,
    values: Mapping[str, Decimal | None],
    cuts: Cuts | None = None,
    previous: Previous | None = None,
    whole: Collection[str] = (),
    given: Collection[str] = (),
) -> list[Change]:
    """Single indicators that would lift the customer to a better band, each tried for itself.

    Nothing is proposed that a limit would forbid.

    :param whole: indicators that count something: neither fractions nor less than none.
    :param given: indicators nobody can change.
    """
    cuts, values = cuts or Cuts(), quantized(scheme, values)
    now = evaluate(scheme, values, previous, cuts)
    if now.position is None or now.position <= 1:
        return []
    found: dict[str, Change] = {}
    for key, exact in _candidates(scheme, values, now, cuts):
        value = _rounded_away(exact, values[key]) if key in whole else exact
        if key in given or (key in whole and value < 0):
            continue
        then = evaluate(scheme, {**values, key: value}, previous, cuts)
        if then.position is None or then.position >= now.position:
            continue
        best = found.get(key)
        if best is None or then.position < best.position:
            found[key] = Change(key, value, then.position)
    return [found[part.key] for part in scheme.indicators if part.key in found]


def _rounded_away(value: Decimal, known: Decimal | None) -> Decimal:
    """The next whole number, seen from what is known."""
    way = ROUND_CEILING if known is None or value > known else ROUND_FLOOR
    return value.to_integral_value(way)


def _candidates(scheme, values, now, cuts):
    """(indicator, value) that win the points lacking, or free the customer of a limit."""
    gap = distance(scheme, now, cuts)
    if gap is not None and scheme.combination is not Combination.WORST:
        for indicator in scheme.indicators:
            value = _value_needed(scheme, indicator, now, values, gap[1], cuts)
            if value is not None:
                yield indicator.key, value
    for cap in scheme.caps:
        if cap.key in now.caps and cap.kind is CapKind.AT_MOST and cap.condition:
            value = cap.condition.freed()
            if value is not None:
                yield cap.condition.indicator, value


@dataclass(frozen=True)
class Row:
    """A better row of a table: the values that are lacking, and the position they lead to."""

    values: dict[str, Decimal]
    position: int


def next_row(
    scheme: Scheme,
    values: Mapping[str, Decimal | None],
    previous: Previous | None = None,
    whole: Collection[str] = (),
    given: Collection[str] = (),
) -> Row | None:
    """The nearest better grade of a table of conditions, with as few changes as can be."""
    values = quantized(scheme, values)
    now = evaluate(scheme, values, previous)
    if now.position is None or now.position <= 1:
        return None
    found = []
    for rule in scheme.rules:
        lacking = [condition for condition in rule.conditions if not condition.holds(values)]
        if any(
            condition.operator is Operator.UNKNOWN or condition.indicator in given
            for condition in lacking
        ):
            continue
        needed = {
            condition.indicator: condition.met(condition.indicator in whole)
            for condition in lacking
        }
        then = evaluate(scheme, {**values, **needed}, previous)
        if then.position is not None and then.position < now.position:
            found.append(Row(needed, then.position))
    return min(found, key=lambda row: (-row.position, len(row.values)), default=None)


def _value_needed(scheme, indicator, now, values, gap, cuts) -> Decimal | None:
    points = now.points[indicator.key]
    if points is None or not indicator.weight:
        return None
    whole = Decimal(1)
    if scheme.combination is not Combination.SUM:
        whole = sum(
            (i.weight for i in scheme.indicators if now.points[i.key] is not None), Decimal(0)
        )
    # a quantum more than the exact need, because the score is rounded
    won = gap * whole / indicator.weight + QUANTUM
    sign = 1 if scheme.high_is_good else -1
    value, known = values.get(indicator.key), cuts.values.get(indicator.key, ())
    transformation = indicator.transformation
    if sign < 0:
        return _reach_down(transformation, points - won, value)
    exact = transformation.reach(points + won, value, known)
    return (
        exact if exact is not None else transformation.reach(points + won - QUANTUM, value, known)
    )


def _reach_down(transformation, points, value) -> Decimal | None:
    """The value that brings at most ``points``, where few points are good."""
    match transformation:
        case Linear() | AsIs():
            return transformation.reach(points, value)
        case YesNo(yes, no):
            return YesNo(-yes, -no).reach(-points, value)
        case Steps(below, steps):
            return Steps(-below, tuple((at, -p) for at, p in steps)).reach(-points, value)
    return None
