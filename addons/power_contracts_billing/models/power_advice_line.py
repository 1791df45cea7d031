from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.power_billing.tools import rating
from odoo.addons.power_billing.tools.amounts import plain

from ..tools import advice, shift

KINDS = [
    ("choice", "Capacity or demand"),
    ("capacity", "Unused capacity"),
    ("power_factor", "Power-factor correction"),
    ("tariff", "Another tariff"),
    ("shift", "Valley hours"),
]
# Both lower the basic charge: what one saves, the other cannot save again.
RIVALS = ("choice", "capacity")
_FULL_YEAR = 12


class PowerAdviceLine(models.Model):
    """One measure: what to change, what it would have saved, what it has saved since."""

    _name = "power.advice.line"
    _description = "Measure of energy advice"
    _order = "saving desc, id"

    advice_id = fields.Many2one("power.advice", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="advice_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="advice_id.currency_id")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    is_chosen = fields.Boolean(string="Offer it", default=True)
    facts = fields.Json(readonly=True, help="What changes: facts of the bill, as texts.")
    facts_before = fields.Json(readonly=True)
    tariff_id = fields.Many2one("power.tariff", readonly=True, ondelete="restrict")
    tariff_before_id = fields.Many2one("power.tariff", readonly=True, ondelete="restrict")
    description = fields.Char(string="Measure", compute="_compute_description")
    billed = fields.Monetary(readonly=True)
    saving = fields.Monetary(
        string="Saving a year", readonly=True, help="Of the bills looked at, put to twelve months."
    )
    cost = fields.Monetary(string="Once", help="What the measure costs, besides the advice.")
    payback = fields.Float(
        string="Paid back after (months)", compute="_compute_payback", digits=(16, 1)
    )
    saved = fields.Monetary(string="Saved since", readonly=True)

    @api.depends("kind", "facts", "tariff_id")
    @api.depends_context("lang")
    def _compute_description(self):
        for line in self:
            line.description = line._describe()

    @api.depends("cost", "saving")
    def _compute_payback(self):
        for line in self:
            months = advice.payback_months(Decimal(str(line.cost)), Decimal(str(line.saving)))
            line.payback = float(months or 0)

    def _describe(self):
        """Return the measure in words."""
        self.ensure_one()
        facts = self.facts or {}
        if self.kind == "tariff":
            return self.env._("Change to the tariff “%s”", self.tariff_id.name)
        if self.kind == "capacity":
            return self.env._(
                "Reduce the capacity from %(before)s to %(after)s kVA",
                before=plain(Decimal(self.facts_before["capacity_kva"])),
                after=facts["capacity_kva"],
            )
        if self.kind == "shift":
            return self.env._(
                "Use %(percent)s %% of the peak energy in the valley hours: %(kwh)s kWh a year",
                percent=facts["percent"],
                kwh=facts["kwh"],
            )
        if self.kind == "power_factor":
            return self.env._(
                "Capacitors of %(kvar)s kvar, power factor %(before)s to %(after)s",
                kvar=facts["kvar"],
                before=self.facts_before["factor"],
                after=facts["factor"],
            )
        if facts["demand_choice"] == "contract":
            return self.env._(
                "Pay the basic charge by a contract demand of %s kW", facts["contract_demand_kw"]
            )
        if facts["demand_choice"] == "actual":
            return self.env._("Pay the basic charge by the demand measured")
        return self.env._("Pay the basic charge by the capacity")

    # === FIND === #

    @api.model
    def _find_savings(self, bills, shift_percent=0):
        """Return the values of what would have saved money on these bills, a list.

        Hook: others add their own measures.

        :param bills: posted ``power.bill`` of one supply point, oldest first, as superuser
        :param shift_percent: of the peak energy that the customer could use in the valley hours
        """
        found = [
            *self._find_choice(bills),
            *self._find_capacity(bills),
            *self._find_power_factor(bills),
            *self._find_tariff(bills),
            *self._find_shift(bills, shift_percent),
        ]
        year = Decimal(_FULL_YEAR) / len(bills)
        for vals in found:
            vals["saving"] = float(Decimal(str(vals["saving"])) * year)
            vals["billed"] = sum(bills.mapped("amount_total"))
        rivals = [vals for vals in found if vals["kind"] in RIVALS]
        for vals in sorted(rivals, key=lambda vals: vals["saving"])[:-1]:
            vals["is_chosen"] = False
        return found

    @api.model
    def _rate(self, data):
        """Return the total of changed determinants, None where they cannot be rated."""
        try:
            return rating.rate(data).total
        except rating.RatingError:
            return None

    @api.model
    def _sum_savings(self, bills, change):
        """Return what a change would have saved on the bills together, None if it is not known."""
        saving = Decimal(0)
        for bill in bills:
            before, after = self._rate(bill.determinants), self._rate(change(bill.determinants))
            if before is None or after is None:
                return None
            saving += before - after
        return saving

    @api.model
    def _get_last_fact(self, bills):
        facts = bills[-1:].determinants.get("facts") or [{}]
        return facts[-1]

    @api.model
    def _get_peaks(self, bills):
        """Return the maximum demand of each bill that has one, kW."""
        found = (rating.rate(bill.determinants).demand_kw for bill in bills)
        return [kw for kw in found if kw]

    @api.model
    def _get_peak(self, bills):
        """Return the highest load known: of the demand registers, else of the load curves."""
        peaks = self._get_peaks(bills)
        if peaks:
            return max(peaks)
        days = self.env["power.load.day"].sudo()
        point = bills.supply_point_id
        domain = [
            ("meter_id", "in", point.meter_ids.ids),
            ("quantity", "=", "active"),
            ("date", ">=", bills[0].period_from),
            ("date", "<=", bills[-1].period_to),
        ]
        highest = days._read_group(domain, [], ["maximum_kw:max"])[0][0]
        return Decimal(str(highest or 0))

    @api.model
    def _find_choice(self, bills):
        """The cheapest way to pay the basic charge, where it is not the present one."""
        fact = self._get_last_fact(bills)
        if not fact.get("demand_choice"):
            return []
        peaks = self._get_peaks(bills)
        ways = [{"demand_choice": "capacity"}, {"demand_choice": "actual"}]
        if peaks:
            version = bills[-1].determinants["versions"][-1]
            limit = Decimal(str((version.get("basic") or {}).get("over_limit") or "1.05"))
            contract = advice.best_contract_kw(peaks, limit)
            ways.append({"demand_choice": "contract", "contract_demand_kw": plain(contract)})
        savings = [
            (saving, facts)
            for facts in ways
            if (
                saving := self._sum_savings(
                    bills, lambda data, f=facts: advice.with_facts(data, **f)
                )
            )
        ]
        best = max(savings, key=lambda item: item[0], default=(0, None))
        if best[0] <= 0:
            return []
        return [
            {
                "kind": "choice",
                "facts": best[1],
                "facts_before": self._get_before(fact, ("demand_choice", "contract_demand_kw")),
                "saving": best[0],
            }
        ]

    @api.model
    def _find_capacity(self, bills):
        """A smaller transformer, where the highest load of the year leaves much of it unused."""
        fact, company = self._get_last_fact(bills), bills.company_id
        peak = self._get_peak(bills)
        if not peak or not fact.get("capacity_kva"):
            return []
        load = Decimal(str(company.power_advice_load)) / 100
        factor = self._get_factor(bills) or Decimal(str(company.power_advice_factor))
        needed = advice.needed_kva(peak, factor, load)
        if not needed or needed >= Decimal(fact["capacity_kva"]):
            return []
        facts = {"capacity_kva": plain(needed)}
        saving = self._sum_savings(bills, lambda data: advice.with_facts(data, **facts))
        if not saving or saving <= 0:
            return []
        return [
            {
                "kind": "capacity",
                "facts": facts,
                "facts_before": self._get_before(fact, ("capacity_kva",)),
                "saving": saving,
            }
        ]

    @api.model
    def _get_factor(self, bills):
        """Return the power factor of all bills together, None where it is not measured."""
        active = sum(advice.used(bill.determinants, "active") for bill in bills)
        reactive = sum(advice.used(bill.determinants, "reactive") for bill in bills)
        if not active or not reactive:
            return None
        return active / (active * active + reactive * reactive).sqrt()

    @api.model
    def _find_power_factor(self, bills):
        """Capacitors, where a better power factor would have been worth them."""
        company = bills.company_id
        before, peak = self._get_factor(bills), self._get_peak(bills)
        target = Decimal(str(company.power_advice_factor)).quantize(Decimal("0.01"))
        if not before or not peak or before >= target:
            return []
        share = advice.tangent(target)
        saving = self._sum_savings(bills, lambda data: advice.with_reactive(data, share))
        if not saving or saving <= 0:
            return []
        kvar = advice.compensation_kvar(peak, before, target)
        return [
            {
                "kind": "power_factor",
                "facts": {"factor": str(target), "kvar": str(kvar)},
                "facts_before": {
                    "factor": str(before.quantize(Decimal("0.01"))),
                    "kvarh_a_kwh": str(advice.tangent(before)),
                },
                "saving": saving,
                "cost": float(kvar * Decimal(str(company.power_advice_kvar_cost))),
            }
        ]

    @api.model
    def _find_tariff(self, bills):
        """The public tariff of the company that would have been cheapest, at prices of today."""
        own = bills[-1].supply_point_id.tariff_id
        tariffs = self.env["power.tariff"].sudo()
        domain = tariffs._get_public_domain() & fields.Domain("company_id", "=", own.company_id.id)
        present = own._compare_bills(bills)
        if present["error"]:
            return []
        rated = [
            (present["amount"] - result["amount"], tariff)
            for tariff in tariffs.search(domain) - own
            if self._is_open_to(tariff, bills)
            and not (result := tariff._compare_bills(bills))["error"]
        ]
        best = max(rated, key=lambda item: item[0], default=(0, None))
        if own.currency_id.compare_amounts(best[0], 0) <= 0:
            return []
        return [
            {
                "kind": "tariff",
                "tariff_id": best[1].id,
                "tariff_before_id": own.id,
                "saving": best[0],
                # Whether its voltage and conditions fit, somebody has to say.
                "is_chosen": False,
            }
        ]

    @api.model
    def _is_open_to(self, tariff, bills):
        """Hook: whether a tariff is meant for the category of the customer."""
        category = bills[-1].supply_point_id.usage_category_id
        return not tariff.usage_category_ids or category in tariff.usage_category_ids

    @api.model
    def _find_shift(self, bills, percent):
        """A share of the peak energy in the valley hours, at the prices of each bill.

        Maximum demand read from a register is taken as it was.
        """
        share = Decimal(str(percent)) / 100
        try:
            used = [shift.peak_and_valley(bill.determinants) for bill in bills]
        except rating.RatingError:
            return []
        dear, cheap = (sum(kwh) for kwh in zip(*used, strict=True))
        if not share or not dear:
            return []
        saving = self._sum_savings(bills, lambda data: shift.with_shift(data, share))
        if not saving or saving <= 0:
            return []
        year = Decimal(_FULL_YEAR) / len(bills)
        return [
            {
                "kind": "shift",
                "facts": {
                    "percent": plain(Decimal(str(percent))),
                    "kwh": plain((dear * share * year).quantize(Decimal(1))),
                },
                "facts_before": {"dear_share": str(dear / (dear + cheap))},
                "saving": saving,
                # Whether its work can move to other hours, the customer has to say.
                "is_chosen": False,
            }
        ]

    @api.model
    def _get_before(self, fact, names):
        return {name: fact[name] for name in names if fact.get(name) is not None}

    # === CHECK === #

    def _get_saved(self, bills):
        """Return what later bills would have been more without the measure.

        :param bills: posted ``power.bill`` since it was applied
        :rtype: float
        """
        self.ensure_one()
        if self.kind == "tariff":
            return self.tariff_before_id.sudo()._compare_bills(bills).get("difference", 0.0)
        if self.kind == "shift":
            saved = self._sum_savings(bills, self._undo_shift)
        elif self.kind == "power_factor":
            share = Decimal(self.facts_before["kvarh_a_kwh"])
            saved = self._sum_savings(bills, lambda data: advice.with_reactive(data, share))
        else:
            before = self.facts_before
            saved = self._sum_savings(bills, lambda data: advice.with_facts(data, **before))
        return -float(saved or 0)

    def _undo_shift(self, data):
        """Return the bill with the peak and valley hours shared as they were before."""
        share = shift.share_to_restore(data, Decimal(self.facts_before["dear_share"]))
        return data if share is None else shift.with_shift(data, share)
