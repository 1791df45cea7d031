"""Why a bill cannot be rated."""

from collections import defaultdict
from typing import Any

# English, for logs and for reasons that the models have no sentence of their own for.
SENTENCES = {
    "bad_value": "{path}: {value!r} is not {expected}",
    "missing_key": "{path} is missing",
    "unknown_key": "{path} is not known",
    "kind": "there is no kind of charge {kind!r}",
    "period": "the period ends before it begins",
    "no_version": "no tariff version covers {date}",
    "no_fact": "no facts of the supply point cover {date}",
    "no_register": "there is no active register and no interval series",
    "no_reading": "meter {meter} has no closing reading",
    "duplicate_register": "meter {meter}: register {period!r} is there twice for the same days",
    "parallel_demand": "meters {meter} and {other} measure the demand of one line on the same days",
    "fell": "meter {meter} fell from {previous} to {value} on {date}",
    "order": "meter {meter}: the readings are not in order on {date}",
    "register_dates": "meter {meter}: total and period registers were not read on the same days",
    "periods_exceed": "meter {meter}: the periods make {periods} kWh, the total is {total} kWh",
    "unknown_period": "meter {meter}: the tariff version {version} has no period {period!r}",
    "interval_gap": "interval series {meter}: {missing} values are missing from {date} {time}",
    "interval_duplicate": "interval series {meter}: {date} is there twice",
    "interval_length": "interval series {meter}: {date} has {found} values instead of {expected}",
    "interval_boundary": "the periods of version {version} change within the interval at {time}",
    "schedule_gap": "version {version} has no period for {date} {time}",
    "no_demand_choice": "capacity or demand? The facts of {date} do not say",
    "missing_fact": "{component} needs the fact {fact} on {date}",
    "no_demand": "there is no maximum demand for {component} on {date}",
    "no_reactive": "there is no reactive energy for the power factor",
    "share_meter": "share {share}: there is no register of meter {meter}",
    "share_exceeds": "share {share}: {taken} kWh, but only {left} kWh are left",
}


class RatingError(Exception):
    """A bill that cannot be rated; ``code`` names the reason, ``data`` its values.

    The codes and what they carry are the keys of ``SENTENCES``; the models add codes of their
    own (``no_tariff``, ``held``, …).
    """

    def __init__(self, code: str, **data: Any):
        sentence = SENTENCES.get(code)
        known = defaultdict(str, data)
        super().__init__(sentence.format_map(known) if sentence else f"{code}: {data}")
        self.code = code
        self.data = data
