"""How a factory on a two-part tariff uses its day, its transformer and its reactive energy.

Figures, no records. The registers of a month add up exactly to the whole register's advance.
"""

import random
from dataclasses import dataclass
from decimal import Decimal

STEP = Decimal("0.01")
HOURS = 720
# Thousandths of the day's energy by hours; what remains is flat.
SHARES = {"sharp": 95, "peak": 255, "valley": 285}
# More work in dear hours, a heavy start of machines, a broken capacitor bank.
DEAR_SHARES = {"sharp": 150, "peak": 320, "valley": 190}
DEAR_DEMAND = Decimal("1.12")
USUAL_TAN, DEAR_TAN = Decimal("0.42"), Decimal("0.62")


@dataclass(frozen=True, slots=True)
class Month:
    """What the registers of a month advance by, in their own units.

    :ivar active: kWh registers by period.
    :ivar demand: the maximum that the demand register shows.
    """

    active: dict[str, Decimal]
    reactive: Decimal
    demand: Decimal


def contract_kw(year_kwh: Decimal, capacity_kva: int) -> int:
    """Return a sensible contract demand: a load factor of 0.62 of the year's average, in tens."""
    average = year_kwh / 12 / HOURS
    return max(10, min(round(average / Decimal("0.62") / 10) * 10, capacity_kva))


def month(draw: random.Random, moved: Decimal, multiplier: int, contract: int, dear: bool) -> Month:
    """Divide what the whole register moved.

    :param moved: advance of the whole active register
    :param dear: the month of which the factory asks why it is dearer
    """
    active = {}
    for period, share in (DEAR_SHARES if dear else SHARES).items():
        thousandths = Decimal(share + (0 if dear else draw.randint(-12, 12)))
        active[period] = (moved * thousandths / 1000).quantize(STEP)
    active["flat"] = moved - sum(active.values())
    tan = DEAR_TAN if dear else USUAL_TAN + Decimal(draw.randint(-60, 60)) / 1000
    load = DEAR_DEMAND if dear else Decimal(draw.randint(860, 1030)) / 1000
    return Month(
        active,
        (moved * tan).quantize(STEP),
        (contract * load / multiplier).quantize(STEP),
    )
