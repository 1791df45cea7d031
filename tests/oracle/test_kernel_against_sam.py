"""The rating kernel and NREL's SAM bill the same year of hourly load, month by month.

SAM rounds nothing, a bill rounds every line. So the load is billed a million times enlarged, where
half a cent a line is nothing, and compared to the cent; then as it is, where the difference is at
most the rounding of its lines and of the 0.01 kWh that a cell of period and tier is kept in.
"""

import random
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from house import kernel, oracle

YEAR = 2018  # begins on a Monday, as SAM's year does
PERIODS = ("one", "two", "three", "four")
SCALE = 1_000_000
TARIFFS = 24


@dataclass
class Tariff:
    """A tariff made at random; prices and limits as text, hours as indexes of ``PERIODS``."""

    weekday: list[list[int]]
    weekend: list[list[int]]
    limits: list[int]
    prices: dict[tuple[int, int], str]
    kw_limits: list[int]
    kw_prices: dict[tuple[int, int], str]
    flat_limits: list[int]
    flat_prices: list[str]
    fixed: str


def make_tariff(number: int) -> Tariff:
    """One to four periods, one to four tiers of energy, one to three of demand."""
    chance = random.Random(number)
    periods, tiers, kw_tiers = 1 + number % 4, 1 + number // 4 % 4, 1 + number // 3 % 3

    def price(low: int, high: int) -> str:
        return f"{Decimal(chance.randint(low, high)) / 10000}"

    def hours() -> list[list[int]]:
        """A day of up to six blocks, other in summer than in winter."""
        seasons = []
        for _season in range(2):
            cuts = sorted(chance.sample(range(1, 24), 5))
            day, period = [], chance.randrange(periods)
            for hour in range(24):
                if hour in cuts:
                    period = chance.randrange(periods)
                day.append(period)
            seasons.append(day)
        return [seasons[1 if 4 <= month <= 8 else 0] for month in range(12)]

    weekday, weekend = hours(), hours()
    # SAM wants every period to be used at some time.
    for month in range(12):
        weekday[month] = [*range(periods), *weekday[month][periods:]]
    return Tariff(
        weekday=weekday,
        weekend=weekend,
        limits=sorted(chance.sample(range(5000, 60000), tiers - 1)),
        prices={
            (period, tier): price(500, 9000) for period in range(periods) for tier in range(tiers)
        },
        kw_limits=sorted(chance.sample(range(20, 160), kw_tiers - 1)),
        kw_prices={
            (period, tier): price(10000, 250000)
            for period in range(periods)
            for tier in range(kw_tiers)
        },
        flat_limits=sorted(chance.sample(range(20, 160), kw_tiers - 1)),
        flat_prices=[price(10000, 250000) for _tier in range(kw_tiers)],
        fixed=price(0, 900000),
    )


def make_load(number: int) -> list[Decimal]:
    """A year of kW with a day, a week and a season in it, to a hundredth."""
    chance = random.Random(1000 + number)
    base = chance.randint(20, 80)
    load = []
    for hour in range(8760):
        day, clock = divmod(hour, 24)
        shape = 2 if 8 <= clock < 20 and day % 7 < 5 else 1
        season = 2 if 150 <= day < 240 else 1
        load.append(Decimal(base * shape * season * 50 + chance.randint(0, 4000)) / 100)
    return load


def sam_bills(tariff: Tariff, load: list[Decimal]) -> list[float]:
    from . import sam

    def limit(limits: list[int], tier: int) -> float:
        return limits[tier] if tier < len(limits) else sam.ENDLESS

    return sam.year_of_bills(
        [float(kw) for kw in load],
        [
            (period + 1, tier + 1, limit(tariff.limits, tier), float(price))
            for (period, tier), price in tariff.prices.items()
        ],
        [[period + 1 for period in day] for day in tariff.weekday],
        [[period + 1 for period in day] for day in tariff.weekend],
        [
            (period + 1, tier + 1, limit(tariff.kw_limits, tier), float(price))
            for (period, tier), price in tariff.kw_prices.items()
        ],
        [
            (tier + 1, limit(tariff.flat_limits, tier), float(price))
            for tier, price in enumerate(tariff.flat_prices)
        ],
        float(tariff.fixed),
    )


