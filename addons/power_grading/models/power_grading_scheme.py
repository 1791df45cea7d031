from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools import scoring
from ..tools.scoring import Combination, FaultCode
from .power_grading_source import AXIS_FIELDS

AXES = [
    ("credit", "Credit"),
    ("value", "Value"),
    ("safety", "Safety of supply"),
    ("potential", "Potential"),
    ("risk", "Risk"),
    ("importance", "Importance"),
    ("pyramid", "Pyramid"),
    ("free", "Free"),
]


def decimal(value) -> Decimal:
    """A stored number as the kernel wants it."""
    return scoring.quantize(Decimal(str(value or 0)))


class PowerGradingScheme(models.Model):
    """How grades of one kind are given: indicators, their combination, bands and limits.

    All versions of a scheme share its code. A version is drafted and tried, then put to use, and
    from then on what decides a grade is frozen; changes are made in a new version.
    """

    _name = "power.grading.scheme"
    _description = "Grading scheme"
    _inherit = ["power.grading.gate", "power.grading.filter", "mail.thread"]
    _order = "sequence, code, version desc"
    _rec_names_search = ["name", "code"]

    _TRANSITIONS = {"draft": ("active",), "active": ("retired",), "retired": ("active",)}
    _FREE_FIELDS = frozenset(
        {"name", "description", "legend", "sequence", "source", "state", "leading"}
        | {"portal_visible", "date_to", "activity_ids", "message_follower_ids"}
    )

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=True, index=True, help="Shared by all versions of the scheme."
    )
    version = fields.Integer(default=1, required=True, readonly=True, copy=False)
    sequence = fields.Integer(default=50)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    axis = fields.Selection(AXES, required=True, default="free", tracking=True)
    leading = fields.Boolean(
        string="Shown on customers",
        tracking=True,
        copy=False,
        help="The grade in force is written on the customer, and other applications go by it. One "
        "scheme an axis.",
    )
    legend = fields.Char(
        string="How to read the letters",
        translate=True,
        help="Printed beside every grade, because letters mean different things: in one scheme A "
        "is the best, in another D is the largest payer.",
    )
    description = fields.Text(translate=True)
    source = fields.Text(help="Law, paper or decision the scheme stands on.")
    state = fields.Selection(
        [("draft", "Draft"), ("active", "In use"), ("retired", "Retired")],
        string="Status",
        required=True,
        default="draft",
        index=True,
        tracking=True,
        group_expand=True,
    )
    date_from = fields.Date(string="Valid from")
    date_to = fields.Date(string="Valid to")
    population_domain = fields.Char(
        string="Customers graded",
        default="[]",
        help="Which electricity customers of the company are graded; empty: all.",
    )
    combination = fields.Selection(
        [
            ("weighted", "Weighted mean of the points"),
            ("sum", "Sum of the points"),
            ("worst", "Worst of the indicators"),
            ("percentile", "Weighted mean, then the best so many percent"),
            ("table", "Table of conditions"),
        ],
        required=True,
        default="weighted",
        tracking=True,
    )
    high_is_good = fields.Boolean(
        string="Many points are good", default=True, help="Off for risk: many points are bad."
    )
    base_points = fields.Float(digits=(16, 4), help="Added to every sum.")
    clipped = fields.Boolean(string="Keep the sum within limits")
    score_min = fields.Float(string="Smallest sum", digits=(16, 4))
    score_max = fields.Float(string="Largest sum", digits=(16, 4), default=100.0)
    cut_months = fields.Integer(
        string="Keep percentile cuts (months)",
        default=12,
        help="Percentile cuts are computed once and kept so long, so that a customer's grade does "
        "not move because others changed. 0: computed anew at every run.",
    )
    portal_visible = fields.Boolean(
        string="Customers see their grade",
        tracking=True,
        help="The grade and its reasons are shown to the customer on the portal, who may appeal.",
    )
    indicator_ids = fields.One2many(
        "power.grading.indicator", "scheme_id", string="Indicators", copy=False
    )
    band_ids = fields.One2many("power.grading.band", "scheme_id", string="Bands", copy=False)
    rule_ids = fields.One2many(
        "power.grading.rule", "scheme_id", string="Table of conditions", copy=False
    )
    cap_ids = fields.One2many("power.grading.cap", "scheme_id", string="Limits", copy=False)
    weight_total = fields.Float(
        string="Sum of weights", digits=(16, 4), compute="_compute_weight_total"
    )
    fault_note = fields.Text(string="To be mended", compute="_compute_fault_note")
    result_count = fields.Integer(string="Grades in force", compute="_compute_result_count")
    version_count = fields.Integer(string="Versions", compute="_compute_version_count")

    _version_uniq = models.UniqueIndex(
        "(code, version, COALESCE(company_id, 0))",
        "There is this version of the scheme already.",
    )
    _months_positive = models.Constraint(
        "CHECK (cut_months >= 0)", "The months percentile cuts are kept cannot be negative."
    )
    _dates_order = models.Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "A scheme cannot end before it begins.",
    )

    # === COMPUTE METHODS === #

    @api.depends("name", "version")
    def _compute_display_name(self):
        for scheme in self:
            scheme.display_name = (
                f"{scheme.name} ({scheme.version})" if scheme.version > 1 else scheme.name
            )

    @api.depends("indicator_ids.weight")
    def _compute_weight_total(self):
        for scheme in self:
            scheme.weight_total = sum(scheme.indicator_ids.mapped("weight"))

    @api.depends(
        "combination",
        "indicator_ids.weight",
        "indicator_ids.source",
        "indicator_ids.transformation",
        "indicator_ids.x0",
        "indicator_ids.x1",
        "indicator_ids.step_ids.value_from",
        "band_ids.value_from",
        "band_ids.value_to",
        "band_ids.open_below",
        "band_ids.open_above",
        "band_ids.share",
        "rule_ids",
        "cap_ids",
    )
    @api.depends_context("lang")
    def _compute_fault_note(self):
        for scheme in self:
            scheme.fault_note = "\n".join(scheme._get_faults())

    def _compute_result_count(self):
        groups = self.env["power.grading.result"]._read_group(
            [("current", "=", True), ("family", "in", self.mapped("code")), ("left", "=", False)],
            ["family"],
            ["__count"],
        )
        counts = dict(groups)
        for scheme in self:
            scheme.result_count = counts.get(scheme.code, 0)

    def _compute_version_count(self):
        counts = dict(
            self._read_group([("code", "in", self.mapped("code"))], ["code"], ["__count"])
        )
        for scheme in self:
            scheme.version_count = counts.get(scheme.code, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains("population_domain")
    def _check_population_domain(self):
        self._check_filter("population_domain")

    @api.constrains("leading", "axis", "state", "company_id")
    def _check_leading(self):
        for scheme in self.filtered(lambda scheme: scheme.leading and scheme.state == "active"):
            if scheme.axis == "free":
                raise ValidationError(
                    self.env._(
                        "%s: a scheme of no axis has no place on the customer. Choose an axis, or "
                        "switch off “Shown on customers”.",
                        scheme.display_name,
                    )
                )
            rival = self.search(scheme._get_rival_domain(), limit=1)
            if rival:
                raise ValidationError(
                    self.env._(
                        "%(scheme)s: “%(rival)s” is shown on customers already for this axis. "
                        "Switch it off there first.",
                        scheme=scheme.display_name,
                        rival=rival.display_name,
                    )
                )

    def _get_rival_domain(self):
        domain = [
            ("axis", "=", self.axis),
            ("leading", "=", True),
            ("state", "=", "active"),
            ("code", "!=", self.code),
        ]
        if self.company_id:
            domain.append(("company_id", "in", [False, self.company_id.id]))
        return domain

    def _check_open(self):
        """Refuse changes of what decides a grade once it may have decided one."""
        if frozen := self.filtered(lambda scheme: scheme.state != "draft")[:1]:
            raise UserError(
                self.env._(
                    "“%s” is in use or was: what decides a grade is frozen. Press “New version” "
                    "and change that.",
                    frozen.display_name,
                )
            )

    # === CRUD METHODS === #

    def write(self, vals):
        if not set(vals) <= self._FREE_FIELDS | {"band_ids", "indicator_ids"}:
            self._check_open()
        if not {"leading", "state"} & set(vals):
            return super().write(vals)
        before = self._get_leading_codes()
        result = super().write(vals)
        self._follow_leading(before)
        return result

    def _get_leading_codes(self):
        """{(axis, company): code of the scheme shown on customers} of what these schemes touch."""
        everywhere = self.env["res.company"].sudo().search([("active", "=", True)])
        return {
            (scheme.axis, company): self._get_leading(scheme.axis, company.id).code
            for scheme in self
            for company in scheme.company_id or everywhere
        }

    def _follow_leading(self, before):
        """Write the letters of another scheme on the customers where it leads now."""
        cards = self.env["power.customer.grade"].sudo()
        after = self._get_leading_codes()
        changed = [place for place, code in after.items() if before.get(place, code) != code]
        for axis, company in changed:
            if axis in AXIS_FIELDS:
                cards._sync(axis, company, cards._select_all_letters(axis, company))
        if changed:
            self.env["power.service.level.rule"]._apply_soon()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if used := self.filtered(lambda scheme: scheme.state != "draft")[:1]:
            raise UserError(
                self.env._(
                    "“%s” has given grades and stays as their evidence. Retire it instead.",
                    used.display_name,
                )
            )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for vals in vals_list:
            if not (default or {}).get("version"):
                vals["code"] = self._get_free_code(vals["code"])
        return vals_list

    def copy(self, default=None):
        copies = super().copy(default)
        for old, new in zip(self, copies, strict=True):
            old._copy_parts(new)
        return copies

    def _get_free_code(self, code):
        taken = set(self.sudo().search([("code", "=like", f"{code}%")]).mapped("code"))
        number = 2
        while f"{code}_{number}" in taken:
            number += 1
        return f"{code}_{number}"

    def _copy_parts(self, new):
        """Copy indicators, bands, rows and limits, keeping what refers to what within the copy."""
        self.ensure_one()
        twins = {}
        for part in (*self.indicator_ids, *self.band_ids):
            twins[part] = part.copy({"scheme_id": new.id})
        for rule in self.rule_ids:
            copied = rule.copy({"scheme_id": new.id, "band_id": twins[rule.band_id].id})
            for condition in rule.condition_ids:
                condition.copy(
                    {"rule_id": copied.id, "indicator_id": twins[condition.indicator_id].id}
                )
        for cap in self.cap_ids:
            cap.copy(
                {
                    "scheme_id": new.id,
                    "band_id": twins[cap.band_id].id if cap.band_id else False,
                    "indicator_id": twins[cap.indicator_id].id if cap.indicator_id else False,
                }
            )

    # === STATE === #

    def _check_state_move(self, target):
        checked = super()._check_state_move(target)
        if target == "active":
            for scheme in self:
                scheme._check_sound()
        return checked

    def _check_sound(self):
        """Raise one error that names everything to be mended."""
        self.ensure_one()
        if faults := self._get_faults():
            raise UserError(
                self.env._(
                    "“%(scheme)s” cannot be used yet:\n%(faults)s",
                    scheme=self.display_name,
                    faults="\n".join(f"• {fault}" for fault in faults),
                )
            )

    def action_activate(self):
        """Put the version to use; the version used before is retired when this one begins."""
        self._set_state("active")

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        if target == "active":
            for scheme in self:
                scheme._succeed()
        return result

    def _succeed(self):
        """Take the place of the version used before, from the day this one is valid.

        Until then the former stays in use, and ends the day before.
        """
        self.ensure_one()
        former = self.search(
            [
                ("code", "=", self.code),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "active"),
                ("id", "!=", self.id),
            ]
        ).filtered(lambda version: version.version < self.version or version._is_begun())
        if not former:
            return
        self.leading = self.leading or any(former.mapped("leading"))
        if self._is_begun():
            former._set_state("retired")
            return
        eve = fields.Date.subtract(self.date_from, days=1)
        never = former.filtered(lambda version: version.date_from and version.date_from > eve)
        never._set_state("retired")
        for version in former - never:
            version.date_to = min(version.date_to or eve, eve)

    def _is_begun(self):
        self.ensure_one()
        today = (self.company_id or self.env.company)._get_power_today()
        return not self.date_from or self.date_from <= today

    def _is_valid_on(self, day):
        self.ensure_one()
        begun = not self.date_from or self.date_from <= day
        return begun and (not self.date_to or day <= self.date_to)

    @api.model
    def _cron_succeed(self):
        """Daily: versions whose day has come take the place of the former ones."""
        waiting = self.search([("state", "=", "active"), ("date_from", "!=", False)])
        for scheme in waiting.sorted("version"):
            if scheme.state == "active" and scheme._is_begun():
                scheme._succeed()

    def action_retire(self):
        self._set_state("retired")

    @api.model
    def _activate_shipped(self):
        """Put the shipped schemes to use once they are complete (called by the data file)."""
        ids = self.env["ir.model.data"].search(
            [("module", "=like", "power_grading%"), ("model", "=", self._name)]
        )
        shipped = self.browse(ids.mapped("res_id")).exists()
        shipped.filtered(lambda scheme: scheme.state == "draft").action_activate()

    # === ACTION METHODS === #

    def action_new_version(self):
        self.ensure_one()
        highest = self.search(
            [("code", "=", self.code), ("company_id", "=", self.company_id.id)],
            order="version desc",
            limit=1,
        )
        new = self.copy(
            {
                "version": highest.version + 1,
                "date_from": False,
                "date_to": False,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": new.id,
            "view_mode": "form",
        }

    def action_open_results(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_grading.power_grading_result_action"
        )
        return {**action, "domain": [("family", "=", self.code)]}

    def action_open_versions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_grading.power_grading_scheme_action"
        )
        return {**action, "domain": [("code", "=", self.code)], "context": {}}

    def action_open_try(self):
        """Try the scheme on the customers without keeping anything."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try “%s”", self.display_name),
            "res_model": "power.grading.try",
            "view_mode": "form",
            "target": "new",
            "context": {"default_scheme_id": self.id},
        }

    # === GETTERS === #

    @api.model
    def _get_leading(self, axis, company_id):
        """The scheme in use whose grades stand on the customers of a company."""
        today = self.env["res.company"].browse(company_id)._get_power_today()
        return self.sudo().search(
            [
                ("axis", "=", axis),
                ("leading", "=", True),
                ("state", "=", "active"),
                ("company_id", "in", [False, company_id]),
                "|",
                ("date_from", "=", False),
                ("date_from", "<=", today),
            ],
            order="company_id, version desc",
            limit=1,
        )

    def _get_population_domain(self):
        """Hook: which customers are graded, the company left aside."""
        return Domain("power_is_customer", "=", True) & self._read_filter("population_domain")

    def _get_faults(self):
        """Everything that keeps the scheme from being used, in the user's language."""
        self.ensure_one()
        sources = self.env["power.grading.source"]._score_queries()
        faults = [
            self.env._(
                "indicator “%(indicator)s”: its source “%(code)s” is not there. Install the "
                "add-on that brings it, or choose another source.",
                indicator=indicator.name,
                code=indicator.source,
            )
            for indicator in self.indicator_ids
            if indicator.source != "domain" and indicator.source not in sources
        ]
        names = {f"i{part.id}": part.name for part in self.indicator_ids}
        names |= {f"b{part.id}": part.display_name for part in self.band_ids}
        names |= {f"c{part.id}": part.name for part in self.cap_ids}
        for fault in scoring.check(self._to_kernel()):
            faults.append(self._describe_fault(fault, names))
        for cap in self.cap_ids.filtered(lambda cap: cap.kind != "steps" and not cap.band_id):
            faults.append(self.env._("limit “%s”: choose the band it names.", cap.name))
        return faults

    def _describe_fault(self, fault, names):
        subject = "”, “".join(names.get(key, key) for key in fault.subjects)
        low, high = (
            "" if edge is None or edge.is_infinite() else f"{edge.normalize():f}"
            for edge in (fault.low, fault.high)
        )
        match fault.code:
            case FaultCode.NO_INDICATOR:
                return self.env._("there is no indicator. Add at least one.")
            case FaultCode.NO_BAND:
                return self.env._("there is no band. Add the letters the customers may get.")
            case FaultCode.NEGATIVE_WEIGHT:
                return self.env._("indicator “%s”: its weight is negative.", subject)
            case FaultCode.WEIGHTS_ZERO:
                return self.env._(
                    "all weights are zero, so nothing counts. Give a weight above zero."
                )
            case FaultCode.FLAT_LINE:
                return self.env._(
                    "indicator “%s”: both points of its line have the same value.", subject
                )
            case FaultCode.NO_STEP:
                return self.env._("indicator “%s”: its table of bands is empty.", subject)
            case FaultCode.STEPS_ORDER:
                return self.env._(
                    "indicator “%s”: two of its bands begin at the same value.", subject
                )
            case FaultCode.BAND_EMPTY:
                return self.env._(
                    "band “%(band)s” ends at %(high)s, before it begins at %(low)s.",
                    band=subject,
                    low=low,
                    high=high,
                )
            case FaultCode.GAP:
                return self.env._(
                    "bands “%(bands)s”: there is a gap from %(low)s to %(high)s.",
                    bands=subject,
                    low=low,
                    high=high,
                )
            case FaultCode.OVERLAP:
                return self.env._(
                    "bands “%(bands)s” overlap from %(low)s to %(high)s.",
                    bands=subject,
                    low=low or "−∞",
                    high=high or "∞",
                )
            case FaultCode.SHARE:
                return self.env._("band “%s”: give it a share above zero percent.", subject)
            case FaultCode.SHARES_SUM:
                return self.env._("the shares of the bands add up to %s %%, not to 100 %%.", low)
            case FaultCode.NO_RULE:
                return self.env._("the table of conditions is empty.")
        return self.env._("a condition names an indicator of another scheme.")

    # === KERNEL === #

    def _to_kernel(self):
        """The scheme as the kernel wants it; keys are ``i``, ``b`` and ``c`` and the record id."""
        self.ensure_one()
        bands = self.band_ids.sorted(lambda band: (band.sequence, band.id))
        positions = {band: place for place, band in enumerate(bands, start=1)}
        return scoring.Scheme(
            combination=Combination(self.combination),
            indicators=tuple(indicator._to_kernel() for indicator in self.indicator_ids),
            bands=tuple(band._to_kernel() for band in bands),
            rules=tuple(rule._to_kernel(positions) for rule in self.rule_ids),
            caps=tuple(cap._to_kernel(positions) for cap in self.cap_ids),
            base=decimal(self.base_points),
            low=decimal(self.score_min) if self.clipped else None,
            high=decimal(self.score_max) if self.clipped else None,
            high_is_good=self.high_is_good,
        )

    def _get_bands(self):
        """The bands in the kernel's order: position 1 is the first."""
        self.ensure_one()
        return self.band_ids.sorted(lambda band: (band.sequence, band.id))

    def _get_scale(self):
        """{letter: its warning level, the highest where bands share it}, the best letter first."""
        scale = {}
        for band in self._get_bands() if self else ():
            scale[band.letter] = max(band.warning, scale.get(band.letter, "0"))
        return scale

    def _get_former_positions(self):
        """Where former grades stand on this scheme's scale.

        A band of another version stands where its twin does (same letter and name, for bands may
        share a letter), else where the first of its letter does.

        :return: ({band id: position}, {letter: position})
        """
        self.ensure_one()
        scheme = self.sudo().with_context(lang=None)
        places, twins, letters = {}, {}, {}
        for place, band in enumerate(scheme._get_bands(), start=1):
            places[band.id] = place
            twins[band.letter, band.name] = place
            letters.setdefault(band.letter, place)
        versions = scheme.search([("code", "=", scheme.code), ("id", "!=", scheme.id)])
        for band in versions.band_ids:
            if place := twins.get((band.letter, band.name)):
                places[band.id] = place
        return places, letters
