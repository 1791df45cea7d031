from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from odoo.addons.power_crm.tools.batches import in_halves

from ..tools import rating
from ..tools.amounts import ZERO
from ..tools.determinants import months_between
from ..tools.reference import make_reference

_RATED_FIELDS = {
    "kwh": 0.0,
    "amount_total": 0.0,
    "amount_energy": 0.0,
    "amount_fund": 0.0,
    "amount_fixed": 0.0,
    "amount_basic": 0.0,
    "amount_power_factor": 0.0,
    "amount_settled": 0.0,
    "amount_tax_added": 0.0,
    "determinants": False,
    "steps": False,
    "reading_from": False,
    "reading_to": False,
}

# What rating and posting read of bills and of their points: without the many other columns.
_WORKING_FIELDS = [
    "amount_total",
    "check_state",
    "company_id",
    "corrects_id",
    "customer_id",
    "move_id",
    "name",
    "partner_id",
    "payment_reference",
    "period_from",
    "period_to",
    "run_id",
    "settlement_id",
    "state",
    "statement_id",
    "supply_point_id",
]
_POINT_FIELDS = [
    "billing_cycle_id",
    "company_id",
    "date_activated",
    "date_closed",
    "number",
    "payer_id",
    "state",
    "tariff_id",
]
# Kind of charge: the bill's amount it is part of; every charge is part of one.
_AMOUNTS = {
    "energy": "energy",
    "allowance": "energy",
    "export": "energy",
    "fund": "fund",
    "capacity": "basic",
    "demand": "basic",
    "power_factor": "power_factor",
    "advance": "settled",
    "settled": "settled",
}
_AMOUNT_PARTS = ("energy", "fund", "fixed", "basic", "power_factor", "settled")


