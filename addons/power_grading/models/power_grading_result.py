from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..tools import scoring
from .power_grading_source import AXIS_FIELDS, ScoreScope

# important level of a customer by the letter of the scheme that derives it
_LEVELS = {"0": "special", "1": "first", "2": "second", "T": "temporary"}
# how many months ahead payment on time is reckoned
PATIENCE = 24
# sources that no customer changes: who it is, and its former grade
_GIVEN = frozenset(
    {"previous", "domain", "important_level", "life_support", "consequence", "preferential_price"}
)
# sources that say yes or no: 1 or 0
_FLAGS = frozenset({"domain", "dual_supply", "own_generator", "life_support", "preferential_price"})
# sources of punctuality, from the days late of the bills
_PUNCTUAL = {
    "on_time_rate": lambda late: Decimal(100 * late.count(0)) / len(late),
    "late_bills": lambda late: Decimal(len(late) - late.count(0)),
    "worst_days_late": lambda late: Decimal(max(late)),
}


class Reference(fields.Many2one):
    """A many2one without a foreign key in the database.

    Runs write results by the hundred thousand, and each key is a look-up a row. What these point
    at is kept by other rules: bands and schemes in use are frozen, runs that gave grades stay.
    """

    def update_db_foreign_key(self, model, column):
        pass


