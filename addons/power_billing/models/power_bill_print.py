from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools.misc import formatLang

from ..tools.chart import bar_chart, row_chart
from ..tools.qr import qr_svg


class PowerBill(models.Model):
    """What the printed bill and its page in the portal show."""

    _inherit = "power.bill"

    _HISTORY_MONTHS = 13

    is_printed = fields.Boolean(string="Printed", readonly=True, copy=False)
    print_note = fields.Char(string="Not printed because", readonly=True, copy=False)

    def _print_pdf(self):
        """Return the PDF of this bill."""
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, __ = report._render_qweb_pdf("power_billing.action_report_bill", self.ids)
        return content

    def _get_print_readings(self):
        """Return the register steps of the rating in order, their numbers as the reader writes
        them."""
        self.ensure_one()
        digits = {"previous": 2, "value": 2, "multiplier": 0, "kwh": 2}
        return [
            {**step, **{key: self._format_step(step[key], least) for key, least in digits.items()}}
            for step in self.steps or []
            if step["type"] == "register"
        ]

    def _get_print_splits(self):
        self.ensure_one()
        return [step for step in self.steps or [] if step["type"] == "split"]

    def _get_print_split_reason(self):
        """Say why the energy of this bill was divided by days."""
        splits = self._get_print_splits()
        starts = {step["date_from"] for step in splits}
        versions = {step["version"] for step in splits}
        if len(versions) == len(starts):
            return self.env._("The price changed within the period; by days:")
        if len(versions) == 1 and len(starts) == 2 and max(starts).endswith("-01-01"):
            return self.env._("A new year began within the period; by days:")
        return self.env._(
            "What the charges depend on (prices, data of the supply point, the year) changed "
            "within the period; by days:"
        )

    def _get_print_tiers(self):
        """Return the tiers of the last cut, where there is one alone to show.

        :return: dicts: tier (from 1), kwh (of this bill), used (since the year or month began),
            limit and left (none for the last tier)
        """
        self.ensure_one()
        cuts = [step for step in self.steps or [] if step["type"] == "tiers"]
        limits = self._get_print_tier_limits()
        if len(cuts) != 1 or limits is None or "period" in cuts[0]:
            return []
        total = float(cuts[0]["start"]) + float(cuts[0]["kwh"])
        rows, below = [], 0.0
        for tier, kwh in enumerate(cuts[0]["tiers"], 1):
            limit = float(limits[tier - 1]) if tier <= len(limits) else None
            top = total if limit is None else min(total, limit)
            rows.append(
                {
                    "tier": tier,
                    "kwh": float(kwh),
                    "used": max(top - below, 0.0),
                    "limit": limit,
                    "left": None if limit is None else max(limit - max(total, below), 0.0),
                }
            )
            below = limit
        return rows

    def _get_print_tier_limits(self):
        """Return the limits of the one cut as texts; None where there are several.

        The kernel writes a step only where they are not those of the tariff itself.
        """
        reckoned = [step["limits"] for step in self.steps or [] if step["type"] == "limits"]
        if reckoned:
            return reckoned[0] if len(reckoned) == 1 else None
        versions = (self.determinants or {}).get("versions") or []
        limits = [version["tiers"]["limits"] for version in versions if version.get("tiers")]
        return limits[0] if limits and all(one == limits[0] for one in limits) else None

    def _get_print_charges(self):
        """Return the charges in the language of the context.

        :return: list of dicts: name, quantity, unit, price (texts), amount (number), days (text,
            only where the month is split)
        """
        self.ensure_one()
        split = len(self.line_ids.mapped("version_id")) > 1
        return [
            {
                "name": line._get_label(self.env.lang),
                "days": f"{line.date_from} – {line.date_to}" if split else "",
                **self._format_charge(line),
                "amount": line.amount,
            }
            for line in self.line_ids
        ]

    def _format_charge(self, line):
        """Return quantity, unit and price of a charge as texts; a percentage is of money."""
        if line.unit == "%":
            return {
                "quantity": formatLang(self.env, line.quantity, currency_obj=self.currency_id),
                "unit": "",
                "price": f"{formatLang(self.env, 100 * line.price, digits=2)} %",
            }
        return {
            "quantity": self._format_quantity(line.quantity, line.unit),
            "unit": self._get_unit_label(line.unit),
            "price": formatLang(self.env, line.price, digits=6),
        }

    def _format_step(self, number, least):
        """Write a number of the steps (text) with all its decimals, and at least so many."""
        decimals = len(number.partition(".")[2])
        return formatLang(self.env, float(number), digits=max(decimals, least))

    def _format_quantity(self, quantity, unit):
        """Write a quantity with the decimals it was charged with: energy has two, a part of a
        month or of a demand up to six."""
        decimals = f"{quantity:.6f}".rstrip("0").partition(".")[2]
        digits = 2 if unit == "kWh" else max(len(decimals), 2)
        return formatLang(self.env, quantity, digits=digits)

    def _get_unit_label(self, unit):
        return {"month": self.env._("month(s)")}.get(unit, unit)

    def _get_history(self):
        """Return [(month, kWh)] of the last thirteen months up to this bill, oldest first."""
        return [(f"{bill.period_from:%Y-%m}", bill.kwh) for bill in self._get_history_bills()]

    def _get_history_bills(self):
        """Return the payer's bills of this point in the last thirteen months, oldest first."""
        self.ensure_one()
        first = self.period_from - relativedelta(months=self._HISTORY_MONTHS - 1)
        return self.sudo().search(
            [
                ("supply_point_id", "=", self.supply_point_id.id),
                ("settlement_id", "=", False),
                ("period_from", ">=", first),
                ("period_from", "<=", self.period_from),
                ("partner_id", "=", self.partner_id.id),
                "|",
                ("state", "=", "posted"),
                ("id", "=", self.id),
            ],
            order="period_from",
        )

    def _get_history_svg(self):
        return bar_chart(self._get_history())

    def _get_history_rows_svg(self):
        """Return the same picture for a telephone."""
        return row_chart(self._get_history())

    def _get_qr_svg(self):
        """Return a QR code of the bill's page in the portal."""
        self.ensure_one()
        return qr_svg(self.get_base_url() + self.get_portal_url())

    def _get_print_bank(self):
        """Return the bank account customers pay to (or none)."""
        self.ensure_one()
        company = self.company_id.sudo()
        return company.power_bank_account_id or company.partner_id.bank_ids[:1]

    def _get_amount_to_pay(self):
        """Return what is to be paid altogether today: what is open of this bill and of earlier
        ones, never below zero."""
        self.ensure_one()
        if self.state == "cancelled":
            return 0.0
        own = self.amount_residual if self.state == "posted" else self.amount_total
        return max(self.currency_id.round(own + self._get_print_open_before()), 0.0)

    def _get_print_open_before(self):
        """Return what the payer still owes of earlier bills of this supply point."""
        self.ensure_one()
        return (
            self.sudo()._read_group(
                [
                    ("supply_point_id", "=", self.supply_point_id.id),
                    ("partner_id", "=", self.partner_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("state", "=", "posted"),
                    ("period_from", "<=", self.period_from),
                    ("id", "!=", self.id),
                ],
                aggregates=["amount_residual:sum"],
            )[0][0]
            or 0.0
        )

    def _get_print_paid(self):
        """Return what of this bill is paid already, from the credit or by payments."""
        self.ensure_one()
        if self.state != "posted":
            return 0.0
        return self.currency_id.round(self.amount_total - self.amount_residual)

    def _get_print_balances(self):
        """Return the payer's account before and after this bill; below zero is owed.

        :return: (before, after), or none while the bill is not posted
        """
        self.ensure_one()
        if self.state != "posted":
            return None
        return (
            self.balance_before,
            self.currency_id.round(self.balance_before - self.amount_total),
        )

    def _get_print_address(self):
        point = self.supply_point_id.sudo()
        parts = (point.zip, point.state_id.name, point.city, point.street, point.street2)
        return " ".join(filter(None, parts))

    def _get_print_dates(self):
        """Return bill date and due date (the invoice's, or today while there is none)."""
        move = self.move_id.sudo()
        return move.invoice_date or self.env.company._get_power_today(), move.invoice_date_due

    # === Portal === #

    def _get_portal_due(self):
        """Return the last day to pay, for a payer who may not read the invoice itself."""
        self.ensure_one()
        return self.move_id.sudo().invoice_date_due

    def _is_overdue(self):
        self.ensure_one()
        due = self._get_portal_due()
        return bool(self.amount_residual > 0 and due and due < self.env.company._get_power_today())
