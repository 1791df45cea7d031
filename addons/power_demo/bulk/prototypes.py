"""Real records, made by the ORM for one customer of each shape, read and rolled back."""

from dataclasses import dataclass

from odoo.fields import Command

from ..demo import readings as demo_readings
from ..demo import tariffs
from ..tools import months
from .copy import Row, fetch_row

LEVELS = {"residential": "basic", "agricultural": "basic"}
CONTEXT = {
    "lang": "en_US",
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}


@dataclass
class Shape:
    """Prototype rows of a kind of customer.

    :ivar usage_id: the usage category, for the customer's set of them.
    """

    partner: Row
    point: Row
    source: Row
    meter: Row
    register: Row
    initial: Row
    reading: Row
    usage_id: int


def shape_of(customer) -> tuple:
    """What decides the columns that a bulk load does not write itself."""
    point = customer.point
    return (
        customer.is_company,
        customer.life_support,
        point.area,
        point.usage,
        point.voltage,
        point.phases,
        point.metering,
    )


class Prototypes:
    def __init__(self, env, frame, first_month):
        self.env = env(context={**env.context, **CONTEXT})
        self.frame = frame
        self.first_month = first_month
        self._shapes = {}

    def get(self, customer) -> Shape:
        key = shape_of(customer)
        if key not in self._shapes:
            self._shapes[key] = self._make(customer)
        return self._shapes[key]

    def _make(self, customer) -> Shape:
        """Make the customer with the ORM, read its rows, and undo."""
        cursor = self.env.cr
        with cursor.savepoint() as savepoint:
            point, meter = make_customer(self.env, self.frame, customer, self.first_month, 1)
            self.env.flush_all()
            initial, reading = meter.reading_ids.sorted("date")
            shape = Shape(
                partner=fetch_row(cursor, "res_partner", point.partner_id.id),
                point=fetch_row(cursor, "power_supply_point", point.id),
                source=fetch_row(cursor, "power_supply_source", point.source_ids.id),
                meter=fetch_row(cursor, "power_meter", meter.id),
                register=fetch_row(cursor, "power_meter_register", meter.register_ids.id),
                initial=fetch_row(cursor, "power_meter_reading", initial.id),
                reading=fetch_row(cursor, "power_meter_reading", reading.id),
                usage_id=point.usage_category_id.id,
            )
            self.env.invalidate_all(flush=False)
            savepoint.rollback()
        return shape


def make_customer(env, frame, customer, first_month, count):
    """Make one customer the ORM's way, with `count` readings.

    :return: its supply point and meter
    """
    partner = env["res.partner"].create(prepare_partner_vals(env, customer))
    point = env["power.supply.point"].create(prepare_point_vals(env, frame, customer, partner))
    meter = env["power.meter"].create(
        demo_readings.prepare_meter_vals(customer.point, point, first_month)
    )
    env["power.meter.reading"].create(
        list(
            demo_readings.prepare_reading_vals_list(
                customer, meter, range(first_month, first_month + count)
            )
        )
    )
    return point, meter


def prepare_address_vals(env, point):
    company = env.company
    return {
        "street": point.street,
        "street2": point.street2,
        "city": company.city,
        "zip": company.zip,
        "state_id": company.state_id.id,
        "country_id": env.ref("base.cn").id,
    }


def prepare_partner_vals(env, customer):
    level = LEVELS.get(customer.point.usage, "standard")
    return {
        **prepare_address_vals(env, customer.point),
        "name": customer.display_name,
        "is_company": customer.is_company,
        "phone": customer.phone,
        "email": customer.email,
        "lang": "zh_CN" if env["res.lang"]._lang_get("zh_CN") else "en_US",
        "tz": "Asia/Shanghai",
        "power_is_customer": True,
        "power_service_level_id": env.ref(f"power_crm.service_level_{level}").id,
    }


def prepare_point_vals(env, frame, customer, partner):
    point = customer.point
    (source,) = point.sources
    return {
        **prepare_address_vals(env, point),
        "partner_id": partner.id,
        "company_id": env.company.id,
        "latitude": point.latitude,
        "longitude": point.longitude,
        "area_id": frame.areas[point.area].id,
        "usage_category_id": env.ref(f"power_crm.usage_{point.usage}").id,
        "voltage_class": point.voltage,
        "phases": point.phases,
        "metering_mode": point.metering,
        "capacity_kva": point.capacity_kva,
        "demand_kw": point.demand_kw,
        "life_support": customer.life_support,
        "state": "active",
        "date_applied": months.first_day(months.number(customer.since) - 1),
        "date_activated": customer.since,
        "tariff_id": frame.tariffs[tariffs.code_of(point.usage, point.voltage)].id,
        "source_ids": [
            Command.create(
                {
                    "substation": source.substation,
                    "bus_section": source.bus_section,
                    "feeder": source.feeder,
                    "role": source.role,
                    "capacity_kva": source.capacity_kva,
                }
            )
        ],
    }
