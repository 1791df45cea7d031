"""The network of the city: service areas, substations, bus sections and feeders."""

import random
from dataclasses import dataclass

from . import words


@dataclass(frozen=True, slots=True)
class Area:
    """A service area; `radius` in degrees around its centre."""

    key: str
    name: str
    name_en: str
    kind: str
    latitude: float
    longitude: float
    radius: float
    places: tuple[words.Word, ...]


AREAS = (
    Area("urban", "城区供电所", "City", "urban", 30.452, 111.318, 0.045, words.STREETS),
    Area("rural", "城郊供电所", "Suburbs and villages", "rural", 30.392, 111.236, 0.090,
         words.VILLAGES),
    Area("remote", "山区供电所", "Mountain townships", "remote", 30.561, 110.987, 0.120,
         words.HAMLETS),
)  # fmt: skip

# area: substations with the numbers of their 10 kV feeders, half on each bus section
SUBSTATIONS = {
    "urban": (
        ("110kV东湖变 Donghu", 811, 16),
        ("110kV滨江变 Binjiang", 831, 16),
        ("220kV清江变 Qingjiang", 851, 12),
    ),
    "rural": (("110kV柳林变 Liulin", 871, 10), ("35kV石桥变 Shiqiao", 881, 6)),
    "remote": (("35kV云顶变 Yunding", 891, 4),),
}


def supply_of(draw: random.Random, area: str) -> tuple[str, str, str]:
    """A substation, its bus section and a feeder in this area."""
    station, first, count = draw.choice(SUBSTATIONS[area])
    place = draw.randrange(count)
    return feeder(station, first, place)


def feeder(station: str, first: int, place: int) -> tuple[str, str, str]:
    """Names of a station, of the bus section and of its feeder at this place."""
    name = station.split("变")[0][-2:]
    return station, "Ⅰ" if place % 2 == 0 else "Ⅱ", f"{name}{first + place}线"
