from collections import defaultdict
from datetime import date
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL


class MeterRow(NamedTuple):
    """A meter as rating needs it; thousands of records would cost more than rating itself."""

    id: int
    supply_point_id: int
    number: str
    date_installed: date
    date_removed: date | None


class RegisterRow(NamedTuple):
    """A register of a meter; ``multiplier`` is text of four decimals."""

    id: int
    meter: MeterRow
    quantity: str
    period: str | None
    line: str | None
    digits: int
    multiplier: str
    is_main: bool

    @property
    def key(self) -> str:
        """The register's name in a bill's determinants; it does not depend on a language."""
        return "/".join(filter(None, (self.quantity, self.period, self.line)))


class ReadingRow(NamedTuple):
    """A reading; ``value`` is text of two decimals."""

    id: int
    register_id: int
    date: date
    value: str
    kind: str
    state: str
    rollover: bool
    hold_reason: str | None


class PowerBill(models.Model):
    """Meters, registers and readings of many bills, each kind by one statement."""

    _inherit = "power.bill"

    def _add_meter_inputs(self, inputs):
        """Add ``meters`` by supply point id, ``registers`` by meter id and ``readings`` by
        register id, as rows, each in its order."""
        for name in ("power.meter", "power.meter.register", "power.meter.reading"):
            self.env[name].flush_model()
        inputs["meters"] = defaultdict(list)
        inputs["registers"] = defaultdict(list)
        inputs["readings"] = defaultdict(list)
        meters = {}
        for row in self._fetch_meters():
            meters[row[0]] = meter = MeterRow(*row)
            inputs["meters"][meter.supply_point_id].append(meter)
        register_ids = []
        for register_id, meter_id, *values in self._fetch_registers(list(meters)):
            register_ids.append(register_id)
            register = RegisterRow(register_id, meters[meter_id], *values)
            inputs["registers"][meter_id].append(register)
        for row in self._fetch_readings(register_ids):
            inputs["readings"][row[1]].append(ReadingRow(*row))

    def _fetch_meters(self):
        return self.env.execute_query(
            SQL(
                """
                SELECT id, supply_point_id, number, date_installed, date_removed
                  FROM power_meter
                 WHERE supply_point_id = ANY(%s)
              ORDER BY supply_point_id, date_installed, id
                """,
                self.supply_point_id.ids,
            )
        )

    def _fetch_registers(self, meter_ids):
        return self.env.execute_query(
            SQL(
                """
                SELECT id, meter_id, quantity, period, line, digits,
                       round(multiplier, 4)::text, is_main
                  FROM power_meter_register
                 WHERE meter_id = ANY(%s) AND active
              ORDER BY meter_id, sequence, id
                """,
                meter_ids,
            )
        )

    def _fetch_readings(self, register_ids):
        """Return the readings from the last billed (or initial) one of each register on."""
        return self.env.execute_query(
            SQL(
                """
                SELECT r.id, r.register_id, r.date, round(r.value, 2)::text, r.kind, r.state,
                       coalesce(r.rollover, FALSE), r.hold_reason
                  FROM unnest(%s) AS g(id)
             LEFT JOIN LATERAL (
                       SELECT max(o.date) AS date
                         FROM power_meter_reading o
                        WHERE o.register_id = g.id
                          AND (o.state = 'billed' OR o.kind = 'initial')
                       ) opening ON TRUE
                  JOIN power_meter_reading r ON r.register_id = g.id
                   AND (opening.date IS NULL OR r.date >= opening.date)
              ORDER BY r.register_id, r.date
                """,
                register_ids,
            )
        )

    def _get_register_name(self, register):
        """Return how people call the register of a row."""
        return self.env["power.meter.register"].browse(register.id)._get_label()
