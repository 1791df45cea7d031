import copy

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import formatLang

from ..tools import price_list, rating
from ..tools.exact import exact

_MONTHS = 12


class PowerTariff(models.Model):
    """Which tariffs exist, what they cost at which hour, what own use would cost on them."""

    _inherit = "power.tariff"

    day_chart = fields.Html(
        string="A day",
        compute="_compute_day_chart",
        sanitize=False,
        export_string_translation=False,
    )

    @api.depends("version_ids")
    @api.depends_context("lang")
    def _compute_day_chart(self):
        today = self.env.company._get_power_today()
        for tariff in self:
            version = tariff._get_price_version(today)
            tariff.day_chart = version.day_chart if version else False

    def _get_price_version(self, day):
        """Return the version in force, else the next to come, else the last there was."""
        self.ensure_one()
        versions = self.version_ids.sorted("date_from")
        coming = versions.filtered(lambda version: version.date_from > day)
        return self._get_version(day) or coming[:1] or versions[-1:]

    @api.model
    def _get_public_domain(self):
        return Domain("is_public", "=", True) & Domain("active", "=", True)

    @api.model
    def _get_price_seasons(self, tariffs, day):
        """Return lists of months in which the days of all these tariffs look alike."""
        groups = {}
        for month in range(1, _MONTHS + 1):
            key = []
            for tariff in tariffs:
                version = tariff._get_price_version(day)
                schedule = [row._get_determinants() for row in version.schedule_ids]
                seasons = price_list.seasons(schedule)
                key.append(next(i for i, months in enumerate(seasons) if month in months))
            groups.setdefault(tuple(key), []).append(month)
        return list(groups.values())

    # === What would it cost === #

    def _compare_bills(self, bills):
        """Rate the use of posted bills again, at this tariff's prices of today.

        Only the prices differ: registers, facts and shares are those kept with each bill.

        :return: dict ``version`` (record), ``months`` [{bill, kwh, billed, amount, difference}],
            their sums ``kwh``, ``billed``, ``amount``, ``difference`` (numbers, company currency,
            with tax), ``verdict`` (text), ``by_whole`` (True when the meter tells no periods
            apart but the tariff does), ``left_out`` (the bills that cannot be rated on it, with
            the ``reason``) and ``error`` (text, when none can)
        """
        self.ensure_one()
        version = self._get_price_version(self.env.company._get_power_today())
        result = {
            "version": version,
            "months": [],
            "by_whole": False,
            "left_out": bills.browse(),
            "reason": "",
            "error": "",
        }
        if not version:
            return {**result, "error": self.env._("This tariff has no prices yet.")}
        for bill in bills:
            try:
                rated = rating.rate(self._prepare_compare_determinants(bill, version))
            except rating.RatingError as error:
                result["left_out"] |= bill
                result["reason"] = self._get_compare_message(error)
                continue
            tax = self._get_tax_on_top(rated.charges, bill.partner_id)
            amount = float(rated.total + tax)
            # What settlements of the month took off is part of what the month cost.
            billed = bill.currency_id.round(bill.amount_total - bill.amount_settled)
            result["by_whole"] |= bool(version.schedule_ids) and not rated.periods
            result["months"].append(
                {
                    "bill": bill,
                    "kwh": float(rated.kwh),
                    "billed": billed,
                    "amount": amount,
                    "difference": amount - billed,
                }
            )
        if not result["months"]:
            return {**result, "error": result["reason"]}
        for key in ("kwh", "billed", "amount", "difference"):
            result[key] = sum(month[key] for month in result["months"])
        result["verdict"] = self._get_compare_verdict(result["difference"])
        return result

    def _get_compare_verdict(self, difference):
        money = formatLang(self.env, abs(difference), currency_obj=self.currency_id)
        if self.currency_id.is_zero(difference):
            return self.env._("You would have paid the same.")
        if difference < 0:
            return self.env._("You would have paid %s less.", money)
        return self.env._("You would have paid %s more.", money)

    def _prepare_compare_determinants(self, bill, version):
        data = copy.deepcopy(bill.determinants)
        data.pop("settled", None)
        prices = version._get_determinants(bill.reading_from or bill.period_from, bill.period_to)
        holidays = self.env["power.workday"]._get_holidays(
            version.company_id, bill.reading_from or bill.period_from, bill.period_to
        )
        if holidays and any(row["days"] == "holiday" for row in prices.get("schedule", ())):
            prices["holidays"] = holidays
        if prices.get("tiers", {}).get("basis") == "year" and "history" not in data:
            kwh = bill.sudo()._get_year_kwh().get(bill.id, 0)
            data["history"] = {"year_kwh": str(exact(kwh, 2))}
        # The prices of today, whenever the energy was used.
        data["versions"] = [{**prices, "date_from": "1900-01-01", "date_to": None}]
        return data

    def _get_compare_message(self, error):
        """Say to a customer why own use cannot be rated on this tariff."""
        messages = {
            "unknown_period": self.env._(
                "Your meter reads other periods than this tariff has; it cannot be compared."
            ),
            "no_demand_choice": self.env._(
                "This tariff has a basic charge; it is not known whether you would pay it by "
                "capacity or by demand."
            ),
            "missing_fact": self.env._(
                "This tariff has a basic charge, for which your capacity or demand is not known."
            ),
            "no_demand": self.env._("Your meter does not read the demand this tariff charges."),
            "no_reactive": self.env._(
                "Your meter does not read the reactive energy this tariff needs."
            ),
        }
        return messages.get(error.code) or self.env._(
            "Your use cannot be rated on this tariff: %s.", str(error)
        )

    @api.model
    def _get_compare_months(self, bills):
        """Return the month bills of the twelve months up to the last one."""
        bills = bills.filtered(lambda bill: not bill.settlement_id)
        if not bills:
            return bills
        last = max(bills.mapped("period_from"))
        first = last - relativedelta(months=_MONTHS - 1)
        return bills.filtered(lambda bill: bill.period_from >= first).sorted("period_from")
