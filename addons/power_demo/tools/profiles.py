"""How kinds of customers use electricity and how they pay: figures, no records."""

from dataclasses import dataclass

# Share of a year's use by month, January first, in thousandths of the average month.
HOUSE = (1200, 1120, 880, 760, 780, 980, 1340, 1380, 1020, 760, 780, 1000)
RURAL = (1180, 1180, 900, 800, 820, 950, 1220, 1240, 980, 840, 880, 1010)
SHOP = (1080, 960, 880, 840, 920, 1100, 1280, 1280, 1080, 860, 840, 880)
OFFICE = (1120, 820, 900, 860, 960, 1120, 1160, 1100, 1060, 920, 940, 1040)
FARM = (660, 680, 880, 1100, 1300, 1400, 1420, 1340, 1100, 860, 640, 620)
PLANT = (960, 740, 1020, 1030, 1040, 1040, 1060, 1060, 1030, 1000, 1010, 1010)
STEADY = (1000, 940, 990, 970, 980, 1010, 1060, 1060, 1010, 990, 980, 1010)


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of customer.

    :param share: thousandths of all customers.
    :param usage: key of the usage category.
    :param year_kwh: median yearly use; `spread` is the sigma of its logarithm.
    :param noise: sigma of a month around its season.
    :param areas: weights of urban, rural and remote.
    :param voltages: thousandths of 220v and 380v; what remains is 10kv.
    :param payers: thousandths of the ways of paying; what remains never pays.
    """

    key: str
    share: int
    usage: str
    year_kwh: int
    spread: float
    season: tuple[int, ...]
    noise: float
    areas: tuple[int, int, int]
    voltages: tuple[int, int]
    payers: tuple[tuple[str, int], ...]


PEOPLE = (("prompt", 620), ("usual", 240), ("slow", 70), ("worsening", 35), ("stopped", 28))
TRADE = (("prompt", 480), ("usual", 330), ("slow", 100), ("worsening", 50), ("stopped", 32))
HEAVY = (("prompt", 560), ("usual", 270), ("slow", 90), ("worsening", 50), ("stopped", 24))
PUBLIC = (("prompt", 700), ("usual", 250), ("slow", 48))

PROFILES = (
    Profile("household", 700, "residential", 2200,
            0.42, HOUSE, 0.10, (640, 300, 60), (960, 40), PEOPLE),
    Profile("rural_household", 110, "residential", 1350,
            0.40, RURAL, 0.11, (0, 700, 300), (980, 20), PEOPLE),
    Profile("shop", 90, "commercial", 19000,
            0.75, SHOP, 0.08, (800, 180, 20), (350, 610), TRADE),
    Profile("office", 30, "lighting", 34000,
            0.70, OFFICE, 0.06, (780, 200, 20), (120, 760), PUBLIC),
    Profile("farm", 28, "agricultural", 26000,
            0.80, FARM, 0.10, (0, 780, 220), (120, 800), TRADE),
    Profile("workshop", 22, "general_industry", 88000,
            0.60, PLANT, 0.08, (450, 520, 30), (0, 780), TRADE),
    Profile("site", 12, "non_industrial", 64000,
            0.65, STEADY, 0.05, (500, 380, 120), (60, 700), PUBLIC),
    Profile("factory", 8, "large_industry", 2_600_000,
            0.70, PLANT, 0.06, (550, 450, 0), (0, 0), HEAVY),
)  # fmt: skip
BY_KEY = {profile.key: profile for profile in PROFILES}

# Transformers sold in China, kVA.
TRANSFORMERS = (50, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000,
                2500, 3150, 4000, 5000, 6300, 8000, 10000, 12500, 16000)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Payer:
    """How somebody pays.

    :param late_share: chance that a bill is paid after its due date.
    :param late_days: range of days after the due date.
    :param worsening_months: in so many last months lateness grows month by month.
    :param unpaid_months: range of last months of which nothing is paid.
    """

    key: str
    late_share: float
    late_days: tuple[int, int] = (1, 12)
    worsening_months: int = 0
    unpaid_months: tuple[int, int] = (0, 0)


PAYERS = {
    payer.key: payer
    for payer in (
        Payer("prompt", 0.0),
        Payer("usual", 0.08),
        Payer("slow", 0.65, (5, 35)),
        Payer("worsening", 0.05, worsening_months=7),
        Payer("stopped", 0.10, unpaid_months=(3, 5)),
        Payer("never", 1.0, unpaid_months=(10_000, 10_000)),
    )
}
