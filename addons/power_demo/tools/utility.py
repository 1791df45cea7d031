"""An invented electric utility of any size, made from one seed number.

Every customer is drawn from a stream of its own (`seed`, index): the first customers of a large
utility are the customers of a small one, any customer can be made alone, and nothing is kept in
memory. The last months of a long history equal those of a short one.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate

from . import months, words
from .network import AREAS, Area, supply_of
from .profiles import BY_KEY, PAYERS, PROFILES, TRANSFORMERS, Payer, Profile

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Source:
    """A supply of a point: where it comes from."""

    substation: str
    bus_section: str
    feeder: str
    role: str
    capacity_kva: int


@dataclass(frozen=True, slots=True)
class Point:
    """A supply point with its meter."""

    street: str
    street2: str
    latitude: float
    longitude: float
    area: str
    usage: str
    voltage: str
    phases: str
    metering: str
    capacity_kva: int
    demand_kw: int
    sources: tuple[Source, ...]
    meter_number: str
    multiplier: int
    digits: int
    start: Decimal


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as the utility knows it, with its history.

    :ivar kwh: metered energy of each month, oldest first, in kWh with two decimals.
    :ivar industry: section letter of GB/T 4754; empty for a household.
    :ivar pays: for each month the days from the bill's due date to its payment (negative is
        before it), None where the bill stays unpaid.
    """

    index: int
    profile: str
    payer: str
    name: str
    name_en: str
    is_company: bool
    industry: str
    phone: str
    email: str
    life_support: bool
    since: date
    point: Point
    kwh: tuple[Decimal, ...]
    pays: tuple[int | None, ...]

    @property
    def display_name(self) -> str:
        return f"{self.name} {self.name_en}"

    def readings(self) -> Iterator[Decimal]:
        """Register values at the start and after each month."""
        value = self.point.start
        yield value
        for energy in self.kwh:
            value += (energy / self.point.multiplier).quantize(CENT)
            yield value


@dataclass(frozen=True, slots=True)
class Utility:
    """A utility of `size` customers with `length` months of history up to month `end`.

    :param seed: the same seed gives the same utility.
    :param end: month number (see `months`) of the last month with readings.
    """

    seed: int
    size: int
    length: int
    end: int

    def __iter__(self) -> Iterator[Customer]:
        return (self.customer(index) for index in range(self.size))

    def stream(self, name: str) -> random.Random:
        """A source of chance of its own, the same for the same seed and name."""
        return random.Random(f"{self.seed}/{name}")

    def customer(
        self, index: int, profile: str | None = None, payer: str | None = None
    ) -> Customer:
        """Make one customer alone.

        :param profile: a kind of customer instead of the drawn one (a key of `profiles`).
        :param payer: a way of paying instead of the drawn one.
        """
        draw = self.stream(str(index))
        kind = _pick(draw, PROFILES, [item.share for item in PROFILES])
        kind = BY_KEY[profile] if profile else kind
        drawn = _pick_key(draw, kind.payers, "never")
        pays = PAYERS[payer or drawn]
        area = _pick(draw, AREAS, kind.areas)
        name, name_en, industry = _name(draw, kind, area)
        year = round(kind.year_kwh * math.exp(draw.gauss(0.0, kind.spread)))
        point = _point(draw, self.seed, index, kind, area, year)
        return Customer(
            index=index,
            profile=kind.key,
            payer=pays.key,
            name=name,
            name_en=name_en,
            is_company=bool(industry),
            industry=industry,
            phone=phone(self.seed * 1000 + index),
            email=f"c{self.seed}-{index:07d}@qingjiang.example",
            life_support=kind.usage == "residential" and draw.random() < 0.002,
            since=months.first_day(self.end - 30 - draw.randrange(200)),
            point=point,
            kwh=self.history(index, year, kind.season, kind.noise, point.multiplier),
            pays=self.payments(index, pays),
        )

    def history(
        self,
        index: int,
        year_kwh: int,
        season: tuple[int, ...],
        noise: float,
        multiplier: int,
        growth: float | None = None,
    ) -> tuple[Decimal, ...]:
        """Energy of each month, oldest first, drawn from the last month back.

        :param year_kwh: energy of the last twelve months, but for noise.
        :param growth: change from year to year; drawn where None.
        """
        draw = self.stream(f"{index}/kwh")
        rate = math.log1p(draw.gauss(0.03, 0.06) if growth is None else growth)
        backwards = []
        for back in range(self.length):
            level = math.exp(-rate * (back - 5.5) / 12) * season[(self.end - back) % 12] / 12000
            factor = math.exp(draw.gauss(0.0, noise) - noise * noise / 2)
            advance = Decimal(round(year_kwh * level * factor * 100 / multiplier)) / 100
            backwards.append(advance * multiplier)
        return tuple(reversed(backwards))

    def payments(self, index: int, payer: Payer) -> tuple[int | None, ...]:
        """Days from due date to payment of each month, oldest first."""
        draw = self.stream(f"{index}/pays")
        stops = draw.randint(*payer.unpaid_months)
        return tuple(reversed([_payment(draw, payer, back, stops) for back in range(self.length)]))


def phone(index: int) -> str:
    """A number of the satellite range: valid in China, of nobody in the city."""
    return f"1740{index * 7_919 % 6_000_000:07d}"


