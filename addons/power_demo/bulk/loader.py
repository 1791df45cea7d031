"""Loads a utility of any size through COPY: batches of customers, each one transaction."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..demo.readings import ratios
from ..tools import months
from ..tools.utility import Customer, Utility, meter_prefix
from .copy import Buffer, Row
from .frame import Frame
from .prototypes import Prototypes

BATCH = 2000
CENT = Decimal("0.01")
TABLES = (
    "res_partner",
    "power_supply_point",
    "res_partner_power_usage_category_rel",
    "power_supply_source",
    "power_meter",
    "power_meter_register",
    "power_meter_reading",
)
SEQUENCED = (
    "res_partner",
    "power_supply_point",
    "power_supply_source",
    "power_meter",
    "power_meter_register",
)
# A customer names its main supply point and the point its customer: one of the two keys waits.
CIRCULAR_KEY = "res_partner_power_main_point_id_fkey"


@dataclass
class Batch:
    """Ids and numbers drawn for a batch, in order."""

    ids: dict[str, list[int]]
    customer_numbers: list[str]
    point_numbers: list[str]
    buffer: Buffer = field(default_factory=Buffer)


class Loader:
    """Writes customers, supply points, sources, meters, their registers and readings.

    :param utility: what to load; customers of this seed that are there already are kept.
    :param commit: called after each batch; a killed load goes on after the last one.
    """

    def __init__(self, env, utility: Utility, commit: Callable[[], None] | None = None):
        self.env = env(su=True)
        self.utility = utility
        self.commit = commit or (lambda: None)
        self.first_month = utility.end - utility.length + 1
        if not self.env.company.power_journal_id:
            raise UserError(
                self.env._(
                    "Billing is not set up for %(company)s. Press “Set up billing” in the "
                    "settings of Power CRM, or name another company.",
                    company=self.env.company.name,
                )
            )
        self.prototypes = Prototypes(self.env, Frame(self.env), self.first_month)
        self.days = [
            months.last_day(month) for month in range(self.first_month - 1, utility.end + 1)
        ]

    def count_loaded(self) -> int:
        """Customers of this seed that are in the database already."""
        ((last,),) = self.env.execute_query(
            SQL(
                "SELECT max(number) FROM power_meter WHERE company_id = %s AND number LIKE %s"
                " AND number < %s",
                self.env.company.id,
                f"{meter_prefix(self.utility.seed)}%",
                f"{meter_prefix(self.utility.seed)}9",
            )
        )
        return int(last[-8:]) + 1 if last else 0

    def load(self, progress: Callable[[int, float], None] = lambda done, rate: None) -> int:
        """Load what is missing.

        :param progress: called after each batch with customers done and customers a second.
        :return: how many were loaded now
        """
        start = done = self.count_loaded()
        started = time.monotonic()
        while done < self.utility.size:
            until = min(done + BATCH, self.utility.size)
            self.load_batch(range(done, until))
            self.commit()
            done = until
            progress(done, (done - start) / (time.monotonic() - started))
        return done - start

    def analyze(self):
        for table in TABLES:
            self.env.execute_query(SQL("ANALYZE %s", SQL.identifier(table)))

    def bill(self, share: float) -> Iterator[tuple[date, int]]:
        """Bill the first customers of this seed month by month, through the product's own run.

        :return: the first day of each month and how many bills it got
        """
        last = f"{meter_prefix(self.utility.seed)}{round(self.utility.size * share):08d}"
        meters = self.env["power.meter"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("number", ">=", meter_prefix(self.utility.seed)),
                ("number", "<", last),
            ]
        )
        for month in range(self.first_month, self.utility.end + 1):
            run = self.env["power.bill.run"].create(
                {
                    "period": months.first_day(month),
                    "invoice_date": months.first_day(month + 1) + timedelta(days=4),
                    "company_id": self.env.company.id,
                    "supply_point_ids": [Command.set(meters.supply_point_id.ids)],
                }
            )
            run._process_all()
            self.commit()
            yield months.first_day(month), run.posted_count

    def load_batch(self, indexes: range):
        customers = [self.utility.customer(index) for index in indexes]
        # Prototypes first: they draw numbers and ids of their own.
        shapes = [self.prototypes.get(customer) for customer in customers]
        self.env.flush_all()
        batch = self._draw(len(customers))
        for place, (customer, shape) in enumerate(zip(customers, shapes, strict=True)):
            self._add(batch, place, customer, shape)
        cursor = self.env.cr
        self._defer_key(True)
        batch.buffer.flush(cursor, TABLES)
        self._execute(SQL("SET CONSTRAINTS %s IMMEDIATE", SQL.identifier(CIRCULAR_KEY)))
        self._defer_key(False)
        self.env.invalidate_all(flush=False)

    def _defer_key(self, wait: bool):
        mode = SQL("DEFERRABLE INITIALLY DEFERRED" if wait else "NOT DEFERRABLE")
        key = SQL.identifier(CIRCULAR_KEY)
        self._execute(SQL("ALTER TABLE res_partner ALTER CONSTRAINT %s %s", key, mode))
        if wait:
            self._execute(SQL("SET CONSTRAINTS %s DEFERRED", key))

    def _execute(self, statement: SQL):
        self.env.cr.execute(statement)

    # === Ids and numbers === #

    def _draw(self, count: int) -> Batch:
        wanted = {table: count for table in SEQUENCED}
        wanted["power_meter_reading"] = count * (self.utility.length + 1)
        sequences = self.env["ir.sequence"]
        return Batch(
            ids={table: self._draw_ids(f"{table}_id_seq", many) for table, many in wanted.items()},
            customer_numbers=sequences._draw_unused(
                "power.customer", self.env["res.partner"], "power_customer_number", count
            ),
            point_numbers=sequences._draw_unused(
                "power.supply.point", self.env["power.supply.point"], "number", count
            ),
        )

    def _draw_ids(self, sequence: str, count: int) -> list[int]:
        rows = self.env.execute_query(
            SQL("SELECT nextval(%s) FROM generate_series(1, %s)", sequence, count)
        )
        return [value for (value,) in rows]

    # === Rows === #

    def _add(self, batch: Batch, place: int, customer: Customer, shape):
        ids = {table: batch.ids[table][place] for table in SEQUENCED}
        self._add_partner(batch, place, ids, customer, shape)
        self._add_point(batch, place, ids, customer, shape)
        self._add_meter(batch, ids, customer, shape)
        self._add_readings(batch, place, ids, customer, shape)

    def _add_partner(self, batch, place, ids, customer, shape):
        point = customer.point
        phone = customer.phone
        batch.buffer.add(
            shape.partner,
            id=ids["res_partner"],
            name=customer.display_name,
            complete_name=customer.display_name,
            commercial_partner_id=ids["res_partner"],
            commercial_company_name=customer.display_name if customer.is_company else None,
            street=point.street,
            street2=point.street2,
            email=customer.email,
            email_normalized=customer.email,
            phone=f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}",
            phone_sanitized=f"+86{phone}",
            power_customer_number=batch.customer_numbers[place],
            power_main_point_id=ids["power_supply_point"],
            power_capacity_kva=Decimal(point.capacity_kva).quantize(CENT),
        )

    def _add_point(self, batch, place, ids, customer, shape):
        point = customer.point
        (source,) = point.sources
        capacity = Decimal(point.capacity_kva).quantize(CENT)
        batch.buffer.add(
            shape.point,
            id=ids["power_supply_point"],
            partner_id=ids["res_partner"],
            payer_id=ids["res_partner"],
            number=batch.point_numbers[place],
            name=customer.display_name,
            street=point.street,
            street2=point.street2,
            latitude=f"{point.latitude:.7f}",
            longitude=f"{point.longitude:.7f}",
            capacity_kva=capacity,
            demand_kw=Decimal(point.demand_kw).quantize(CENT),
            date_applied=months.first_day(months.number(customer.since) - 1),
            date_activated=customer.since,
        )
        batch.buffer.add(
            Row(
                "res_partner_power_usage_category_rel",
                {"partner_id": ids["res_partner"], "category_id": shape.usage_id},
            )
        )
        batch.buffer.add(
            shape.source,
            id=ids["power_supply_source"],
            supply_point_id=ids["power_supply_point"],
            substation=source.substation,
            bus_section=source.bus_section,
            feeder=source.feeder,
            capacity_kva=capacity,
        )

    def _add_meter(self, batch, ids, customer, shape):
        point = customer.point
        current, voltage = ratios(point)
        batch.buffer.add(
            shape.meter,
            id=ids["power_meter"],
            supply_point_id=ids["power_supply_point"],
            number=point.meter_number,
            ct_ratio=f"{current:.4f}",
            pt_ratio=f"{voltage:.4f}",
            multiplier=f"{current * voltage:.4f}",
            digits=point.digits,
            initial_value=point.start,
        )
        batch.buffer.add(
            shape.register,
            id=ids["power_meter_register"],
            meter_id=ids["power_meter"],
            multiplier=f"{current * voltage:.4f}",
            digits=point.digits,
            initial_value=point.start,
        )

    def _add_readings(self, batch, place, ids, customer, shape):
        count = self.utility.length + 1
        reading_ids = batch.ids["power_meter_reading"][place * count : (place + 1) * count]
        values = list(customer.readings())
        own = {
            "meter_id": ids["power_meter"],
            "register_id": ids["power_meter_register"],
            "supply_point_id": ids["power_supply_point"],
        }
        batch.buffer.add(
            shape.initial, id=reading_ids[0], value=values[0], date=self.days[0], **own
        )
        for number in range(1, count):
            day, before = self.days[number], self.days[number - 1]
            energy = customer.kwh[number - 1].quantize(CENT)
            daily = (energy / (day - before).days).quantize(CENT, ROUND_HALF_UP)
            batch.buffer.add(
                shape.reading,
                id=reading_ids[number],
                date=day,
                value=values[number],
                previous_date=before,
                previous_value=values[number - 1],
                consumption=energy,
                daily_kwh=daily,
                source=f"AMI {day:%Y-%m}",
                **own,
            )
