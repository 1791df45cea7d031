"""Large industry pays by the hour, by demand and by power factor from 2026 on.

The prices are those of the ready-made Hubei list; after the month until which that list holds it
goes on unchanged (invented), for the demo utility bills to this day.
"""

import copy
from datetime import timedelta
from decimal import Decimal

from odoo.addons.power_billing.models.power_tariff_list import ready_lists

from ..tools import months, two_part
from .customers import CURIOUS
from .tariffs import CHANGE

LIST = "hubei_2026_01"
CODES = {"10kv": "HB-2-10KV-TOU", "35kv": "HB-2-35KV-TOU"}
SOURCE = "Invented: the list of January 2026 goes on"
CHOICES = ("contract", "actual", "capacity")


def build(demo):
    clients = [
        client
        for client in demo.clients
        if client.point.usage == "large_industry" and client.point.voltage in CODES
    ]
    tariffs = _load_tariffs(demo)
    first = max(months.number(CHANGE), demo.months[0])
    for number, client in enumerate(clients):
        choice = "contract" if client.key == CURIOUS else CHOICES[number % 3]
        _change(demo, client, tariffs[CODES[client.point.voltage]], first, choice)
    demo.analyze("power.meter.register", "power.meter.reading")
    demo.log("%s factories on a two-part tariff", len(clients))


def _load_tariffs(demo):
    """Load the two tariffs that are needed, with their continuation.

    :return: dict of code to ``power.tariff``
    """
    data = copy.deepcopy(ready_lists()[LIST])
    data["tariffs"] = [item for item in data["tariffs"] if item["code"] in CODES.values()]
    for item in data["tariffs"]:
        last = copy.deepcopy(item["versions"][-1])
        last.update(date_from="2026-08-01", date_to=None, source=SOURCE)
        item["versions"].append(last)
    lists = demo.env["power.tariff.list"]
    lists._apply(lists._plan(data, demo.company))
    found = demo.env["power.tariff"].search(
        [("code", "in", list(CODES.values())), ("company_id", "=", demo.company.id)]
    )
    for tariff in found:
        demo.keep(f"tariff_{tariff.code.lower().replace('-', '_')}", tariff)
    return {tariff.code: tariff for tariff in found}


def _change(demo, client, tariff, first, choice):
    """Give a factory its new tariff, its facts and registers, and read them month by month."""
    point, day = client.record, months.first_day(first)
    contract = two_part.contract_kw(sum(client.kwh[-12:]), client.point.capacity_kva)
    demo.env["power.supply.tariff"].create(
        {"supply_point_id": point.id, "tariff_id": tariff.id, "date_from": day}
    )
    demo.env["power.supply.fact"].create(
        {
            "supply_point_id": point.id,
            "date_from": day,
            "date_requested": day - timedelta(days=40),
            "demand_choice": choice,
            "capacity_kva": client.point.capacity_kva,
            "contract_demand_kw": contract if choice == "contract" else 0,
            "pf_standard": "0.90",
        }
    )
    meter = point.meter_ids
    demo.env["power.meter.register.add"].create(
        {
            "meter_id": meter.id,
            "date_from": day - timedelta(days=1),
            "reactive": True,
            "demand": True,
        }
    ).action_add()
    _read(demo, client, meter, first, contract)


def _read(demo, client, meter, first, contract):
    draw = demo.utility.stream(f"two part {client.key}")
    registers = {(r.quantity, r.period): r for r in meter.register_ids}
    values = dict.fromkeys(registers, 0)
    vals_list = []
    for place, number in enumerate(demo.months):
        if number < first:
            continue
        moved = _moved(meter, number)
        dear = client.key == CURIOUS and place == len(demo.months) - 1
        used = two_part.month(draw, moved, client.point.multiplier, contract, dear)
        for period, energy in used.active.items():
            values["active", period] += energy
        values["reactive", False] += used.reactive
        values["demand", False] = used.demand
        vals_list += [
            {
                "meter_id": meter.id,
                "register_id": registers[key].id,
                "date": months.last_day(number),
                "value": float(value),
                "source": f"AMI {months.first_day(number):%Y-%m}",
            }
            for key, value in values.items()
            if not registers[key].is_main
        ]
    demo.env["power.meter.reading"].create(vals_list)


def _moved(meter, number):
    """Return what the whole register moved in a month, as it was read."""
    readings = meter.reading_ids.filtered("register_id.is_main").sorted("date")
    by_day = {reading.date: reading.value for reading in readings}
    moved = by_day[months.last_day(number)] - by_day[months.last_day(number - 1)]
    return Decimal(f"{moved:.2f}")
