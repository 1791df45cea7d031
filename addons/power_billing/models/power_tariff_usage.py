from collections.abc import Mapping
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import price_list, rating

_USAGE_KEYS = (
    "date_from",
    "date_to",
    "kwh",
    "kvarh",
    "export_kwh",
    "demand_kw",
    "year_kwh",
    "intervals",
    "facts",
)


class PowerTariff(models.Model):
    """What a given use would cost on a tariff."""

    _inherit = "power.tariff"

    @api.model
    @api.readonly
    def rate_usage(self, tariff, usage):
        """Rate a use on a tariff, through the same kernel as bills. Nothing is written.

        :param tariff: id of a tariff that the user may read, or plain data: a version of the
            format ``power-tariff/1`` or a tariff of it with its ``versions``
        :param dict usage: numbers as text

            * ``date_from``, ``date_to``: first and last day, ISO, of one billing period
            * ``kwh``: of the whole, or by period ``{"peak": "300", "valley": "700"}``
            * ``kvarh``, ``export_kwh``: optional
            * ``demand_kw``: maximum demand, of the whole or by period, optional
            * ``year_kwh``: billed before in the calendar year, for tiers by year, optional
            * ``intervals``: ``[{key, quantity, minutes, days: [{date, values}]}]`` instead of
              ``kwh``, kWh of every interval
            * ``facts``: ``{capacity_kva, hv_motor_kw, contract_demand_kw, demand_choice,
              pf_standard, supplied_from, household_extra_from}``, optional
        :return: dict ``kwh``, ``total`` (texts; the sum of the charges, with VAT where the prices
            include it), ``tax_on_top`` (text, what a tariff without tax adds to it; none for plain
            data), ``currency`` (code, none for plain data), ``pf``, ``demand_kw``, ``charges``
            [{label, kind, period, tier, quantity, unit, price, amount, step, date_from, date_to}]
            and ``steps`` (texts)
        :raises UserError: when tariff or usage cannot be rated, saying what and how to mend it
        :raises AccessError: when the user may not read the tariff
        """
        record, versions = self._get_usage_versions(tariff, usage)
        data = self._prepare_usage_determinants(usage, versions)
        try:
            result = rating.rate(data)
        except rating.RatingError as error:
            raise UserError(self._get_rating_message(error)) from error
        return {
            "kwh": str(result.kwh),
            "total": str(result.total),
            "tax_on_top": str(record.sudo()._get_tax_on_top(result.charges)) if record else None,
            "currency": record.currency_id.name if record else None,
            "pf": str(result.pf) if result.pf is not None else None,
            "demand_kw": str(result.demand_kw) if result.demand_kw is not None else None,
            "charges": [self._prepare_usage_charge(charge) for charge in result.charges],
            "steps": [step["step"] for step in result.steps if step.get("step")],
        }

    def _get_usage_versions(self, tariff, usage):
        """Return (tariff record or none, versions as the kernel takes them)."""
        self._check_usage(usage)
        if isinstance(tariff, Mapping):
            return None, self._read_plain_versions(tariff)
        if isinstance(tariff, bool) or not isinstance(tariff, int):
            raise UserError(
                self.env._("“%s” is neither the id of a tariff nor a tariff as data.", tariff)
            )
        record = self.browse(tariff).exists()
        if not record:
            raise UserError(self.env._("There is no tariff with the id %s.", tariff))
        record.check_access("read")
        first, last = (fields.Date.to_date(usage[key]) for key in ("date_from", "date_to"))
        versions = [
            version._get_determinants(first, last)
            for version in record.sudo().version_ids.sorted("date_from")
            if version.date_from <= last and (not version.date_to or version.date_to >= first)
        ]
        if not versions:
            raise UserError(
                self.env._(
                    "Tariff “%(tariff)s” has no prices between %(first)s and %(last)s.",
                    tariff=record.name,
                    first=first,
                    last=last,
                )
            )
        return record, versions

    def _read_plain_versions(self, data):
        versions = data.get("versions", [data])
        problems = [
            price_list.Problem(f"versions[{index}].{problem.path}", problem.code, problem.data)
            for index, version in enumerate(versions)
            for problem in price_list.check_version(version)
        ]
        if problems:
            texts = self.env["power.tariff.version"]
            raise UserError(
                "\n".join(
                    f"{problem.path}: {' '.join(texts._get_problem_texts(problem))}"
                    for problem in problems
                )
            )
        return [
            price_list.kernel_version(version, index) for index, version in enumerate(versions, 1)
        ]

    def _check_usage(self, usage):
        if not isinstance(usage, Mapping):
            raise UserError(self.env._("The use must be an object with keys."))
        unknown = next((key for key in usage if key not in _USAGE_KEYS), None)
        if unknown is not None:
            raise UserError(
                self.env._(
                    "“%(key)s” is not known in the use. Use: %(keys)s.",
                    key=unknown,
                    keys=", ".join(_USAGE_KEYS),
                )
            )
        for key in ("date_from", "date_to"):
            if price_list.to_date(usage.get(key)) is None:
                raise UserError(
                    self.env._(
                        "“%(key)s” must be a date such as 2026-01-31, not “%(value)s”.",
                        key=key,
                        value=usage.get(key, ""),
                    )
                )
        if usage["date_to"] < usage["date_from"]:
            raise UserError(self.env._("The use ends before it begins."))
        if "kwh" not in usage and "intervals" not in usage:
            raise UserError(self.env._("“kwh” or “intervals” is missing in the use."))

    def _prepare_usage_determinants(self, usage, versions):
        registers = [
            register
            for key, quantity in (
                ("kwh", "active"),
                ("kvarh", "reactive"),
                ("export_kwh", "active_export"),
                ("demand_kw", "demand"),
            )
            if key in usage
            for register in self._prepare_usage_registers(usage, key, quantity)
        ]
        data = {
            "period_from": usage["date_from"],
            "period_to": usage["date_to"],
            "registers": registers,
            "versions": versions,
        }
        if usage.get("facts"):
            data["facts"] = [{"date_from": "1900-01-01", **usage["facts"]}]
        if usage.get("year_kwh"):
            data["history"] = {"year_kwh": usage["year_kwh"]}
        if usage.get("intervals"):
            data["intervals"] = usage["intervals"]
        return data

    def _prepare_usage_registers(self, usage, key, quantity):
        """Return registers that went from zero to what was used, one a period."""
        values = usage[key] if isinstance(usage[key], Mapping) else {None: usage[key]}
        before = fields.Date.to_date(usage["date_from"]) - timedelta(days=1)
        for period, value in values.items():
            where = f"{key}.{period}" if period else key
            if not price_list.is_number(value):
                raise UserError(
                    self.env._(
                        "“%(key)s” must be a number as text such as 1234.5, not “%(value)s”.",
                        key=where,
                        value=value,
                    )
                )
            register = {
                "key": "1",
                "quantity": quantity,
                "multiplier": "1",
                "digits": 12,
                "readings": [
                    {"date": before.isoformat(), "value": "0"},
                    {"date": usage["date_to"], "value": str(value)},
                ],
            }
            yield {**register, "period": period} if period else register

    def _prepare_usage_charge(self, charge):
        label = [charge.name]
        if charge.period:
            label.append(self.env["power.tariff.period"]._get_label(charge.period))
        if charge.tier:
            label.append(self.env._("tier %s", charge.tier))
        values = charge.as_dict()
        return {
            "label": " · ".join(label),
            **{
                key: values.get(key)
                for key in (
                    "kind",
                    "period",
                    "tier",
                    "quantity",
                    "unit",
                    "price",
                    "amount",
                    "step",
                    "date_from",
                    "date_to",
                )
            },
        }

    @api.model
    def _get_rating_message(self, error):
        """Say why the kernel could not rate, in the user's language."""
        data = {"path": "", "value": "", "date": "", "period": "", "component": "", **error.data}
        messages = {
            "missing_key": self.env._("“%s” is missing.", data["path"]),
            "unknown_key": self.env._("“%s” is not known.", data["path"]),
            "bad_value": self.env._(
                "“%(path)s” cannot be “%(value)s”.", path=data["path"], value=data["value"]
            ),
            "no_version": self.env._("The tariff has no prices for %s.", data["date"]),
            "unknown_period": self.env._(
                "The tariff has no period “%s”. Give the use by the periods of the tariff.",
                self.env["power.tariff.period"]._get_label(data["period"] or ""),
            ),
            "no_demand_choice": self.env._(
                "Capacity or demand? Give “demand_choice” in the facts: capacity, contract or "
                "actual."
            ),
            "missing_fact": self.env._(
                "“%(component)s” needs the fact “%(fact)s”.",
                component=data["component"],
                fact=data.get("fact", ""),
            ),
            "no_demand": self.env._(
                "“%s” needs the maximum demand (demand_kw).", data["component"]
            ),
            "no_reactive": self.env._(
                "The power factor needs the reactive energy (kvarh), or facts without a standard."
            ),
        }
        return messages.get(error.code) or self.env._("The use cannot be rated: %s.", str(error))
