"""The 21 important customers and the 200 ordinary ones, with their supply points."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from odoo.fields import Command

from ..tools import important
from ..tools.important import IMPORTANT
from ..tools.months import first_day
from ..tools.profiles import PAYERS
from ..tools.utility import CENT, Point
from ..tools.utility import phone as make_phone
from . import chain, tariffs

# How many of each kind; together 200.
ORDINARY = (
    ("household", 96),
    ("rural_household", 30),
    ("shop", 30),
    ("office", 8),
    ("farm", 10),
    ("workshop", 12),
    ("site", 6),
    ("factory", 8),
)
# The first of a kind serves a story: a login, or a way of paying to look at.
STORIES = {
    ("household", 0): "prompt",
    ("household", 1): "worsening",
    ("household", 2): "stopped",
    ("household", 3): "never",
    ("shop", 0): "slow",
    ("shop", 1): "stopped",
    ("factory", 0): "prompt",
    ("factory", 1): "worsening",
    ("factory", 2): "stopped",
}
LEVELS = {
    "household": "basic",
    "rural_household": "basic",
    "farm": "basic",
    "factory": "key",
}
# The factory whose portal login is shown.
CURIOUS = "factory_000"
CHANNELS = ("sms", "phone", "portal", "email", "visit")


@dataclass
class Client:
    """A customer of the demo: what was invented and the record made of it."""

    key: str
    name: str
    is_company: bool
    payer: str
    phone: str
    email: str
    since: date
    point: Point
    kwh: tuple[Decimal, ...]
    pays: tuple[int | None, ...]
    level: str
    industry: str = ""
    profile: str = ""
    life_support: bool = False
    vip: important.Important | None = None
    record: object = None

    @property
    def partner(self):
        return self.record.partner_id


def build(demo):
    demo.clients = [*_invent_important(demo), *_invent_ordinary(demo)]
    _make_dearer(next(client for client in demo.clients if client.key == CURIOUS))
    partners = demo.env["res.partner"].create(
        [_prepare_partner_vals(demo, client) for client in demo.clients]
    )
    points = demo.env["power.supply.point"].create(
        [
            _prepare_point_vals(demo, client, partner)
            for client, partner in zip(demo.clients, partners, strict=True)
        ]
    )
    for client, point in zip(demo.clients, points, strict=True):
        client.record = point
        demo.keep(f"customer_{client.key}", point.partner_id)
        demo.keep(f"point_{client.key}", point)
    _leave_open(demo)
    demo.log("%s customers with %s supply points", len(partners), len(points))


def _leave_open(demo):
    """The last statement of the shops is open; who else has a login, while it is not overdue."""
    keys = {chain.PAYER, *chain.SHOPS}
    if demo.today <= first_day(demo.end + 1) + timedelta(days=24):
        keys |= {"household_000", "factory_000"}
    for client in demo.clients:
        if client.key in keys:
            client.pays = (*client.pays[:-1], None)


def _invent_important(demo):
    for index, customer in enumerate(IMPORTANT):
        point = important.supply_point(demo.utility.seed, index, customer)
        yield Client(
            key=customer.key,
            name=customer.display_name,
            is_company=True,
            payer=customer.payer,
            phone=make_phone(5_000_000 + index),
            email=f"power@{customer.key.replace('_', '-')}.example",
            since=first_day(demo.end - 60 - 11 * index),
            point=point,
            kwh=important.history(demo.utility, index, customer, point.multiplier),
            pays=demo.utility.payments(-1 - index, PAYERS[customer.payer]),
            level=customer.service,
            industry=customer.industry,
            profile="important",
            vip=customer,
        )


def _make_dearer(client):
    """Let a factory use a quarter more in its last month: its electrician asks why it is dearer."""
    client.kwh = (*client.kwh[:-1], (client.kwh[-1] * 5 / 4).quantize(CENT))


def _invent_ordinary(demo):
    index = 0
    for profile, count in ORDINARY:
        for place in range(count):
            customer = demo.utility.customer(index, profile, STORIES.get((profile, place)))
            index += 1
            yield Client(
                key=f"{profile}_{place:03d}",
                name=customer.display_name,
                is_company=customer.is_company,
                payer=customer.payer,
                phone=customer.phone,
                email=customer.email,
                since=customer.since,
                point=customer.point,
                kwh=customer.kwh,
                pays=customer.pays,
                level=LEVELS.get(profile, "standard"),
                industry=customer.industry,
                profile=profile,
                life_support=profile == "household" and place in (4, 40),
            )


def _prepare_address_vals(demo, point):
    return {
        "street": point.street,
        "street2": point.street2,
        "city": demo.company.city,
        "zip": demo.company.zip,
        "state_id": demo.company.state_id.id,
        "country_id": demo.company.country_id.id,
    }


def _prepare_partner_vals(demo, client):
    ref = demo.env.ref
    industry = demo.env["power.industry"].search([("code", "=", client.industry)])
    vals = {
        **_prepare_address_vals(demo, client.point),
        "name": client.name,
        "is_company": client.is_company,
        "phone": client.phone,
        "email": client.email,
        "lang": "zh_CN",
        "tz": "Asia/Shanghai",
        "power_is_customer": True,
        "power_contact_channel": CHANNELS[len(client.key) % len(CHANNELS)],
        "power_service_level_id": ref(f"power_crm.service_level_{client.level}").id,
        "power_industry_id": industry.id,
    }
    if client.vip:
        vals |= {
            "power_important_level": "second",
            "power_important_date": first_day(demo.end - (len(client.key) * 5) % 14),
            "power_important_authority": "清江市能源局 Qingjiang Energy Bureau",
            "power_important_reason": IMPORTANCE.get(client.industry, IMPORTANCE[""]),
            "power_dedicated_manager_id": demo.user("accountmanager").id,
            "power_contact_channel": "visit",
        }
    return vals


# Consequences of an outage, by section of GB/T 4754.
IMPORTANCE = {
    "Q": "停电可能危及病人安全,造成较大范围社会公共秩序混乱。\n"
    "An outage endangers patients and public order in a limited area.",
    "J": "停电可能造成较大经济损失。\nAn outage may cause a larger economic loss.",
    "D": "停电可能造成较大范围停水。\nAn outage may stop the water supply of the city.",
    "C": "停电可能造成较大经济损失。\nAn outage may cause a larger economic loss.",
    "": "停电可能造成一定范围社会公共秩序混乱。\nAn outage may cause disorder in a limited area.",
}


def _prepare_point_vals(demo, client, partner):
    point, ref = client.point, demo.env.ref
    code = tariffs.code_of(point.usage, point.voltage)
    return {
        **_prepare_address_vals(demo, point),
        "partner_id": partner.id,
        "company_id": demo.company.id,
        "latitude": point.latitude,
        "longitude": point.longitude,
        "area_id": demo.get(f"area_{point.area}").id,
        "usage_category_id": ref(f"power_crm.usage_{point.usage}").id,
        "voltage_class": point.voltage,
        "phases": point.phases,
        "metering_mode": point.metering,
        "capacity_kva": point.capacity_kva,
        "demand_kw": point.demand_kw,
        "life_support": client.life_support,
        "state": "active",
        "date_applied": client.since - timedelta(days=30),
        "date_activated": client.since,
        "boundary": BOUNDARIES[point.voltage in ("220v", "380v")],
        "tariff_id": demo.get(f"tariff_{code}").id,
        "source_ids": [Command.create(_prepare_source_vals(source)) for source in point.sources],
        **_prepare_security_vals(demo, client),
    }


BOUNDARIES = {
    True: "表箱出线侧\nOutgoing side of the meter box",
    False: "用户进线第一断路器电源侧\nSource side of the customer's first incoming breaker",
}


def _prepare_source_vals(source):
    return {
        "substation": source.substation,
        "bus_section": source.bus_section,
        "feeder": source.feeder,
        "role": source.role,
        "capacity_kva": source.capacity_kva,
    }


def _prepare_security_vals(demo, client):
    """Own generation: as listed for the important ones, a few of the others have some too."""
    power = client.vip.generator_kw if client.vip else _ordinary_generator_kw(client)
    vals = {}
    if client.vip:
        vals["safety_load_kw"] = round((power or client.point.capacity_kva * 0.25) / 1.25)
        vals["allowed_interruption_s"] = 15 if client.industry == "Q" else 30
    if power:
        tested = demo.today - timedelta(days=20 + 31 * (len(client.key) % 9))
        vals["generator_ids"] = [
            Command.create(
                {
                    "name": f"柴油发电机 Diesel {power} kW",
                    "kind": "diesel",
                    "capacity_kw": power,
                    "transfer_time_s": 12,
                    "interlock": "electrical",
                    "last_test_date": tested,
                }
            )
        ]
    return vals


def _ordinary_generator_kw(client):
    if client.profile == "factory":
        return 200 if client.key.endswith(("0", "3")) else 0
    return 100 if client.key in ("workshop_005", "shop_010", "office_003") else 0
