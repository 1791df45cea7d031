import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from odoo import api, fields, models
from odoo.fields import Command

from ..tools import price_list
from ..tools.amounts import plain
from ..tools.determinants import PF_BASE_KINDS
from ..tools.exact import exact
from ..tools.price_list import Problem

READY_PATH = Path(__file__).parents[1] / "data" / "tariffs"


@functools.cache
def ready_lists() -> dict[str, dict[str, Any]]:
    """Return the price lists that come with the add-on, by file name."""
    return {
        path.stem: price_list.loads(path.read_bytes()) for path in sorted(READY_PATH.glob("*.json"))
    }


@dataclass
class Plan:
    """What an import would do; ``steps`` are done in order, ``lines`` tell the user."""

    steps: list[tuple[str, Any, dict[str, Any]]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class PowerTariffList(models.AbstractModel):
    """Price lists in and out: ``power-tariff/1`` to tariffs of a company, and back."""

    _name = "power.tariff.list"
    _description = "Price List"

    # === Out === #

    @api.model
    def _export(self, tariffs):
        """Return tariffs as a price list.

        :return: dict of the format ``power-tariff/1``, numbers as text
        """
        tariffs = tariffs.with_context(lang="en_US")
        data = {
            "format": price_list.FORMAT,
            "currency": tariffs.company_id.currency_id[:1].name
            or self.env.company.currency_id.name,
            "tariffs": [self._export_tariff(tariff) for tariff in tariffs],
        }
        periods = self._export_periods(data)
        if periods:
            data["periods"] = periods
        return data

    def _export_tariff(self, tariff):
        data = {"code": tariff.code or f"T{tariff.id}", "name": tariff.name}
        names = self._get_names(tariff)
        if names:
            data["names"] = names
        if tariff.is_public:
            data["public"] = True
        if tariff.usage_category_ids:
            data["usage_categories"] = tariff.usage_category_ids.mapped("code")
        versions = tariff.version_ids.sorted("date_from")
        data["versions"] = [self._export_version(version) for version in versions]
        return data

    def _export_version(self, version):
        data = version._get_rule_determinants()
        # The holidays are the company's, not the list's.
        data.pop("holidays", None)
        for values, component in zip(data["components"], version.component_ids, strict=True):
            values.pop("key")
            values.pop("unit")
            values["price"] = plain(values["price"])
            names = self._get_names(component)
            if names:
                values["names"] = names
        return data

    def _export_periods(self, data):
        """Return the definitions of the periods used that the add-on does not bring."""
        codes = {
            row["period"]
            for __, version in price_list.walk_versions(data)
            for row in (
                *version.get("schedule", ()),
                *(row for item in version["components"] for row in item.get("prices", ())),
            )
            if row.get("period")
        }
        periods = self.env["power.tariff.period"].with_context(active_test=False, lang="en_US")
        own = periods.search([("code", "in", list(codes))]).filtered(
            lambda period: not period._is_builtin()
        )
        return [
            {
                "code": period.code,
                "name": period.name,
                **({"names": names} if (names := self._get_names(period)) else {}),
                **({"color": period.color} if period.color else {}),
            }
            for period in own
        ]

    def _get_names(self, record):
        """Return a record's names in the other languages in use, where they differ."""
        name = record.with_context(lang="en_US").name
        names = {
            code: record.with_context(lang=code).name
            for code, __ in self.env["res.lang"].get_installed()
            if code != "en_US"
        }
        return {code: text for code, text in names.items() if text and text != name}

    # === In === #

    @api.model
    def _plan(self, data, company):
        """Compare a list with a company's tariffs.

        :param data: a price list, checked or not
        :return: Plan; with ``problems`` nothing may be done
        """
        plan = Plan()
        periods = self.env["power.tariff.period"]._get_ids()
        plan.problems = price_list.check_list(data, periods)
        if plan.problems:
            return plan
        currency = data.get("currency")
        if currency and currency != company.currency_id.name and data["tariffs"]:
            values = {"value": currency, "other": company.currency_id.name}
            plan.problems.append(Problem("currency", "currency", values))
            return plan
        data = self._localise(data)
        self._plan_periods(data, periods, plan)
        self._plan_holidays(data, company, plan)
        for index, tariff_data in enumerate(data["tariffs"]):
            self._plan_tariff(tariff_data, f"tariffs[{index}]", company, plan)
        return plan

    @api.model
    def _localise(self, data):
        """Where English is not in use, take the names in the language that is.

        The database keeps one name as the base of all translations; without English it is that of
        the language in use.
        """
        installed = [code for code, __ in self.env["res.lang"].get_installed()]
        if "en_US" in installed:
            return data

        def walk(value):
            if isinstance(value, list):
                return [walk(item) for item in value]
            if not isinstance(value, Mapping):
                return value
            value = {key: walk(item) for key, item in value.items()}
            names = value.get("names") or {}
            found = next((names[code] for code in installed if code in names), None)
            return {**value, "name": found} if found else value

        return walk(data)

    def _plan_periods(self, data, known, plan):
        for period in data.get("periods") or ():
            if period["code"] not in known:
                plan.steps.append(("period", None, period))
                plan.lines.append(
                    {
                        "action": "create",
                        "name": period["name"],
                        "message": self.env._("Time-of-use period %s", period["code"]),
                    }
                )

    def _plan_holidays(self, data, company, plan):
        days = [
            {**day, "kind": kind}
            for key, kind in (("holidays", "holiday"), ("worked_days", "worked"))
            for day in data.get(key) or ()
        ]
        if not days:
            return
        known = {day.isoformat() for day in self.env["power.workday"]._get_kinds(company)}
        new = [day for day in days if day["date"] not in known]
        plan.steps += [
            ("holiday", company, {**day, "source": data.get("source") or False}) for day in new
        ]
        plan.lines.append(
            {
                "action": "create" if new else "unchanged",
                "name": self.env._("Holidays"),
                "message": self.env._("%(new)s new of %(all)s days", new=len(new), all=len(days)),
            }
        )

    def _plan_tariff(self, data, path, company, plan):
        vals = self._prepare_tariff_vals(data, path, company, plan)
        tariff = (
            self.env["power.tariff"]
            .with_context(active_test=False, lang="en_US")
            .search([("company_id", "=", company.id), ("code", "=", data["code"])], limit=1)
        )
        line = {"tariff": data["code"], "name": data["name"]}
        if not tariff:
            plan.steps.append(("tariff", None, {"vals": vals, "data": data}))
            plan.lines += [
                {**line, "action": "create", "date_from": version["date_from"]}
                for version in data["versions"]
            ] or [{**line, "action": "create"}]
            return
        if self._tariff_differs(tariff, vals, data):
            plan.steps.append(("tariff_change", tariff, {"vals": vals, "data": data}))
            plan.lines.append({**line, "action": "change"})
        before = len(plan.lines)
        self._plan_versions(tariff, data, path, line, plan)
        if len(plan.lines) == before:
            plan.lines.append({**line, "action": "unchanged"})

    def _prepare_tariff_vals(self, data, path, company, plan):
        vals = {"name": data["name"], "code": data["code"], "company_id": company.id}
        if "public" in data:
            vals["is_public"] = data["public"]
        if "usage_categories" in data:
            categories = self.env["power.usage.category"].with_context(active_test=False)
            found = categories.search([("code", "in", data["usage_categories"])])
            known = set(found.mapped("code"))
            plan.problems += [
                Problem(f"{path}.usage_categories", "usage_category", {"value": code})
                for code in data["usage_categories"]
                if code not in known
            ]
            vals["usage_category_ids"] = [Command.set(found.ids)]
        return vals

    def _tariff_differs(self, tariff, vals, data):
        categories = vals.get("usage_category_ids")
        return bool(
            tariff.name != vals["name"]
            or not tariff.active
            or tariff.is_public != vals.get("is_public", tariff.is_public)
            or (categories and set(categories[0][2]) != set(tariff.usage_category_ids.ids))
            or self._names_differ(tariff, data)
        )

    def _names_differ(self, record, data):
        installed = {code for code, __ in self.env["res.lang"].get_installed()}
        return any(
            code in installed and record.with_context(lang=code).name != name
            for code, name in (data.get("names") or {}).items()
        )

    def _plan_versions(self, tariff, data, path, line, plan):
        existing = {version.date_from.isoformat(): version for version in tariff.version_ids}
        listed = {version["date_from"]: version for version in data["versions"]}
        for index, version_data in enumerate(data["versions"]):
            first = version_data["date_from"]
            where = f"{path}.versions[{index}]"
            item = {**line, "date_from": first}
            version = existing.get(first)
            if version is None:
                closes = self._plan_neighbours(existing, listed, version_data, where, plan)
                plan.steps.append(("version", tariff, version_data))
                plan.lines.append({**item, "action": "new_version", "message": closes})
            elif self._version_differs(version, version_data):
                if version.is_frozen and self._amounts_differ(version, version_data):
                    plan.problems.append(Problem(f"{where}.date_from", "frozen", {"value": first}))
                    continue
                plan.steps.append(("version_change", version, version_data))
                plan.lines.append({**item, "action": "change"})
            else:
                plan.lines.append({**item, "action": "unchanged"})

    def _plan_neighbours(self, existing, listed, data, where, plan):
        """Close the version before a new one; refuse to run into the one after.

        :return: what happens to the version before, for the user
        """
        first, last = data["date_from"], data.get("date_to")
        others = {day: version for day, version in existing.items() if day not in listed}
        later = min((day for day in others if day > first), default=None)
        if later and (not last or last >= later):
            values = {"value": first, "other": later}
            plan.problems.append(Problem(f"{where}.date_to", "follows", values))
        earlier = max((day for day in others if day < first), default=None)
        if not earlier:
            return ""
        version = others[earlier]
        if version.date_to and version.date_to.isoformat() < first:
            return ""
        billed = version._get_billed_until()
        if billed and billed.isoformat() >= first:
            values = {"value": first, "other": billed.isoformat()}
            plan.problems.append(Problem(f"{where}.date_from", "billed_until", values))
        end = price_list.day_before(first)
        plan.steps.append(("close", version, {"date_to": end}))
        return self.env._("The version from %(start)s ends on %(end)s.", start=earlier, end=end)

    def _version_differs(self, version, data):
        current = price_list.canonical(self._export_version(version.with_context(lang="en_US")))
        if current != price_list.canonical(data):
            return True
        return any(
            self._names_differ(component, values)
            for component, values in zip(version.component_ids, data["components"], strict=True)
        )

    def _amounts_differ(self, version, data):
        """Tell whether more than the last day, the source or translations would change."""
        free = {"date_to": None, "source": ""}
        current = self._export_version(version.with_context(lang="en_US"))
        return {**price_list.canonical(current), **free} != {**price_list.canonical(data), **free}

    # === Doing it === #

    @api.model
    def _apply(self, plan):
        """Do what a plan says.

        :return: the tariffs touched
        """
        tariffs = self.env["power.tariff"]
        # An end comes before the version that follows it.
        steps = sorted(plan.steps, key=lambda step: step[0] != "close")
        order = ("period", "holiday", "close", "version_change")
        steps.sort(key=lambda step: order.index(step[0]) if step[0] in order else len(order))
        for kind, record, values in steps:
            tariffs |= getattr(self, f"_apply_{kind}")(record, values) or tariffs
        return tariffs

    def _apply_period(self, record, data):
        period = self.env["power.tariff.period"].create(
            {"code": data["code"], "name": data["name"], "color": data.get("color") or False}
        )
        self._set_names(period, data)

    def _apply_holiday(self, company, data):
        day = self.env["power.workday"].create(
            {
                "date": data["date"],
                "name": data["name"],
                "kind": data["kind"],
                "source": data["source"],
                "company_id": company.id,
            }
        )
        self._set_names(day, data)

    def _apply_close(self, version, data):
        version.date_to = data["date_to"]

    def _apply_tariff(self, record, values):
        data = values["data"]
        tariff = self.env["power.tariff"].create(
            {**values["vals"], "note": data.get("note") or False}
        )
        self._set_names(tariff, data)
        for version in data["versions"]:
            self._apply_version(tariff, version)
        return tariff

    def _apply_tariff_change(self, tariff, values):
        tariff.write({**values["vals"], "active": True})
        self._set_names(tariff, values["data"])
        return tariff

    def _apply_version(self, tariff, data):
        version = self.env["power.tariff.version"].create(
            {
                **self._prepare_version_vals(data),
                "tariff_id": tariff.id,
                "component_ids": [
                    Command.create({**self._prepare_component_vals(item), "sequence": number})
                    for number, item in enumerate(data["components"], 1)
                ],
            }
        )
        self._set_component_names(version, data)
        return tariff

    def _apply_version_change(self, version, data):
        if version.is_frozen:
            version.write(
                {"date_to": data.get("date_to") or False, "source": data.get("source") or False}
            )
        else:
            version.write(
                {
                    **self._prepare_version_vals(data),
                    "schedule_ids": [
                        Command.clear(),
                        *self._prepare_version_vals(data)["schedule_ids"],
                    ],
                    "component_ids": self._prepare_component_commands(version, data),
                }
            )
        self._set_component_names(version, data)
        return version.tariff_id

    def _set_names(self, record, data):
        installed = {code for code, __ in self.env["res.lang"].get_installed()}
        for code, name in (data.get("names") or {}).items():
            if code in installed:
                record.with_context(lang=code).name = name

    def _set_component_names(self, version, data):
        components = version.component_ids.sorted("sequence")
        for component, values in zip(components, data["components"], strict=True):
            self._set_names(component, values)

    def _prepare_version_vals(self, data):
        tiers: Mapping[str, Any] = data.get("tiers") or {}
        basic = {**price_list.BASIC_DEFAULTS, **(data.get("basic") or {})}
        return {
            "date_from": fields.Date.to_date(data["date_from"]),
            "date_to": fields.Date.to_date(data.get("date_to")),
            "source": data.get("source") or False,
            "tax_mode": data.get("tax") or "included",
            "tier_basis": tiers.get("basis") or False,
            "tier_limits": "; ".join(map(str, tiers.get("limits") or ())) or False,
            "tier_household_extra": _number(tiers.get("household_extra")),
            "tier_mode": tiers.get("mode") or "prorata",
            "tier_leaver": tiers.get("leaver") or "year",
            "basic_over_limit": _number(basic["over_limit"]),
            "basic_over_reading": basic["over_reading"],
            "basic_floor_share": _number(basic["floor_share"]),
            "basic_heavy_kwh_per_kva": _number(basic["heavy_kwh_per_kva"]),
            "basic_heavy_factor": _number(basic["heavy_factor"]),
            "basic_suspension_days": int(_number(basic["suspension_days"])),
            "basic_month_days": int(_number(basic["month_days"])),
            "schedule_ids": [
                Command.create({**self._prepare_schedule_vals(row, start, end), "sequence": number})
                for number, row in enumerate(data.get("schedule") or (), 1)
                for start, end in price_list.spans(row)
            ],
        }

    def _prepare_schedule_vals(self, data, start, end):
        return {
            "months": price_list.format_months(data["months"]),
            "days": data.get("days") or "any",
            "period_id": self.env["power.tariff.period"]._get_ids()[data["period"]],
            "hour_from": start / 60,
            "hour_to": end / 60,
        }

    def _prepare_component_vals(self, data):
        periods = self.env["power.tariff.period"]._get_ids()
        rows = [
            {
                "period_id": periods.get(row.get("period"), False),
                "tier": row.get("tier") or 0,
                "basis": "price",
                "value": _number(row["price"]),
            }
            for row in data.get("prices") or ()
        ] + [
            {"period_id": periods[code], "tier": 0, "basis": "factor", "value": _number(factor)}
            for code, factor in (data.get("factors") or {}).items()
        ]
        return {
            "kind": data["kind"],
            "name": data["name"],
            "price": _number(data.get("price")),
            "pf_base": data.get("pf_base", data["kind"] in PF_BASE_KINDS),
            "period_id": periods.get(data.get("period"), False),
            "demand_limits": "; ".join(map(str, data.get("limits") or ())) or False,
            "quantity": _number(data.get("quantity")),
            "price_ids": [
                Command.create({**row, "sequence": number}) for number, row in enumerate(rows, 1)
            ],
        }

    def _prepare_component_commands(self, version, data):
        """Change the components that stay in place, for rated bills name them."""
        known = {
            (component.kind, component.with_context(lang="en_US").name): component
            for component in version.component_ids
        }
        commands = []
        for number, item in enumerate(data["components"], 1):
            vals = {**self._prepare_component_vals(item), "sequence": number}
            component = known.pop((item["kind"], item["name"]), None)
            if component is None:
                commands.append(Command.create(vals))
            else:
                vals["price_ids"] = [Command.clear(), *vals["price_ids"]]
                commands.append(Command.update(component.id, vals))
        return [Command.delete(component.id) for component in known.values()] + commands


def _number(value) -> float:
    """Return a number of a list as the ORM takes it; its column keeps the exact decimals."""
    return float(exact(str(value), 9)) if value not in (None, "") else 0.0
