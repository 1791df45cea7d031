from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL, sql

from ..tools.chart import bar_chart
from ..tools.exact import exact
from ..tools.register import fits

_HISTORY = 13


class PowerMeterReading(models.Model):
    """What a meter showed at the end of a day.

    Previous value and consumption are kept beside each reading by one statement for all
    (``_refresh_chain``), so that typing one reading and importing a hundred thousand give the
    same figures.
    """

    _name = "power.meter.reading"
    _inherit = ["power.state.mixin"]
    _description = "Meter Reading"
    _order = "date desc, meter_id, id"
    _check_company_auto = True

    _TRANSITIONS = {
        "draft": ("validated", "held"),
        "held": ("validated",),
        "validated": ("held", "billed"),
        "billed": ("validated",),
    }
    _USUAL_READINGS = 12

    meter_id = fields.Many2one(
        comodel_name="power.meter", required=True, ondelete="cascade", index=True
    )
    register_id = fields.Many2one(
        comodel_name="power.meter.register",
        compute="_compute_register_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="cascade",
        domain="[('meter_id', '=', meter_id)]",
        help="What was read; the whole active energy unless the meter counts more.",
    )
    supply_point_id = fields.Many2one(
        related="meter_id.supply_point_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="meter_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(related="supply_point_id.partner_id", string="Customer")
    area_id = fields.Many2one(related="supply_point_id.area_id")
    multiplier = fields.Float(related="register_id.multiplier")
    unit = fields.Char(related="register_id.unit")
    date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="The register at the end of this day.",
    )
    value = fields.Float(digits=(16, 2), required=True)
    kind = fields.Selection(
        selection=[
            ("actual", "Read"),
            ("estimated", "Estimated"),
            ("customer", "Told by the customer"),
            ("initial", "At installation"),
        ],
        required=True,
        default="actual",
    )
    source = fields.Char(help="Where it comes from: the file, the reader, the head-end.")
    rollover = fields.Boolean(
        string="Rolled over", help="The register passed its last digit since the last reading."
    )
    state = fields.Selection(
        selection=[
            ("draft", "New"),
            ("held", "Held"),
            ("validated", "Validated"),
            ("billed", "Billed"),
        ],
        required=True,
        default="draft",
        readonly=True,
        index=True,
    )
    hold_reason = fields.Char(string="Reasons", readonly=True)
    check_ids = fields.Many2many(
        comodel_name="power.reading.check",
        relation="power_meter_reading_check_rel",
        column1="reading_id",
        column2="check_id",
        string="Failed checks",
        readonly=True,
        context={"active_test": False},
    )
    to_reread = fields.Boolean(string="To re-read", readonly=True, copy=False)
    clock_drift_s = fields.Integer(
        string="Clock drift (s)",
        readonly=True,
        help="Clock of the meter minus the right time when it was read, as the head-end told.",
    )
    history_chart = fields.Html(
        string="Last thirteen months", compute="_compute_history_chart", sanitize=False
    )
    release_note = fields.Char(string="Clerk's note")
    released_by_id = fields.Many2one(comodel_name="res.users", string="Released by", readonly=True)
    previous_date = fields.Date("Previous date", readonly=True)
    previous_value = fields.Float(string="Previous", digits=(16, 2), readonly=True)
    consumption = fields.Float(
        digits=(16, 2),
        readonly=True,
        help="In kWh; kvarh of a reactive register, kW of a demand register.",
    )
    daily_kwh = fields.Float(string="kWh per day", digits=(16, 2), readonly=True, aggregator="avg")
    bill_id = fields.Many2one(
        comodel_name="power.bill", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _register_date_uniq = models.UniqueIndex(
        "(register_id, date)", "This meter already has a reading of that day."
    )
    _list_idx = models.Index("(date DESC, meter_id, id)")
    _value_positive = models.Constraint("CHECK (value >= 0)", "A reading cannot be negative.")

    def _auto_init(self):
        """Readings from before registers belong to their meter's only one, set at once."""
        cr = self.env.cr
        if sql.table_exists(cr, self._table) and not sql.column_exists(
            cr, self._table, "register_id"
        ):
            sql.create_column(cr, self._table, "register_id", "int4")
            cr.execute(
                """
                UPDATE power_meter_reading r SET register_id = g.id
                  FROM power_meter_register g WHERE g.meter_id = r.meter_id AND g.is_main
                """
            )
            cr.execute("DROP INDEX IF EXISTS power_meter_reading_meter_date_uniq")
        return super()._auto_init()

    @api.depends("meter_id")
    def _compute_register_id(self):
        for reading in self:
            if reading.register_id.meter_id != reading.meter_id:
                reading.register_id = reading.meter_id.main_register_id

    @api.depends("meter_id.number", "date")
    def _compute_display_name(self):
        for reading in self:
            reading.display_name = f"{reading.meter_id.number or ''} · {reading.date or ''}"

    @api.model_create_multi
    def create(self, vals_list):
        self._drop_replaced_estimates(vals_list)
        readings = super().create(vals_list)
        readings._drop_superseded_estimates()
        readings._refresh_chain()
        readings._check_neighbours()
        readings._judge()
        return readings

    def write(self, vals):
        if {"date", "value", "meter_id", "register_id", "rollover", "kind"} & vals.keys():
            self._check_not_billed()
            others = self.register_id
            result = super().write(vals)
            (self | others.reading_ids)._refresh_chain()
            self._check_neighbours()
            self.filtered(lambda r: r.state in ("held", "validated"))._judge()
            return result
        return super().write(vals)

    def unlink(self):
        registers = self.register_id
        result = super().unlink()
        registers.reading_ids._refresh_chain()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self._check_not_billed()

    def _check_not_billed(self):
        billed = self.filtered(lambda reading: reading.state == "billed")
        if billed:
            raise UserError(
                self.env._(
                    "The reading of meter %(meter)s on %(date)s has been billed. Cancel the bill "
                    "first.",
                    meter=billed[0].meter_id.number,
                    date=billed[0].date,
                )
            )

    # === The chain: previous value and consumption, for one or a hundred thousand === #

    def _refresh_chain(self):
        """Recompute previous value and consumption of these readings and of those after them."""
        if not self:
            return
        self.flush_model()
        self.env["power.meter.register"].flush_model(["multiplier", "digits", "quantity"])
        self.env.execute_query(self._get_chain_query())
        self.env["power.meter.reading"].invalidate_model(
            ["previous_date", "previous_value", "consumption", "daily_kwh"]
        )

    def _get_chain_query(self):
        return SQL(
            """
            WITH touched AS (
                SELECT register_id, min(date) AS date
                  FROM power_meter_reading
                 WHERE id = ANY(%(ids)s)
              GROUP BY register_id
            ), chain AS (
                SELECT r.id,
                       p.date AS previous_date,
                       p.value AS previous_value,
                       CASE WHEN p.date IS NULL THEN 0
                            WHEN g.quantity = 'demand' THEN round(r.value * g.multiplier, 2)
                            ELSE round((r.value - p.value + CASE WHEN r.rollover
                                        THEN 10::numeric ^ g.digits ELSE 0 END) * g.multiplier, 2)
                       END AS consumption,
                       g.quantity
                  FROM touched t
                  JOIN power_meter_reading r ON r.register_id = t.register_id AND r.date >= t.date
                  JOIN power_meter_register g ON g.id = r.register_id
             LEFT JOIN LATERAL (
                       SELECT q.date, q.value
                         FROM power_meter_reading q
                        WHERE q.register_id = r.register_id
                          AND q.date < r.date
                          AND q.state <> 'held'
                          AND NOT (q.state = 'draft' AND q.kind = 'customer')
                     ORDER BY q.date DESC
                        LIMIT 1
                       ) p ON TRUE
                 WHERE r.state <> 'billed'
            )
            UPDATE power_meter_reading r
               SET previous_date = chain.previous_date,
                   previous_value = chain.previous_value,
                   consumption = chain.consumption,
                   daily_kwh = CASE WHEN chain.previous_date IS NULL
                                      OR chain.quantity = 'demand' THEN 0
                       ELSE round(chain.consumption / (r.date - chain.previous_date), 2) END
              FROM chain
             WHERE r.id = chain.id
         RETURNING r.id
            """,
            ids=self.ids,
        )

    # === Hard errors: refused with their remedy === #

    def _check_neighbours(self):
        """Refuse what cannot be true, naming meter, date and remedy."""
        today = self.env.company._get_power_today()
        neighbours = self._get_neighbours()
        for reading in self:
            error = reading._get_error(today, neighbours.get(reading.id, {}))
            if error:
                raise ValidationError(
                    self.env._(
                        "Meter %(meter)s, %(date)s: %(error)s",
                        meter=reading.meter_id.number,
                        date=reading.date,
                        error=error,
                    )
                )

    def _get_neighbours(self):
        """Return, by reading id, the previous and next counting reading and the last billed day."""
        if not self:
            return {}
        self.flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT r.id, r.previous_date, r.previous_value,
                       coalesce(p.kind = 'estimated' AND p.state = 'billed', FALSE)
                           AS previous_is_billed_estimate,
                       n.date AS next_date, n.value AS next_value, n.rollover AS next_rollover,
                       (SELECT max(b.date) FROM power_meter_reading b
                         WHERE b.register_id = r.register_id AND b.state = 'billed')
                           AS billed_date
                  FROM power_meter_reading r
             LEFT JOIN power_meter_reading p ON p.register_id = r.register_id
                   AND p.date = r.previous_date
             LEFT JOIN LATERAL (
                       SELECT q.date, q.value, q.rollover
                         FROM power_meter_reading q
                        WHERE q.register_id = r.register_id AND q.date > r.date
                          AND q.state <> 'held'
                     ORDER BY q.date LIMIT 1
                       ) n ON TRUE
                 WHERE r.id = ANY(%s)
                """,
                self.ids,
            )
        )
        return {row["id"]: row for row in rows}

    def _get_error(self, today, neighbours):
        """Return what is impossible about this reading, or nothing."""
        self.ensure_one()
        meter, register, value = self.meter_id, self.register_id, exact(self.value, 2)
        counts_on = register.quantity != "demand"
        previous = neighbours.get("previous_value")
        if self.date > today:
            return self.env._("the date lies in the future; correct the date.")
        if not fits(value, register.digits):
            return self.env._(
                "%(value)s does not fit a register of %(digits)s digits; correct the value or the "
                "meter's digits.",
                value=value,
                digits=register.digits,
            )
        if self.date < meter.date_installed:
            return self.env._(
                "the meter was installed on %(installed)s; correct the date or the meter.",
                installed=meter.date_installed,
            )
        if meter.date_removed and self.date > meter.date_removed:
            return self.env._(
                "the meter was removed on %(removed)s; choose the meter in place now.",
                removed=meter.date_removed,
            )
        billed = neighbours.get("billed_date")
        if billed and self.state != "billed" and self.date <= billed:
            return self.env._(
                "the meter is billed until %(billed)s; give a later reading or cancel the bill.",
                billed=billed,
            )
        if (
            counts_on
            and previous is not None
            and not self.rollover
            and value < previous
            and not (neighbours["previous_is_billed_estimate"] and self.state != "validated")
        ):
            if neighbours["previous_is_billed_estimate"]:
                return self.env._(
                    "%(value)s is lower than the estimate %(previous)s billed on %(date)s; press "
                    "“True up”, so that the bills are made again.",
                    value=value,
                    previous=previous,
                    date=neighbours["previous_date"],
                )
            return self.env._(
                "%(value)s is lower than %(previous)s on %(date)s; correct it, or mark “Rolled "
                "over” if the register passed its last digit.",
                value=value,
                previous=previous,
                date=neighbours["previous_date"],
            )
        following = neighbours.get("next_value")
        if (
            counts_on
            and following is not None
            and not neighbours["next_rollover"]
            and value > following
        ):
            return self.env._(
                "%(value)s is higher than %(next)s on %(date)s; correct one of the two.",
                value=value,
                next=following,
                date=neighbours["next_date"],
            )
        return None

    # === Plausibility: put aside with all reasons === #

    def _judge(self):
        """Validate new readings; hold those that fail a check, with all reasons.

        What a customer told stays new until a clerk has looked, unless the company takes it over.

        :raises ValidationError: when a check that refuses fails
        """
        waiting = self.filtered(
            lambda r: r.state == "validated" and r.kind != "initial" and not r.released_by_id
        ) | self.filtered(
            lambda r: (
                r.state in ("draft", "held")
                and (r.kind != "customer" or r.company_id.power_accept_told)
            )
        )
        # An estimate was made of the history it would be compared with.
        judgements = waiting.filtered(lambda r: r.kind != "estimated")._get_judgements()
        failed = waiting.filtered(lambda reading: reading.id in judgements)
        failed._check_not_refused(judgements)
        passed = waiting - failed
        passed._set_state("validated", hold_reason=False)
        passed.filtered("check_ids").check_ids = [Command.clear()]
        for reading in failed:
            judgement = judgements[reading.id]
            reading._set_state(
                "held" if judgement["severity"] == "hold" else "validated",
                hold_reason=judgement["reason"],
                check_ids=[Command.set(judgement["check_ids"])],
            )
        held = failed.filtered(lambda reading: reading.state == "held")
        if held:
            held._refresh_chain()

    def _check_not_refused(self, judgements):
        for reading in self:
            if judgements[reading.id]["severity"] == "refuse":
                raise ValidationError(
                    self.env._(
                        "Meter %(meter)s, %(date)s: %(error)s",
                        meter=reading.meter_id.number,
                        date=reading.date,
                        error=judgements[reading.id]["reason"],
                    )
                )

    def _judge_new(self):
        """Set the state of many fresh readings by set: validated, or held with all reasons.

        :return: ({id: reason} of the held ones, {id: reason} of those a check refuses, which are
            deleted)
        """
        self._refresh_chain()
        judgements = self._get_judgements()
        reasons = {"info": {}, "hold": {}, "refuse": {}}
        for reading_id, judgement in judgements.items():
            reasons[judgement["severity"]][reading_id] = judgement["reason"]
        refused = self.browse(reasons["refuse"])
        if refused:
            super(PowerMeterReading, refused).unlink()
        kept = self - refused
        kept._write_judgements({i: j for i, j in judgements.items() if i not in reasons["refuse"]})
        self.browse(reasons["hold"])._refresh_chain()
        return reasons["hold"], reasons["refuse"]

    def _write_judgements(self, judgements):
        """Write state, reasons and failed checks of many new readings in three statements."""
        self.flush_model()
        ids = list(judgements)
        execute = self.env.execute_query
        pairs = [(i, check) for i in ids for check in judgements[i]["check_ids"]]
        execute(
            SQL(
                """
                UPDATE power_meter_reading r SET state = j.state, hold_reason = j.reason
                  FROM unnest(%s::int[], %s::text[], %s::text[]) AS j(id, state, reason)
                 WHERE r.id = j.id AND r.state = 'draft'
             RETURNING r.id
                """,
                ids,
                ["held" if judgements[i]["severity"] == "hold" else "validated" for i in ids],
                [judgements[i]["reason"] for i in ids],
            )
        )
        execute(
            SQL(
                "INSERT INTO power_meter_reading_check_rel (reading_id, check_id)"
                " SELECT * FROM unnest(%s::int[], %s::int[]) RETURNING reading_id",
                [pair[0] for pair in pairs],
                [pair[1] for pair in pairs],
            )
        )
        execute(
            SQL(
                "UPDATE power_meter_reading SET state = 'validated'"
                " WHERE id = ANY(%s) AND state = 'draft' RETURNING id",
                self.ids,
            )
        )
        self.invalidate_model(["state", "hold_reason", "check_ids"])

    def _get_judgements(self):
        """Return {id: {severity, reason, check_ids}} of the readings that fail a check."""
        order = ("info", "hold", "refuse")
        reader = self.company_id[:1]._in_power_lang(self)
        judgements = {}
        for failure in self.env["power.reading.check"].sudo()._find_failures(self):
            judgement = judgements.setdefault(
                failure["id"], {"severity": "info", "reason": [], "check_ids": []}
            )
            judgement["severity"] = max(judgement["severity"], failure["severity"], key=order.index)
            judgement["reason"].append(reader._get_check_sentence(failure))
            judgement["check_ids"].append(failure["check_id"])
        for judgement in judgements.values():
            judgement["reason"] = "; ".join(judgement["reason"])
        return judgements

    @api.model
    def _get_check_sentence(self, failure):
        """Say in the user's language what a failed check found.

        :param failure: a row of ``power.reading.check._find_failures``
        """
        figures = {name: failure[name] or "0" for name in ("a", "b", "c")}
        return {
            "negative": self.env._(
                "%(a)s is lower than the estimate %(b)s billed on %(c)s: true the bills up",
                **figures,
            ),
            "rollover": self.env._(
                "marked “Rolled over” from %(a)s to %(b)s, in the middle of the register",
                **figures,
            ),
            "high": self.env._(
                "%(a)s kWh a day is %(b)s times the usual %(c)s",
                **figures,
            ),
            "low": self.env._("%(a)s kWh a day, usual are %(b)s", **figures),
            "last_year": self.env._("%(a)s kWh a day, %(b)s at the same time last year", **figures),
            "zero": self.env._("nothing used since %(a)s", **figures),
            "gap": self.env._("not read for %(a)s days", **figures),
            "demand": self.env._("%(a)s kW, contracted are %(b)s", **figures),
            "reactive": self.env._("%(a)s kvarh for %(b)s kWh", **figures),
            "periods": self.env._("the periods come to %(a)s kWh, the total to %(b)s", **figures),
            "clock": self.env._("the meter's clock is %(a)s s off", **figures),
        }[failure["code"]]

    def _compute_history_chart(self):
        for reading in self:
            reading.history_chart = bar_chart(reading._get_history()) or False

    def _get_history(self):
        """Return [(month, consumption)] of the register up to this reading, oldest first."""
        self.ensure_one()
        if not self.register_id or not self.date:
            return []
        history = self.search(
            [
                ("register_id", "=", self.register_id.id),
                ("date", "<", self.date),
                ("date", ">=", self.date - timedelta(days=380)),
                ("state", "in", ("validated", "billed")),
                ("previous_date", "!=", False),
            ],
            order="date desc",
            limit=_HISTORY - 1,
        )
        return [
            (f"{reading.date:%Y-%m}", max(reading.consumption, 0.0))
            for reading in history[::-1] + self
        ]

    # === States === #

    def action_validate(self):
        """Accept what a customer told."""
        self.filtered(lambda reading: reading.state == "draft")._set_state(
            "validated", released_by_id=self.env.uid
        )
        self._refresh_chain()

    def action_release(self):
        """Let a held reading count, with the clerk's note why it is right."""
        for reading in self.filtered(lambda reading: reading.state == "held"):
            if not (reading.release_note or "").strip():
                raise UserError(
                    self.env._(
                        "Meter %(meter)s, %(date)s: write in the clerk's note why this reading is "
                        "right, then release it.",
                        meter=reading.meter_id.number,
                        date=reading.date,
                    )
                )
            reading._set_state("validated", released_by_id=self.env.uid, to_reread=False)
        self._refresh_chain()
        self._check_neighbours()

    def action_ask_reread(self):
        """Put held readings on the readers' list."""
        self.filtered(lambda reading: reading.state == "held").to_reread = True

    def action_hold(self):
        self._set_state("held", hold_reason=self.env._("Put aside by %s", self.env.user.name))
        self._refresh_chain()
