from datetime import date

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..tools import price_list
from ..tools.amounts import plain
from ..tools.day_chart import WIDE, DayPart, day_chart
from ..tools.schedule import DAY_MINUTES, clock

_MONTHS = 12


class PowerTariffVersion(models.Model):
    """The picture and the table of a version's prices."""

    _inherit = "power.tariff.version"

    day_chart = fields.Html(
        string="A day",
        compute="_compute_day_chart",
        sanitize=False,
        export_string_translation=False,
    )

    @api.depends(
        "schedule_ids.months",
        "schedule_ids.days",
        "schedule_ids.period_id",
        "schedule_ids.hour_from",
        "schedule_ids.hour_to",
        "component_ids.price",
        "component_ids.price_ids.value",
    )
    @api.depends_context("lang")
    def _compute_day_chart(self):
        qweb = self.env["ir.qweb"]
        for version in self:
            if not version.date_from or not version.schedule_ids:
                version.day_chart = False
                continue
            data = version._get_rule_determinants()
            pictures = [
                {"title": self._get_months_label(months), "days": version._get_days(months, data)}
                for months in price_list.seasons(data["schedule"])
            ]
            version.day_chart = qweb._render(
                "power_billing.tariff_day_charts", {"pictures": pictures}
            )

    def _get_days(self, months, data):
        """Return [(kind of day, picture)] of a season; one where all days are alike."""
        labels = dict(
            self.env["power.tariff.schedule"]._fields["days"]._description_selection(self.env)
        )
        kinds = [row.get("days", "any") for row in data["schedule"]]
        wanted = ["workday", *(kind for kind in ("weekend", "holiday") if kind in kinds)]
        if "workday" in kinds and "weekend" not in wanted:
            wanted.append("weekend")
        pictures = [(kind, self._get_day_svg(months[0], kind, data)) for kind in wanted]
        if len({picture for __, picture in pictures}) == 1:
            return [(labels["any"], pictures[0][1])]
        return [(labels[kind], picture) for kind, picture in pictures]

    @api.model
    def _get_months_label(self, months):
        """Name months, short and in the user's language."""
        if len(months) == _MONTHS:
            return self.env._("All year")
        parts = []
        for run in price_list.format_months(months).split(", "):
            ends = [
                format_date(self.env, date(2026, int(month), 1), date_format="MMM")
                for month in run.split("-")
            ]
            parts.append("–".join(ends))
        return ("、" if (self.env.lang or "").startswith("zh") else ", ").join(parts)

    def _get_day_parts(self, month, kind, data=None, tier=1):
        """Return the parts of a day with what a kWh costs altogether in each."""
        self.ensure_one()
        data = data or self._get_rule_determinants()
        periods = self.env["power.tariff.period"]
        colors = periods._get_colors()
        schedule = data.get("schedule") or []
        if not schedule:
            return [DayPart(0, DAY_MINUTES, "", price_list.kwh_price(data, None, tier))]
        return [
            DayPart(
                start,
                end,
                periods._get_label(period),
                price_list.kwh_price(data, period, tier),
                colors.get(period),
            )
            for start, end, period in price_list.day_periods(schedule, month, kind)
        ]

    def _get_day_svg(self, month, kind, data=None, paper=WIDE):
        return day_chart(
            self._get_day_parts(month, kind, data),
            self.env._("Price of a kWh through the day"),
            paper,
        )

    def _get_price_rows(self, month, kind):
        """Return the table of prices per kWh of a day.

        :return: list of dicts: ``period`` (name, empty for the whole day), ``color``, ``hours``
            (text) and ``prices`` (one text a tier)
        """
        self.ensure_one()
        data = self._get_rule_determinants()
        periods = self.env["power.tariff.period"]
        hours = {}
        for start, end, period in price_list.day_periods(data.get("schedule") or [], month, kind):
            span = f"{clock(start)}–{clock(end)}"
            hours.setdefault(period, []).append(span)
        codes = list(hours) or list(
            dict.fromkeys(
                row["period"]
                for component in data["components"]
                if component["kind"] == "energy"
                for row in component.get("prices", ())
                if row.get("period")
            )
        )
        tiers = range(1, price_list.tier_count(data) + 1)
        order = list(periods._get_ids())
        rows = [
            {
                "period": periods._get_label(code) if code else "",
                "color": periods._get_colors().get(code) if code else None,
                "hours": ", ".join(hours.get(code, ())),
                "prices": [plain(price_list.kwh_price(data, code, tier)) for tier in tiers],
            }
            for code in sorted(codes, key=lambda code: order.index(code) if code in order else -1)
        ]
        return rows or [
            {
                "period": "",
                "color": None,
                "hours": "",
                "prices": [plain(price_list.kwh_price(data, None, tier)) for tier in tiers],
            }
        ]

    def _get_tier_labels(self):
        """Return the heads of the columns of tiers: “up to 2760 kWh a year”…"""
        self.ensure_one()
        if not self.tier_basis or not self.tier_limits:
            return []
        over = {
            "month": self.env._("a month"),
            "cycle": self.env._("a billing cycle"),
            "year": self.env._("a year"),
        }[self.tier_basis]
        limits = price_list.parse_limits(self.tier_limits)
        heads = [
            self.env._("up to %(limit)s kWh %(over)s", limit=limit, over=over) for limit in limits
        ]
        return [*heads, self.env._("above %(limit)s kWh %(over)s", limit=limits[-1], over=over)]

    def _get_other_charges(self):
        """Return [(name, price, unit)] of the charges that are not per kWh."""
        self.ensure_one()
        units = {
            "capacity": self.env._("kVA and month"),
            "demand": self.env._("kW and month"),
            "fixed": self.env._("month"),
            "minimum": self.env._("month"),
        }
        return [
            (component.name, component.price_range, units[component.kind])
            for component in self.component_ids
            if component.kind in units
        ]
