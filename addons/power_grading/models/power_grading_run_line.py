import time
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import scoring_sql, validation
from ..tools.scoring import CapKind, Cuts
from .power_grading_engine import GRADED, VALUES
from .power_grading_source import AXIS_FIELDS

# results of a line that are worth new statistics
MANY = 1000


class PowerGradingRunLine(models.Model):
    _name = "power.grading.run.line"
    _description = "Scheme of a grading run"
    _inherit = ["power.grading.found"]
    _order = "run_id, sequence, id"
    _rec_name = "scheme_id"

    run_id = fields.Many2one("power.grading.run", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    scheme_id = fields.Many2one(
        "power.grading.scheme",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('state', '=', 'active'), ('company_id', 'in', [False, company_id])]",
    )
    sequence = fields.Integer(related="scheme_id.sequence", store=True)
    date = fields.Date(related="run_id.date", store=True)
    run_state = fields.Selection(related="run_id.state", string="Status of the run")
    state = fields.Selection(
        [("waiting", "Waiting"), ("computed", "Computed")],
        string="Status",
        required=True,
        default="waiting",
        readonly=True,
    )
    base_line_id = fields.Many2one(
        "power.grading.run.line",
        string="Compared with",
        readonly=True,
        index="btree_not_null",
        help="The grades in force when this line was computed.",
    )
    force_number = fields.Integer(
        readonly=True,
        copy=False,
        index=True,
        help="The order in which lines came into force; 0: not in force.",
    )
    cuts = fields.Json(readonly=True)
    cuts_date = fields.Date(string="Percentiles of", readonly=True)
    seconds = fields.Float(readonly=True, digits=(16, 2))
    expected_count = fields.Integer(
        string="Customers expected", readonly=True, help="Counted before computing, for progress."
    )
    population = fields.Integer(string="Customers", readonly=True)
    graded_count = fields.Integer(string="Grades", readonly=True)
    ungraded_count = fields.Integer(string="Without grade", readonly=True)
    changed_count = fields.Integer(
        string="Changed", readonly=True, help="Customers for whom anything changed."
    )
    moved_count = fields.Integer(
        string="Grade changed", readonly=True, help="Customers whose grade is another now."
    )
    up_count = fields.Integer(string="Up", readonly=True)
    down_count = fields.Integer(string="Down", readonly=True)
    new_count = fields.Integer(string="First grade", readonly=True)
    left_count = fields.Integer(
        string="Left", readonly=True, help="Had a grade and are no longer among the customers."
    )
    stability = fields.Float(
        string="Population stability index",
        readonly=True,
        digits=(16, 4),
        help="How far the distribution moved from the grades in force: under 0.1 stable, from 0.1 "
        "to be watched, above 0.25 another population.",
    )
    total_ids = fields.One2many("power.grading.run.total", "line_id", string="Movement")

    _scheme_uniq = models.UniqueIndex("(run_id, scheme_id)", "A scheme stands only once in a run.")

    @api.depends("run_id.name", "scheme_id.display_name")
    @api.depends_context("power_grading_show_run")
    def _compute_display_name(self):
        for line in self:
            owner = (
                line.run_id if self.env.context.get("power_grading_show_run") else line.scheme_id
            )
            line.display_name = owner.display_name

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.run_id._check_open()
        return lines

    def write(self, vals):
        planned = bool(set(vals) & {"run_id", "scheme_id"})
        if planned:
            self.run_id._check_open()
        super().write(vals)
        if planned:
            self.run_id._check_open()
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.run_id._unlink_except_used()
        self.run_id._check_open()

    # === COMPUTING === #

    def _expect_customers(self):
        """Count whom each scheme will grade, so that progress is one of customers."""
        engine, partners = self.env["power.grading.engine"], self.env["res.partner"].sudo()
        for line in self.sudo():
            domain = engine._get_population_domain(
                line.scheme_id, line.company_id, line.run_id._get_part()
            )
            line.expected_count = partners.search_count(domain)

    def _compute_results(self):
        """Compute the line: results of whoever changed, totals and movement of all."""
        self.ensure_one()
        started = time.monotonic()
        self._forget()
        kernel = self.scheme_id._to_kernel()
        kept, cuts_date = self._get_kept_cuts()
        standing = self._can_stand(kernel, kept)
        cuts = (
            self.env["power.grading.engine"]
            .with_company(self.company_id)
            ._grade(
                self.scheme_id,
                self.company_id,
                self.date,
                kernel=kernel,
                cuts=kept,
                standing=standing,
                part=self.run_id._get_part(),
            )
        )
        self._insert_results(kernel)
        left = self._insert_left()
        totals = self._collect_totals(standing)
        if totals["changed_count"] + left > MANY:
            self._refresh_statistics()
        self.sudo().write(
            {
                "state": "computed",
                "base_line_id": self._get_last_in_force().id,
                "cuts": self._dump_cuts(cuts),
                "cuts_date": cuts_date,
                "left_count": left,
                **totals,
                "seconds": time.monotonic() - started,
            }
        )
        self.env["power.grading.result"].invalidate_model()

    def _refresh_statistics(self):
        """Let PostgreSQL know of the new line before autovacuum comes by, or it would plan its
        approval for a handful of rows."""
        self.env.cr.execute(
            "ANALYZE power_grading_result"
            " (line_id, partner_id, previous_id, superseded_line_id, band_id)"
        )

    def _can_stand(self, kernel, kept_cuts):
        """Whether the same values mean the same grade as the one in force."""
        by_others = kernel.uses_cuts and kept_cuts is None
        by_former = any(cap.kind is CapKind.STEPS for cap in kernel.caps)
        same = self._get_last_in_force().scheme_id == self.scheme_id
        return same and not by_others and not by_former

    def _insert_results(self, kernel):
        bands = self.scheme_id._get_bands()
        self.env.cr.execute(
            SQL(
                """INSERT INTO power_grading_result (line_id, company_id, family, partner_id,
                    band_id, letter, position, uncapped, score, numbers, scored, caps,
                    previous_id, previous_letter, step, "left", fingerprint)
                SELECT %(line)s, %(company)s, %(family)s, g.partner_id,
                    %(band)s, %(letter)s, g.position, g.found, g.score,
                    ARRAY[%(values)s]::numeric[], ARRAY[%(points)s]::numeric[], %(caps)s,
                    g.previous_id, g.previous_letter, %(step)s, FALSE, g.fingerprint
                FROM %(graded)s g
                WHERE g.changed""",
                line=self.id,
                company=self.company_id.id,
                family=self.scheme_id.code,
                band=self._pick(bands.ids, "integer"),
                letter=self._pick(bands.mapped("letter"), "varchar"),
                values=self._list("v", kernel),
                points=self._list("p", kernel),
                caps=self._get_caps_sql(kernel),
                step=SQL("COALESCE(g.previous - g.position, 0)"),
                graded=GRADED,
            )
        )

    def _pick(self, items, kind):
        """The item at a customer's position."""
        return SQL("(%s::" + kind + "[])[g.position]", list(items))

    def _list(self, prefix, kernel):
        """The engine's columns of all indicators, in their order."""
        return SQL(", ").join(
            SQL.identifier("g", f"{prefix}{number}") for number in range(len(kernel.indicators))
        )

    def _get_caps_sql(self, kernel):
        columns = {
            part.key: SQL.identifier("g", f"v{n}") for n, part in enumerate(kernel.indicators)
        }
        previous = self.env["power.grading.engine"]._get_former_columns(kernel, "g")
        return scoring_sql.applied(kernel, SQL.identifier("g", "found"), columns, previous)

    def _insert_left(self):
        """Note once whoever had a grade and is no longer among the customers graded."""
        domain = self.env["power.grading.engine"]._get_population_domain(
            self.scheme_id, self.company_id, self.run_id._get_part()
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO power_grading_result (line_id, company_id, family, partner_id,
                    previous_id, previous_letter, step, "left")
                SELECT %(line)s, r.company_id, r.family, r.partner_id, r.id, r.letter, 0, TRUE
                FROM power_grading_result r
                WHERE %(former)s AND r.partner_id NOT IN %(population)s""",
                line=self.id,
                former=self._get_former_condition(),
                population=self.env["res.partner"].sudo()._search(domain).subselect(),
            )
        )
        return self.env.cr.rowcount

    def _get_former_condition(self):
        """SQL on results ``r``: in force before this line, of customers the run is about."""
        in_force = self.env["power.grading.result"]._in_force_sql(
            "r", self.company_id.id, self.scheme_id.code
        )
        part = self.run_id._get_part()
        if part.is_true():
            return SQL('%s AND NOT r."left"', in_force)
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        return SQL(
            '%s AND NOT r."left" AND r.partner_id IN %s',
            in_force,
            partners._search(part).subselect(),
        )

    def _select_standing(self):
        """SELECT of (band, its position) of the grades that stand as they were."""
        return SQL(
            """SELECT r.band_id, %(position)s FROM power_grading_result r
            WHERE %(former)s
                AND NOT EXISTS (SELECT FROM %(values)s v WHERE v.partner_id = r.partner_id)
                AND NOT EXISTS (
                    SELECT FROM power_grading_result n
                    WHERE n.line_id = %(line)s AND n.partner_id = r.partner_id
                )""",
            position=self.env["power.grading.engine"]._get_previous_position(self.scheme_id, "r"),
            former=self._get_former_condition(),
            values=VALUES,
            line=self.id,
        )

    def _collect_totals(self, standing):
        """Count all customers by former and new band; keep the movement matrix.

        :param bool standing: customers whose grade stands were not scored
        """
        bands = self.scheme_id._get_bands()
        everybody = SQL("SELECT previous_band, previous, position, changed FROM %s", GRADED)
        if standing:
            everybody = SQL(
                """%s UNION ALL SELECT s.band_id, s.place, s.place, FALSE
                FROM (%s) s(band_id, place)""",
                everybody,
                self._select_standing(),
            )
        rows = self.env.execute_query(
            SQL(
                """SELECT previous_band, previous, position, count(*),
                    count(*) FILTER (WHERE changed)
                FROM (%s) everybody GROUP BY 1, 2, 3""",
                everybody,
            )
        )
        shares = {"before": {}, "after": {}}
        totals, counts = [], dict.fromkeys(("up", "down", "new", "changed", "graded", "all"), 0)
        for former, before, position, count, changed in rows:
            band = bands[position - 1].id if position else False
            counts["all"] += count
            counts["changed"] += changed
            counts["graded"] += count if position else 0
            counts["new"] += count if position and not former else 0
            if before and position:
                counts["up"] += count if position < before else 0
                counts["down"] += count if position > before else 0
            for when, place in (("before", before), ("after", position)):
                if place:
                    shares[when][place] = shares[when].get(place, 0) + count
            totals.append(
                {
                    "line_id": self.id,
                    "from_band_id": former,
                    "band_id": band,
                    "count": count,
                    "step": before - position if before and position else 0,
                }
            )
        self.env["power.grading.run.total"].sudo().create(totals)
        return {
            "population": counts["all"],
            "graded_count": counts["graded"],
            "ungraded_count": counts["all"] - counts["graded"],
            "changed_count": counts["changed"],
            "up_count": counts["up"],
            "down_count": counts["down"],
            "new_count": counts["new"],
            "moved_count": counts["up"] + counts["down"],
            "stability": validation.psi(shares["before"], shares["after"]),
        }

    def _forget(self):
        """Delete the results that were not put in force."""
        self.flush_recordset()
        self.total_ids.sudo().unlink()
        if waiting := self.filtered(lambda line: not line.force_number):
            self.env.cr.execute(
                SQL(
                    "DELETE FROM power_grading_result WHERE line_id IN %s",
                    tuple(waiting.ids),
                )
            )
        self.env["power.grading.result"].invalidate_model()
        self.sudo().write({"state": "waiting"})

    # === CUTS === #

    def _get_kept_cuts(self):
        """The percentile cuts of the period, and the day they are of.

        A part is measured by the cuts of everybody else, however old.

        :return: (None, date of the run) when they are to be computed anew
        """
        months = self.scheme_id.cut_months
        former = self._get_last_in_force()
        if former.scheme_id != self.scheme_id or not former.cuts:
            return None, self.date
        fresh = months and fields.Date.add(former.cuts_date, months=months) > self.date
        if not fresh and self.run_id._get_part().is_true():
            return None, self.date
        return former._load_cuts(), former.cuts_date

    def _dump_cuts(self, cuts):
        return {
            "values": {key: [str(cut) for cut in found] for key, found in cuts.values.items()},
            "scores": [None if cut is None else str(cut) for cut in cuts.scores],
        }

    def _load_cuts(self):
        stored = self.cuts or {}
        return Cuts(
            values={
                key: tuple(Decimal(cut) for cut in found)
                for key, found in stored.get("values", {}).items()
            },
            scores=tuple(None if cut is None else Decimal(cut) for cut in stored.get("scores", ())),
        )

    # === IN FORCE === #

    @api.model
    def _get_in_force(self, company_id, family):
        """The lines in force of a scheme's code (any version), the last first."""
        return self.search(
            [
                ("company_id", "=", company_id),
                ("scheme_id.code", "=", family),
                ("force_number", ">", 0),
            ],
            order="force_number desc",
        )

    def _get_last_in_force(self):
        self.ensure_one()
        return self._get_in_force(self.company_id.id, self.scheme_id.code)[:1]

    @api.model
    def _select_in_force_on(
        self, company_id, family, day, or_first=False, before=None, partner=None
    ):
        """SQL of the results in force at the end of a day, one row a customer.

        A grade is in force from the day its run graded, whenever that was approved.

        :param or_first: where a customer had no grade then, the first it got since
        :param int before: leave out lines from this force number on
        :param int partner: of this customer alone
        """
        self.env.flush_all()
        then = SQL("l.date <= %s", day)
        rows = SQL(
            """SELECT r.*, l.date AS day, row_number() OVER (
                    PARTITION BY r.partner_id ORDER BY NOT %(then)s,
                        CASE WHEN %(then)s THEN -l.force_number ELSE l.force_number END
                ) AS place
            FROM power_grading_result r
            JOIN power_grading_run_line l ON l.id = r.line_id AND l.force_number > 0
            WHERE r.company_id = %(company)s AND r.family = %(family)s AND %(wanted)s
                AND %(earlier)s AND %(partner)s""",
            then=then,
            company=company_id,
            family=family,
            wanted=SQL("TRUE") if or_first else then,
            earlier=SQL("l.force_number < %s", before) if before else SQL("TRUE"),
            partner=SQL("r.partner_id = %s", partner) if partner else SQL("TRUE"),
        )
        return SQL('SELECT * FROM (%s) f WHERE place = 1 AND NOT "left"', rows)

    def _is_base_in_force(self):
        """Whether the grades in force are still those this line was compared with."""
        return self._get_last_in_force() == self.base_line_id

    def _put_in_force(self):
        """Nothing is written to the results themselves: only the former ones are marked."""
        for line in self:
            line.sudo().force_number = line._get_last_in_force().force_number + 1
            line._run_sql(
                """UPDATE power_grading_result old SET superseded_line_id = %(line)s
                FROM power_grading_result new
                WHERE new.line_id = %(line)s AND old.id = new.previous_id"""
            )
            line._write_partners()

    def _take_out_of_force(self):
        self.sudo().force_number = 0
        for line in self:
            line._run_sql(
                """UPDATE power_grading_result SET superseded_line_id = NULL
                WHERE superseded_line_id = %(line)s"""
            )
            line._write_partners()

    def _get_band_counts(self):
        """[(band name, customers)] of all customers graded, in the order of the bands."""
        self.ensure_one()
        counts = {}
        for total in self.total_ids:
            counts[total.band_id] = counts.get(total.band_id, 0) + total.count
        return [
            (band.display_name, counts[band])
            for band in self.scheme_id._get_bands()
            if band in counts
        ]

    def _get_results_of_day(self):
        """The grade of every customer as of this run: changed in it, or still standing."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) r ORDER BY COALESCE(position, 99), score DESC, id",
                self._select_results_of_day(),
            )
        )
        return self.env["power.grading.result"].browse([row for (row,) in rows])

    def _select_results_of_day(self):
        """SQL of the results, a row a customer graded, as of this line.

        A line in force: what its approval left in force, however much was replaced since. Another
        line: what it was compared with, with its own results in place of the former.
        """
        self.ensure_one()
        self.env.flush_all()
        if self.force_number:
            return SQL(
                """SELECT r.* FROM power_grading_result r
                JOIN power_grading_run_line l ON l.id = r.line_id
                    AND l.force_number BETWEEN 1 AND %(number)s
                LEFT JOIN power_grading_run_line s ON s.id = r.superseded_line_id
                WHERE r.family = %(family)s AND r.company_id = %(company)s AND NOT r."left"
                    AND (r.superseded_line_id IS NULL OR s.force_number > %(number)s)""",
                number=self.force_number,
                family=self.scheme_id.code,
                company=self.company_id.id,
            )
        own = SQL(
            "SELECT r.* FROM power_grading_result r WHERE r.line_id = %s",
            self.id,
        )
        if not self.base_line_id:
            return SQL('SELECT * FROM (%s) o WHERE NOT o."left"', own)
        return SQL(
            """SELECT * FROM (%(own)s) o WHERE NOT o."left"
            UNION ALL SELECT b.* FROM (%(base)s) b
            WHERE NOT EXISTS (SELECT FROM (%(own)s) o WHERE o.partner_id = b.partner_id)""",
            own=own,
            base=self.base_line_id._select_results_of_day(),
        )

    def _select_touched_partners(self):
        """SELECT of the ids of the customers with a result of these lines."""
        return SQL(
            "SELECT partner_id FROM power_grading_result WHERE line_id IN %s",
            tuple(self.ids or [0]),
        )

    def _propose_importance(self):
        """Tell the account managers of derived levels that differ from the confirmed ones.

        The level of an important customer is confirmed by a person, never written by a run. There
        is one proposal a customer: a new one takes the place of the former, and one that has come
        true, or whose run is undone, goes.
        """
        for line in self.filtered(lambda line: line.scheme_id.axis == "importance"):
            touched = self.env["power.grading.result"].search(
                [
                    ("line_id", "=", line.id),
                    "|",
                    ("letter", "!=", False),
                    ("previous_letter", "!=", False),
                ]
            )
            in_force = self.env["power.grading.result"].search(
                [
                    ("partner_id", "in", touched.partner_id.ids),
                    ("company_id", "=", line.company_id.id),
                    ("family", "=", line.scheme_id.code),
                    ("current", "=", True),
                ]
            )
            found = {result.partner_id: result for result in in_force}
            for partner in touched.partner_id:
                result = found.get(partner, in_force.browse())
                result._propose_level(partner, line.company_id)

    def _run_sql(self, text):
        self.env.flush_all()
        self.env.cr.execute(SQL(text, line=self.id))
        self.env["power.grading.result"].invalidate_model()

    def _write_partners(self):
        """Bring the letters on the customers of this line up to date."""
        self.ensure_one()
        axis, company = self.scheme_id.axis, self.company_id
        if self.scheme_id.leading and axis in AXIS_FIELDS:
            self.env["power.customer.grade"]._sync(axis, company, self._select_letters())

    def _select_letters(self):
        """What is in force for the customers of this line: SELECT of (id, letter)."""
        axis, company = self.scheme_id.axis, self.company_id
        leading = self.env["power.grading.scheme"]._get_leading(axis, company.id)
        if self.force_number and leading.code == self.scheme_id.code:
            # it has just come into force, and so did its own results
            return SQL(
                "SELECT partner_id, letter FROM power_grading_result WHERE line_id = %s", self.id
            )
        return self.env["power.customer.grade"]._select_letters(
            axis, company, self._select_touched_partners()
        )
