from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from odoo.addons.power_crm.tools.batches import in_batches

from ..tools import plots, validation
from ..tools.scoring import Combination
from .power_grading_engine import GRADED
from .power_grading_run import AT_ONCE
from .power_grading_source import ScoreScope

GOOD, BAD = "#18879B", "#C0392B"
# of what a test finds: nobody types it, a copy begins without it
FOUND = {"readonly": True, "copy": False}
FIGURE = {**FOUND, "aggregator": "avg"}


class PowerGradingBacktest(models.Model):
    """How well a scheme would have foretold who pays late: graded at T, judged by T+1 … T+n.

    A customer is bad when a bill of the months after T was paid, or stood open, more than so many
    days after it was due. Customers without a bill to judge are left out. What has no date in the
    data (licences, supply facts) counts as it stands now.
    """

    _name = "power.grading.backtest"
    _description = "Back-test of a grading scheme"
    _inherit = ["power.grading.found", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, readonly=False, precompute=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    scheme_id = fields.Many2one(
        "power.grading.scheme",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('combination', '!=', 'table'), ('company_id', 'in', [False, company_id])]",
        tracking=True,
    )
    line_id = fields.Many2one(
        "power.grading.run.line",
        string="Grades of a run",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('scheme_id', '=', scheme_id), ('company_id', '=', company_id),"
        " ('state', '=', 'computed')]",
        help="Judge the grades this run gave. Empty: customers are graded anew by what was known "
        "on the day.",
    )
    date = fields.Date(
        string="Graded on",
        required=True,
        compute="_compute_date",
        store=True,
        readonly=False,
        precompute=True,
    )
    months = fields.Integer(
        string="Months after", default=6, required=True, help="How long payment is watched."
    )
    bad_days = fields.Integer(
        string="Bad from (days late)",
        default=15,
        required=True,
        help="A customer is bad when one of its bills is later than this.",
    )
    is_waiting = fields.Boolean(string="In progress", **FOUND)
    date_done = fields.Datetime(string="Tested on", **FOUND)
    customer_count = fields.Integer(string="Customers", **FOUND)
    bad_count = fields.Integer(string="Paid late", **FOUND)
    auc = fields.Float(
        string="AUC",
        digits=(16, 4),
        help="Chance that a customer who paid late was graded worse than one who did not: 0.5 is "
        "no better than chance, 1 is perfect.",
        **FIGURE,
    )
    ks = fields.Float(
        string="KS",
        digits=(16, 4),
        help="Largest distance between the shares of late and of punctual payers above a score.",
        **FIGURE,
    )
    capture = fields.Float(
        string="Caught by the worst tenth (%)",
        digits=(16, 1),
        help="Share of the late payers found among the tenth of the customers graded worst.",
        **FIGURE,
    )
    stability = fields.Float(
        string="Population stability index",
        digits=(16, 4),
        help="How far the grades moved from the day graded to the end of the months: under 0.1 "
        "stable, from 0.1 to be watched, above 0.25 another population.",
        **FIGURE,
    )
    verdict = fields.Char(compute="_compute_verdict")
    curve = fields.Json(**FOUND)
    band_ids = fields.One2many(
        "power.grading.backtest.band", "backtest_id", string="By grade", **FOUND
    )
    plots = fields.Html(compute="_compute_plots", sanitize=False, export_string_translation=False)

    _months_positive = models.Constraint(
        "CHECK (months > 0)", "Payment is watched for at least one month."
    )
    _days_positive = models.Constraint("CHECK (bad_days >= 0)", "The days late cannot be negative.")

    # === COMPUTE METHODS === #

    @api.depends("line_id")
    def _compute_date(self):
        for test in self:
            test.date = (
                test.line_id.date
                or test.date
                or test.env.company._get_power_today() - relativedelta(months=test.months or 6)
            )

    @api.depends("scheme_id", "date")
    def _compute_name(self):
        for test in self:
            test.name = f"{test.scheme_id.display_name or ''} · {test.date or ''}".strip(" ·")

    @api.depends("auc", "date_done", "customer_count", "bad_count")
    @api.depends_context("lang")
    def _compute_verdict(self):
        for test in self:
            test.verdict = test.date_done and test._get_verdict()

    def _get_verdict(self):
        if not self.bad_count or self.bad_count == self.customer_count:
            return self.env._("All customers paid alike: there is nothing to tell apart.")
        if self.auc >= 0.8:
            return self.env._("Tells late payers well from punctual ones.")
        if self.auc >= 0.7:
            return self.env._("Tells late payers fairly from punctual ones.")
        if self.auc > 0.55:
            return self.env._("Tells late payers poorly from punctual ones.")
        return self.env._("No better than chance: do not decide on payment by this scheme.")

    @api.depends("curve", "band_ids")
    @api.depends_context("lang")
    def _compute_plots(self):
        for test in self:
            test.plots = test.curve and Markup('<div class="d-flex flex-wrap gap-4">%s</div>') % (
                Markup("").join(Markup(drawn) for drawn in test._draw())
            )

    def _draw(self):
        """SVG texts of the plots; the module escapes what it is given."""
        share = self.env._("Share of the customers, worst first (%)")
        return [
            plots.curves(
                self.env._("ROC curve (AUC %.2f)", self.auc),
                self.env._("Punctual payers (%)"),
                self.env._("Late payers caught (%)"),
                [("", GOOD, self.curve["roc"])],
                diagonal=True,
            ),
            plots.curves(
                self.env._("Cumulative shares (KS %.2f)", self.ks),
                share,
                self.env._("Share of its kind (%)"),
                [
                    (self.env._("late"), BAD, self.curve["late"]),
                    (self.env._("punctual"), GOOD, self.curve["punctual"]),
                ],
            ),
            plots.bars(
                self.env._("Late payers by grade"),
                self.env._("Share of the grade (%)"),
                [(band.letter, band.bad_share / 100) for band in self.band_ids],
                BAD,
            ),
            *self._draw_shift(),
        ]

    def _draw_shift(self):
        """The two distributions that the stability index compares; none before they were kept."""
        if "shift" not in self.curve:
            return []
        letters = self.scheme_id._get_bands().mapped("letter")
        return [
            plots.pairs(
                self.env._("Grades then and later (index %.2f)", self.stability),
                self.env._("Share of the customers (%)"),
                [(self.env._("on the day graded"), GOOD), (self.env._("at the end"), BAD)],
                [
                    (letter, then, later)
                    for letter, (then, later) in zip(letters, self.curve["shift"], strict=False)
                ],
            )
        ]

    # === CONSTRAINT METHODS === #

    @api.constrains("date", "months")
    def _check_date(self):
        for test in self:
            if test._get_end() > test.env.company._get_power_today():
                raise ValidationError(
                    self.env._(
                        "%(test)s: the %(months)s months after are not over. Choose an earlier "
                        "day or fewer months.",
                        test=test.name,
                        months=test.months,
                    )
                )

    @api.constrains("line_id", "scheme_id", "company_id")
    def _check_line(self):
        for test in self.filtered("line_id"):
            line = test.line_id
            if line.scheme_id != test.scheme_id or line.company_id != test.company_id:
                raise ValidationError(
                    self.env._("%s: choose a run of the same scheme and company.", test.name)
                )

    def write(self, vals):
        question = {"scheme_id", "line_id", "date", "months", "bad_days", "company_id"}
        if set(vals) & question:
            self._check_not_tested()
        return super().write(vals)

    def _check_not_tested(self):
        if done := self.filtered("date_done")[:1]:
            raise UserError(
                self.env._("%s is a fact. Duplicate it and change the copy.", done.name)
            )

    # === TEST === #

    def _get_end(self):
        return self.date + relativedelta(months=self.months)

    def action_start(self):
        """Test: few customers at once, many by the scheduler."""
        for test in self:
            test._check_can_test()
            engine = self.env["power.grading.engine"]
            domain = engine._get_company_domain(test.company_id)
            domain &= Domain("power_is_customer", "=", True)
            if self.env["res.partner"].sudo().search_count(domain, limit=AT_ONCE + 1) <= AT_ONCE:
                test.action_test()
                continue
            test.sudo().is_waiting = True
            self.env.ref("power_grading.ir_cron_backtests").sudo()._trigger()
        return True

    @api.model
    def _cron_test(self):
        """Do the tests that were asked for; one that fails says why and keeps no other from it."""
        in_batches(
            self.search([("is_waiting", "=", True)], order="id"),
            1,
            lambda test: test._test_waiting(),
            type(self)._note_failure,
        )

    def _test_waiting(self):
        self.is_waiting = False
        self.with_company(self.company_id).with_context(lang=self.create_uid.lang).action_test()

    def _note_failure(self, error):
        self.is_waiting = False
        self.message_post(body=self.env._("The test could not be done: %s", error))

    def action_test(self):
        for test in self:
            test._check_can_test()
            scores, positions, later = test._grade_then_and_later()
            test._judge(scores, positions, later, test._get_worst_days_late())
        return True

    def _check_can_test(self):
        self.ensure_one()
        self.check_access("write")
        self._check_not_tested()
        self.scheme_id._check_sound()
        if self.scheme_id._to_kernel().combination is Combination.TABLE:
            raise UserError(
                self.env._(
                    "“%s” is a table of conditions and gives no score to rank customers by.",
                    self.scheme_id.display_name,
                )
            )

    def _grade_then_and_later(self):
        """({customer: score at T}, {customer: position at T}, {position: customers at the end})."""
        engine = self.env["power.grading.engine"].sudo()
        cuts = engine._grade(self.scheme_id, self.company_id, self.date)
        table = GRADED
        if self.line_id:
            cuts = self.line_id._load_cuts()
            table = SQL("(%s) r", self.line_id._select_results_of_day())
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id, score::float8, position FROM %s"
                " WHERE score IS NOT NULL AND position IS NOT NULL",
                table,
            )
        )
        engine._grade(self.scheme_id, self.company_id, self._get_end(), cuts=cuts)
        later = self.env.execute_query(
            SQL("SELECT position, count(*) FROM %s WHERE position IS NOT NULL GROUP BY 1", GRADED)
        )
        return (
            {partner: score for partner, score, _position in rows},
            {partner: position for partner, _score, position in rows},
            dict(later),
        )

    def _get_worst_days_late(self):
        """{customer: days} of the bills of the months after, for customers with one to judge."""
        query = self.env["power.grading.source"].sudo()._score_queries()["worst_days_late"]
        scope = ScoreScope(self.company_id.id, self._get_end(), self.months)
        rows = self.env.execute_query(
            SQL("SELECT %s, %s FROM %s GROUP BY 1", query.partner, query.value, query.table(scope))
        )
        return {partner: days for partner, days in rows if days is not None}

    def _judge(self, scores, positions, later, days_late):
        partners = [partner for partner in sorted(scores) if partner in days_late]
        if not partners:
            raise UserError(
                self.env._("%s: no customer graded then has a bill in the months after.", self.name)
            )
        sign = -1 if self.scheme_id.high_is_good else 1
        risks = [sign * scores[partner] for partner in partners]
        bad = [days_late[partner] > self.bad_days for partner in partners]
        before = {}
        for position in positions.values():
            before[position] = before.get(position, 0) + 1
        self.sudo().write(
            {
                "date_done": fields.Datetime.now(),
                "customer_count": len(partners),
                "bad_count": sum(bad),
                "auc": validation.auc(risks, bad) or 0,
                "ks": validation.ks(risks, bad) or 0,
                "capture": 100 * (validation.capture(risks, bad) or 0),
                "stability": validation.psi(before, later),
                "curve": self._get_curve(risks, bad, before, later),
                "band_ids": [
                    Command.clear(),
                    *map(Command.create, self._prepare_bands(partners, positions, scores, bad)),
                ],
            }
        )

    def _get_curve(self, risks, bad, before, later):
        points = validation.caught_and_passed(risks, bad)
        late = sum(bad) / len(bad)
        across = [late * caught + (1 - late) * passed for passed, caught in points]
        return points and {
            "roc": points,
            "late": [(x, caught) for x, (_passed, caught) in zip(across, points, strict=True)],
            "punctual": [(x, passed) for x, (passed, _caught) in zip(across, points, strict=True)],
            "shift": [
                [counts.get(place, 0) / (sum(counts.values()) or 1) for counts in (before, later)]
                for place in range(1, len(self.scheme_id.band_ids) + 1)
            ],
        }

    def _prepare_bands(self, partners, positions, scores, bad):
        for place, band in enumerate(self.scheme_id._get_bands(), start=1):
            found = [n for n, partner in enumerate(partners) if positions[partner] == place]
            if not found:
                continue
            yield {
                "sequence": place,
                "letter": band.letter,
                "name": band.name,
                "customer_count": len(found),
                "bad_count": sum(bad[n] for n in found),
                "score": sum(scores[partners[n]] for n in found) / len(found),
            }