class PowerGradingResult(models.Model):
    """A grade as it was found: values, points, limits. Written by runs, and never changed after.

    A result is in force from the approval of its run until another one takes its place; it is not
    written again while nothing about it changes.
    """

    _name = "power.grading.result"
    _description = "Grade of a customer"
    _order = "id desc"
    _rec_name = "letter"
    _log_access = False

    line_id = Reference("power.grading.run.line", required=True, readonly=True)
    company_id = Reference("res.company", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    run_id = fields.Many2one(related="line_id.run_id")
    scheme_id = fields.Many2one(related="line_id.scheme_id")
    axis = fields.Selection(related="line_id.scheme_id.axis")
    date = fields.Date(related="line_id.date", string="Graded on")
    run_state = fields.Selection(related="line_id.run_id.state", string="Status of the run")
    family = fields.Char(string="Scheme code", required=True, readonly=True)
    band_id = Reference("power.grading.band", string="Grade", readonly=True)
    letter = fields.Char(readonly=True)
    warning = fields.Selection(related="band_id.warning")
    color = fields.Integer(related="band_id.color")
    legend = fields.Char(related="band_id.legend", string="Meaning")
    position = fields.Integer(readonly=True, aggregator=None)
    uncapped = fields.Integer(string="Position before limits", readonly=True, aggregator=None)
    score = fields.Float(digits=(16, 4), readonly=True, aggregator="avg")
    raw_values = fields.Json(compute="_compute_numbers")
    points = fields.Json(compute="_compute_numbers")
    caps = fields.Json(readonly=True)
    previous_id = Reference("power.grading.result", readonly=True)
    previous_letter = fields.Char(string="Before", readonly=True)
    step = fields.Integer(string="Steps up", readonly=True, aggregator=None)
    current = fields.Boolean(
        string="In force", compute="_compute_current", search="_search_current"
    )
    shown = fields.Boolean(
        string="Shown on customers",
        compute="_compute_shown",
        search="_search_shown",
        help="A grade of the scheme that leads its axis, of whatever version.",
    )
    left = fields.Boolean(string="No longer graded", readonly=True)
    superseded_line_id = Reference("power.grading.run.line", readonly=True, index="btree_not_null")
    is_capped = fields.Boolean(compute="_compute_explanation")
    distance_text = fields.Char(string="To the next grade", compute="_compute_explanation")
    reason_text = fields.Char(
        string="Reasons",
        compute="_compute_reason_text",
        help="What costs the customer most points, and the limits that hold.",
    )
    explanation = fields.Html(
        string="Why",
        compute="_compute_explanation",
        sanitize=False,
        export_string_translation=False,
    )
    is_level_open = fields.Boolean(string="Level to confirm", compute="_compute_is_level_open")
    power_area_id = fields.Many2one(related="partner_id.power_area_id")
    power_industry_id = fields.Many2one(related="partner_id.power_industry_id")
    power_account_manager_id = fields.Many2one(related="partner_id.power_account_manager_id")

    _line_uniq = models.UniqueIndex(
        "(line_id, partner_id)", "A run grades a customer once by each scheme."
    )

    def init(self):
        # What no field of Odoo holds, and what a run of hundreds of thousands writes in a fraction
        # of the time of JSON: value and points by the order of the indicators, which are frozen,
        # and 64 bits that tell runs whether a value changed.
        self.env.cr.execute(
            """
            ALTER TABLE power_grading_result
                ADD COLUMN IF NOT EXISTS numbers numeric[],
                ADD COLUMN IF NOT EXISTS scored numeric[],
                ADD COLUMN IF NOT EXISTS fingerprint bigint
            """
        )
        for name in ("line_id", "company_id", "band_id", "previous_id", "superseded_line_id"):
            self.env.cr.execute(
                SQL(
                    "ALTER TABLE power_grading_result DROP CONSTRAINT IF EXISTS %s",
                    SQL.identifier(f"power_grading_result_{name}_fkey"),
                )
            )
        for name in ("line_id", "band_id", "previous_id"):
            self.env.cr.execute(
                SQL(
                    "DROP INDEX IF EXISTS %s",
                    SQL.identifier(f"power_grading_result__{name}_index"),
                )
            )

    @api.depends("letter", "partner_id")
    @api.depends_context("power_grading_show_scheme")
    def _compute_display_name(self):
        by_scheme = self.env.context.get("power_grading_show_scheme")
        for result in self:
            whose = result.scheme_id.display_name if by_scheme else result.partner_id.name
            result.display_name = " · ".join(filter(None, (result.letter or "–", whose)))

    @api.depends("line_id")
    def _compute_numbers(self):
        """Value and points by indicator: {id: number or None}."""
        stored = {
            result_id: numbers
            for result_id, *numbers in self.env.execute_query(
                SQL(
                    "SELECT id, numbers, scored FROM power_grading_result WHERE id IN %s",
                    tuple(self._origin.ids) or (0,),
                )
            )
        }
        for result in self:
            keys = [str(key) for key in result.scheme_id.indicator_ids.ids]
            result.raw_values, result.points = (
                {
                    key: None if number is None else float(number)
                    for key, number in zip(keys, found or [], strict=False)
                }
                for found in stored.get(result._origin.id, ([], []))
            )

    @api.depends("line_id", "superseded_line_id")
    def _compute_current(self):
        for result in self:
            in_force = result.line_id.sudo().force_number > 0
            result.current = in_force and not result.superseded_line_id

    def _search_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        lines = self.env["power.grading.run.line"].sudo()._search([("force_number", ">", 0)])
        return [("superseded_line_id", "=", False), ("line_id", "in", lines)]

    def _compute_shown(self):
        leading = self._get_leading_families()
        for result in self:
            result.shown = result.family in leading.get(result.company_id.id, ())

    def _search_shown(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(
            Domain("company_id", "=", company) & Domain("family", "in", families)
            for company, families in self._get_leading_families().items()
        )

    def _get_leading_families(self):
        """{company id: codes of the schemes shown on customers} of all companies."""
        schemes = self.env["power.grading.scheme"]
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        return {
            company: {schemes._get_leading(axis, company).code for axis in AXIS_FIELDS} - {False}
            for company in companies.ids
        }

    @api.model
    def _in_force_sql(self, alias, company_id, family):
        """Condition on the table ``alias``: it is in force, of a company and a scheme's code.

        Its own columns alone say so, because nothing is written to a result that comes into force:
        its line is in force, and no later one took its place.
        """
        lines = self.env["power.grading.run.line"].sudo()._get_in_force(company_id, family)
        return SQL(
            "%s IS NULL AND %s IN %s",
            SQL.identifier(alias, "superseded_line_id"),
            SQL.identifier(alias, "line_id"),
            tuple(lines.ids or [0]),
        )

    @api.depends_context("lang")
    def _compute_explanation(self):
        for result in self:
            facts = result._explain()
            result.is_capped = bool(facts["caps"])
            result.distance_text = facts["distance"]
            result.explanation = self.env["ir.qweb"]._render(
                "power_grading.result_explanation", {"result": result, **facts}
            )

    @api.depends_context("lang")
    def _compute_reason_text(self):
        for result in self:
            result.reason_text = "; ".join(result._get_reasons())

    def _get_reasons(self, most=3):
        """What speaks against the customer, the heaviest first; then the limits that hold."""
        self.ensure_one()
        scheme, costs = self.scheme_id, []
        for part in scheme.indicator_ids:
            points = (self.points or {}).get(str(part.id))
            if points is None or not part.weight:
                continue
            cost = part.weight * (max(0, 100 - points) if scheme.high_is_good else points)
            if cost > 0:
                costs.append((cost, part))
        costs.sort(key=lambda item: -item[0])
        values = self.raw_values or {}
        return [
            f"{part.name}: {self._format_number(values.get(str(part.id)), part.unit)}"
            for _cost, part in costs[:most]
        ] + scheme.cap_ids.filtered(lambda cap: f"c{cap.id}" in (self.caps or [])).mapped("name")

    # === FROZEN === #

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("A grade is a fact and is not changed. Override it, or grade anew.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A grade is a fact and is not deleted. Undo its run."))

    # === EXPLANATION === #

    def _explain(self):
        """What counted, what limited, what would change it: plain data for screen, portal, print.

        :return: dict of ``rows`` (indicator, value, points, weight, share, scoring, advice),
            ``caps`` (name, label, advice, until), ``distance`` (text) and ``changes`` (texts)
        """
        self.ensure_one()
        scheme = self.scheme_id
        empty = {"rows": [], "caps": [], "distance": "", "changes": [], "scheme": scheme}
        if self.left or not scheme:
            return empty
        kernel, cuts = scheme._to_kernel(), self.line_id._load_cuts()
        values = {
            f"i{key}": None if value is None else Decimal(str(value))
            for key, value in (self.raw_values or {}).items()
        }
        outcome = self._get_outcome(kernel, cuts, values)
        previous = self._get_previous_positions(kernel)
        changes = self._explain_changes(kernel, values, cuts, previous)
        distance = self._explain_distance(kernel, outcome, values, cuts, previous)
        if kernel.combination is scoring.Combination.TABLE:
            distance = distance or "".join(changes[:1])
        return {
            **empty,
            "rows": self._explain_rows(scheme),
            "caps": [
                {
                    "name": cap.name,
                    "label": cap.label,
                    "advice": cap.advice,
                    "until": self._explain_until(cap),
                }
                for cap in scheme.cap_ids.filtered(lambda cap: f"c{cap.id}" in (self.caps or []))
            ],
            "distance": distance,
            "changes": changes,
        }

    def _get_previous_positions(self, kernel):
        """Positions of the former grades that limits of steps looked at: {months: position}."""
        found = {}
        for months in kernel.step_months:
            if months:
                found[months] = self._get_position_on(self._get_former(months))
            elif self.previous_id.position and self.position:
                found[0] = self.position + self.step
        return found

    def _get_former(self, months):
        """The customer's result in force so many months before, else the first it got since."""
        line = self.line_id.sudo()
        day = line.date - relativedelta(months=months)
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) f",
                line._select_in_force_on(
                    self.company_id.id,
                    self.family,
                    day,
                    or_first=True,
                    before=line.force_number,
                    partner=self.partner_id.id,
                ),
            )
        )
        return self.browse(row for (row,) in rows)

    def _get_position_on(self, former):
        """The position of another result on the scale of this one, None when it has none."""
        places, letters = self.scheme_id._get_former_positions()
        return places.get(former.band_id.id) or letters.get(former.letter)

    def _get_outcome(self, kernel, cuts, values):
        """The stored facts in the kernel's form (nothing is graded again)."""
        points = {
            f"i{key}": None if value is None else Decimal(str(value))
            for key, value in (self.points or {}).items()
        }
        scored = bool(self.uncapped) and kernel.combination is not scoring.Combination.TABLE
        score = scoring.quantize(Decimal(str(self.score))) if scored else None
        return scoring.Outcome(points, score, self.position or None, self.uncapped or None)

    def _explain_rows(self, scheme):
        rows, best = [], 100 if scheme.high_is_good else 0
        for indicator in scheme.indicator_ids:
            value = (self.raw_values or {}).get(str(indicator.id))
            points = (self.points or {}).get(str(indicator.id))
            rows.append(
                {
                    "indicator": indicator,
                    "value": self._format_value(indicator, value),
                    "points": self._format_number(points),
                    "weight": indicator.weight if points is not None else 0,
                    "scoring": indicator.label,
                    # nobody is told to do what it does already
                    "advice": indicator.advice if points not in (None, best) else False,
                    "counts": indicator.weight > 0 and points is not None,
                }
            )
        return rows

    def _explain_distance(self, kernel, outcome, values, cuts, previous):
        """To the next grade: points lacking, or the limits that hold the customer where it is."""
        if outcome.position and outcome.uncapped and outcome.uncapped < outcome.position:
            return self._explain_held(kernel, outcome.uncapped, values, previous)
        gap = scoring.distance(kernel, outcome, cuts)
        if gap is None:
            return ""
        position, points = gap
        text = self._explain_gap(kernel, position, points)
        reached, _caps = scoring.limit(kernel, position, values, previous)
        if reached < outcome.position:
            return text
        held = self._explain_held(kernel, position, values, previous)
        return self.env._("%(distance)s; %(held)s", distance=text, held=held)

    def _explain_held(self, kernel, position, values, previous):
        """The limits that keep a score good for ``position`` from being the grade."""
        _reached, keys = scoring.limit(kernel, position, values, previous)
        caps = self.scheme_id.cap_ids.filtered(lambda cap: f"c{cap.id}" in keys)
        limits = []
        for cap in caps:
            until = self._explain_until(cap)
            limits.append(f"{cap.name} ({until})" if until else cap.name)
        return self.env._(
            "held at %(grade)s by: %(limits)s", grade=self.letter, limits=", ".join(limits)
        )

    def _explain_until(self, cap):
        """When a limit goes away by itself, in words; empty when that is not known."""
        part, day = cap.indicator_id, None
        if cap.kind == "steps" and cap.months:
            day = self._get_end_of_former(cap.months)
        elif part.source == "previous" and part.months:
            day = self._get_end_of_former(part.months)
        elif part.source == "tenure" and cap.operator == "<":
            known = (self.raw_values or {}).get(str(part.id)) or 0
            day = self.date + relativedelta(months=round(cap.value - known))
        elif part.months and cap.operator in (">=", ">"):
            queries = self.env["power.grading.source"]._score_queries()
            if part.source in queries and queries[part.source].windowed:
                return self.env._("counts the last %s months", part.months)
        return self.env._("until %s", format_date(self.env, day)) if day else ""

    def _get_end_of_former(self, months):
        """The day from which another former grade is looked at."""
        day = self.date - relativedelta(months=months)
        follower = self.sudo().search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("family", "=", self.family),
                ("line_id.force_number", ">", 0),
                ("line_id.date", ">", day),
            ],
        )
        former = self._get_former(months)
        days = [result.date for result in follower - former]
        return min(days or [self.date]) + relativedelta(months=months)

    def _explain_gap(self, kernel, position, points):
        band = self.scheme_id._get_bands()[position - 1]
        if kernel.high_is_good:
            return self.env._(
                "%(points)s points more for %(band)s",
                points=self._format_number(points),
                band=band.display_name,
            )
        return self.env._(
            "%(points)s points less for %(band)s",
            points=self._format_number(points),
            band=band.display_name,
        )

    def _explain_changes(self, kernel, values, cuts, previous):
        """What lifts the grade: months of punctual payment, or one figure for itself; in a table
        of conditions, what is lacking for the next row."""
        queries = self.env["power.grading.source"]._score_queries()
        indicators = {f"i{part.id}": part for part in self.scheme_id.indicator_ids}
        whole = {
            key
            for key, part in indicators.items()
            if part.source in queries and queries[part.source].whole
        }
        given = {key for key, part in indicators.items() if part.source in _GIVEN}
        if kernel.combination is scoring.Combination.TABLE:
            row = scoring.next_row(kernel, values, previous, whole, given)
            if row is None:
                return []
            return [self._explain_change(indicators, values, row.values, row.position)]
        punctual = {key for key, part in indicators.items() if part.source in _PUNCTUAL}
        ways = scoring.changes(kernel, values, cuts, previous, whole, given | punctual)
        return [
            *self._explain_punctual(kernel, values, cuts, previous),
            *(
                self._explain_change(indicators, values, {way.indicator: way.value}, way.position)
                for way in ways
            ),
        ]

    def _explain_change(self, indicators, values, needed, position):
        """:param needed: {indicator's key: value it would need} for a band."""
        parts = [
            self.env._(
                "%(indicator)s: %(value)s instead of %(now)s",
                indicator=indicators[key].name,
                value=self._format_value(indicators[key], value),
                now=self._format_value(indicators[key], values.get(key)),
            )
            for key, value in needed.items()
        ]
        return self.env._(
            "%(changes)s → %(band)s",
            changes=self.env._(" and ").join(parts),
            band=self.scheme_id._get_bands()[position - 1].display_name,
        )

    def _explain_punctual(self, kernel, values, cuts, previous):
        """How many months of bills paid on time would lift the grade: a list of one text or none.

        One bill a month; whatever is late now leaves the windows of the indicators in time.
        """
        parts = self.scheme_id.indicator_ids.filtered(lambda part: part.source in _PUNCTUAL)
        if not parts or not self.position or self.position <= 1:
            return []
        bills = self._get_judged_bills(parts)
        for months in range(1, PATIENCE + 1):
            then = dict(values)
            for part in parts:
                day = self.date + relativedelta(months=months)
                start = part._get_scope(self.company_id, day).start
                late = [days for billed, days in bills if billed > start]
                then[f"i{part.id}"] = _PUNCTUAL[part.source](late + [0] * months)
            found = scoring.evaluate(kernel, then, previous, cuts).position
            if found and found < self.position:
                band = self.scheme_id._get_bands()[found - 1].display_name
                if months == 1:
                    return [self.env._("the bills of the next month paid on time → %s", band)]
                return [
                    self.env._(
                        "the bills of the next %(months)s months paid on time → %(band)s",
                        months=months,
                        band=band,
                    )
                ]
        return []

    def _get_judged_bills(self, parts):
        """[(date, days late)] of the customer's bills that are paid or due, in the longest of the
        windows of indicators."""
        months = 0 if 0 in parts.mapped("months") else max(parts.mapped("months"))
        scope = ScoreScope(self.company_id.id, self.date, months, partner_id=self.partner_id.id)
        return self.env.execute_query(
            SQL(
                "SELECT i.date, i.days_late FROM %s WHERE i.days_late IS NOT NULL",
                self.env["power.grading.source"]._invoices(scope),
            )
        )

    def _format_value(self, indicator, value):
        """A figure of an indicator; yes or no where that is all it says."""
        if indicator.source in _FLAGS and value in (0, 1):
            return self.env._("yes") if value else self.env._("no")
        return self._format_number(value, indicator.unit)

    def _explain_move(self, former):
        """Why the grade is another than ``former`` (a result of the same customer): text.

        The indicators that moved the score most, then the limits that came or went.
        """
        self.ensure_one()
        if not former:
            return self.env._("graded for the first time")
        reasons = self._explain_moved_indicators(former) + self._explain_moved_caps(former)
        if self.scheme_id != former.scheme_id:
            reasons.append(self.env._("another version of the scheme"))
        elif not reasons and self.letter != former.letter:
            reasons.append(self.env._("percentile cuts of another period"))
        return "; ".join(reasons)

    def _explain_moved_indicators(self, former, most=3):
        twins = {(part.source, part.name): part for part in former.scheme_id.indicator_ids}
        moved = []
        for part in self.scheme_id.indicator_ids:
            twin = twins.get((part.source, part.name), part.browse())
            before = (former.raw_values or {}).get(str(twin.id))
            now = (self.raw_values or {}).get(str(part.id))
            gain = part.weight * ((self.points or {}).get(str(part.id)) or 0)
            gain -= twin.weight * ((former.points or {}).get(str(twin.id)) or 0)
            if before != now:
                moved.append((abs(gain), part, before, now))
        moved.sort(key=lambda item: -item[0])
        return [
            self.env._(
                "%(indicator)s: %(before)s → %(now)s",
                indicator=part.name,
                before=self._format_number(before, part.unit),
                now=self._format_number(now, part.unit),
            )
            for _gain, part, before, now in moved[:most]
        ]

    def _explain_moved_caps(self, former):
        def held(result):
            keys = result.caps or []
            return result.scheme_id.cap_ids.filtered(lambda cap: f"c{cap.id}" in keys)

        now, before = held(self), held(former)
        came = [cap.name for cap in now if cap.name not in before.mapped("name")]
        went = [cap.name for cap in before if cap.name not in now.mapped("name")]
        return [self.env._("limit: %s", name) for name in came] + [
            self.env._("no longer limited: %s", name) for name in went
        ]

    def _format_number(self, value, unit=""):
        if value is None:
            return self.env._("not known")
        text = f"{Decimal(str(value)):,.2f}".rstrip("0").rstrip(".")
        return f"{text} {unit}" if unit else text

    # === IMPORTANT LEVEL === #

    def _propose_level(self, partner, company):
        """Ask a person to confirm the level found for a customer, once; no result: nothing.

        :param self: the result in force, or none
        """
        kind = "power_grading.mail_activity_type_importance"
        level = _LEVELS.get(self.letter, False)
        # nothing was ever derived for a customer without a result: what a person wrote stands
        if not self or level == partner.power_important_level:
            partner.activity_unlink([kind])
            return
        user = partner._get_power_responsible(company)
        words = partner.with_context(lang=user.lang)
        summary = words.env._(
            "Important level to confirm: %s",
            self.band_id.with_context(lang=user.lang).name or words.env._("none any more"),
        )
        asked = partner.activity_search([kind])
        if asked.filtered(lambda activity: activity.summary == summary):
            return
        asked.unlink()
        partner.activity_schedule(kind, user_id=user.id, summary=summary)

    @api.depends("letter", "current", "partner_id.power_important_level")
    def _compute_is_level_open(self):
        for result in self:
            level = _LEVELS.get(result.letter, False)
            result.is_level_open = (
                result.axis == "importance"
                and result.current
                and level != result.partner_id.power_important_level
            )

    def action_confirm_level(self):
        """Open what the authority confirms, filled in with the level found."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Confirm the important level"),
            "res_model": "power.grading.level.confirm",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_result_id": self.id,
                "default_level": _LEVELS.get(self.letter, False),
            },
        }

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id.get_formview_action()

    def action_override(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Override the grade"),
            "res_model": "power.grading.override",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_axis": self.axis,
                "default_company_id": self.company_id.id,
            },
        }

    def _get_override(self):
        """What a person decided in place of this grade for today; empty when nobody did."""
        self.ensure_one()
        overrides = self.env["power.grading.override"]
        if not self.shown:
            return overrides
        today = self.company_id._get_power_today()
        return overrides.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("axis", "=", self.axis),
                ("state", "=", "approved"),
                ("date_from", "<=", today),
                ("date_to", ">=", today),
            ],
            limit=1,
        )

    @api.model
    def _get_in_force(self, partners, company=None):
        """Results in force of customers, by scheme order."""
        domain = [("partner_id", "in", partners.ids), ("current", "=", True), ("left", "=", False)]
        if company:
            domain.append(("company_id", "=", company.id))
        return self.search(domain).sorted(lambda result: result.scheme_id.sequence)
