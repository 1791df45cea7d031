"""When the steps of a dunning path are owed, and what the law leaves of them.

All spans are calendar days. Sources: 电力供应与使用条例 art. 39 (more than 30 days overdue after
dunning), 供电营业规则 art. 67 (notice three to seven days before supply is cut).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Law:
    """What must pass before supply may be cut for arrears.

    :param wait: days overdue that must be exceeded on the day of the cut
    :param notice: least days between the notice and the cut
    :param validity: most days between them; a notice older than that has lapsed
    """

    wait: int
    notice: int
    validity: int


def get_strictest(laws: Iterable[Law]) -> Law | None:
    """Return the law that satisfies all of them, None where there is none."""
    laws = list(laws)
    if not laws:
        return None
    notice = max(law.notice for law in laws)
    return Law(
        wait=max(law.wait for law in laws),
        notice=notice,
        validity=max(notice, min(law.validity for law in laws)),
    )


def get_step_day(due: date, days: int, taken: date | None = None, taken_days: int = 0) -> date:
    """Return the day a step is owed.

    That is so many days after the due day; where the step before it was late, no closer to that
    than the path has them.

    :param taken: day on which the step before was taken, which the path has ``taken_days`` after
        the due day
    """
    day = due + timedelta(days=days)
    return day if taken is None else max(day, taken + timedelta(days=days - taken_days))


def get_notice_day(due: date, law: Law) -> date:
    """Return the first day of a notice that still holds when supply may be cut."""
    return due + timedelta(days=law.wait + 1 - law.validity)


def get_cut_window(due: date, noticed: date, law: Law) -> tuple[date, date]:
    """Return the first and the last day on which supply may be cut after a notice."""
    first = max(due + timedelta(days=law.wait + 1), noticed + timedelta(days=law.notice))
    return first, noticed + timedelta(days=law.validity)
