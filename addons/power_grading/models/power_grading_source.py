from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

ZERO = Decimal(0)
# scheme axis: column of the partner that holds the letter in force
AXIS_FIELDS = {
    "credit": "power_grade_credit",
    "value": "power_grade_value",
    "safety": "power_grade_safety",
    "potential": "power_grade_potential",
    "risk": "power_grade_risk",
    "importance": "power_grade_importance",
    "pyramid": "power_grade_pyramid",
}


@dataclass(frozen=True)
class ScoreScope:
    """What a source is asked for.

    :ivar months: length of the window that ends with ``date``; 0: everything up to ``date``.
    :ivar family: code of the scheme, for sources that read former grades.
    :ivar partner_id: of this customer alone, for sources that can say so; 0: of all.
    """

    company_id: int
    date: date
    months: int = 12
    family: str = ""
    partner_id: int = 0

    @property
    def start(self) -> date:
        """The day before the window begins."""
        return self.date - relativedelta(months=self.months) if self.months else date.min

    def before(self, months: int) -> "ScoreScope":
        """The same scope, ending ``months`` earlier."""
        earlier = self.date - relativedelta(months=months)
        return replace(self, date=earlier)


@dataclass(frozen=True)
class ScoreQuery:
    """One number a customer, as SQL.

    Queries of the same table and partner are read in one pass, so build them from shared methods.

    :ivar table: FROM (and WHERE) clause for a scope.
    :ivar partner: expression of the customer's id.
    :ivar value: expression of the value, an aggregate over the customer's rows.
    :ivar default: value of a customer without rows; None: not known.
    :ivar windowed: whether the months of the indicator matter.
    :ivar row: the value as an expression over the customer's own row of ``res_partner``: it is read
        together with the customers, not from ``table``.
    :ivar whole: the value counts something: there is nothing to round, and no customer is told of
        a part of one.
    """

    label: str
    table: Callable[[ScoreScope], SQL]
    partner: SQL
    value: SQL
    default: Decimal | None = None
    windowed: bool = False
    help: str = ""
    row: SQL | None = None
    whole: bool = False


