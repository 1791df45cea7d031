"""Tariffs in yuan with VAT: the prices of one province's published lists, with their dates.

Until the end of 2025 the energy price is 0.012 yuan higher (invented, so that a change of price
lies in the history); from 2026 it is the published list. Funds of 0.0452 yuan are a line of their
own for commerce and industry.
"""

from datetime import date
from decimal import Decimal

from odoo.fields import Command

FUND = Decimal("0.0452")
EARLIER = Decimal("0.012")
SOURCE = "Provincial price list of January 2026 (one rate, VAT included), rows by voltage"
SOURCE_EARLIER = "Invented: the list of 2026 with 0.012 yuan more a kWh"
FIRST_DAY = date(2023, 6, 1)
CHANGE = date(2026, 1, 1)

# code: English, Chinese, total price a kWh of 2026, fund, usage categories
TARIFFS = {
    "residential": ("Residential", "居民生活用电", "0.5580", "0", ("residential",)),
    "agricultural": ("Agricultural", "农业生产用电", "0.5640", "0", ("agricultural",)),
    "ci_lv": ("Commercial and industrial, below 1 kV", "工商业用电(不满1千伏)", "0.735686", FUND,
              ("lighting", "non_industrial", "commercial", "general_industry")),
    "ci_10kv": ("Commercial and industrial, 10 kV", "工商业用电(1-10千伏)", "0.715686", FUND,
                ("lighting", "non_industrial", "commercial", "general_industry")),
    "ci_35kv": ("Commercial and industrial, 35 kV", "工商业用电(35千伏)", "0.695686", FUND,
                ("lighting", "non_industrial", "commercial", "general_industry")),
    "large_10kv": ("Large industry, 10 kV", "大工业用电(1-10千伏)", "0.651886", FUND,
                   ("large_industry",)),
    "large_35kv": ("Large industry, 35 kV", "大工业用电(35千伏)", "0.632086", FUND,
                   ("large_industry",)),
}  # fmt: skip
# Households from 2026 on: kWh a year at which the next tier begins, and what it costs more, as the
# national scheme of 2012 has it; the limits are those of a worked example of the trade.
TIER_LIMITS = "2160; 4200"
TIER_EXTRA = (Decimal("0.05"), Decimal("0.30"))
SOURCE_TIERS = "Provincial price; tiers of 2,160 and 4,200 kWh a year, 0.05 and 0.30 yuan more"
COMPONENTS = {"energy": ("Energy", "电度电费"), "fund": ("Government funds", "政府性基金及附加")}


def build(demo):
    for code in TARIFFS:
        demo.keep(f"tariff_{code}", make(demo.env, code))


def code_of(usage: str, voltage: str) -> str:
    """The tariff of a usage category at a voltage."""
    if usage in ("residential", "agricultural"):
        return usage
    family = "large" if usage == "large_industry" else "ci"
    return f"{family}_{voltage if voltage in ('10kv', '35kv') else 'lv'}"


def make(env, code):
    """Make the tariff of this code in the company of `env`."""
    name, name_zh, price, fund, usages = TARIFFS[code]
    prices = {"energy": Decimal(price) - Decimal(fund), "fund": Decimal(fund)}
    tariff = env["power.tariff"].create(
        {
            "name": name,
            "code": code.upper(),
            "sequence": (list(TARIFFS).index(code) + 1) * 10,
            "company_id": env.company.id,
            "usage_category_ids": [
                Command.set([env.ref(f"power_crm.usage_{usage}").id for usage in usages])
            ],
            "version_ids": [
                Command.create(_prepare_version_vals(FIRST_DAY, prices, EARLIER)),
                Command.create(_prepare_version_vals(CHANGE, prices, Decimal(0))),
            ],
        }
    )
    if code == "residential":
        _add_tiers(tariff.version_ids.filtered(lambda version: version.date_from == CHANGE))
    translate(tariff, name_zh)
    for component in tariff.version_ids.component_ids:
        translate(component, COMPONENTS[component.kind][1])
    return tariff


def _add_tiers(version):
    """Let households pay more for what they use beyond the limits of the year."""
    version.write(
        {
            "source": SOURCE_TIERS,
            "tier_basis": "year",
            "tier_limits": TIER_LIMITS,
            "tier_household_extra": 100,
        }
    )
    energy = version.component_ids
    energy.price_ids = [
        Command.create({"tier": tier, "basis": "price", "value": energy.price + float(extra)})
        for tier, extra in enumerate(TIER_EXTRA, 2)
    ]


def translate(record, name):
    """Give a record its Chinese name, where Chinese is switched on."""
    if record.env["res.lang"]._lang_get("zh_CN"):
        record.with_context(lang="zh_CN").name = name


def _prepare_version_vals(first, prices, more):
    return {
        "date_from": first,
        "date_to": date(2025, 12, 31) if first == FIRST_DAY else False,
        "source": SOURCE_EARLIER if more else SOURCE,
        "component_ids": [
            Command.create(
                {
                    "kind": kind,
                    "name": COMPONENTS[kind][0],
                    "price": float(price + (more if kind == "energy" else 0)),
                    "sequence": sequence,
                }
            )
            for sequence, (kind, price) in enumerate(prices.items(), 1)
            if price
        ],
    }
