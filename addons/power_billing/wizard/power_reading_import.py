import io
from collections import Counter
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.modules import module
from odoo.tools import SQL

from ..tools import reading_file
from ..tools.reading_file import FileError, RowError

# From so many rows on the user is told how far the import is.
LARGE_FILE = 10_000
_COLUMNS = (
    "row_nr",
    "point",
    "meter",
    "date",
    "value",
    "rollover",
    "quantity",
    "period",
    "line",
    "clock_drift_s",
)


class PowerReadingImport(models.TransientModel):
    """Import of readings from a file: all wrong rows at once, nothing half done.

    Rows are copied into a temporary table and checked, then written, by set: a hundred thousand
    rows take seconds.
    """

    _name = "power.reading.import"
    _inherit = ["power.upload.mixin"]
    _description = "Import Readings"

    _CODE_COLUMNS = {
        "unknown_meter": "meter",
        "unknown_point": "point",
        "mismatch": "meter",
        "no_meter": "point",
        "several": "meter",
        "no_register": "register",
        "future": "date",
        "before": "date",
        "removed": "date",
        "duplicate": "date",
        "exists": "date",
        "billed": "date",
    }

    default_date = fields.Date(
        string="Date if missing", help="For rows whose date is empty, or a file without dates."
    )
    kind = fields.Selection(
        selection=[("actual", "Read"), ("estimated", "Estimated")],
        required=True,
        default="actual",
    )
    state = fields.Selection(
        selection=[("upload", "File"), ("errors", "Errors"), ("done", "Done")],
        default="upload",
        required=True,
    )
    line_ids = fields.One2many(
        comodel_name="power.reading.import.line",
        inverse_name="import_id",
        string="Wrong rows",
        readonly=True,
    )
    row_count = fields.Integer(string="Rows", readonly=True)
    good_count = fields.Integer(string="Good rows", readonly=True)
    error_count = fields.Integer(string="Wrong rows count", readonly=True)
    imported_count = fields.Integer(string="Imported", readonly=True)
    held_count = fields.Integer(string="Held", readonly=True)

    def action_import(self):
        """Import the file when every row is right; else show all that is wrong."""
        self.ensure_one()
        if not self._load_and_check():
            self._import_rows()
        return self._reopen()

    def action_import_good(self):
        """Import the right rows and leave the wrong ones out."""
        self.ensure_one()
        self._load_and_check()
        self._import_rows()
        return self._reopen()

    def action_upload_again(self):
        self.write({"state": "upload", "file": False, "line_ids": [(5,)]})
        return self._reopen()

    def action_view_readings(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_billing.power_meter_reading_action"
        )
        return {**action, "domain": [("source", "=", self._get_source())]}

    def _get_source(self):
        return self.filename or self.env._("Import")

    # === Reading and checking === #

    def _load_and_check(self):
        """Parse the file and check every row.

        :return: how many rows are wrong
        """
        self.env["power.meter.reading"].check_access("create")
        try:
            parsed = reading_file.parse(
                self._get_content(), self.filename or "", self.default_date or None
            )
        except FileError as error:
            raise UserError(self._get_file_message(error)) from error
        self._tell_progress(
            parsed.count, self.env._("%s rows are read; now they are checked.", f"{parsed.count:,}")
        )
        self._copy_rows(parsed.rows)
        errors = parsed.errors + self._check_rows()
        self.line_ids.unlink()
        self.env["power.reading.import.line"].create(
            [self._prepare_line_vals(error) for error in sorted(errors, key=lambda e: e.number)]
        )
        self.write(
            {
                "state": "errors" if errors else "upload",
                "row_count": parsed.count,
                "error_count": len(errors),
                "good_count": parsed.count - len(errors),
            }
        )
        return len(errors)

    def _tell_progress(self, rows, message):
        """Tell the user of a large file how far it is, while everything is still undecided."""
        if rows >= LARGE_FILE and not module.current_test:
            with self.env.registry.cursor() as cr:
                self._send_progress(self.env(cr=cr), message)

    @api.model
    def _send_progress(self, env, message):
        env.user._bus_send(
            "simple_notification",
            {"type": "info", "title": self.env._("Import readings"), "message": message},
        )

    def _get_file_message(self, error):
        return {
            "encoding": self.env._(
                "The file is neither UTF-8 nor GB 18030 text. Save it again as CSV (UTF-8)."
            ),
            "format": self.env._("The file cannot be opened as XLSX. Save it again as CSV."),
            "heads": self.env._(
                "The first row must name the columns: meter number (表号) or supply point number "
                "(户号), date (日期), value (示数). Found: %(heads)s.",
                heads=error.data.get("heads", ""),
            ),
            "empty": self.env._("The file has no rows."),
        }[error.code]

    def _copy_rows(self, rows):
        cr = self.env.cr
        cr.execute(
            """
            DROP TABLE IF EXISTS power_reading_import_row;
            CREATE TEMP TABLE power_reading_import_row (
                row_nr integer, point text, meter text, date date, value numeric,
                rollover boolean, quantity text, period text, line text,
                clock_drift_s integer, point_id integer,
                meter_id integer, register_id integer, error text, detail text
            ) ON COMMIT DROP
            """
        )
        text = io.StringIO()
        for row in rows:
            cells = (
                row.number,
                row.point,
                row.meter,
                row.date,
                row.value,
                row.rollover,
                row.quantity,
                row.period,
                row.line,
                row.clock_drift_s,
            )
            text.write("\t".join(map(_escape, cells)) + "\n")
        text.seek(0)
        cr.copy_expert(f"COPY power_reading_import_row ({', '.join(_COLUMNS)}) FROM STDIN", text)
        cr.execute("CREATE INDEX ON power_reading_import_row (register_id, date)")

    def _check_rows(self):
        """Find the meter of every row and mark what cannot be true; a row's first error counts.

        :return: list of RowError
        """
        for model in (
            "power.meter",
            "power.meter.register",
            "power.supply.point",
            "power.meter.reading",
        ):
            self.env[model].flush_model()
        self.env.cr.execute("ANALYZE power_reading_import_row")
        for query in self._get_check_queries():
            self.env.cr.execute(query)
        rows = self.env.execute_query(
            SQL(
                "SELECT row_nr, error, coalesce(detail, '') FROM power_reading_import_row"
                " WHERE error IS NOT NULL ORDER BY row_nr"
            )
        )
        return [
            RowError(row, self._CODE_COLUMNS.get(code, "value"), code, detail)
            for row, code, detail in rows
        ]

    def _get_check_queries(self):
        """Return the statements that resolve and check the rows, in order.

        Each marks rows of ``power_reading_import_row`` that have no error yet; others add theirs.
        """
        company = self.company_id.id
        today = self.env.company._get_power_today()
        replaces = self.kind != "estimated"
        return [
            SQL(
                """UPDATE power_reading_import_row t SET meter_id = m.id
                     FROM power_meter m
                    WHERE m.company_id = %s AND m.number = t.meter AND t.meter <> ''""",
                company,
            ),
            SQL(
                """UPDATE power_reading_import_row SET error = 'unknown_meter', detail = meter
                    WHERE meter <> '' AND meter_id IS NULL"""
            ),
            SQL(
                """UPDATE power_reading_import_row t SET point_id = p.id
                     FROM power_supply_point p
                    WHERE p.company_id = %s AND p.number = t.point AND t.point <> ''""",
                company,
            ),
            SQL(
                """UPDATE power_reading_import_row SET error = 'unknown_point', detail = point
                    WHERE error IS NULL AND point <> '' AND point_id IS NULL"""
            ),
            SQL(
                """UPDATE power_reading_import_row t SET error = 'mismatch', detail = t.meter
                     FROM power_meter m
                    WHERE t.error IS NULL AND t.meter_id = m.id AND t.point_id IS NOT NULL
                      AND m.supply_point_id <> t.point_id"""
            ),
            SQL(
                """UPDATE power_reading_import_row SET error = 'future', detail = date::text
                    WHERE error IS NULL AND date > %s""",
                today,
            ),
            SQL(
                """UPDATE power_reading_import_row t
                      SET meter_id = CASE WHEN f.n = 1 THEN f.id END,
                          error = CASE WHEN f.n = 0 THEN 'no_meter'
                                       WHEN f.n > 1 THEN 'several' END,
                          detail = t.point
                     FROM (SELECT s.row_nr, count(m.id) AS n, min(m.id) AS id
                             FROM power_reading_import_row s
                        LEFT JOIN power_meter m ON m.supply_point_id = s.point_id
                              AND m.active
                              AND m.date_installed <= s.date
                              AND (m.date_removed IS NULL OR m.date_removed >= s.date)
                            WHERE s.error IS NULL AND s.meter_id IS NULL
                         GROUP BY s.row_nr) f
                    WHERE f.row_nr = t.row_nr"""
            ),
            SQL(
                """UPDATE power_reading_import_row t SET register_id = g.id
                     FROM power_meter_register g
                    WHERE t.error IS NULL AND g.meter_id = t.meter_id AND g.active
                      AND g.quantity = t.quantity AND coalesce(g.period, '') = t.period
                      AND (coalesce(g.line, '') = t.line
                           OR t.line = '' AND NOT EXISTS (
                               SELECT FROM power_meter_register o
                                WHERE o.meter_id = g.meter_id AND o.active AND o.id <> g.id
                                  AND o.quantity = g.quantity
                                  AND o.period IS NOT DISTINCT FROM g.period))"""
            ),
            SQL(
                """UPDATE power_reading_import_row
                      SET error = 'no_register',
                          detail = concat_ws(' ', quantity, nullif(period, ''), nullif(line, ''))
                    WHERE error IS NULL AND register_id IS NULL"""
            ),
            SQL(
                """UPDATE power_reading_import_row t
                      SET error = CASE
                              WHEN t.value >= 10::numeric ^ g.digits THEN 'digits'
                              WHEN t.date < m.date_installed THEN 'before'
                              WHEN t.date > m.date_removed THEN 'removed' END,
                          detail = CASE
                              WHEN t.value >= 10::numeric ^ g.digits THEN t.value::text
                              ELSE coalesce(m.date_removed, m.date_installed)::text END
                     FROM power_meter m, power_meter_register g
                    WHERE m.id = t.meter_id AND g.id = t.register_id AND t.error IS NULL
                      AND (t.value >= 10::numeric ^ g.digits OR t.date < m.date_installed
                           OR t.date > m.date_removed)"""
            ),
            SQL(
                """UPDATE power_reading_import_row t SET error = 'duplicate', detail = d.row::text
                     FROM (SELECT row_nr, min(row_nr) OVER (PARTITION BY register_id, date)
                                  AS row
                             FROM power_reading_import_row WHERE error IS NULL) d
                    WHERE d.row_nr = t.row_nr AND d.row < t.row_nr"""
            ),
            SQL(
                """UPDATE power_reading_import_row t SET error = 'exists', detail = r.value::text
                     FROM power_meter_reading r
                    WHERE t.error IS NULL AND r.register_id = t.register_id
                      AND r.date = t.date
                      AND NOT (%s AND r.kind = 'estimated' AND r.state <> 'billed')""",
                replaces,
            ),
            SQL(
                """UPDATE power_reading_import_row t SET error = 'billed', detail = b.date::text
                     FROM (SELECT s.register_id,
                                  (SELECT max(r.date) FROM power_meter_reading r
                                    WHERE r.register_id = s.register_id
                                      AND r.state = 'billed') AS date
                             FROM power_reading_import_row s
                            WHERE s.error IS NULL GROUP BY s.register_id) b
                    WHERE t.error IS NULL AND b.register_id = t.register_id
                      AND t.date <= b.date""",
            ),
            SQL(
                """UPDATE power_reading_import_row t
                      SET error = CASE WHEN o.lower THEN 'lower' ELSE 'higher' END,
                          detail = CASE WHEN o.lower THEN o.before::text ELSE o.after::text END
                     FROM (SELECT row_nr,
                                  NOT rollover AND value < before
                                      AND NOT coalesce(before_estimate, FALSE) AS lower,
                                  before, after,
                                  own AND NOT after_own AND NOT after_rollover
                                      AND value > after AS higher
                             FROM (SELECT row_nr, own, value, rollover,
                                          lag(estimate) OVER w AS before_estimate,
                                          lag(value) OVER w AS before,
                                          lead(value) OVER w AS after,
                                          coalesce(lead(own) OVER w, TRUE) AS after_own,
                                          coalesce(lead(rollover) OVER w, FALSE)
                                              AS after_rollover
                                     FROM (SELECT row_nr, TRUE AS own, register_id, date, value,
                                                  rollover, FALSE AS estimate
                                             FROM power_reading_import_row
                                            WHERE error IS NULL AND quantity <> 'demand'
                                            UNION ALL
                                           SELECT 0, FALSE, r.register_id, r.date, r.value,
                                                  coalesce(r.rollover, FALSE),
                                                  %(replaces)s AND r.kind = 'estimated'
                                             FROM power_meter_reading r
                                            WHERE r.state <> 'held'
                                              AND NOT (%(replaces)s AND r.kind = 'estimated'
                                                       AND r.state <> 'billed')
                                              AND r.register_id IN (
                                                  SELECT register_id
                                                    FROM power_reading_import_row
                                                   WHERE error IS NULL
                                                     AND quantity <> 'demand')) chain
                                   WINDOW w AS (PARTITION BY register_id ORDER BY date)) marked
                            WHERE own) o
                    WHERE o.row_nr = t.row_nr AND t.error IS NULL AND (o.lower OR o.higher)""",
                replaces=replaces,
            ),
        ]

    def _prepare_line_vals(self, error):
        message, remedy = self._get_error_texts(error)
        return {
            "import_id": self.id,
            "row": error.number,
            "column": self._get_column_labels()[error.column],
            "code": error.code,
            "value": error.value,
            "message": message,
            "remedy": remedy,
        }

    @api.model
    def _get_column_labels(self):
        return {
            "point": self.env._("Supply point number"),
            "meter": self.env._("Meter number"),
            "date": self.env._("Date"),
            "value": self.env._("Value"),
            "register": self.env._("Quantity"),
            "period": self.env._("Period"),
        }

    @api.model
    def _get_error_texts(self, error):
        """Return (what is wrong, what to do) of a row's error, in the user's language."""
        _, value = self.env._, error.value
        return {
            "missing_number": (
                self.env._("Neither a meter nor a supply point is given."),
                self.env._("Fill in the meter number or the supply point number."),
            ),
            "missing_date": (
                self.env._("The date is missing."),
                self.env._("Fill in the day of the reading, or give “Date if missing”."),
            ),
            "bad_date": (
                self.env._("“%s” is not a date.", value),
                self.env._("Write the date as 2026-01-31."),
            ),
            "missing_value": (
                self.env._("The value is missing."),
                self.env._("Fill in what the register shows."),
            ),
            "bad_value": (
                self.env._("“%s” is not a number.", value),
                self.env._("Write digits only, with a point for decimals."),
            ),
            "bad_row": (
                self.env._("The row is no object of name and value."),
                self.env._("Send meter, date and value by name."),
            ),
            "negative": (self.env._("%s is below zero.", value), self.env._("Correct the value.")),
            "unknown_meter": (
                self.env._("There is no meter %s.", value),
                self.env._("Correct the number, or install the meter first."),
            ),
            "unknown_point": (
                self.env._("There is no supply point %s.", value),
                self.env._("Correct the number, or create the supply point first."),
            ),
            "mismatch": (
                self.env._("Meter %s does not hang at this supply point.", value),
                self.env._("Correct one of the two numbers."),
            ),
            "no_meter": (
                self.env._("Supply point %s has no meter on this day.", value),
                self.env._("Install the meter first, or correct the date."),
            ),
            "several": (
                self.env._("Supply point %s has several meters.", value),
                self.env._("Fill in the meter number."),
            ),
            "bad_register": (
                self.env._("“%s” is not a quantity.", value),
                self.env._("Write active, reactive, demand, active export or reactive export."),
            ),
            "bad_period": (
                self.env._("“%s” is not a period.", value),
                self.env._(
                    "Leave it empty for the whole day, or write sharp, peak, flat, valley or "
                    "deep valley."
                ),
            ),
            "no_register": (
                self.env._("The meter has no register “%s”.", value),
                self.env._("Correct quantity and period, or add the register to the meter."),
            ),
            "future": (
                self.env._("%s lies in the future.", value),
                self.env._("Correct the date."),
            ),
            "digits": (
                self.env._("%s has more digits than the register.", value),
                self.env._("Correct the value, or the digits of the meter."),
            ),
            "before": (
                self.env._("The meter was installed only on %s.", value),
                self.env._("Correct the date or the meter number."),
            ),
            "removed": (
                self.env._("The meter was removed on %s.", value),
                self.env._("Give the number of the meter in place now."),
            ),
            "duplicate": (
                self.env._("Row %s gives the same meter and day.", value),
                self.env._("Delete one of the two rows."),
            ),
            "exists": (
                self.env._("This day already has the reading %s.", value),
                self.env._("Delete the row, or correct the reading in the list."),
            ),
            "billed": (
                self.env._("The meter is billed until %s.", value),
                self.env._("Give a later reading, or cancel the bill first."),
            ),
            "lower": (
                self.env._("It is lower than the reading before, %s.", value),
                self.env._("Correct the value, or write “yes” into a column “rollover”."),
            ),
            "higher": (
                self.env._("It is higher than the reading after, %s.", value),
                self.env._("Correct the value or the date."),
            ),
        }[error.code]

    # === Writing === #

    def _import_rows(self):
        """Write the rows without an error, and tell what became of them."""
        good = self.row_count - self.error_count
        self._tell_progress(
            good, self.env._("%s rows are right; they are written and judged.", f"{good:,}")
        )
        held, refused = self._write_rows()
        self._add_refused(refused)
        written = self.row_count - self.error_count
        self.write(
            {
                "state": "done",
                "imported_count": written - len(refused),
                "held_count": len(held),
                "error_count": self.error_count + len(refused),
            }
        )

    def _write_rows(self):
        """Write the rows without an error; hold or refuse those that fail a check.

        :return: ({row number: reason} of the held ones, the same of the refused ones)
        """
        readings = self.env["power.meter.reading"]
        if self.kind != "estimated":
            self.env.execute_query(self._get_superseded_query())
        rows = dict(
            self.env.execute_query(
                SQL(
                    """
                    WITH imported AS (
                        INSERT INTO power_meter_reading (
                            create_uid, create_date, write_uid, write_date, meter_id,
                            register_id, supply_point_id, company_id, date, value, rollover,
                            kind, source, clock_drift_s, state)
                        SELECT %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,
                               now() AT TIME ZONE 'UTC', m.id, t.register_id, m.supply_point_id,
                               m.company_id, t.date, t.value, t.rollover, %(kind)s, %(source)s,
                               t.clock_drift_s, 'draft'
                          FROM power_reading_import_row t
                          JOIN power_meter m ON m.id = t.meter_id
                         WHERE t.error IS NULL
                      ORDER BY t.row_nr
                     RETURNING id, register_id, date)
                    SELECT i.id, t.row_nr
                      FROM imported i
                      JOIN power_reading_import_row t ON t.register_id = i.register_id
                       AND t.date = i.date AND t.error IS NULL
                    """,
                    uid=self.env.uid,
                    kind=self.kind,
                    source=self._get_source(),
                )
            )
        )
        self.env["power.meter"].invalidate_model(["reading_ids"])
        held, refused = readings.browse(sorted(rows))._judge_new()
        return tuple({rows[i]: reason for i, reason in some.items()} for some in (held, refused))

    def _get_superseded_query(self):
        """Delete estimates not billed that a row replaces or contradicts."""
        return SQL(
            """
            DELETE FROM power_meter_reading r
             USING power_reading_import_row t
             WHERE t.error IS NULL AND r.register_id = t.register_id
               AND r.kind = 'estimated' AND r.state <> 'billed'
               AND (r.date = t.date
                    OR r.date < t.date AND r.value > t.value AND NOT t.rollover
                    OR r.date > t.date AND r.value < t.value)
         RETURNING r.id
            """
        )

    def _add_refused(self, reasons):
        """List the rows that a check refused.

        :param dict reasons: reason by row number
        """
        self.env["power.reading.import.line"].create(
            [
                {
                    "import_id": self.id,
                    "row": row,
                    "column": self._get_column_labels()["value"],
                    "code": "refused",
                    "message": reason,
                    "remedy": self.env._("Read the meter again, or correct the row."),
                }
                for row, reason in sorted(reasons.items())
            ]
        )

    # === A batch of a head-end === #

    @api.model
    def _take_batch(self, headend, items):
        """Import the right rows of a head-end's batch and answer for each.

        :param list items: plain data, see ``reading_file.parse_item``
        :return: dict of ``accepted``, ``held``, ``refused`` (counts) and ``rows``: ``row`` (from
            0), ``status``, and where not accepted ``code`` and ``reason``
        """
        batch = self.create(
            {"company_id": headend.company_id.id, "kind": "actual", "filename": headend.name}
        )
        parsed = [reading_file.parse_item(number, item) for number, item in enumerate(items)]
        batch._copy_rows([row for row in parsed if not isinstance(row, RowError)])
        errors = [row for row in parsed if isinstance(row, RowError)] + batch._check_rows()
        outcome = {error.number: batch._get_refusal(error) for error in errors}
        values = {row.number: row.value for row in parsed if not isinstance(row, RowError)}
        for error in errors:
            if error.code == "exists" and Decimal(error.value) == values[error.number]:
                outcome[error.number] = {"status": "accepted", "code": "known"}
        held, refused = batch._write_rows()
        held |= batch._hold_fallen_rows([error for error in errors if error.code == "lower"])
        for reasons, status in ((held, "held"), (refused, "refused")):
            for number, reason in reasons.items():
                outcome[number] = {"status": status, "code": "check", "reason": reason}
        rows = [
            {"row": number, **self._get_sent(item), **outcome[number]}
            if number in outcome
            else {"row": number, "status": "accepted"}
            for number, item in enumerate(items)
        ]
        counts = Counter(row["status"] for row in rows)
        batch.unlink()
        return {**{name: counts[name] for name in ("accepted", "held", "refused")}, "rows": rows}

    def _get_sent(self, item):
        """Return what a row was about, for whoever reads the answer later."""
        item = item if isinstance(item, dict) else {}
        return {name: str(item[name]) for name in ("meter", "point", "date") if item.get(name)}

    def _hold_fallen_rows(self, errors):
        """Keep readings below the one before as held: a clerk decides, no machine can.

        :param errors: the rows, all of them known and without another error
        :return: {row number: reason}
        """
        reasons = {error.number: " ".join(self._get_error_texts(error)) for error in errors}
        if not reasons:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO power_meter_reading (
                    create_uid, create_date, write_uid, write_date, meter_id, register_id,
                    supply_point_id, company_id, date, value, rollover, kind, source,
                    clock_drift_s, state, hold_reason)
                SELECT %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC', m.id,
                       t.register_id, m.supply_point_id, m.company_id, t.date, t.value, t.rollover,
                       %(kind)s, %(source)s, t.clock_drift_s, 'held', held.reason
                  FROM unnest(%(numbers)s::int[], %(reasons)s::text[]) AS held(row_nr, reason)
                  JOIN power_reading_import_row t ON t.row_nr = held.row_nr
                  JOIN power_meter m ON m.id = t.meter_id
              ORDER BY t.row_nr
                    ON CONFLICT DO NOTHING
             RETURNING id
                """,
                uid=self.env.uid,
                kind=self.kind,
                source=self._get_source(),
                numbers=list(reasons),
                reasons=list(reasons.values()),
            )
        )
        self.env["power.meter"].invalidate_model(["reading_ids"])
        self.env["power.meter.reading"].browse([row[0] for row in rows])._refresh_chain()
        return reasons

    def _get_refusal(self, error):
        message, remedy = self._get_error_texts(error)
        return {"status": "refused", "code": error.code, "reason": f"{message} {remedy}"}


def _escape(cell):
    if cell is None:
        return "\\N"
    text = str(cell)
    return text.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ")