def rows(prices: dict[tuple[int, int], str], period: int | None = None) -> list[dict]:
    return [
        {"period": PERIODS[index], "tier": tier + 1, "price": price}
        for (index, tier), price in prices.items()
        if period in (None, index)
    ]


def schedule(tariff: Tariff) -> list[dict]:
    return [
        {
            "months": [month + 1],
            "days": kind,
            "period": PERIODS[period],
            "from": f"{hour:02}:00",
            "to": f"{hour + 1:02}:00",
        }
        for kind, days in (("workday", tariff.weekday), ("weekend", tariff.weekend))
        for month, day in enumerate(days)
        for hour, period in enumerate(day)
    ]


def version(tariff: Tariff, scale: int) -> dict:
    def component(key, kind, price="0", **extra):
        return {"key": key, "kind": kind, "name": key, "price": price, **extra}

    used = sorted({period for period, _tier in tariff.kw_prices})
    demand = [
        component(
            f"demand {PERIODS[period]}",
            "demand",
            period=PERIODS[period],
            limits=[str(limit * scale) for limit in tariff.kw_limits],
            prices=rows(tariff.kw_prices, period),
        )
        for period in used
    ]
    flat = component(
        "flat demand",
        "demand",
        limits=[str(limit * scale) for limit in tariff.flat_limits],
        prices=[{"tier": tier, "price": price} for tier, price in enumerate(tariff.flat_prices, 1)],
    )
    return {
        "key": "sam",
        "date_from": f"{YEAR}-01-01",
        "schedule": schedule(tariff),
        "tiers": {"basis": "month", "limits": [str(limit * scale) for limit in tariff.limits]},
        "components": [
            component("energy", "energy", prices=rows(tariff.prices)),
            *demand,
            flat,
            component("fixed", "fixed", str(Decimal(tariff.fixed) * scale)),
        ],
    }


def kernel_bills(tariff: Tariff, load: list[Decimal], scale: int) -> list:
    rating = kernel.load("rating")
    plan = version(tariff, scale)
    ratings, hour = [], 0
    for month in range(1, 13):
        days = []
        for day in range(1, monthrange(YEAR, month)[1] + 1):
            values = [str(kw * scale) for kw in load[hour : hour + 24]]
            days.append({"date": date(YEAR, month, day), "values": values})
            hour += 24
        ratings.append(
            rating.rate(
                {
                    "period_from": days[0]["date"],
                    "period_to": days[-1]["date"],
                    "registers": [],
                    "intervals": [{"key": "M", "quantity": "active", "minutes": 60, "days": days}],
                    "versions": [plan],
                }
            )
        )
    return ratings


@pytest.fixture(scope="module", autouse=True)
def sam_installed():
    oracle.ensure()


@pytest.mark.parametrize("number", range(TARIFFS))
def test_a_year_to_the_cent(number):
    tariff, load = make_tariff(number), make_load(number)
    expected = sam_bills(tariff, load)
    enlarged = kernel_bills(tariff, load, SCALE)
    for month, (sam, mine) in enumerate(zip(expected, enlarged, strict=True), 1):
        assert abs(float(mine.total / SCALE) - sam) < 0.001, (number, month)
    plain = kernel_bills(tariff, load, 1)
    for month, (sam, mine) in enumerate(zip(expected, plain, strict=True), 1):
        cells = len(mine.charges)
        assert abs(float(mine.total) - sam) < 0.005 * cells + 0.01 * cells, (number, month)


def test_the_tariffs_differ_in_all_that_is_compared():
    made = [make_tariff(number) for number in range(TARIFFS)]
    assert {len(t.prices) for t in made} >= {1, 4, 16}
    assert {len(t.limits) for t in made} == {0, 1, 2, 3}
    assert {len(t.kw_limits) for t in made} == {0, 1, 2}
