from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import scoring, scoring_sql
from ..tools.scoring import Combination, Cuts, Percentile
from .power_grading_source import ScoreQuery, ScoreScope

# of each sort or hash of a run; PostgreSQL gives a hash twice as much
WORK_MEM = "128MB"
VALUES = SQL.identifier("power_grading_values")
GRADED = SQL.identifier("power_grading_graded")


class PowerGradingEngine(models.AbstractModel):
    """Grades a whole population in a few statements.

    The work stands in temporary tables of the transaction: ``power_grading_values`` (a row a
    customer whose grade does not stand as it is, a column an indicator, and the grade in force) and
    ``power_grading_graded`` (points, score, position, and whether anything changed). Nothing is
    written to the tables of the product here.
    """

    _name = "power.grading.engine"
    _description = "Grading in sets"

    @api.model
    def _grade(
        self,
        scheme,
        company,
        date,
        kernel=None,
        cuts=None,
        sample=None,
        standing=False,
        part=Domain.TRUE,
    ):
        """Grade the customers of a company; the result is in ``power_grading_graded``.

        :param kernel: the scheme to grade by, when it is not the stored one (what-if).
        :param scoring.Cuts cuts: kept from an earlier run; computed anew when None.
        :param int sample: at most so many customers.
        :param bool standing: the grades in force were found by this scheme and these cuts, so who
            has the same values has the same grade, and is not scored again.
        :param Domain part: only these customers. Cuts are computed among all all the same.
        :return: the cuts used
        """
        self.env.flush_all()
        self._prepare_session()
        kernel = kernel or scheme._to_kernel()
        scope = ScoreScope(company.id, date, family=scheme.code)
        self._set("enable_hashagg", "off")
        apart = cuts is None and kernel.uses_cuts and not part.is_true()
        wanted = Domain.TRUE if apart else part
        self._make_values(scheme, kernel, company, scope, sample, standing, wanted)
        self._set("enable_hashagg", "on")
        columns = {part.key: SQL.identifier(f"v{n}") for n, part in enumerate(kernel.indicators)}
        if cuts is None:
            cuts = Cuts(values=self._compute_value_cuts(kernel, columns))
            cuts = Cuts(cuts.values, self._compute_score_cuts(kernel, columns, cuts))
        if apart:
            self._keep_only(part)
        self._make_graded(kernel, columns, cuts)
        return cuts

    def _prepare_session(self):
        """Room to sort a population in memory; compiling costs more than it saves here."""
        self._set("work_mem", WORK_MEM)
        self._set("jit", "off")

    def _set(self, name, value):
        """Set a parameter of PostgreSQL to the end of the transaction.

        Values are aggregated customer by customer: a hash would keep sums of all customers at once,
        a gigabyte for a million, and takes longer than sorting their bills.
        """
        self._execute(SQL("SET LOCAL %s = %s", SQL.identifier(name), value))

    # === VALUES === #

    def _make_values(self, scheme, kernel, company, scope, sample, standing, part):
        own, passes = self._group_queries(scheme, scope)
        selected = {alias: self._get_value(SQL("p"), alias, query) for alias, query in own}
        joins = []
        for number, members in enumerate(passes):
            joined = SQL.identifier(f"q{number}")
            joins.append(
                SQL(
                    "LEFT JOIN (%s) %s ON %s.partner_id = p.id",
                    self._select_pass(members),
                    joined,
                    joined,
                )
            )
            for alias, query, _table in members:
                selected[alias] = self._get_value(joined, alias, query)
        names = sorted(selected, key=lambda alias: int(alias[1:]))
        joins += self._join_former(kernel, company, scope)
        self._execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", VALUES))
        self._execute(
            SQL(
                """CREATE TEMPORARY TABLE %(table)s ON COMMIT DROP AS
                SELECT * FROM (
                    SELECT p.id AS partner_id, %(columns)s, prev.id AS previous_id,
                        prev.band_id AS previous_band, prev.letter AS previous_letter,
                        prev.position AS previous_position, prev.score AS previous_score,
                        %(previous)s, prev.fingerprint AS before,
                        hash_record_extended(ROW(%(scheme)s, %(values)s), 0) AS fingerprint
                    FROM (%(population)s) p
                    %(joins)s
                    LEFT JOIN power_grading_result prev
                        ON prev.partner_id = p.id AND %(in_force)s
                    OFFSET 0
                ) v WHERE %(wanted)s""",
                table=VALUES,
                wanted=SQL("before IS DISTINCT FROM fingerprint") if standing else SQL("TRUE"),
                scheme=scheme.id,
                columns=SQL(", ").join(
                    SQL("%s AS %s", selected[name], SQL.identifier(name)) for name in names
                ),
                values=SQL(", ").join(selected[name] for name in names),
                previous=SQL(", ").join(
                    SQL("%s AS %s", self._get_previous_position(scheme, alias), column)
                    for alias, column in self._name_former(kernel)
                ),
                population=self._get_population(scheme, company, sample, own, part),
                joins=SQL(" ").join(joins),
                in_force=self.env["power.grading.result"]._in_force_sql(
                    "prev", company.id, scheme.code
                ),
            )
        )

    def _group_queries(self, scheme, scope):
        """Read what comes from the same table in one pass.

        :return: (values of the customers' own rows as [(alias, query)], the passes over other
            tables as lists of (alias, query, table))
        """
        registry = self.env["power.grading.source"]._score_queries()
        own, passes = [], defaultdict(list)
        for number, indicator in enumerate(scheme.indicator_ids):
            alias, query = f"v{number}", self._get_query(registry, indicator)
            if query.row is not None:
                own.append((alias, query))
                continue
            asked = ScoreScope(scope.company_id, scope.date, indicator.months, scope.family)
            table = query.table(asked)
            key = (table.code, repr(table.params), query.partner.code)
            passes[key].append((alias, query, table))
        return own, list(passes.values())

    def _select_pass(self, members):
        """Values of one table: a row a customer."""
        _alias, first, table = members[0]
        columns = SQL(", ").join(
            self._select_value(alias, query, query.value) for alias, query, _table in members
        )
        return SQL("SELECT %s AS partner_id, %s FROM %s GROUP BY 1", first.partner, columns, table)

    def _select_value(self, alias, query, expression):
        """A column with four decimals."""
        number = SQL("(%s)::numeric", expression)
        if not query.whole:
            number = SQL("round(%s, 4)", number)
        return SQL("%s AS %s", number, SQL.identifier(alias))

    def _get_value(self, table, alias, query):
        """A column of a pass, or what a customer without rows has."""
        column = SQL("%s.%s", table, SQL.identifier(alias))
        if query.default is None:
            return column
        return SQL("COALESCE(%s, %s)", column, scoring.quantize(query.default))

    def _get_query(self, registry, indicator):
        if indicator.source != "domain":
            return registry[indicator.source]
        partners = self.env["res.partner"].sudo()._search(indicator._read_filter("partner_domain"))
        matching = partners.subselect()
        return ScoreQuery(
            indicator.name,
            lambda scope: SQL("(SELECT m.id FROM res_partner m WHERE m.id IN %s) m", matching),
            SQL("m.id"),
            SQL("count(*)"),
            Decimal(0),
        )

    def _get_population(self, scheme, company, sample=None, own=(), part=Domain.TRUE):
        """SQL of the ids of the customers graded, with values of their own rows."""
        partners = self.env["res.partner"].sudo()
        domain = self._get_population_domain(scheme, company, part)
        query = partners._search(domain, order="id", limit=sample)
        if sample:
            # drawn at random, yet the same ones again: the oldest customers are no fair sample
            query.order = SQL("hashint4(%s)", SQL.identifier(query.table, "id"))
        return query.select(
            SQL("%s AS id", SQL.identifier(query.table, "id")),
            *(self._select_value(alias, source, source.row) for alias, source in own),
        )

    @api.model
    def _get_population_domain(self, scheme, company, part):
        return scheme._get_population_domain() & self._get_company_domain(company) & part

    def _keep_only(self, part):
        partners = self.env["res.partner"].sudo()._search(part)
        self._execute(
            SQL("DELETE FROM %s WHERE partner_id NOT IN %s", VALUES, partners.subselect())
        )

    @api.model
    def _get_company_domain(self, company):
        """Customers of a company: its own, and the shared ones with a supply point there."""
        return Domain("company_id", "=", company.id) | (
            Domain("company_id", "=", False)
            & Domain("power_supply_point_ids", "any", [("company_id", "=", company.id)])
        )

    def _name_former(self, kernel):
        """[(alias of the former results, column of their position)]: those in force, then those of
        so many months before."""
        return [
            ("prev", SQL.identifier("previous")),
            *(
                (f"prev{months}", SQL.identifier(f"previous_{months}"))
                for months in kernel.step_months
            ),
        ]

    def _get_former_columns(self, kernel, alias=None):
        """Columns of the positions that limits of steps look at, by months before."""
        parts = (alias,) if alias else ()
        return {
            months: SQL.identifier(*parts, f"previous_{months}") for months in kernel.step_months
        }

    def _join_former(self, kernel, company, scope):
        """Joins of the results in force so many months before, for limits of steps."""
        lines = self.env["power.grading.run.line"].sudo()
        return [
            SQL(
                "LEFT JOIN (%s) %s ON %s.partner_id = p.id",
                lines._select_in_force_on(
                    company.id, scope.family, scope.before(months).date, or_first=bool(months)
                ),
                SQL.identifier(f"prev{months}"),
                SQL.identifier(f"prev{months}"),
            )
            for months in kernel.step_months
        ]

    def _get_previous_position(self, scheme, alias="prev"):
        """Position of a former grade on this scheme's scale."""
        places, letters = scheme._get_former_positions()
        if not places:
            return SQL("NULL::int")
        whens = [SQL("WHEN %s THEN %s", band, place) for band, place in places.items()]
        by_letter = SQL(" ").join(
            SQL("WHEN %s THEN %s", letter, place) for letter, place in letters.items()
        )
        return SQL(
            "CASE %s %s ELSE CASE %s %s END END",
            SQL.identifier(alias, "band_id"),
            SQL(" ").join(whens),
            SQL.identifier(alias, "letter"),
            by_letter,
        )

    # === CUTS === #

    def _compute_value_cuts(self, kernel, columns):
        """99 percentile cuts of each indicator that is scored among the customers."""
        wanted = [part for part in kernel.indicators if isinstance(part.transformation, Percentile)]
        if not wanted:
            return {}
        # a hair less, or 0.07 x 100 customers would be the eighth in binary floats
        shares = [place / 100 - 1e-12 for place in range(1, scoring.CUTS + 1)]
        ((*found,),) = self.env.execute_query(
            SQL(
                "SELECT %s FROM %s",
                SQL(", ").join(
                    SQL(
                        "percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY %s)::text[]",
                        shares,
                        columns[part.key],
                    )
                    for part in wanted
                ),
                VALUES,
            )
        )
        return {
            part.key: tuple(map(Decimal, cuts)) if cuts and cuts[0] is not None else ()
            for part, cuts in zip(wanted, found, strict=True)
        }

    def _compute_score_cuts(self, kernel, columns, cuts):
        if kernel.combination is not Combination.PERCENTILE:
            return ()
        rows = self.env.execute_query(
            SQL(
                "SELECT score::text, count(*) FROM (%s) s WHERE score IS NOT NULL"
                " GROUP BY score ORDER BY s.score DESC",
                self._select_scores(kernel, columns, cuts),
            )
        )
        shares = [band.share for band in kernel.bands]
        # as text, because Odoo reads numeric as binary floats
        tally = [(Decimal(score), count) for score, count in rows]
        return scoring.tallied_score_cuts(tally, shares)

    # === GRADES === #

    def _select_scores(self, kernel, columns, cuts):
        """Values, points and score; OFFSET 0 keeps each expression from being computed again
        wherever its column is named."""
        points = [
            SQL(
                "%s AS %s",
                scoring_sql.points(part, columns[part.key], cuts.values.get(part.key, ())),
                SQL.identifier(f"p{number}"),
            )
            for number, part in enumerate(kernel.indicators)
        ]
        point_columns = {
            part.key: SQL.identifier(f"p{number}") for number, part in enumerate(kernel.indicators)
        }
        return SQL(
            "SELECT *, %s AS score FROM (SELECT *, %s FROM %s OFFSET 0) with_points OFFSET 0",
            scoring_sql.score(kernel, columns, point_columns),
            SQL(", ").join(points),
            VALUES,
        )

    def _make_graded(self, kernel, columns, cuts):
        previous, found = self._get_former_columns(kernel), SQL.identifier("found")
        self._execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", GRADED))
        self._execute(
            SQL(
                """CREATE TEMPORARY TABLE %(table)s ON COMMIT DROP AS
                SELECT *, before IS DISTINCT FROM fingerprint
                    OR score IS DISTINCT FROM previous_score
                    OR position IS DISTINCT FROM previous_position AS changed
                FROM (
                    SELECT *, %(position)s AS position
                    FROM (
                        SELECT *, %(found)s AS found FROM (%(scores)s) with_score OFFSET 0
                    ) with_band OFFSET 0
                ) with_position""",
                table=GRADED,
                position=scoring_sql.limited(kernel, found, columns, previous),
                found=scoring_sql.position(kernel, columns, SQL.identifier("score"), cuts),
                scores=self._select_scores(kernel, columns, cuts),
            )
        )

    def _execute(self, sql):
        self.env.cr.execute(sql)