def meter_number(seed: int, index: int) -> str:
    """The number of a customer's meter; the numbers of one seed have a common beginning."""
    return f"{meter_prefix(seed)}{index:08d}"


def meter_prefix(seed: int) -> str:
    return f"QJ{seed % 10_000:04d}"


def person(draw: random.Random) -> tuple[str, str]:
    """An invented name, in Chinese and in English letters."""
    surname, surname_en = draw.choice(words.SURNAMES)
    given = draw.sample(words.GIVEN, 1 if draw.random() < 0.3 else 2)
    given_en = "".join(part for _char, part in given).capitalize()
    return surname + "".join(char for char, _part in given), f"{surname_en} {given_en}"


def transformer(year_kwh: float, load: float = 0.38) -> int:
    """The smallest transformer, in kVA, that carries a year's energy at this average load."""
    needed = year_kwh / 8760 / load
    return next((size for size in TRANSFORMERS if size >= needed), TRANSFORMERS[-1])


def _payment(draw: random.Random, payer: Payer, back: int, stops: int) -> int | None:
    early, chance = draw.randint(-9, -1), draw.random()
    late = draw.randint(*payer.late_days)
    if back < stops:
        return None
    if payer.worsening_months > back:
        return 2 + 5 * (payer.worsening_months - back) + draw.randint(-2, 2)
    return late if chance < payer.late_share else early


def _name(draw: random.Random, kind: Profile, area: Area) -> tuple[str, str, str]:
    """Name, English name and the section of GB/T 4754, empty for a person."""
    people = person(draw)
    if kind.usage == "residential":
        return *people, ""
    pool = {
        "shop": words.SHOPS,
        "office": words.OFFICES,
        "farm": words.FARMS,
        "workshop": words.WORKSHOPS,
        "site": words.SITES,
        "factory": words.FACTORIES,
    }[kind.key]
    trade, trade_en, industry = draw.choice(pool)
    first, first_en = draw.choice(words.BRANDS)
    if kind.key in ("office", "site", "farm"):
        first, first_en = draw.choice(area.places)
        first, first_en = first.removesuffix("村"), first_en.removesuffix(" Village")
    return first + trade, f"{first_en} {trade_en}", industry


def _point(
    draw: random.Random, seed: int, index: int, kind: Profile, area: Area, year: int
) -> Point:
    voltage = _pick_key(draw, tuple(zip(("220v", "380v"), kind.voltages, strict=True)), "10kv")
    capacity = _capacity(voltage, year)
    high = voltage == "10kv"
    metering = ("hv_hv" if capacity >= 630 else "hv_lv") if high else "lv_lv"
    main = supply_of(draw, area.key)
    return Point(
        *_address(draw, kind, area),
        area=area.key,
        usage=kind.usage,
        voltage=voltage,
        phases="single" if voltage == "220v" else "three",
        metering=metering,
        capacity_kva=capacity,
        demand_kw=round(capacity * 0.7) if kind.key == "factory" else 0,
        sources=(Source(*main, "main", capacity),),
        meter_number=meter_number(seed, index),
        multiplier=_multiplier(metering, capacity),
        digits=6 if voltage == "220v" else 7,
        start=Decimal(draw.randrange(100, 300_000)) / 100,
    )


def _capacity(voltage: str, year: int) -> int:
    if voltage == "220v":
        return 8 if year < 6000 else 12
    if voltage == "380v":
        return max(15, min(100, 5 * math.ceil(year / 8760 / 0.28 / 5)))
    return transformer(year)


def _multiplier(metering: str, capacity: int) -> int:
    """Current (and voltage) transformer ratio in front of the meter."""
    if metering == "lv_lv":
        return 1 if capacity <= 40 else 20
    if metering == "hv_lv":
        return 20 * math.ceil(capacity / 50)
    return 100 * math.ceil(capacity / 100)


def _address(draw: random.Random, kind: Profile, area: Area) -> tuple[str, str, float, float]:
    latitude = round(area.latitude + draw.uniform(-1, 1) * area.radius, 6)
    longitude = round(area.longitude + draw.uniform(-1, 1) * area.radius, 6)
    place = draw.choice(area.places)
    number = draw.randrange(1, 320)
    if area.kind != "urban":
        return f"{place[0]}{number % 120 + 1}号", place[1], latitude, longitude
    if kind.usage == "residential":
        estate, estate_en = draw.choice(words.ESTATES)
        home = f"{number % 40 + 1}栋{draw.randrange(1, 31)}{draw.randrange(1, 5):02d}室"
        return f"{estate}{home}", estate_en, latitude, longitude
    street, street_en = draw.choice(words.STREETS)
    return f"{street}{number}号", f"{number} {street_en}", latitude, longitude


def _pick(draw, items, weights):
    """One of `items`; the sum of the weights need not be 1000."""
    bounds = list(accumulate(weights))
    at = draw.random() * bounds[-1]
    return next(item for item, bound in zip(items, bounds, strict=True) if at < bound)


def _pick_key(draw: random.Random, shares: tuple[tuple[str, int], ...], rest: str) -> str:
    """A key by its thousandths; what is missing to 1000 belongs to `rest`."""
    at = draw.random() * 1000
    for key, share in shares:
        at -= share
        if at < 0:
            return key
    return rest
