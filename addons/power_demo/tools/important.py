"""The 21 second-level important customers of the city.

Their make-up follows a published case of a city's important customers: lines of business, usage
categories, yearly charge, supply and own generation. Names, places and the single figures are
invented; the counts are those published.
"""

import math
import random
from dataclasses import dataclass
from decimal import Decimal

from . import network, profiles
from .utility import Point, Source, Utility, meter_number, transformer


@dataclass(frozen=True, slots=True)
class Important:
    """An important customer.

    :ivar industry: section letter of GB/T 4754.
    :ivar usage: key of the usage category.
    :ivar year_mwh: energy of the last twelve months.
    :ivar growth: change from year to year.
    :ivar generator_kw: own emergency generator; 0 for none.
    :ivar dual: whether there is a second supply.
    :ivar payer: key of `profiles.PAYERS`.
    :ivar service: service level: vip or key.
    """

    key: str
    name: str
    name_en: str
    industry: str
    usage: str
    year_mwh: int
    growth: float
    generator_kw: int
    dual: bool
    payer: str
    service: str
    street: str
    street_en: str
    voltage: str = "10kv"

    @property
    def display_name(self) -> str:
        return f"{self.name} {self.name_en}"

    @property
    def season(self) -> tuple[int, ...]:
        return SEASONS.get(self.usage, profiles.STEADY)


SEASONS = {
    "lighting": profiles.OFFICE,
    "commercial": profiles.SHOP,
    "large_industry": profiles.PLANT,
}


def _row(*values, **more) -> Important:
    return Important(*values, **more)


IMPORTANT = (
    _row("hospital", "清江市第一人民医院", "Qingjiang First People's Hospital", "Q", "lighting",
         18200, 0.05, 2000, True, "prompt", "vip", "人民路1号", "1 Renmin Road"),
    _row("hospital_tcm", "清江市中医医院", "Qingjiang Hospital of Chinese Medicine",
         "Q", "lighting", 7400, 0.03, 1000, True, 
         "prompt", "key", "文昌路58号", "58 Wenchang Road"),
    _row("hospital_children", "清江市妇幼保健院", "Qingjiang Women's and Children's Hospital", "Q",
         "lighting", 6100, 0.08, 800, True, "prompt", "key", "学院街16号", "16 Xueyuan Street"),
    _row("hospital_second", "清江市第二人民医院", "Qingjiang Second People's Hospital",
         "Q", "lighting", 9300, 0.02, 1200, True, 
         "usual", "key", "长虹路201号", "201 Changhong Road"),
    _row("hospital_river", "滨江骨科医院", "Binjiang Orthopaedic Hospital", "Q", "lighting",
         3100, 0.06, 400, True, "usual", "key", "滨江大道88号", "88 Binjiang Avenue"),
    _row("hospital_mental", "清江市精神卫生中心", "Qingjiang Mental Health Centre",
         "Q", "lighting", 2700, 0.01, 0, True, "prompt", "key", "北山路9号", "9 Beishan Road"),
    _row("bank_merchants", "清江商业银行总行", "Qingjiang Commercial Bank Head Office",
         "J", "lighting", 3600, 0.0, 800, True, "prompt", "key", "解放路100号", "100 Jiefang Road"),
    _row("bank_rural", "清江农村商业银行", "Qingjiang Rural Commercial Bank", "J", "lighting",
         2500, -0.02, 400, True, "prompt", "key", "建设路66号", "66 Jianshe Road"),
    _row("bank_data", "清江银行数据中心", "Bank of Qingjiang Data Centre", "J", "non_industrial",
         9800, 0.12, 3000, True, "prompt", "vip", "东湖路300号", "300 Donghu Road"),
    _row("rail_traction", "清江铁路供电段", "Qingjiang Railway Power Section",
         "G", "non_industrial", 10900, 0.02, 0, True, 
         "prompt", "key", "朝阳路1号", "1 Chaoyang Road", "35kv"),
    _row("rail_station", "清江火车站", "Qingjiang Railway Station", "G", "non_industrial",
         6800, 0.04, 800, True, "prompt", "key", "朝阳路2号", "2 Chaoyang Road"),
    _row("rail_signal", "清江铁路电务段", "Qingjiang Railway Signal Section", "G", "non_industrial",
         2600, 0.01, 400, True, "usual", "key", "朝阳路18号", "18 Chaoyang Road"),
    _row("store_grand", "清江百货大楼", "Qingjiang Grand Department Store", "F", "commercial",
         17400, 0.03, 1000, True, "prompt", "vip", "解放路1号", "1 Jiefang Road"),
    _row("store_east", "东方购物中心", "Oriental Shopping Centre", "F", "commercial",
         9100, -0.04, 600, True, "usual", "key", "清江大道128号", "128 Qingjiang Avenue"),
    _row("bus", "清江公共交通集团", "Qingjiang Public Transport Group", "G", "non_industrial",
         4700, 0.18, 0, False, "usual", "key", "南门街45号", "45 Nanmen Street"),
    _row("airport", "清江机场", "Qingjiang Airport", "G", "non_industrial",
         17600, 0.07, 2500, True, "prompt", "vip", "北山路500号", "500 Beishan Road", "35kv"),
    _row("telecom", "清江固网通信公司", "Qingjiang Fixed Telecom", "I", "non_industrial",
         23500, 0.06, 3200, True, "prompt", "vip", "青年路12号", "12 Qingnian Road"),
    _row("government", "清江市政务中心", "Qingjiang Government Centre", "S", "lighting",
         4400, -0.03, 600, True, "prompt", "key", "人民路200号", "200 Renmin Road"),
    _row("water", "清江水务集团", "Qingjiang Waterworks Group", "D", "large_industry",
         27200, 0.04, 1500, True, "prompt", "vip", "沿河路1号", "1 Yanhe Road", "35kv"),
    _row("parts", "江动通用零部件公司", "Jiangdong General Parts", "C", "large_industry",
         8200, -0.06, 0, True, "usual", "key", "建设路380号", "380 Jianshe Road"),
    _row("property", "锦城物业管理公司", "Jincheng Property Management", "K", "commercial",
         6300, 0.02, 0, True, "slow", "key", "清江大道9号", "9 Qingjiang Avenue"),
)  # fmt: skip


