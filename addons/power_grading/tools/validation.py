"""How well a score foretold who pays late: AUC, KS, capture and population stability.

``scores`` are such that more is worse (a risk score; for credit give minus the score); ``bad`` says
of the same customers who turned out bad.
"""

import math
from collections.abc import Mapping, Sequence

SMALLEST_SHARE = 0.0001


def auc(scores: Sequence[float], bad: Sequence[bool]) -> float | None:
    """Chance that a bad customer has the higher score than a good one, ties counting half.

    0.5 is no better than chance, 1 is perfect; None when all customers are of one kind.
    """
    bads = sum(bad)
    goods = len(bad) - bads
    if not bads or not goods:
        return None
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks, place = 0.0, 0
    while place < len(order):
        end = place
        while end < len(order) and scores[order[end]] == scores[order[place]]:
            end += 1
        middle = (place + 1 + end) / 2
        ranks += middle * sum(1 for index in order[place:end] if bad[index])
        place = end
    return (ranks - bads * (bads + 1) / 2) / (bads * goods)


def ks(scores: Sequence[float], bad: Sequence[bool]) -> float | None:
    """Largest distance between the shares of bad and of good customers above a score."""
    bads = sum(bad)
    goods = len(bad) - bads
    if not bads or not goods:
        return None
    best = caught = passed = 0.0
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    for place, index in enumerate(order):
        if bad[index]:
            caught += 1 / bads
        else:
            passed += 1 / goods
        last = place + 1 == len(order) or scores[order[place + 1]] != scores[index]
        if last:
            best = max(best, abs(caught - passed))
    return best


def caught_and_passed(
    scores: Sequence[float], bad: Sequence[bool], most: int = 100
) -> list[tuple[float, float]]:
    """Points (share of good, share of bad customers) at or above each score, from the worst down.

    They draw the ROC curve; the largest distance of the two is ``ks``. Customers with the same
    score are one step. At most about ``most`` points, both ends among them; none when all
    customers are of one kind.
    """
    bads = sum(bad)
    goods = len(bad) - bads
    if not bads or not goods:
        return []
    points, caught, passed = [(0.0, 0.0)], 0, 0
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    for place, index in enumerate(order):
        caught, passed = caught + bad[index], passed + (not bad[index])
        if place + 1 == len(order) or scores[order[place + 1]] != scores[index]:
            points.append((passed / goods, caught / bads))
    stride = max(1, math.ceil(len(points) / most))
    return [*points[:-1:stride], points[-1]]


def capture(scores: Sequence[float], bad: Sequence[bool], share: float = 0.1) -> float | None:
    """Share of the bad customers found among the worst ``share`` of all.

    Customers tied at the edge count in proportion.
    """
    bads = sum(bad)
    if not bads:
        return None
    room = math.ceil(len(scores) * share)
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    edge = scores[order[room - 1]]
    above = [index for index in order if scores[index] > edge]
    tied = [index for index in order if scores[index] == edge]
    caught = sum(bad[index] for index in above)
    part = (room - len(above)) / len(tied)
    return (caught + part * sum(bad[index] for index in tied)) / bads


def psi(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    """Population stability index of two distributions over the same grades.

    Under 0.1 stable, 0.1 to 0.25 to be watched, above 0.25 another population (the usual reading
    in credit scoring). Empty grades count as 0.01 %.
    """
    total_before, total_after = sum(before.values()), sum(after.values())
    if not total_before or not total_after:
        return 0.0
    result = 0.0
    for grade in {*before, *after}:
        old = max(before.get(grade, 0) / total_before, SMALLEST_SHARE)
        new = max(after.get(grade, 0) / total_after, SMALLEST_SHARE)
        result += (new - old) * math.log(new / old)
    return result
