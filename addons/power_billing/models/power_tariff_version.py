import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import price_list
from ..tools.amounts import plain
from ..tools.exact import exact


class PowerTariffVersion(models.Model):
    """Prices of a tariff between two dates, as an authority set them."""

    _name = "power.tariff.version"
    _inherit = ["power.validity.mixin"]
    _description = "Tariff Version"
    _order = "tariff_id, date_from desc, id"
    _check_company_auto = True
    _validity_keys = ("tariff_id",)

    # A bill was made of these; the end may still be set, for a later version to follow.
    _FROZEN_FIELDS = frozenset(
        {
            "tariff_id",
            "date_from",
            "component_ids",
            "schedule_ids",
            "tax_mode",
            "tier_basis",
            "tier_limits",
            "tier_household_extra",
            "tier_mode",
            "tier_leaver",
            "basic_over_limit",
            "basic_over_reading",
            "basic_floor_share",
            "basic_heavy_kwh_per_kva",
            "basic_heavy_factor",
            "basic_suspension_days",
            "basic_month_days",
        }
    )

    tariff_id = fields.Many2one(
        comodel_name="power.tariff", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="tariff_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    source = fields.Char(help="Document that sets these prices.")
    tax_mode = fields.Selection(
        selection=[
            ("included", "Included in the prices"),
            ("excluded", "On top of the prices"),
        ],
        string="Tax",
        required=True,
        default=lambda self: self.env.company._get_power_tax_mode(),
        help="What the list says of its prices. On top: the taxes of the products are added to "
        "the bill.",
    )
    component_ids = fields.One2many(
        comodel_name="power.tariff.component",
        inverse_name="version_id",
        string="Components",
        copy=True,
    )
    schedule_ids = fields.One2many(
        comodel_name="power.tariff.schedule",
        inverse_name="version_id",
        string="Hours of the periods",
        copy=True,
        help="Empty: one price round the clock.",
    )
    tier_basis = fields.Selection(
        selection=[
            ("month", "Each month"),
            ("cycle", "Each billing cycle"),
            ("year", "The calendar year"),
        ],
        string="Tiers counted over",
        help="Empty: no tiers.",
    )
    tier_limits = fields.Char(
        string="Tier limits (kWh)", help="Upper limits of the tiers, for example 2760; 4800."
    )
    tier_household_extra = fields.Float(
        string="Large household extra",
        digits=(16, 2),
        help="kWh a month that a registered large household has more in every tier.",
    )
    tier_mode = fields.Selection(
        selection=[
            ("prorata", "By each period's share"),
            ("inside", "In order of the periods"),
        ],
        string="Tiers and periods",
        default="prorata",
        help="How the energy of a tier is divided among peak and valley.",
    )
    tier_leaver = fields.Selection(
        selection=[
            ("year", "Has the limits of the whole year"),
            ("months", "Has the limits of the months supplied"),
        ],
        string="Who leaves within the year",
        default="year",
        help="By months: the final bill counts the last month whole and puts what was billed "
        "earlier in the year into the tiers that follow, at its own prices.",
    )
    basic_over_limit = fields.Float(
        string="Demand free up to",
        digits=(16, 4),
        default=1.05,
        help="A measured demand up to this multiple of the contract demand pays the contract "
        "demand. 发改办价格〔2016〕1583号: 105 %.",
    )
    basic_over_reading = fields.Selection(
        selection=[
            ("R1", "R1: contract + 2 × (measured − 105 %)"),
            ("R2", "R2: 105 % + 2 × (measured − 105 %)"),
            ("R3", "R3: contract + 2 × (measured − contract)"),
        ],
        string="Demand above it",
        default="R1",
        required=True,
        help="Three readings of the rule are in use. R1 follows the notice word by word; R3 is "
        "the rule before 2016.",
    )
    basic_floor_share = fields.Float(
        string="Least contract demand",
        digits=(16, 4),
        default=0.40,
        help="Share of the capacity below which no demand is billed. 1583号: 40 %.",
    )
    basic_heavy_kwh_per_kva = fields.Float(
        string="Heavy use from (kWh a kVA)",
        digits=(16, 2),
        help="From this use a month the demand price is multiplied by the factor; 0: never. "
        "Third period (526号, 2023): 260.",
    )
    basic_heavy_factor = fields.Float(
        string="Heavy use factor", digits=(16, 4), default=0.90, help="526号: 90 %."
    )
    basic_suspension_days = fields.Integer(
        string="Suspension from (days)",
        default=15,
        help="A shorter suspension is not deducted from the basic charge.",
    )
    basic_month_days = fields.Integer(
        string="Days of a month",
        default=30,
        help="A part of a month pays its days over these.",
    )
    has_basic = fields.Boolean(compute="_compute_has_basic")
    energy_price = fields.Float(
        string="Price per kWh",
        digits=(16, 6),
        compute="_compute_energy_price",
        help="Energy and funds, as listed, where no period or tier says otherwise.",
    )
    price_range = fields.Char(
        string="Prices per kWh",
        compute="_compute_price_range",
        help="Lowest and highest price of a kWh, energy and funds together.",
    )
    is_frozen = fields.Boolean(
        string="Billed",
        compute="_compute_is_frozen",
        help="A posted bill was made of this version; its prices can no longer change.",
    )

    @api.depends("tariff_id.name", "date_from")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(tariff)s from %(date)s",
                tariff=version.tariff_id.name or "",
                date=fields.Date.to_string(version.date_from) or "",
            )

    @api.depends("component_ids.price", "component_ids.kind")
    def _compute_energy_price(self):
        for version in self:
            version.energy_price = sum(version.component_ids.filtered("is_per_kwh").mapped("price"))

    @api.depends(
        "component_ids.price",
        "component_ids.kind",
        "component_ids.price_ids.value",
        "component_ids.price_ids.basis",
        "schedule_ids.period_id",
        "tier_limits",
    )
    def _compute_price_range(self):
        for version in self:
            prices = version._get_kwh_prices().values()
            low, high = min(prices, default=0), max(prices, default=0)
            version.price_range = plain(low) if low == high else f"{plain(low)} – {plain(high)}"

    def _get_kwh_prices(self):
        """Return what a kWh costs altogether, by (period code or none, tier).

        :return: dict of Decimal, as listed, in the company's currency
        """
        self.ensure_one()
        data = self._get_rule_determinants()
        periods = [row["period"] for row in data.get("schedule", ())] or [
            row["period"]
            for component in data["components"]
            if component["kind"] == "energy"
            for row in component.get("prices", ())
            if row.get("period")
        ]
        return {
            (period, tier): price_list.kwh_price(data, period, tier)
            for period in dict.fromkeys(periods) or (None,)
            for tier in range(1, price_list.tier_count(data) + 1)
        }

    @api.depends("component_ids.kind")
    def _compute_has_basic(self):
        for version in self:
            version.has_basic = bool(
                {"capacity", "demand"} & set(version.component_ids.mapped("kind"))
            )

    def _compute_is_frozen(self):
        used = (
            self.env["power.bill.line"]
            .sudo()
            ._read_group(
                [("component_id", "in", self.component_ids.ids), ("bill_id.state", "=", "posted")],
                ["component_id"],
            )
        )
        used_ids = {component.version_id.id for (component,) in used}
        for version in self:
            version.is_frozen = version.id in used_ids

    def _get_overlap_message(self, other):
        return self.env._(
            "“%(version)s” overlaps “%(other)s”: set an end date on the earlier version first.",
            version=self.display_name,
            other=other.display_name,
        )

    @api.model_create_multi
    def create(self, vals_list):
        # Rows are checked together with their version, once all are there.
        versions = super(PowerTariffVersion, self.with_context(power_tariff_unchecked=True)).create(
            [self._normalise(vals) for vals in vals_list]
        )
        versions = versions.with_env(self.env)
        versions._check_rules()
        return versions

    def write(self, vals):
        if self._FROZEN_FIELDS & vals.keys():
            self._check_frozen()
        if "date_to" in vals:
            self._check_end_after_bills(fields.Date.to_date(vals["date_to"]))
        result = super(PowerTariffVersion, self.with_context(power_tariff_unchecked=True)).write(
            self._normalise(vals)
        )
        if self._FROZEN_FIELDS & vals.keys():
            self._check_rules()
        return result

    @api.model
    def _normalise(self, vals):
        if vals.get("tier_limits"):
            limits = self.env["power.tariff.component"]._read_limits(vals["tier_limits"])
            return {**vals, "tier_limits": limits}
        return vals

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._check_frozen()

    def _check_rules(self):
        """Refuse what no bill could be made of, naming all that is wrong.

        Hours without gap or overlap, rising limits, prices of periods and tiers that are there.
        """
        if self.env.context.get("power_tariff_unchecked"):
            return
        for version in self:
            problems = version._get_rule_problems()
            if problems:
                raise ValidationError(
                    "\n".join(
                        [
                            self.env._("“%s” cannot be used like this:", version.display_name),
                            *(f"• {version._get_problem_text(problem)}" for problem in problems),
                        ]
                    )
                )

    def _get_rule_problems(self):
        """Return the kernel-side problems of the version; one without rows is still a draft."""
        self.ensure_one()
        if self.tier_basis and not self.tier_limits:
            return [price_list.Problem("tiers.limits", "missing", {"key": "limits"})]
        data = self._get_rule_determinants()
        problems = price_list.check_version(data)
        # Names told apart matter to a list alone, which finds its components by them.
        return [p for p in problems if p.code not in ("no_component", "duplicate")]

    def _get_problem_text(self, problem):
        """Say a problem of the version's own data in the user's language, with its place."""
        message, remedy = self._get_problem_texts(problem)
        place = self._get_problem_place(problem)
        return " ".join(filter(None, [f"{place}:" if place else "", message, remedy]))

    def _get_problem_place(self, problem):
        """Return the row a path names, in the words of the screen."""
        found = re.match(r"(components|schedule)\[(\d+)\](?:\.(\w+))?", problem.path)
        if not found:
            return ""
        rows = self.component_ids if found[1] == "components" else self.schedule_ids
        row = rows[int(found[2]) : int(found[2]) + 1]
        if found[1] == "components":
            return row.name or ""
        return self.env._("Hours, row %s", int(found[2]) + 1)

    def _check_frozen(self):
        frozen = self.filtered("is_frozen")
        if frozen:
            raise UserError(
                self.env._(
                    "“%(version)s” has been billed and cannot change. Set its end date and add a "
                    "new version.",
                    version=frozen[0].display_name,
                )
            )

    def _get_billed_until(self):
        """Return the last day that a posted bill charged at these versions, if any."""
        groups = (
            self.env["power.bill.line"]
            .sudo()
            ._read_group(
                [("component_id", "in", self.component_ids.ids), ("bill_id.state", "=", "posted")],
                [],
                ["date_to:max"],
            )
        )
        return groups[0][0] or None

    def _check_end_after_bills(self, date_to):
        if not date_to:
            return
        for version in self:
            billed = version._get_billed_until()
            if billed and billed > date_to:
                raise UserError(
                    self.env._(
                        "“%(version)s” has been billed until %(date)s and cannot end before.",
                        version=version.display_name,
                        date=billed,
                    )
                )

    def _get_determinants(self, first=None, last=None):
        """Return this version as plain data for the rating kernel.

        What a version does not use (hours, tiers, basic charge, holidays) is left out, so that the
        record of a simple bill stays small.

        :param first: first day whose holidays matter, the version's own by default
        :param last: last day whose holidays matter
        """
        self.ensure_one()
        return {
            "key": self.id,
            "name": self.with_context(lang="en_US").display_name,
            **self._get_rule_determinants(first, last),
        }

    def _get_rule_determinants(self, first=None, last=None):
        data = {
            "source": self.source or "",
            "date_from": self.date_from.isoformat(),
            "date_to": self.date_to.isoformat() if self.date_to else None,
        }
        if self.tax_mode == "excluded":
            data["tax"] = self.tax_mode
        schedule = [row._get_determinants() for row in self.schedule_ids]
        if schedule:
            data["schedule"] = schedule
        if any(row["days"] == "holiday" for row in schedule):
            holidays = self._get_holidays(first, last)
            if holidays:
                data["holidays"] = holidays
        if self.tier_basis and self.tier_limits:
            data["tiers"] = self._get_tier_determinants()
        if self.has_basic:
            data["basic"] = self._get_basic_determinants()
        data["components"] = [component._get_determinants() for component in self.component_ids]
        return data

    def _get_holidays(self, first=None, last=None):
        first = max(filter(None, (first, self.date_from)))
        last = min(filter(None, (last, self.date_to)), default=None)
        return self.env["power.workday"]._get_holidays(self.company_id, first, last)

    def _get_tier_determinants(self):
        data = {
            "basis": self.tier_basis,
            "limits": price_list.parse_limits(self.tier_limits),
            "mode": self.tier_mode or "prorata",
        }
        if self.tier_basis == "year" and self.tier_leaver == "months":
            data["leaver"] = self.tier_leaver
        if self.tier_household_extra:
            data["household_extra"] = plain(exact(self.tier_household_extra, 2))
        return data

    def _get_basic_determinants(self):
        heavy = exact(self.basic_heavy_kwh_per_kva, 2)
        return {
            "over_limit": plain(exact(self.basic_over_limit, 4)),
            "over_reading": self.basic_over_reading,
            "floor_share": plain(exact(self.basic_floor_share, 4)),
            "heavy_kwh_per_kva": plain(heavy) if heavy else None,
            "heavy_factor": plain(exact(self.basic_heavy_factor, 4)),
            "suspension_days": self.basic_suspension_days,
            "month_days": self.basic_month_days,
        }