class PowerGradingSource(models.AbstractModel):
    """The registry of what indicators may read. Others add theirs to ``_score_queries``."""

    _name = "power.grading.source"
    _description = "Sources of grading indicators"

    @api.model
    def _score_queries(self):
        """Hook: {code: ScoreQuery}; an add-on that joins brings its own after calling super."""
        return {
            **self._score_queries_supply(),
            **self._score_queries_service(),
            **self._score_queries_conduct(),
            **self._score_queries_accounting(),
            **self._score_queries_grades(),
        }

    @api.model
    def _read_customer(self, partner, company, day, codes, months=12):
        """Figures of one customer as indicators would read them.

        :return: [(label, value or None)] in the order of the codes
        """
        registry = self._score_queries()
        scope = ScoreScope(company.id, day, months, partner_id=partner.id)
        self.env.flush_all()
        return [(registry[code].label, self._read_value(registry[code], scope)) for code in codes]

    def _read_value(self, query, scope):
        rows = self.env.execute_query(
            SQL(
                "SELECT value::text FROM (SELECT %s AS partner_id, %s AS value FROM %s GROUP BY 1)"
                " found WHERE partner_id = %s",
                query.partner,
                query.value,
                query.table(scope),
                scope.partner_id,
            )
        )
        # as text, because Odoo reads numeric as binary floats
        found = rows[0][0] if rows else None
        return query.default if found is None else Decimal(found)

    # === SUPPLY === #

    @api.model
    def _score_queries_supply(self):
        point = SQL("s.partner_id")
        return {
            "capacity": self._of_partner(
                self.env._("Capacity (kVA)"), SQL("res_partner.power_capacity_kva"), ZERO
            ),
            "supply_points": ScoreQuery(
                self.env._("Supply points"), self._points, point, SQL("count(*)"), ZERO, whole=True
            ),
            "dual_supply": ScoreQuery(
                self.env._("Dual supply at every supply point (1 or 0)"),
                self._points,
                point,
                SQL("bool_and(s.security_class IN ('A', 'B'))::int"),
                ZERO,
            ),
            "own_generator": ScoreQuery(
                self.env._("Own emergency source at every supply point (1 or 0)"),
                self._points,
                point,
                SQL("bool_and(s.security_class IN ('A', 'C'))::int"),
                ZERO,
            ),
            "supply_missing": ScoreQuery(
                self.env._("Supply points whose supply demand is not met"),
                self._points,
                point,
                SQL("count(*) FILTER (WHERE s.compliance_state = 'missing')"),
                ZERO,
                whole=True,
            ),
            "tenure": ScoreQuery(
                self.env._("Months since the first supply"),
                lambda scope: self._points(scope, measured=True),
                point,
                SQL("max(s.months)"),
                whole=True,
            ),
            "important_level": self._of_partner(
                self.env._("Important level (special 4, first 3, second 2, temporary 1, none 0)"),
                SQL(
                    "CASE res_partner.power_important_level WHEN 'special' THEN 4"
                    " WHEN 'first' THEN 3 WHEN 'second' THEN 2 WHEN 'temporary' THEN 1 ELSE 0 END"
                ),
                ZERO,
            ),
            "life_support": self._of_partner(
                self.env._("Life support (1 or 0)"),
                SQL("res_partner.power_life_support::int"),
                ZERO,
            ),
            "consequence": ScoreQuery(
                self.env._(
                    "Worst consequence of an outage (special 4, first 3, second 2, temporary 1)"
                ),
                self._consequences,
                SQL("r.partner_id"),
                SQL("max(c.rank::int)"),
                ZERO,
            ),
            "preferential_price": self._of_partner(
                self.env._("Preferential price (1 or 0)"),
                SQL("res_partner.power_preferential_price::int"),
                ZERO,
            ),
        }

    @api.model
    def _of_partner(self, label, row, default=None):
        """A source that is a column (or an expression) of the customer itself."""
        return ScoreQuery(
            label,
            self._partners,
            SQL("res_partner.id"),
            SQL("max(%s)", row),
            default,
            row=row,
        )

    @api.model
    def _partners(self, scope):
        return SQL("res_partner WHERE res_partner.power_is_customer")

    @api.model
    def _points(self, scope, measured=False):
        """Live supply points; ``measured`` adds the months since each was taken into use."""
        live = tuple(self.env["power.supply.point"]._LIVE_STATES)
        if not measured:
            return SQL(
                "power_supply_point s WHERE s.company_id = %s AND s.active AND s.state IN %s",
                scope.company_id,
                live,
            )
        return SQL(
            "(SELECT s.partner_id, extract(year FROM a.age) * 12 + extract(month FROM a.age)"
            " AS months FROM power_supply_point s,"
            " age(%s::date, COALESCE(s.date_activated, s.date_applied)) a(age)"
            " WHERE s.company_id = %s AND s.active AND s.state IN %s) s",
            scope.date,
            scope.company_id,
            live,
        )

    @api.model
    def _consequences(self, scope):
        return SQL(
            "res_partner_power_consequence_rel r"
            " JOIN power_consequence c ON c.id = r.consequence_id AND c.active"
        )

    # === LICENCES AND SERVICE FILE === #

    @api.model
    def _score_queries_service(self):
        licence, defect = SQL("l.partner_id"), SQL("d.partner_id")
        return {
            "licences_valid": ScoreQuery(
                self.env._("Valid licences"),
                self._licences,
                licence,
                SQL("count(*) FILTER (WHERE l.valid)"),
                ZERO,
                whole=True,
            ),
            "licences_ended": ScoreQuery(
                self.env._("Licences that have ended"),
                self._licences,
                licence,
                SQL("count(*) FILTER (WHERE NOT l.valid)"),
                whole=True,
            ),
            "major_hazards": ScoreQuery(
                self.env._("Major hazards not rectified"),
                self._open_defects,
                defect,
                SQL("count(*) FILTER (WHERE d.severity = 'major')"),
                ZERO,
                whole=True,
            ),
            "open_defects": ScoreQuery(
                self.env._("Defects not rectified"),
                self._open_defects,
                defect,
                SQL("count(*)"),
                ZERO,
                whole=True,
            ),
            "service_records": ScoreQuery(
                self.env._("Service records done"),
                self._service_records,
                SQL("s.partner_id"),
                SQL("count(*)"),
                ZERO,
                windowed=True,
                whole=True,
            ),
        }

    @api.model
    def _licences(self, scope):
        return SQL(
            "(SELECT partner_id, date_to IS NULL OR date_to >= %s AS valid FROM power_licence"
            " WHERE date_from IS NULL OR date_from <= %s) l",
            scope.date,
            scope.date,
        )

    @api.model
    def _open_defects(self, scope):
        return SQL(
            "power_defect d WHERE d.company_id = %s AND d.state IN ('found', 'noticed')"
            " AND d.date_found <= %s",
            scope.company_id,
            scope.date,
        )

    @api.model
    def _service_records(self, scope):
        return SQL(
            "power_service_record s WHERE s.company_id = %s AND s.state = 'done'"
            " AND s.date_done > %s AND s.date_done <= %s",
            scope.company_id,
            scope.start,
            scope.date,
        )

    # === CONDUCT === #

    @api.model
    def _score_queries_conduct(self):
        breach = SQL("b.partner_id")
        queries = {
            f"breach_{kind}": ScoreQuery(
                self.env._("Breaches in the window: %s", label),
                self._breaches,
                breach,
                SQL("count(*) FILTER (WHERE b.kind = %s)", kind),
                ZERO,
                windowed=True,
                whole=True,
            )
            for kind, label in self.env["power.breach"]
            ._fields["kind"]
            ._description_selection(self.env)
        }
        return {
            **queries,
            "breaches": ScoreQuery(
                self.env._("Breaches in the window: all"),
                self._breaches,
                breach,
                SQL("count(*)"),
                ZERO,
                windowed=True,
                whole=True,
            ),
            "legal_use": ScoreQuery(
                self.env._("Breaches in the window, theft counted twice"),
                self._breaches,
                breach,
                SQL("sum(CASE b.kind WHEN 'theft' THEN 2 WHEN 'illegal_use' THEN 1 ELSE 0 END)"),
                ZERO,
                windowed=True,
                whole=True,
            ),
            "business_state": self._of_partner(
                self.env._("State of business (good 1, normal 0, bad -1)"),
                SQL(
                    "CASE res_partner.power_business_state WHEN 'good' THEN 1 WHEN 'bad' THEN -1"
                    " WHEN 'normal' THEN 0 END"
                ),
            ),
        }

    @api.model
    def _breaches(self, scope):
        return SQL(
            "power_breach b WHERE b.company_id = %s AND b.active AND b.date > %s AND b.date <= %s",
            scope.company_id,
            scope.start,
            scope.date,
        )

    # === ACCOUNTING === #

    @api.model
    def _score_queries_accounting(self):
        """Of the customer's posted invoices and credit notes; money in the company's currency."""

        def query(label, value, default=None, whole=False):
            return ScoreQuery(
                label,
                self._invoices,
                SQL("i.partner_id"),
                value,
                default,
                windowed=True,
                whole=whole,
            )

        judged, overdue = SQL("i.days_late IS NOT NULL"), SQL("i.is_overdue")
        return {
            "invoiced": query(self.env._("Invoiced amount"), SQL("sum(i.amount)"), ZERO),
            "charge": query(self.env._("Charge of electricity"), SQL("sum(i.amount)")),
            "bills": query(
                self.env._("Bills"), SQL("count(*) FILTER (WHERE i.is_bill)"), ZERO, whole=True
            ),
            "average_bill": query(
                self.env._("Average bill"),
                SQL(
                    "%s / NULLIF(count(*) FILTER (WHERE i.is_bill), 0)",
                    self._sum_without(SQL("NOT i.is_bill")),
                ),
            ),
            "monthly_invoiced": query(
                self.env._("Invoiced amount per month"),
                SQL("sum(i.amount) / bit_count(bit_or(i.month)::bit(240))"),
            ),
            "on_time_rate": query(
                self.env._("Bills paid on time (%)"),
                SQL(
                    "CASE WHEN max(i.days_late) = 0 THEN 100.0"
                    " ELSE 100.0 * count(*) FILTER (WHERE i.days_late = 0)"
                    " / NULLIF(count(i.days_late), 0) END"
                ),
            ),
            "late_bills": query(
                self.env._("Bills paid late or overdue"),
                SQL("count(*) FILTER (WHERE i.days_late > 0)"),
                ZERO,
                whole=True,
            ),
            "worst_days_late": query(
                self.env._("Worst days late"), SQL("max(i.days_late)"), ZERO, whole=True
            ),
            "paid_share": query(
                self.env._("Share of charges due that is paid (%)"),
                SQL(
                    "CASE WHEN %(due)s <> 0 THEN COALESCE("
                    "100.0 * (1 - sum(i.open) FILTER (WHERE %(judged)s) / %(due)s), 100.0) END",
                    judged=judged,
                    due=self._sum_without(SQL("i.days_late IS NULL")),
                ),
            ),
            "open_amount": query(self.env._("Open amount"), SQL("sum(i.open)"), ZERO),
            "overdue_amount": query(
                self.env._("Overdue amount"), SQL("sum(i.open) FILTER (WHERE %s)", overdue), ZERO
            ),
            "overdue_bills": query(
                self.env._("Overdue bills"),
                SQL("count(*) FILTER (WHERE %s)", overdue),
                ZERO,
                whole=True,
            ),
            "arrears_months": query(
                self.env._("Months in arrears"),
                SQL("bit_count((bit_or(i.month) FILTER (WHERE %s))::bit(240))", overdue),
                ZERO,
                whole=True,
            ),
            "worst_arrears_days": query(
                self.env._("Age of the oldest arrears (days)"),
                SQL("max(i.days_late) FILTER (WHERE %s)", overdue),
                ZERO,
                whole=True,
            ),
            "arrears_ratio": query(
                self.env._("Overdue amount in average bills"),
                SQL(
                    "COALESCE(sum(i.open) FILTER (WHERE %s), 0)"
                    " / NULLIF(avg(i.amount) FILTER (WHERE i.is_bill), 0)",
                    overdue,
                ),
            ),
            "guarantee_cover": query(
                self.env._("Guarantee in average bills (%)"),
                SQL(
                    "100.0"
                    " * (SELECT g.power_guarantee FROM res_partner g WHERE g.id = i.partner_id)"
                    " / NULLIF(avg(i.amount) FILTER (WHERE i.is_bill), 0)"
                ),
            ),
        }

    @api.model
    def _sum_without(self, exception):
        """The amount of all invoices less that of exceptions: a sum of what is rare costs next to
        nothing, where one of nearly everything takes as long as that of all."""
        return SQL(
            "(sum(i.amount) - COALESCE(sum(i.amount) FILTER (WHERE %s), 0))",
            exception,
        )

    @api.model
    def _invoices(self, scope):
        """The invoices of a window as they stood on the scope's date.

        Columns: partner_id, is_bill (no credit note, not reversed), date, amount and open (in the
        company's currency, with tax; open is NULL when settled), days_late (until paid, or until
        the date; NULL when neither settled nor due, or no bill), is_overdue, and month as one bit:
        counting the bits of ``bit_or`` takes no sorting, as counting distinct months does. What was
        paid after the date counts as open on it. ``OFFSET 0`` keeps a column from being reckoned
        again in each aggregate that reads it; the month stands outside, because most aggregates do
        not read it.
        """
        return SQL(
            """(SELECT j.*, %(month)s AS month FROM (
                SELECT m.partner_id, m.is_bill, m.date, m.amount,
                    CASE WHEN m.settled IS NULL THEN m.residual + COALESCE(m.later, 0) END AS open,
                    m.is_bill AND m.settled IS NULL AND m.due < %(date)s AS is_overdue,
                    CASE WHEN m.is_bill AND (m.settled IS NOT NULL OR m.due < %(date)s)
                        THEN GREATEST(0, COALESCE(m.settled, %(date)s) - m.due) END AS days_late
                FROM (
                    SELECT a.commercial_partner_id AS partner_id,
                        a.move_type = 'out_invoice'
                            AND a.payment_state IS DISTINCT FROM 'reversed' AS is_bill,
                        a.invoice_date AS date,
                        COALESCE(a.invoice_date_due, a.invoice_date) AS due,
                        a.amount_total_signed AS amount, a.amount_residual_signed AS residual,
                        paid.later,
                        CASE WHEN %(paid)s AND %(paid_on)s <= %(date)s THEN %(paid_on)s END
                            AS settled
                    FROM account_move a
                    LEFT JOIN (%(payments)s) paid ON paid.move_id = a.id
                    WHERE a.company_id = %(company)s AND a.state = 'posted' AND %(whose)s
                        AND a.move_type IN ('out_invoice', 'out_refund')
                        AND a.invoice_date > %(start)s AND a.invoice_date <= %(date)s
                    OFFSET 0
                ) m OFFSET 0
            ) j) i""",
            company=scope.company_id,
            date=SQL("%s::date", scope.date),
            start=scope.start,
            whose=SQL("a.commercial_partner_id = %s", scope.partner_id)
            if scope.partner_id
            else SQL("TRUE"),
            month=self._get_month_bit(scope),
            payments=self._get_payments(scope),
            paid=SQL("a.payment_state IN ('paid', 'in_payment', 'reversed')"),
            paid_on=SQL("COALESCE(paid.date, a.invoice_date)"),
        )

    @api.model
    def _get_payments(self, scope):
        """By invoice: the day of its last payment, and what was paid ``later`` than the date.

        Credit notes are settled on the other side of an entry; what became of them matters only to
        who looks back.
        """
        debits = SQL(
            """SELECT l.move_id, r.max_date AS date, r.amount FROM account_partial_reconcile r
            JOIN account_move_line l ON l.id = r.debit_move_id
            WHERE r.company_id = %s AND r.max_date > %s""",
            scope.company_id,
            scope.start,
        )
        company = self.env["res.company"].browse(scope.company_id)
        if scope.date < company._get_power_today():
            debits = SQL(
                """%s UNION ALL
                SELECT l.move_id, r.max_date, -r.amount FROM account_partial_reconcile r
                JOIN account_move_line l ON l.id = r.credit_move_id
                JOIN account_move m ON m.id = l.move_id AND m.move_type = 'out_refund'
                WHERE r.company_id = %s AND r.max_date > %s""",
                debits,
                scope.company_id,
                scope.date,
            )
        return SQL(
            "SELECT move_id, max(date) AS date, sum(amount) FILTER (WHERE date > %s) AS later"
            " FROM (%s) r GROUP BY 1",
            scope.date,
            debits,
        )

    @api.model
    def _get_month_bit(self, scope):
        """One bit for the month of an invoice, counted back from the scope's date.

        Up to five years in a bigint; else in 240 bits, where all months before count as one.
        """
        back = SQL(
            "(%s - 12 * date_part('year', j.date)::int - date_part('month', j.date)::int)",
            12 * scope.date.year + scope.date.month,
        )
        if 0 < scope.months <= 60:
            return SQL("(1::bigint << %s)", back)
        return SQL("set_bit(0::bit(240), LEAST(239, %s), 1)", back)

    # === FORMER GRADES === #

    @api.model
    def _score_queries_grades(self):
        position = SQL("max(r.position)")
        own = ScoreQuery(
            self.env._("Grade of this scheme so many months before (1 is its first band)"),
            lambda scope: self._grades_in_force(
                scope.before(scope.months), scope.family, or_first=True
            ),
            SQL("r.partner_id"),
            position,
            windowed=True,
        )
        axes = dict(
            self.env["power.grading.scheme"]._fields["axis"]._description_selection(self.env)
        )
        return {
            "previous": own,
            **{
                f"position_{axis}": ScoreQuery(
                    self.env._("Grade in force: %s (1 is the first band)", axes[axis]),
                    lambda scope, axis=axis: self._grades_in_force(
                        scope,
                        self.env["power.grading.scheme"]._get_leading(axis, scope.company_id).code,
                    ),
                    SQL("r.partner_id"),
                    position,
                )
                for axis in AXIS_FIELDS
            },
        }

    @api.model
    def _grades_in_force(self, scope, family, or_first=False):
        """Results in force on the scope's date; ``or_first``: or the first one got since."""
        lines = self.env["power.grading.run.line"].sudo()
        if any(line.date > scope.date for line in lines._get_in_force(scope.company_id, family)):
            return SQL(
                "(%s) r",
                lines._select_in_force_on(scope.company_id, family, scope.date, or_first=or_first),
            )
        return SQL(
            "power_grading_result r WHERE %s",
            self.env["power.grading.result"]._in_force_sql("r", scope.company_id, family),
        )
