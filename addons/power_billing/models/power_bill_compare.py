from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.i18n import format_list
from odoo.tools.misc import formatLang

from ..tools import compare
from ..tools.delta_chart import delta_bar
from ..tools.rating import RatingError


class PowerBill(models.Model):
    """Why did my bill change? The kernel's reasons in the reader's language."""

    _inherit = "power.bill"

    # === Against which bill === #

    def _get_compare_domain(self):
        """Return the domain of earlier bills of the point and its payer.

        A bill of the customer before says how that one lived; it is nobody else's business.
        """
        self.ensure_one()
        return (
            Domain("supply_point_id", "=", self.supply_point_id.id)
            & Domain("partner_id", "=", self.partner_id.id)
            & Domain("customer_id", "=", self.customer_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("settlement_id", "=", False)
            & Domain("state", "=", "posted")
            & Domain("period_from", "<", self.period_from)
        )

    def _get_previous_bill(self):
        """Return the bill before this one, or none."""
        return self.search(self._get_compare_domain(), order="period_from desc", limit=1)

    def _get_year_ago_bill(self):
        """Return the bill of the same month a year earlier, or none."""
        month = self.period_from.replace(day=1) - relativedelta(years=1)
        return self.search(
            self._get_compare_domain()
            & Domain("period_from", ">=", month)
            & Domain("period_from", "<", month + relativedelta(months=1)),
            limit=1,
        )

    def action_why(self):
        """Open the dialog that explains the bill."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why did the bill change?"),
            "res_model": "power.bill.why",
            "view_mode": "form",
            "target": "new",
            "context": {"default_bill_id": self.id},
        }

    # === The reasons === #

    def _get_comparison(self, other):
        """Take the difference to an earlier bill apart.

        :param other: the earlier bill
        :return: the kernel's ``Comparison``
        :raises UserError: when one of the two was never rated or cannot be rated any more
        """
        self.ensure_one()
        pair = other, self
        for bill in pair:
            if not bill.determinants:
                raise UserError(
                    self.env._("Bill %s was not rated; there is nothing to compare.", bill.name)
                )
        try:
            # Months are compared whole, however often they were settled.
            return compare.compare(
                *(
                    {key: value for key, value in bill.determinants.items() if key != "settled"}
                    for bill in pair
                )
            )
        except RatingError as error:
            raise UserError(
                self.env._("The bills cannot be compared: %(reason)s.", reason=str(error))
            ) from error

    def _get_change(self, other):
        """Return why this bill differs from an earlier one, for the screen.

        :param other: the earlier bill
        :return: dict with ``before``, ``after``, ``difference`` (texts with currency), ``amount``
            (Decimal, yuan) and ``rows``: dicts of ``key``, ``label``, ``amount`` (Decimal),
            ``text`` (signed, with currency), ``sentence`` and ``bar`` (SVG); the rows add up to
            the difference
        """
        comparison = self._get_comparison(other)
        highest = max((abs(reason.amount) for reason in comparison.reasons), default=0)
        labels = self._get_reason_labels()
        return {
            "before": self._format_money(comparison.before),
            "after": self._format_money(comparison.after),
            "difference": self._format_change(comparison.difference),
            "amount": comparison.difference,
            "rows": [
                {
                    "key": reason.key,
                    "label": labels[reason.key],
                    "amount": reason.amount,
                    "text": self._format_change(reason.amount),
                    "sentence": self._get_reason_sentence(reason, *comparison.summaries),
                    "bar": delta_bar(reason.amount, highest),
                }
                for reason in comparison.reasons
            ],
        }

    def _get_reason_labels(self):
        return {
            "estimate": self.env._("Estimate put right"),
            "days": self.env._("Days"),
            "volume": self.env._("Energy a day"),
            "tier": self.env._("Tiers"),
            "mix": self.env._("Time of use"),
            "demand": self.env._("Demand and capacity"),
            "power_factor": self.env._("Power factor"),
            "price": self.env._("Prices"),
            "tax": self.env._("Tax"),
            "other": self.env._("Rounding and other"),
        }

    def _get_reason_sentence(self, reason, before, after):
        """Say in one plain sentence why a reason changed the bill.

        :param reason: the kernel's ``Reason``
        :param before: the kernel's ``Summary`` of the earlier bill
        :param after: that of this bill
        """
        return getattr(self, f"_explain_{reason.key}")(reason.amount > 0, before, after)

    def _explain_estimate(self, _more, _before, _after):
        return self.env._(
            "The bill before ended with an estimate; the true reading has now set it right."
        )

    def _explain_days(self, _more, before, after):
        if before.days == after.days:
            return self.env._("Both bills cover %s days, in another month.", after.days)
        text = (
            self.env._("This bill covers more days: %(after)s instead of %(before)s.")
            if after.days > before.days
            else self.env._("This bill covers fewer days: %(after)s instead of %(before)s.")
        )
        return text % {"after": after.days, "before": before.days}

    def _explain_volume(self, more, before, after):
        old, new = before.kwh_per_day, after.kwh_per_day
        values = {"before": self._format_number(old), "after": self._format_number(new)}
        if more and new > old:
            text = self.env._("You used more a day: %(after)s kWh instead of %(before)s kWh.")
        elif not more and new < old:
            text = self.env._("You used less a day: %(after)s kWh instead of %(before)s kWh.")
        else:
            text = self.env._("A day's use went from %(before)s kWh to %(after)s kWh.")
        return text % values

    def _explain_tier(self, more, before, after):
        if before.tier == after.tier:
            return (
                self.env._("More of your energy fell into a dearer tier.")
                if more
                else self.env._("Less of your energy fell into a dearer tier.")
            )
        text = (
            self.env._("Your use rose from tier %(before)s to tier %(after)s, which costs more.")
            if more
            else self.env._("Your use went from tier %(before)s to tier %(after)s.")
        )
        return text % {"before": before.tier or "–", "after": after.tier or "–"}

    def _explain_mix(self, more, before, after):
        shares = self._get_mix_changes(before.mix, after.mix)
        text = (
            self.env._("More of your energy fell into dear hours: %s.")
            if more
            else self.env._("More of your energy fell into cheap hours: %s.")
        )
        return text % format_list(self.env, shares)

    def _get_mix_changes(self, before, after):
        """Return texts such as “Peak 32 % instead of 28 %” of the periods that changed."""
        period = self.env["power.tariff.period"]
        codes = [code for code in period._get_labels() if code in before or code in after]
        return [
            self.env._(
                "%(period)s %(after)s%% instead of %(before)s%%",
                period=period._get_label(code),
                after=self._format_number(after.get(code, 0), 1),
                before=self._format_number(before.get(code, 0), 1),
            )
            for code in codes
            if before.get(code, 0) != after.get(code, 0)
        ]

    def _explain_demand(self, more, before, after):
        old, new = (self._get_charged_text(one.charged) for one in (before, after))
        if old == new:
            text = self.env._("The demand or capacity that you pay for changed.")
        elif more:
            text = self.env._(
                "You pay for more demand or capacity: %(after)s instead of %(before)s.",
                after=new,
                before=old,
            )
        else:
            text = self.env._(
                "You pay for less demand or capacity: %(after)s instead of %(before)s.",
                after=new,
                before=old,
            )
        if more and after.contract_kw and (after.demand_kw or 0) > after.contract_kw:
            text += " " + self.env._(
                "Your highest demand was %(demand)s kW, your contract is for %(contract)s kW.",
                demand=self._format_number(after.demand_kw, 0),
                contract=self._format_number(after.contract_kw, 0),
            )
        return text

    def _get_charged_text(self, charged):
        units = {"capacity": "kVA", "demand": "kW"}
        return (
            " + ".join(
                f"{self._format_number(quantity, 0)} {units[kind]}" for kind, quantity in charged
            )
            or "0"
        )

    def _explain_power_factor(self, more, before, after):
        values = {"before": before.pf or "–", "after": after.pf or "–"}
        if before.pf == after.pf:
            text = self.env._(
                "The power factor stayed at %(after)s, but it counts on a larger or smaller sum."
            )
        elif more:
            text = self.env._(
                "The power factor was worse: %(after)s instead of %(before)s. Compensation of "
                "reactive power would lower the bill."
            )
        else:
            text = self.env._("The power factor was better: %(after)s instead of %(before)s.")
        return text % values

    def _explain_price(self, more, before, after):
        if before.versions == after.versions:
            return self.env._("Prices stayed; this is what was read and rounded in between.")
        text = (
            self.env._("The same use cost more at the new prices: %(after)s, before %(before)s.")
            if more
            else self.env._(
                "The same use cost less at the new prices: %(after)s, before %(before)s."
            )
        )
        names = (format_list(self.env, one.versions) for one in (before, after))
        return text % dict(zip(("before", "after"), names, strict=True))

    def _explain_other(self, _more, _before, _after):
        return self.env._("Rounding and what no other line names.")

    def _explain_tax(self, _more, _before, _after):
        return self.env._("The tax on top of the prices goes with the charges and with its rate.")

    # === Money and numbers as text === #

    def _format_money(self, amount):
        return formatLang(self.env, float(amount), currency_obj=self.currency_id)

    def _format_change(self, amount):
        """Return money with its sign, “+” included."""
        sign = "+" if amount > 0 else "−" if amount < 0 else ""
        return f"{sign}{self._format_money(abs(amount))}"

    def _format_number(self, value, digits=2):
        return formatLang(self.env, float(value), digits=digits)

    # === Portal === #

    def _get_portal_change(self):
        """Return the change against the bill before as text; nothing for a first bill.

        :return: dict with ``month`` (text), ``text`` (signed money) and ``amount`` or None
        """
        self.ensure_one()
        before = self.state == "posted" and self.sudo()._get_previous_bill()
        if not before or not self.determinants or not before.determinants:
            return None
        amount = self.currency_id.round(
            (self.amount_total - self.amount_settled)
            - (before.amount_total - before.amount_settled)
        )
        last = self.period_from.replace(day=1) - relativedelta(months=1)
        return {
            "month": f"{before.period_from:%Y-%m}",
            "is_last_month": before.period_from.replace(day=1) == last,
            "text": self._format_change(amount),
            "amount": amount,
        }
