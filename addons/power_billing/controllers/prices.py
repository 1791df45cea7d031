from odoo.fields import Domain
from odoo.http import request, route

from ..tools.day_chart import NARROW, WIDE
from .portal import PowerBillPortal

_DAYS = ("workday", "weekend", "holiday")


class PowerPrices(PowerBillPortal):
    """Prices for everybody, and what own use would cost on another tariff."""

    @route("/power/prices", type="http", auth="public", website=True, methods=["GET"])
    def power_prices(self, month=None, days=None, **_kw):
        return request.render(
            "power_billing.prices_page",
            {
                **self._prepare_prices_values(self._get_public_tariffs(), month, days),
                "page_name": "power_prices",
                "url": "/power/prices",
            },
        )

    @route("/my/power/prices", type="http", auth="user", website=True, methods=["GET"])
    def power_my_prices(self, month=None, days=None, point=None, tariff=None, **_kw):
        bills = self._get_price_bills()
        points = bills.supply_point_id.sudo()
        # What a customer is billed on is his to see, public or not.
        own = points.tariff_id
        tariffs = own | self._get_public_tariffs(points.company_id or request.env.company)
        values = self._prepare_prices_values(tariffs, month, days)
        comparison = self._prepare_comparison_values(bills, tariffs, point, tariff)
        return request.render(
            "power_billing.portal_my_prices",
            {
                **self._prepare_portal_layout_values(),
                **values,
                **comparison,
                "own_tariffs": own,
                "choices": self._get_price_choices(tariffs, points),
                "points": points,
                "page_name": "power_my_prices",
                "url": "/my/power/prices",
            },
        )

    def _get_public_tariffs(self, companies=None):
        tariffs = request.env["power.tariff"].sudo()
        companies = companies or request.env.company
        domain = tariffs._get_public_domain() & Domain("company_id", "in", companies.ids)
        return tariffs.search(domain)

    def _get_price_choices(self, tariffs, points):
        """Return what own use may be compared with: tariffs for the points' categories, another
        than one's own first."""
        own = points.tariff_id
        categories = points.usage_category_id
        return tariffs.filtered(
            lambda tariff: (
                tariff in own
                or not tariff.usage_category_ids
                or tariff.usage_category_ids & categories
            )
        ).sorted(lambda tariff: tariff in own)

    def _get_price_bills(self):
        """Return the visitor's own posted bills; the record rule says the same."""
        bills = request.env["power.bill"]
        return bills.search(self._get_power_bills_domain()) if bills.has_access("read") else bills

    def _prepare_prices_values(self, tariffs, month, days):
        today = request.env.company._get_power_today()
        # Whatever the address says, only a month and a kind of day reach the page.
        month = int(month) if (month or "").isdecimal() and 1 <= int(month) <= 12 else today.month
        days = days if days in _DAYS else "workday"
        tariffs = tariffs.with_context(lang=request.env.lang)
        versions = request.env["power.tariff.version"].sudo()
        kinds = set()
        for tariff in tariffs:
            kinds |= set(tariff._get_price_version(today).schedule_ids.mapped("days"))
        labels = dict(
            request.env["power.tariff.schedule"]._fields["days"]._description_selection(request.env)
        )
        return {
            "cards": [self._prepare_price_card(tariff, month, days, today) for tariff in tariffs],
            "month": month,
            "days": days,
            "seasons": [
                {"months": months, "label": versions._get_months_label(months)}
                for months in tariffs._get_price_seasons(tariffs, today)
            ],
            "day_kinds": [
                (kind, labels[kind])
                for kind in _DAYS
                if kinds - {"any"} and (kind != "holiday" or "holiday" in kinds)
            ],
        }

    def _prepare_price_card(self, tariff, month, days, today):
        version = tariff._get_price_version(today)
        return {
            "tariff": tariff,
            "version": version,
            "currency": tariff.company_id.currency_id,
            "coming": bool(version) and version.date_from > today,
            "ended": bool(version.date_to) and version.date_to < today,
            "rows": version._get_price_rows(month, days) if version else [],
            "tiers": version._get_tier_labels() if version else [],
            "others": version._get_other_charges() if version else [],
            "pictures": [version._get_day_svg(month, days, paper=paper) for paper in (WIDE, NARROW)]
            if version.schedule_ids
            else [],
        }

    def _prepare_comparison_values(self, bills, tariffs, point, tariff):
        """Return what own use would cost on a tariff, when one was asked for."""
        if not point and not tariff:
            return {"comparison": None, "point": None, "choice": None}
        point = int(point) if (point or "").isdecimal() else 0
        choice = int(tariff) if (tariff or "").isdecimal() else 0
        if point not in bills.supply_point_id.ids or choice not in tariffs.ids:
            raise request.not_found()
        bills = bills.filtered(lambda bill: bill.supply_point_id.id == point).sudo()
        choice = tariffs.browse(choice).with_context(lang=request.env.lang)
        if choice.company_id != bills.company_id[:1]:
            raise request.not_found()
        return {
            "comparison": choice._compare_bills(choice._get_compare_months(bills)),
            "point": bills.supply_point_id,
            "choice": choice,
        }