def supply_point(seed: int, index: int, customer: Important) -> Point:
    """The supply point of an important customer with its sources and meter."""
    draw = random.Random(f"{seed}/important/{customer.key}")
    area = network.AREAS[0]
    capacity = _capacity(customer)
    return Point(
        street=customer.street,
        street2=customer.street_en,
        latitude=round(area.latitude + draw.uniform(-1, 1) * area.radius, 6),
        longitude=round(area.longitude + draw.uniform(-1, 1) * area.radius, 6),
        area=area.key,
        usage=customer.usage,
        voltage=customer.voltage,
        phases="three",
        metering="hv_hv",
        capacity_kva=capacity,
        demand_kw=round(capacity * 0.6),
        sources=_sources(draw, customer, capacity),
        meter_number=meter_number(seed, 90_000_000 + index),
        multiplier=_multiplier(customer.voltage, capacity),
        digits=7,
        start=Decimal(draw.randrange(100_000, 900_000)) / 100,
    )


def history(
    utility: Utility, index: int, customer: Important, multiplier: int
) -> tuple[Decimal, ...]:
    """Energy of each month: the last twelve add up to the yearly figure, within 2 percent."""
    return utility.history(
        -1 - index, customer.year_mwh * 1000, customer.season, 0.02, multiplier, customer.growth
    )


def _capacity(customer: Important) -> int:
    """Installed kVA, in whole transformers of one size where one is not enough."""
    year = customer.year_mwh * 1000
    if customer.year_mwh <= 5000:
        return transformer(year)
    return transformer(year / 2) * 2


def _multiplier(voltage: str, capacity: int) -> int:
    """Ratio of the voltage transformers (100 or 350) times that of the current transformers."""
    return 100 * math.ceil(capacity / 100) if voltage == "10kv" else 350 * math.ceil(capacity / 250)


def _sources(draw: random.Random, customer: Important, capacity: int) -> tuple[Source, ...]:
    """Two circuits: different bus sections of one substation will do for the second level."""
    station, first, count = draw.choice(network.SUBSTATIONS["urban"])
    place = draw.randrange(count - 1)
    roles = ("main", "standby") if customer.dual else ("main",)
    return tuple(
        Source(*network.feeder(station, first, place + shift), role, capacity)
        for shift, role in enumerate(roles)
    )