class PowerBill(models.Model):
    """What one supply point owes for one period.

    It keeps everything it was made of (``determinants``) and how (``steps``), so that the kernel
    can replay it to the cent; posting makes one invoice of it.
    """

    _name = "power.bill"
    _description = "Electricity Bill"
    _inherit = [
        "power.state.mixin",
        "power.invoice.set.mixin",
        "portal.mixin",
        "mail.thread",
    ]
    _order = "period_from desc, name, id"
    _check_company_auto = True
    _mail_post_access = "read"

    _TRANSITIONS = {
        "draft": ("rated", "failed", "cancelled"),
        "rated": ("draft", "posted", "failed", "cancelled"),
        "failed": ("draft", "cancelled"),
        "posted": ("cancelled",),
    }

    name = fields.Char(required=True, copy=False, index="trigram", readonly=True, default="/")
    run_id = fields.Many2one(comodel_name="power.bill.run", readonly=True, ondelete="restrict")
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    supply_point_id = fields.Many2one(
        comodel_name="power.supply.point",
        string="Supply point",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    customer_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_partners",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Payer",
        compute="_compute_partners",
        store=True,
        precompute=True,
        index=True,
    )
    usage_category_id = fields.Many2one(
        comodel_name="power.usage.category",
        string="Usage category",
        compute="_compute_partners",
        store=True,
        precompute=True,
    )
    area_id = fields.Many2one(
        comodel_name="power.area", compute="_compute_partners", store=True, precompute=True
    )
    period_from = fields.Date("Period from", required=True)
    period_to = fields.Date(required=True)
    reading_from = fields.Date(string="Read from", readonly=True)
    reading_to = fields.Date(string="Read to", readonly=True)
    state = fields.Selection(
        selection=[
            ("draft", "To rate"),
            ("rated", "Rated"),
            ("posted", "Posted"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
    )
    failure_code = fields.Char(string="Kind of failure", readonly=True)
    failure_reason = fields.Text("Failure reason", readonly=True)
    kwh = fields.Float(string="kWh", digits=(16, 2), readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    amount_energy = fields.Monetary(string="Energy", readonly=True)
    amount_fund = fields.Monetary(string="Funds", readonly=True)
    amount_fixed = fields.Monetary(string="Fixed", readonly=True)
    amount_basic = fields.Monetary(string="Basic", readonly=True, help="Capacity and demand.")
    amount_power_factor = fields.Monetary(string="Power-factor adjustment", readonly=True)
    amount_settled = fields.Monetary(
        string="Settled",
        readonly=True,
        help="Advances of the month, and what earlier settlements of it have billed already.",
    )
    determinants = fields.Json(readonly=True, prefetch=False)
    steps = fields.Json(readonly=True, prefetch=False)
    line_ids = fields.One2many(
        comodel_name="power.bill.line", inverse_name="bill_id", string="Charges", readonly=True
    )
    reading_ids = fields.One2many(
        comodel_name="power.meter.reading",
        inverse_name="bill_id",
        string="Readings used",
        readonly=True,
    )
    payment_reference = fields.Char(
        "Payment reference", readonly=True, copy=False, index="btree_not_null"
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Invoice",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    credit_move_id = fields.Many2one(
        comodel_name="account.move", string="Credit note", readonly=True, copy=False
    )
    invoice_date = fields.Date(related="move_id.invoice_date", string="Bill date")
    invoice_date_due = fields.Date(related="move_id.invoice_date_due", string="Due date")
    amount_residual = fields.Monetary(
        related="move_id.amount_residual_signed", string="Open", store=True
    )
    payment_state = fields.Selection(
        related="move_id.payment_state", string="Payment", store=True, index="btree_not_null"
    )
    previous_balance = fields.Monetary(
        "Previous balance",
        readonly=True,
        help="Open of the payer's earlier bills of this supply point when this one was posted.",
    )
    payments_received = fields.Monetary(
        "Payments received",
        readonly=True,
        help="Paid on earlier bills between the last bill and this one.",
    )
    is_final = fields.Boolean(string="Final", readonly=True, copy=False)
    cancel_reason = fields.Char("Cancel reason", readonly=True, copy=False)

    _live_uniq = models.UniqueIndex(
        "(supply_point_id, period_from) WHERE state <> 'cancelled' AND settlement_id IS NULL",
        "This supply point already has a bill of this period.",
    )
    _run_state_idx = models.Index("(run_id, state, partner_id, id)")
    _waiting_idx = models.Index("(state) WHERE state <> 'posted'")
    _period_order = models.Constraint(
        "CHECK (period_from <= period_to)", "A period cannot end before it begins."
    )

    @api.depends("supply_point_id", "period_to")
    def _compute_partners(self):
        for bill in self:
            if bill.state and bill.state not in ("draft", "failed"):
                continue
            point = bill.supply_point_id
            known = point and bill.period_to and point._get_customer_on(bill.period_to) or point
            bill.customer_id = known.partner_id
            bill.partner_id = known.payer_id or known.partner_id
            bill.usage_category_id = point.usage_category_id
            bill.area_id = point.area_id

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for bill in self:
            bill.access_url = f"/my/power/bills/{bill.id}"
        return result

    @api.model_create_multi
    def create(self, vals_list):
        bills = super().create(vals_list)
        for bill in bills.filtered(lambda bill: bill.name == "/"):
            bill.name = f"{bill.supply_point_id.number}-{bill.period_to:%Y%m}"
        return bills

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if self.filtered(lambda bill: bill.state == "posted" or bill.move_id):
            raise UserError(
                self.env._("A bill that was posted stays in the books; cancel it instead.")
            )

    def _get_report_base_filename(self):
        self.ensure_one()
        return f"bill-{self.name}"

    # === States === #

    def _check_state_move(self, target):
        """A bill is posted with its invoice, and a posted one cancelled with a credit note."""
        result = super()._check_state_move(target)
        for bill in self if target in ("posted", "cancelled") else ():
            # Posting itself never comes here: it marks its bills together with their invoices.
            if target == "posted" and not bill.move_id:
                raise UserError(self.env._("Post bill %s: that makes its invoice.", bill.name))
            if target == "cancelled" and bill.move_id and not bill.credit_move_id:
                raise UserError(
                    self.env._("Cancel bill %s: that makes its credit note.", bill.name)
                )
        return result

    def _check_postable(self):
        """Their invoices come now: only the declared moves count."""
        return super()._check_state_move("posted")

    def _fail(self, code, reason):
        """Put a bill aside with what to mend; the run goes on without it."""
        self._set_state("failed", failure_code=code, failure_reason=reason)

    # === Rating === #

    def action_rate(self):
        """Rate (again) what is not posted yet."""
        self.check_access("write")
        self._reset()
        self._rate_bills()

    def action_retry(self):
        self.action_rate()
        rated = self.filtered(lambda bill: bill.state == "rated")
        return len(rated)

    def _reset(self):
        """Take failed and rated bills back to the start, with today's data of the point."""
        bills = self.filtered(lambda bill: bill.state in ("failed", "rated"))
        mine = bills.sudo()  # results are nobody's to write but by rating
        mine.line_ids.unlink()
        mine._set_state("draft", failure_code=False, failure_reason=False, **_RATED_FIELDS)
        bills._compute_partners()

    def _rate_bills(self):
        """Rate draft bills together; one that cannot be rated fails alone, with its reason.

        :return: the bills that are rated now
        """
        self._fetch_working_fields()
        bills = self.filtered(lambda bill: bill.state == "draft")
        bills = bills.with_context(**self._get_quiet_context())
        inputs = bills._get_rating_inputs()
        rated, known = [], {}
        for bill in bills:
            try:
                data, readings = bill._get_determinants(inputs)
                result = rating.rate(data, known)
            except rating.RatingError as error:
                reader = bill.company_id._in_power_lang(bill)
                bill._fail(error.code, reader._get_failure_message(error))
                continue
            vals = bill._prepare_rated_vals(data, result, readings)
            rated.append((bill, vals, bill._prepare_line_vals_list(result, inputs)))
        bills._write_rated(rated)
        bills._after_rating(rated)
        return self.browse([bill.id for bill, _vals, _lines in rated])

    def _fetch_working_fields(self):
        self.fetch(_WORKING_FIELDS)
        self.supply_point_id.fetch(_POINT_FIELDS)

    def _write_rated(self, rated):
        """Store rated bills.

        :param list rated: bill, its values and those of its lines
        """
        for bill, vals, _lines in rated:
            bill.sudo()._set_state("rated", **vals)
        line_vals = [vals for *_bill, lines in rated for vals in lines]
        self.env["power.bill.line"].sudo().create(line_vals)

    def _after_rating(self, rated):
        """Hook: what follows once rated bills are stored.

        :param list rated: bill, its values and those of its lines
        """

    def _get_rating_inputs(self):
        """Fetch all that the bills need, in a handful of queries.

        :return: dict with what ``_add_meter_inputs`` adds, ``versions`` (plain data by tariff
            id), ``products`` (ids by component id), and what ``_add_point_inputs`` adds
        """
        inputs = {"versions": {}, "products": {}, "needs": {}}
        self._add_meter_inputs(inputs)
        for tariff in self._add_point_inputs(inputs):
            versions = tariff.version_ids.sorted("date_from")
            inputs["versions"][tariff.id] = [version._get_determinants() for version in versions]
            for component in versions.component_ids:
                inputs["products"][component.id] = component.product_id.id
        versions = [version for some in inputs["versions"].values() for version in some]
        needs = self._get_needs(versions)
        if "history" in needs:
            inputs["year_kwh"] = self._get_year_kwh()
            inputs["customer_since"] = self._get_customer_since()
        inputs["series"] = self._get_load_series(inputs, needs)
        return inputs

    def _get_determinants(self, inputs):
        """Return the plain data this bill is rated from, and the readings it uses up.

        :raises RatingError: when the point lacks a tariff, a meter or a reading
        """
        self.ensure_one()
        point = self.supply_point_id
        if not point.tariff_id:
            raise rating.RatingError("no_tariff")
        main = self._choose_registers(inputs, lambda register: register.is_main)
        opened = min((readings[0].date for __, readings in main), default=self.period_from)
        first = min(opened, self.period_from).isoformat()
        versions = self._get_versions(inputs, first)
        needs = self._recall_needs(inputs, versions)
        chosen = main
        if needs:
            chosen = self._choose_registers(inputs, lambda r: self._is_needed(r, needs))
        used = self.env["power.meter.reading"].browse(
            [reading.id for __, readings in chosen for reading in readings[1:]]
        )
        data = {
            "supply_point": point.number,
            **self._get_charged_days(point),
            "registers": [
                self._prepare_register(register.meter, readings, register)
                for register, readings in chosen
            ],
            "versions": versions,
            **self._get_extra_determinants(inputs, versions, needs, opened),
        }
        return data, used

    def _recall_needs(self, inputs, versions):
        """Return what versions need, found out once for the bills of a batch."""
        # A settlement leaves some components out: their number tells it from the whole version.
        key = tuple([(version["key"], len(version["components"])) for version in versions])
        if key not in inputs["needs"]:
            inputs["needs"][key] = self._get_needs(versions)
        return inputs["needs"][key]

    def _choose_registers(self, inputs, is_wanted):
        """Return [(register, readings)] of the point's meters, as far as they are wanted."""
        chosen = []
        for meter in inputs["meters"][self.supply_point_id.id]:
            for register in filter(is_wanted, inputs["registers"][meter.id]):
                readings = self._choose_readings(meter, inputs["readings"][register.id], register)
                if readings:
                    chosen.append((register, readings))
        return chosen

    def _get_charged_days(self, point):
        """Return the period whose fixed charges and tiers count, and the days of service in it.

        Where the customer changed within it, each one's bill is of his own days.
        """
        first, last = self._get_cycle_days()
        start, end = self.period_from, self.period_to
        if point.state == "closed" and point.date_closed:
            end = min(point.date_closed, end)
        days = {
            "period_from": first.isoformat(),
            "period_to": last.isoformat(),
            "service_from": max(point.date_activated or start, start).isoformat(),
        }
        return days if end >= last else {**days, "service_to": end.isoformat()}

    def _get_cycle_days(self):
        """Return first and last day of the period to charge: the bill's own, or, where that is
        less than a month, those of the cycles it lies in."""
        self.ensure_one()
        first, last = self.period_from, self.period_to
        if self.settlement_id or months_between(first, last) >= 1:
            return first, last
        cycle = self.supply_point_id.billing_cycle_id
        return cycle._get_days(first)[0], cycle._get_days(last)[1]

    def _choose_readings(self, meter, readings, register):
        """Return the readings of a register that this bill covers, the opening one first.

        Nothing is returned for a meter that was settled before, or comes only after the period.
        """
        last = self.period_to
        if meter.date_installed > last:
            return []
        opening = None
        for reading in readings:
            if reading.state == "billed" or reading.kind == "initial":
                opening = reading
        if opening is None:
            raise rating.RatingError("no_opening", meter=self._get_register_name(register))
        if meter.date_removed and opening.date >= meter.date_removed:
            return []
        if opening.date > last:
            if opening.kind == "initial":
                return []
            raise rating.RatingError(
                "billed_later", meter=self._get_register_name(register), date=opening.date
            )
        within = [r for r in readings if opening.date < r.date <= last]
        held = next((r for r in within if r.state in ("held", "draft")), None)
        if held:
            raise rating.RatingError(
                "held",
                meter=self._get_register_name(register),
                date=held.date,
                reason=held.hold_reason or "",
            )
        counted = [r for r in within if r.state == "validated"]
        if not counted or counted[-1].date < min(
            self.period_from, meter.date_removed or self.period_from
        ):
            raise rating.RatingError("no_reading", meter=self._get_register_name(register))
        return [opening, *counted]

    def _prepare_register(self, meter, readings, register):
        """Return a register as plain data; what is usual of a plain meter is left out."""
        special = {}
        if not register.is_main or register.line:
            special = {
                "register": register.key,
                "quantity": register.quantity,
                "period": register.period,
                "line": register.line,
            }
        return {
            "key": meter.number,
            **special,
            "multiplier": register.multiplier,
            "digits": register.digits,
            "readings": [
                {
                    "date": reading.date.isoformat(),
                    "value": reading.value,
                    "kind": reading.kind,
                    "rollover": reading.rollover,
                }
                for reading in readings
            ],
        }

    def _choose_versions(self, versions, first):
        """Keep the versions that can touch the bill's days, so that its record stays small."""
        last = self.period_to.isoformat()
        return [
            version
            for version in versions
            if version["date_from"] <= last
            and (not version["date_to"] or version["date_to"] >= first)
        ]

    def _prepare_rated_vals(self, data, result, readings):
        amounts = dict.fromkeys(_AMOUNT_PARTS, ZERO)
        for charge in result.charges:
            amounts[_AMOUNTS.get(charge.kind, "fixed")] += charge.amount
        dates = [r["date"] for register in data["registers"] for r in register["readings"]]
        return {
            "kwh": float(result.kwh),
            "amount_total": float(result.total),
            **{f"amount_{part}": float(amount) for part, amount in amounts.items()},
            "determinants": data,
            "steps": result.steps,
            "reading_from": min(dates, default=False),
            "reading_to": max(dates, default=False),
            "payment_reference": make_reference(self.id),
            "failure_code": False,
            "failure_reason": False,
        }

    def _prepare_line_vals_list(self, result, inputs):
        products = inputs["products"]
        return [
            self._prepare_line_vals(charge, products.get(charge.component), sequence)
            for sequence, charge in enumerate(result.charges, 1)
        ]

    def _prepare_line_vals(self, charge, product_id, sequence):
        """Return the values of one charge's line.

        :param charge: the kernel's ``Charge``
        :param product_id: of the tariff component it came from
        """
        return {
            "bill_id": self.id,
            "sequence": sequence,
            "component_id": charge.component,
            "product_id": product_id,
            "kind": charge.kind,
            "name": charge.name,
            "period": charge.period,
            "tier": charge.tier,
            "share": charge.share and str(charge.share),
            "date_from": charge.date_from,
            "date_to": charge.date_to,
            "quantity": float(charge.quantity),
            "unit": charge.unit,
            "price": float(charge.price),
            "amount": float(charge.amount),
            "step": charge.step,
        }

    def _get_failure_message(self, error):
        """Say in the user's language what is missing and what to do about it."""
        self.ensure_one()
        data = defaultdict(str, error.data)
        messages = {
            "no_tariff": self.env._("The supply point has no tariff. Set one and retry."),
            "no_register": self.env._(
                "The supply point has no meter in this period. Install one and retry."
            ),
            "no_opening": self.env._(
                "Meter %(meter)s has no initial reading. Enter one and retry.",
                meter=data["meter"],
            ),
            "no_reading": self.env._(
                "Meter %(meter)s has no validated reading in this period. Enter one and retry.",
                meter=data["meter"],
            ),
            "held": self.env._(
                "The reading of meter %(meter)s on %(date)s waits for a clerk (%(reason)s). "
                "Correct or release it and retry.",
                meter=data["meter"],
                date=data["date"],
                reason=data["reason"],
            ),
            "billed_later": self.env._(
                "Meter %(meter)s is already billed until %(date)s. Bill the periods in order.",
                meter=data["meter"],
                date=data["date"],
            ),
            "parallel_demand": self.env._(
                "Meters %(meter)s and %(other)s measure demand on the same days. Give the demand "
                "registers of each incoming line its number and retry.",
                meter=data["meter"],
                other=data["other"],
            ),
            "fell": self.env._(
                "Meter %(meter)s fell from %(previous)s to %(value)s on %(date)s. Correct the "
                "reading or mark the rollover and retry.",
                meter=data["meter"],
                previous=data["previous"],
                value=data["value"],
                date=data["date"],
            ),
            "order": self.env._(
                "Meter %(meter)s has two readings on %(date)s. Delete one and retry.",
                meter=data["meter"],
                date=data["date"],
            ),
            "tax_mode": self.env._(
                "The prices of “%(version)s” are without tax, but the tax “%(tax)s” of its "
                "products is within the price. Choose a tax on top in the settings of billing and "
                "on the products, or say on the version that tax is included; then retry.",
                version=data["version"],
                tax=data["tax"],
            ),
            "no_version": self.env._(
                "The tariff has no prices for %(date)s. Add a version and retry.",
                date=data["date"],
            ),
        }
        return messages.get(error.code) or self.env._(
            "The bill cannot be rated: %(reason)s.", reason=str(error)
        )

    def _replay(self):
        """Rate again from the kept determinants alone; the same charges as then.

        :return: the kernel's ``Rating``
        """
        self.ensure_one()
        return rating.rate(self.determinants)

    # === Posting === #

    def action_post(self):
        """Make the invoices of rated bills."""
        self.env["account.move"].check_access("create")
        self.filtered(lambda bill: bill.state == "rated")._post_isolated()

    def _post_isolated(self):
        """Post together; when that fails, in halves, so that a bad bill fails alone."""
        in_halves(
            self,
            type(self)._post_fetched,
            lambda bill, error: bill._fail(
                "post",
                bill.company_id._in_power_lang(bill).env._("The invoice was refused: %s", error),
            ),
        )

    def _post_fetched(self):
        self._fetch_working_fields()
        self._post_bills(self)

    def _post_bills(self, bills):
        """Make and post one invoice a bill, and settle the readings.

        A bill of nothing needs no invoice; one below zero becomes a credit note. The invoice's
        total is compared with the bill's to the cent.
        """
        bills._check_postable()
        bills._settle_readings()
        bills._note_accounts()
        is_zero = {company: company.currency_id.is_zero for company in bills.company_id}
        billable = bills.filtered(lambda bill: not is_zero[bill.company_id](bill.amount_total))
        moves = billable.with_context(**self._get_quiet_context())._make_moves()
        bills._write_posted(moves)

    def _note_accounts(self):
        """Hook: note how the payers stand before these invoices are made."""

    def _make_moves(self):
        """Create and post the invoices of bills.

        :return: ``account.move`` records in the bills' order
        """
        moves = self._create_moves()
        moves._post(soft=False)
        self._log_moves_created(moves)
        return moves

    def _write_posted(self, moves):
        """Mark the bills posted, with their invoices and what was open before, in one statement.

        :param moves: ``account.move`` records; each names its bill
        """
        self.env.flush_all()
        with self._without_nested_loops():
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE power_bill b
                       SET state = 'posted', write_uid = %(uid)s,
                           write_date = now() AT TIME ZONE 'UTC',
                           move_id = made.move_id,
                           amount_residual = made.residual,
                           payment_state = made.payment_state,
                           previous_balance = made.previous_balance,
                           payments_received = made.payments_received
                      FROM (%(made)s) made
                     WHERE made.id = b.id AND b.id = ANY(%(bills)s)
                    """,
                    uid=self.env.uid,
                    made=self._get_posted_values(moves),
                    bills=self.ids,
                )
            )
        written = [
            "state", "move_id", "amount_residual", "payment_state", "previous_balance",
            "payments_received", "write_uid", "write_date",
        ]  # fmt: skip
        self.invalidate_recordset(written)
        self.modified(["state", "move_id", "previous_balance", "payments_received"])
        for name in ("amount_residual", "payment_state"):
            self.env.remove_to_compute(self._fields[name], self)

    def _get_posted_values(self, moves):
        """Select what posting writes into bills, by bill id: invoice, open and paid before."""
        return SQL(
            """
            WITH mine AS MATERIALIZED (
                SELECT id, supply_point_id, partner_id, period_from
                  FROM power_bill WHERE id = ANY(%(bills)s)),
            other AS MATERIALIZED (
                SELECT id, supply_point_id, partner_id, period_from, amount_residual, amount_total
                  FROM power_bill
                 WHERE supply_point_id = ANY(%(points)s) AND state = 'posted'),
            history AS (
                SELECT b.id, o.amount_residual AS open, o.amount_total - o.amount_residual AS paid,
                       o.period_from = max(o.period_from)
                           FILTER (WHERE o.period_from < b.period_from)
                           OVER (PARTITION BY b.id) AS is_last
                  FROM mine b
                  JOIN other o ON o.supply_point_id = b.supply_point_id
                   AND o.partner_id = b.partner_id AND o.id <> b.id),
            before AS (
                SELECT id, sum(open) AS open, sum(paid) FILTER (WHERE is_last) AS paid
                  FROM history GROUP BY id)
            SELECT b.id, m.id AS move_id,
                   m.amount_residual_signed AS residual, m.payment_state,
                   coalesce(before.open, 0) AS previous_balance,
                   coalesce(before.paid, 0) AS payments_received
              FROM mine b
         LEFT JOIN account_move m ON m.power_bill_id = b.id AND m.id = ANY(%(moves)s)
         LEFT JOIN before ON before.id = b.id
            """,
            moves=moves.ids,
            bills=self.ids,
            points=self.supply_point_id.ids,
        )

    def _prepare_move_vals_list(self, cache=None):
        """Return the values of the bills' invoices.

        :param dict cache: keeps what was looked up, for whoever goes on with these values
        """
        cache = {} if cache is None else cache
        self._fetch_move_inputs(cache)
        return [bill._prepare_move_vals(cache) for bill in self]

    def _fetch_move_inputs(self, cache):
        """Fetch what the values of the bills' invoices are made of, in a handful of queries."""
        cache["bills"] = self._fetch_rows()
        for company, bills in self.grouped("company_id").items():
            self._fetch_partner_traits(bills.partner_id.with_company(company), cache)

    def _prepare_move_vals(self, cache):
        """Return the values of the bill's invoice.

        :param dict cache: what was already looked up in this batch: bills with their charges,
            payers, product accounts and taxes
        """
        self.ensure_one()
        row = self._get_row(cache)
        partner = self._get_partner_traits(row.partner_id, row.company_id, cache)
        total = row.amount_total
        refund = total < 0 and not self.company_id.currency_id.is_zero(total)
        vals = {
            **self._get_common_move_vals(row, cache),
            "move_type": "out_refund" if refund else "out_invoice",
            "partner_id": row.partner_id,
            "partner_shipping_id": row.partner_id,
            # Electricity is supplied where the meter hangs: only a position set by hand on the
            # payer changes taxes, never the country of its postal address.
            "fiscal_position_id": partner.position_id,
            "payment_reference": row.payment_reference,
            "ref": row.name,
            "invoice_origin": row.name,
            "power_bill_id": self.id,
        }
        sign = 1 if total >= 0 else -1
        vals["invoice_line_ids"] = [
            Command.create(self._prepare_move_line_vals(charge, sign, vals, partner.lang, cache))
            for charge in row.charges
        ]
        return vals

    def _get_common_move_vals(self, row, cache):
        """Return what the invoices of a run's bills have in common, by service level."""
        key = ("common", row.run_id, row.company_id, row.service_level_id)
        if key not in cache:
            run, company = self.run_id, self.company_id
            point = self.supply_point_id.with_prefetch()
            day = run.invoice_date or self.env.company._get_power_today()
            cache[key] = {
                "journal_id": (run.journal_id or company.power_journal_id).id,
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "invoice_date": day,
                "date": day,
                "invoice_payment_term_id": point._get_bill_payment_term().id,
                "partner_bank_id": company.power_bank_account_id.id,
                "invoice_user_id": False,
            }
        return cache[key]

    def _prepare_move_line_vals(self, line, sign, vals, lang, cache):
        """Return an invoice line: quantity × price where that gives the amount, else 1 × amount.

        :param line: ``ChargeRow``
        :param sign: -1 for a bill below zero
        :param dict vals: the invoice's other values
        :param lang: the language of its texts
        """
        per_kwh = line.unit == "kWh"
        return {
            **self._get_common_line_vals(line.product_id, vals, cache),
            "name": self._get_move_line_name(line, lang, cache),
            "quantity": sign * line.quantity if per_kwh else 1.0,
            "price_unit": line.price if per_kwh else sign * line.amount,
        }

    def _get_common_line_vals(self, product_id, vals, cache):
        """Return what all charges of a product have in common."""
        position_id = vals["fiscal_position_id"]
        key = ("product", product_id, position_id, vals["company_id"])
        if key not in cache:
            product = self.env["product.product"].browse(product_id)
            position = self.env["account.fiscal.position"].browse(position_id)
            cache[key] = {
                **self._get_product_accounting(product, position),
                "display_type": "product",
                "product_id": product_id,
            }
        return cache[key]

    def _get_product_accounting(self, product, position):
        product = product.with_company(self.company_id)
        accounts = product.product_tmpl_id.get_product_accounts(fiscal_pos=position)
        taxes = product.taxes_id._filter_taxes_by_company(self.company_id)
        return {
            "account_id": accounts["income"].id,
            "tax_ids": [Command.set(position.map_tax(taxes).ids)],
            "product_uom_id": product.uom_id.id,
        }

    def _get_move_line_name(self, line, lang, cache):
        # The name of a share is the bill's own; all other labels repeat from bill to bill.
        own = bool(line.share) or not line.component_id
        key = ("label", own and line.id, line.component_id, line.period, line.tier, lang)
        if key not in cache:
            cache[key] = self.env["power.bill.line"].browse(line.id)._get_label(lang)
        return f"{cache[key]} {line.date_from} – {line.date_to}"

    def _align_move(self, move):
        """Make the invoice's total the bill's; differing decimals give way to 1 × amount."""
        target = abs(self.amount_total)
        if not self.currency_id.compare_amounts(move.amount_total, target):
            return
        sign = -1 if move.move_type == "out_refund" else 1
        move.write(
            {
                "invoice_line_ids": [
                    Command.update(
                        move_line.id, {"quantity": 1.0, "price_unit": sign * line.amount}
                    )
                    for move_line, line in zip(
                        move.invoice_line_ids.sorted("id"), self.line_ids, strict=True
                    )
                ]
            }
        )
        if self.currency_id.compare_amounts(move.amount_total, target):
            raise UserError(
                self.env._(
                    "The invoice comes to %(invoice)s, the bill to %(bill)s. Check the taxes of "
                    "the tariff's products: VAT must be included in the price, or the tariff "
                    "version must say that its prices are without tax.",
                    invoice=move.amount_total,
                    bill=self.amount_total,
                )
            )

    def _settle_readings(self):
        """Mark the readings used: their meters go on from here."""
        self.flush_model()
        readings = self.env["power.meter.reading"]
        readings.flush_model()
        self.env.execute_query(
            SQL(
                """
                UPDATE power_meter_reading r
                   SET state = 'billed', bill_id = used.bill_id
                  FROM (
                       SELECT b.id AS bill_id, m.id AS meter_id, (read ->> 'date')::date AS date,
                              nr
                         FROM power_bill b
                   CROSS JOIN jsonb_array_elements(b.determinants -> 'registers') register
                   CROSS JOIN jsonb_array_elements(register -> 'readings')
                              WITH ORDINALITY AS reads(read, nr)
                         JOIN power_meter m ON m.company_id = b.company_id
                              AND m.number = register ->> 'key'
                        WHERE b.id = ANY(%s)
                       ) used
                 WHERE r.meter_id = used.meter_id
                   AND r.date = used.date
                   AND used.nr > 1
                   AND r.state = 'validated'
             RETURNING r.id
                """,
                self.ids,
            )
        )
        readings.invalidate_model(["state", "bill_id"])
        self.invalidate_recordset(["reading_ids"])

    # === Cancelling === #

    def action_cancel(self):
        """Ask for the reason, then cancel."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel bills"),
            "res_model": "power.bill.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_bill_ids": self.ids},
        }

    def _cancel(self, reason):
        """Cancel bills: a posted one by a credit note; its readings can be billed again.

        Only the last bills of a point can be cancelled, for the next one begins where they ended.
        """
        for bill in self.filtered(lambda bill: bill.state == "posted"):
            bill._check_last(going=self)
        for bill in self.filtered("move_id").sorted("period_to", reverse=True):
            bill.sudo().credit_move_id = bill._create_credit_note(reason)
        # Freeing the readings is part of cancelling, whoever may do that.
        self.sudo().reading_ids._set_state("validated", bill_id=False)
        self._set_state("cancelled", cancel_reason=reason)

    def _check_last(self, going):
        """Refuse to cancel a bill that a later one follows.

        :param going: bills that are cancelled together with this one
        """
        later = self._search_posted(
            Domain("period_to", ">", self.period_to) & Domain("id", "not in", going.ids),
            order="period_to desc",
            limit=1,
        )
        if later:
            raise UserError(
                self.env._(
                    "Cancel bill %(later)s first: it begins where %(bill)s ends.",
                    later=later.name,
                    bill=self.name,
                )
            )

    def _search_posted(self, domain, **options):
        """The posted bills of this bill's supply point in a domain."""
        self.ensure_one()
        return self.search(
            Domain("supply_point_id", "=", self.supply_point_id.id)
            & Domain("state", "=", "posted")
            & domain,
            **options,
        )

    def _create_credit_note(self, reason):
        self.ensure_one()
        return self.move_id._reverse_moves(
            [
                {
                    "ref": self.env._(
                        "Cancels %(number)s: %(reason)s", number=self.move_id.name, reason=reason
                    ),
                    "invoice_date": self.env.company._get_power_today(),
                    "power_bill_id": False,
                }
            ],
            cancel=True,
        )

    # === Navigation === #

    def action_view_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": self.move_id.id,
        }
