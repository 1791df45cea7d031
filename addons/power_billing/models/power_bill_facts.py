from collections import defaultdict
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..tools.amounts import ZERO
from ..tools.exact import exact

_BASIC_KINDS = frozenset({"capacity", "demand"})


class PowerBill(models.Model):
    """What goes into a bill beyond plain readings, where its tariff asks for it."""

    _inherit = "power.bill"

    def _get_needs(self, versions):
        """Return what tariff versions need beyond the whole active energy.

        :param versions: plain data of the versions in force
        :return: set of ``periods``, ``reactive``, ``demand``, ``active_export``, ``facts``,
            ``history``
        """
        needs = set()
        for version in versions:
            kinds = {component["kind"] for component in version["components"]}
            if version.get("schedule"):
                needs.add("periods")
            if kinds & _BASIC_KINDS:
                needs.add("facts")
            if "demand" in kinds:
                needs.add("demand")
            if "power_factor" in kinds:
                needs |= {"reactive", "facts"}
            if "export" in kinds:
                needs.add("active_export")
            tiers = version.get("tiers")
            if tiers:
                needs.add("facts")
                if tiers["basis"] == "year":
                    needs.add("history")
        return needs

    def _is_needed(self, register, needs):
        """Tell whether a register counts for tariff needs."""
        if register.is_main:
            return True
        if register.quantity == "active":
            return "periods" in needs
        if register.quantity == "reactive_export":
            return "reactive" in needs
        return register.quantity in needs

    # === Tariffs by date === #

    def _get_versions(self, inputs, first):
        """Return the versions in force in the bill's days, by the tariffs the point had then.

        :param first: ISO day on which the bill's energy begins
        """
        point = self.supply_point_id
        rows = inputs["tariffs"].get(point.id)
        if not rows:
            return self._choose_versions(inputs["versions"][point.tariff_id.id], first)
        versions = []
        for row in rows:
            begin = None if row == rows[0] else row.date_from.isoformat()
            end = row.date_to.isoformat() if row.date_to else None
            versions += self._clip_versions(inputs["versions"][row.tariff_id.id], begin, end)
        return self._choose_versions(versions, first)

    def _clip_versions(self, versions, begin, end):
        """Return versions cut to the days ``begin … end`` (ISO text, None: open)."""
        clipped = []
        for version in versions:
            first = max(version["date_from"], begin or version["date_from"])
            last = min(filter(None, (version["date_to"], end)), default=None)
            if last is None or first <= last:
                clipped.append({**version, "date_from": first, "date_to": last})
        return clipped

    # === Facts, history, shares === #

    def _get_extra_determinants(self, inputs, versions, needs, opened):
        """Return the keys that plain bills do not have.

        :param opened: day of the first opening reading; the energy begins on the next
        """
        point, data = self.supply_point_id, {}
        first = min(opened + timedelta(days=1), self.period_from).isoformat()
        records = inputs["facts"].get(point.id, [])
        if "facts" in needs or any(record.loss_method for record in records):
            data["facts"] = self._get_facts(inputs, records, first)
        if "history" in needs:
            self._set_customer_since(inputs, data.get("facts", ()))
            self._set_leaver(versions, data.get("facts", ()))
            data["history"] = {"year_kwh": str(exact(inputs["year_kwh"].get(self.id, 0), 2))}
        intervals = inputs["series"] and self._get_intervals(inputs, needs, opened)
        if intervals:
            data["intervals"] = intervals
        shares = inputs["shares"] and self._get_shares(inputs, first)
        if shares:
            data["shares"] = shares
        return data

    def _set_customer_since(self, inputs, facts):
        """Let the limits of the year begin with this customer, as the kWh of the year do."""
        since = inputs["customer_since"].get(self.id)
        for fact in facts if since else ():
            fact["supplied_from"] = max(fact.get("supplied_from", ""), since.isoformat())

    def _set_leaver(self, versions, facts):
        """Tell the kernel the last day of a customer who leaves, where his limits depend on it."""
        settles = any((version.get("tiers") or {}).get("leaver") for version in versions)
        if self.is_final and settles:
            days = self._get_charged_days(self.supply_point_id)
            for fact in facts:
                fact["supplied_to"] = days.get("service_to", days["period_to"])

    def _get_facts(self, inputs, records, first):
        """Return the facts of the bill's days; before the first record the point itself counts."""
        point, last = self.supply_point_id, self.period_to.isoformat()
        facts = [record._get_determinants() for record in records]
        facts = [f for f in facts if f["date_from"] <= last and (f["date_to"] or last) >= first]
        if not facts or facts[0]["date_from"] > first:
            end = None
            if facts:
                day = fields.Date.to_date(facts[0]["date_from"]) - timedelta(days=1)
                end = day.isoformat()
            known = self.env["power.supply.fact"]._get_point_determinants(point)
            facts.insert(0, {"date_from": first, "date_to": end, **known})
        suspensions = [s._get_determinants() for s in inputs["suspensions"].get(point.id, [])]
        for fact in facts:
            within = [
                s
                for s in suspensions
                if s["date_from"] <= (fact["date_to"] or last)
                and (s["date_to"] or last) >= fact["date_from"]
            ]
            if within:
                fact["suspensions"] = within
        return facts

    def _get_intervals(self, inputs, needs, opened):
        """Return the load curves of meters without the registers that the tariff asks for."""
        first = min(opened + timedelta(days=1), self.period_from).isoformat()
        last = self.period_to.isoformat()
        series = []
        for meter in inputs["meters"][self.supply_point_id.id]:
            if not self._lacks_registers(inputs["registers"][meter.id], needs):
                continue
            for one in inputs["series"].get(meter.id, ()):
                days = [day for day in one["days"] if first <= day["date"] <= last]
                if days:
                    series.append({**one, "days": days})
        return series

    def _lacks_registers(self, registers, needs):
        """Tell whether a meter's curve must say what its registers do not."""
        return ("periods" in needs and not any(r.period for r in registers)) or (
            "demand" in needs and not any(r.quantity == "demand" for r in registers)
        )

    def _get_load_series(self, inputs, needs):
        """Return the load curves that the bills may need, by meter id."""
        meters = self.env["power.meter"].browse(
            [
                meter.id
                for some in inputs["meters"].values()
                for meter in some
                if self._lacks_registers(inputs["registers"][meter.id], needs)
            ]
        )
        if not meters:
            return {}
        opened = [
            readings[0].date
            for meter in meters
            for register in inputs["registers"][meter.id]
            if (readings := inputs["readings"][register.id])
        ]
        first = min([*opened, *self.mapped("period_from")])
        return self.env["power.load.day"]._get_series(meters, first, max(self.mapped("period_to")))

    def _get_shares(self, inputs, first):
        """Return the shares in force in the bill's days; those of a part of them with dates.

        :param first: ISO day on which the bill's energy begins
        """
        records = inputs["shares"].get(self.supply_point_id.id)
        if not records:
            return []
        begin = fields.Date.to_date(first)
        result = []
        for share in records:
            if share.date_from > self.period_to or (share.date_to and share.date_to < begin):
                continue
            versions = self._choose_versions(inputs["versions"][share.tariff_id.id], first)
            data = share._get_determinants(versions)
            if share.date_from > begin:
                data["date_from"] = share.date_from.isoformat()
            if share.date_to and share.date_to < self.period_to:
                data["date_to"] = share.date_to.isoformat()
            result.append(data)
        return result

    # === Fetching, for all bills at once === #

    def _add_point_inputs(self, inputs):
        """Fetch dated tariffs, facts, suspensions and shares of the bills' points.

        :return: the tariffs whose versions are needed
        """
        points = self.supply_point_id
        for key, model, order in (
            ("tariffs", "power.supply.tariff", "supply_point_id, date_from"),
            ("facts", "power.supply.fact", "supply_point_id, date_from"),
            ("suspensions", "power.supply.suspension", "supply_point_id, date_from"),
            ("shares", "power.supply.share", "supply_point_id, sequence, id"),
        ):
            inputs[key] = defaultdict(list)
            for record in self.env[model].search(
                [("supply_point_id", "in", points.ids)], order=order
            ):
                inputs[key][record.supply_point_id.id].append(record)
        tariffs = points.tariff_id
        for key in ("tariffs", "shares"):
            for records in inputs[key].values():
                tariffs = tariffs.union(*(record.tariff_id for record in records))
        return tariffs

    def _get_customer_since(self):
        """Return {bill id: first day of its customer} where another was billed before."""
        self.flush_model(["supply_point_id", "customer_id", "state", "period_to"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT b.id, o.period_to + 1
                      FROM power_bill b
                CROSS JOIN LATERAL (
                           SELECT o.period_to
                             FROM power_bill o
                            WHERE o.supply_point_id = b.supply_point_id
                              AND o.state <> 'cancelled' AND o.settlement_id IS NULL
                              AND o.state = 'posted' AND o.customer_id <> b.customer_id
                              AND o.period_to < b.period_to
                         ORDER BY o.period_from DESC LIMIT 1) o
                     WHERE b.id = ANY(%s)
                    """,
                    self.ids,
                )
            )
        )

    def _get_year_kwh(self):
        """Return {bill id: kWh billed earlier in the calendar year to the same customer}.

        Of a bill that spans New Year the part of the new year counts.
        """
        self.flush_model(["supply_point_id", "customer_id", "state", "kwh", "period_from"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT b.id, sum(o.kwh) FILTER (WHERE o.period_from >= year.start),
                       array_agg(o.id) FILTER (WHERE o.period_from < year.start)
                  FROM power_bill b
            CROSS JOIN LATERAL (SELECT date_trunc('year', b.period_from)::date AS start) year
                  JOIN power_bill o ON o.supply_point_id = b.supply_point_id
                   AND o.state = 'posted'
                   AND o.customer_id = b.customer_id
                   AND o.period_from < b.period_from
                   AND o.period_to >= year.start
                 WHERE b.id = ANY(%s)
              GROUP BY b.id
                """,
                self.ids,
            )
        )
        return {
            bill_id: exact(kwh or 0, 2) + self.browse(bill_id)._get_kwh_of_year(spanning)
            for bill_id, kwh, spanning in rows
        }

    def _get_kwh_of_year(self, spanning):
        """Return the kWh of this bill's year within bills that began in the year before.

        :param spanning: ids of those bills, or None
        """
        year = self.period_from.year
        bills = self.browse(spanning or ())
        return sum((bill._replay().years.get(year, ZERO) for bill in bills), ZERO)
