import tempfile
from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import load_file
from ..tools.reading_file import FileError, RowError

_DATA = "power_load_day_data"
_LOCK = 7_305_501
_SHOWN = 200


class PowerLoadDay(models.Model):
    """The load curve of a meter on a day: one row, all intervals in one array.

    The rows lie in ``power_load_day_data``, partitioned by month; the model's own table is a view
    of it. ``units`` is an array of whole multiples of 0.0001 kWh (kvarh), null where a value is
    missing: exact, and four bytes a value. ``_get_values`` gives them as kWh.
    """

    _name = "power.load.day"
    _description = "Load Curve of a Day"
    _auto = False
    _log_access = False
    _order = "date desc, meter_id, id"
    _check_company_auto = True

    meter_id = fields.Many2one(comodel_name="power.meter", required=True, readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", required=True, readonly=True)
    supply_point_id = fields.Many2one(related="meter_id.supply_point_id")
    partner_id = fields.Many2one(related="meter_id.partner_id", string="Customer")
    date = fields.Date(required=True, readonly=True)
    quantity = fields.Selection(
        selection=[
            ("active", "Active energy"),
            ("reactive", "Reactive energy"),
            ("active_export", "Active energy fed back"),
            ("reactive_export", "Reactive energy fed back"),
        ],
        required=True,
        default="active",
        readonly=True,
    )
    minutes = fields.Integer(string="Minutes a value", required=True, readonly=True)
    energy = fields.Float(
        string="Energy of the day", digits=(16, 4), readonly=True, help="kWh, or kvarh."
    )
    maximum_kw = fields.Float(
        string="Highest load (kW)", digits=(16, 4), readonly=True, aggregator="max"
    )
    gaps = fields.Integer(string="Missing values", readonly=True)
    source = fields.Char(readonly=True)
    chart = fields.Html(string="Load", compute="_compute_chart", sanitize=False)

    def init(self):
        """Make the partitioned table, the view of it and the months around today."""
        cr = self.env.cr
        cr.execute("CREATE SEQUENCE IF NOT EXISTS power_load_day_id_seq")
        cr.execute(
            """
            CREATE TABLE IF NOT EXISTS power_load_day_data (
                id integer NOT NULL DEFAULT nextval('power_load_day_id_seq'),
                meter_id integer NOT NULL REFERENCES power_meter (id) ON DELETE CASCADE,
                company_id integer NOT NULL,
                date date NOT NULL,
                minutes integer NOT NULL CHECK (minutes IN (15, 30, 60)),
                gaps integer NOT NULL DEFAULT 0,
                quantity varchar NOT NULL DEFAULT 'active',
                source varchar,
                energy numeric NOT NULL DEFAULT 0,
                maximum_kw numeric,
                units integer[] NOT NULL,
                PRIMARY KEY (meter_id, date, quantity),
                CHECK (cardinality(units) = 1440 / minutes)
            ) PARTITION BY RANGE (date);
            CREATE INDEX IF NOT EXISTS power_load_day_data_id_idx ON power_load_day_data (id);
            CREATE INDEX IF NOT EXISTS power_load_day_data_company_idx
                ON power_load_day_data (company_id, date);
            CREATE OR REPLACE VIEW power_load_day AS
                SELECT id, meter_id, company_id, date, minutes, gaps, quantity, source, energy,
                       maximum_kw, units
                  FROM power_load_day_data
            """
        )
        today = date.today()
        self._make_partitions(today - timedelta(days=31), today + timedelta(days=62))

    @api.model
    def _make_partitions(self, first, last):
        """Make the partitions of all months from ``first`` to ``last``; those there stay."""
        cr = self.env.cr
        month = first.replace(day=1)
        while month <= last:
            name = f"{_DATA}_{month:%Y_%m}"
            following = month + timedelta(days=monthrange(month.year, month.month)[1])
            cr.execute("SELECT to_regclass(%s)", [name])
            if not cr.fetchone()[0]:
                cr.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                cr.execute(
                    SQL(
                        "CREATE TABLE IF NOT EXISTS %s PARTITION OF %s"
                        " FOR VALUES FROM (%s) TO (%s)",
                        SQL.identifier(name),
                        SQL.identifier(_DATA),
                        month,
                        following,
                    )
                )
            month = following

    @api.model
    def _cron_make_partitions(self):
        """Make the months ahead before the first day that needs them."""
        today = self.env.company._get_power_today()
        self._make_partitions(today, today + timedelta(days=62))

    @api.depends("meter_id.number", "date")
    def _compute_display_name(self):
        for day in self:
            day.display_name = f"{day.meter_id.number or ''} · {day.date or ''}"

    def _compute_chart(self):
        values = self._get_values()
        for day in self:
            day.chart = load_file.draw(values.get(day.id, []), day.minutes) or False

    def _get_values(self):
        """Return {id: [kWh as text, or None where it is missing]}."""
        if not self.ids:
            return {}
        rows = self.env.execute_query(
            SQL("SELECT id, units FROM power_load_day WHERE id = ANY(%s)", self.ids)
        )
        return {row[0]: [load_file.to_text(units) for units in row[1]] for row in rows}

    # === Loading === #

    @api.model
    def _load_csv(self, content, source="", replace=False):
        """Load the curves of a CSV file; see ``tools/load_file.py`` for its form.

        :param bytes content: the file
        :param bool replace: whether days that are there are replaced
        :return: the report of ``_copy_rows``; wrong rows are listed in it, the others loaded
        :raises UserError: when the file cannot be read at all
        """
        errors = []
        try:
            rows = _set_aside(load_file.parse(content), errors)
            report = self._copy_rows(rows, source, replace)
        except FileError as error:
            raise UserError(self._get_file_message(error)) from error
        report["wrong"] = errors + report["wrong"]
        return report

    @api.model
    def _get_file_message(self, error):
        return {
            "encoding": self.env._(
                "The file is neither UTF-8 nor GB 18030 text. Save it again as CSV (UTF-8)."
            ),
            "heads": self.env._(
                "The first row must name the columns: meter number (表号), date (日期), if needed "
                "quantity, then the values. Found: %(heads)s.",
                heads=error.data.get("heads", ""),
            ),
            "count": self.env._(
                "A day has 24, 48 or 96 values; the first row names %(count)s.",
                count=error.data.get("count", ""),
            ),
        }[error.code]

    @api.model
    def _copy_rows(self, rows, source="", replace=False):
        """Load days by COPY; rows are taken one by one, so a file of any size needs no more memory.

        :param rows: ``LoadRow`` of one company, the company of the environment
        :return: dict of ``loaded``, ``same`` (sent again, equal), ``gaps`` (rows with missing
            values) as counts, and ``wrong``: ``RowError`` of unknown meters, doubled rows of the
            file and days that are there with other values
        """
        self.env["power.meter"].flush_model(["number", "company_id"])
        cr = self.env.cr
        cr.execute(
            """
            DROP TABLE IF EXISTS power_load_day_row;
            CREATE TEMP TABLE power_load_day_row (
                row_nr integer, meter text, date date, quantity varchar, minutes integer,
                gaps integer, energy numeric, maximum_kw numeric, units integer[],
                meter_id integer, error text
            ) ON COMMIT DROP
            """
        )
        days = set()
        with tempfile.TemporaryFile("w+", encoding="utf-8") as text:
            for row in rows:
                days.add(row.date)
                text.write(_copy_line(row))
            text.seek(0)
            cr.copy_expert(
                "COPY power_load_day_row (row_nr, meter, date, quantity, minutes, gaps, energy,"
                " maximum_kw, units) FROM STDIN",
                text,
            )
        if days:
            self._make_partitions(min(days), max(days))
        cr.execute("ANALYZE power_load_day_row")
        for query in self._get_load_queries(replace):
            cr.execute(query)
        loaded = self._insert_rows(source, replace)
        wrong = self.env.execute_query(
            SQL(
                "SELECT row_nr, error, CASE error WHEN 'unknown_meter' THEN meter"
                " ELSE date::text END FROM power_load_day_row"
                " WHERE error IS NOT NULL AND error <> 'same' ORDER BY row_nr"
            )
        )
        ((same, gaps),) = self.env.execute_query(
            SQL(
                "SELECT count(*) FILTER (WHERE error = 'same'),"
                " count(*) FILTER (WHERE error IS NULL AND gaps > 0) FROM power_load_day_row"
            )
        )
        self.invalidate_model()
        return {
            "loaded": loaded,
            "same": same,
            "gaps": gaps,
            "wrong": [
                RowError(number, "meter" if code == "unknown_meter" else "date", code, value)
                for number, code, value in wrong
            ],
        }

    def _get_load_queries(self, replace):
        """Return the statements that resolve and check the copied rows, in order."""
        queries = [
            SQL(
                """UPDATE power_load_day_row t SET meter_id = m.id FROM power_meter m
                    WHERE m.company_id = %s AND m.number = t.meter""",
                self.env.company.id,
            ),
            SQL("UPDATE power_load_day_row SET error = 'unknown_meter' WHERE meter_id IS NULL"),
            SQL(
                """UPDATE power_load_day_row t SET error = 'duplicate'
                     FROM (SELECT row_nr, min(row_nr) OVER (
                                      PARTITION BY meter_id, date, quantity) AS first
                             FROM power_load_day_row WHERE error IS NULL) d
                    WHERE d.row_nr = t.row_nr AND d.first < t.row_nr"""
            ),
            SQL(
                """UPDATE power_load_day_row t SET error = 'same' FROM power_load_day_data d
                    WHERE t.error IS NULL AND d.meter_id = t.meter_id AND d.date = t.date
                      AND d.quantity = t.quantity AND d.units = t.units"""
            ),
        ]
        if not replace:
            queries.append(
                SQL(
                    """UPDATE power_load_day_row t SET error = 'exists'
                         FROM power_load_day_data d
                        WHERE t.error IS NULL AND d.meter_id = t.meter_id AND d.date = t.date
                          AND d.quantity = t.quantity"""
                )
            )
        return queries

    def _insert_rows(self, source, replace):
        conflict = SQL("")
        if replace:
            conflict = SQL(
                """ON CONFLICT (meter_id, date, quantity) DO UPDATE
                   SET minutes = excluded.minutes, gaps = excluded.gaps,
                       energy = excluded.energy, maximum_kw = excluded.maximum_kw,
                       units = excluded.units, source = excluded.source"""
            )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO power_load_day_data (meter_id, company_id, date, quantity, minutes,
                                                 gaps, energy, maximum_kw, units, source)
                SELECT meter_id, %(company)s, date, quantity, minutes, gaps, energy, maximum_kw,
                       units, %(source)s
                  FROM power_load_day_row WHERE error IS NULL
                %(conflict)s
                """,
                company=self.env.company.id,
                source=source or None,
                conflict=conflict,
            )
        )
        return self.env.cr.rowcount

    # === What bills need === #

    @api.model
    def _get_series(self, meters, first, last, quantities=("active",)):
        """Return the curves of meters as the rating kernel takes them.

        :return: {meter id: [{key, quantity, minutes, days: [{date, values}]}]}; values are kWh as
            text, None where missing
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l.meter_id, m.number, l.quantity, l.minutes, l.date, l.units
                  FROM power_load_day_data l JOIN power_meter m ON m.id = l.meter_id
                 WHERE l.meter_id = ANY(%(ids)s) AND l.date BETWEEN %(first)s AND %(last)s
                   AND l.quantity = ANY(%(quantities)s)
              ORDER BY l.meter_id, l.quantity, l.minutes, l.date
                """,
                ids=meters.ids,
                first=first,
                last=last,
                quantities=list(quantities),
            )
        )
        series = {}
        for meter_id, number, quantity, minutes, day, units in rows:
            one = series.setdefault(
                (meter_id, quantity, minutes),
                {"key": number, "quantity": quantity, "minutes": minutes, "days": []},
            )
            one["days"].append(
                {"date": day.isoformat(), "values": [load_file.to_text(u) for u in units]}
            )
        result = defaultdict(list)
        for (meter_id, _quantity, _minutes), one in series.items():
            result[meter_id].append(one)
        return result


def _set_aside(outcomes, errors):
    """Yield the good rows; put the wrong ones into ``errors``."""
    for outcome in outcomes:
        if isinstance(outcome, RowError):
            errors.append(outcome)
        else:
            yield outcome


def _copy_line(row):
    """Return a row in COPY's text format, with the sums that lists show."""
    present = [units for units in row.units if units is not None]
    maximum = max(present, default=None)
    energy = sum(present) * load_file.STEP
    load = "\\N" if maximum is None else str(maximum * load_file.STEP * 60 / row.minutes)
    units = ",".join("NULL" if unit is None else str(unit) for unit in row.units)
    meter = row.meter.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ")
    gaps = len(row.units) - len(present)
    return (
        f"{row.number}\t{meter}\t{row.date}\t{row.quantity}\t{row.minutes}\t{gaps}\t{energy}"
        f"\t{load}\t{{{units}}}\n"
    )
