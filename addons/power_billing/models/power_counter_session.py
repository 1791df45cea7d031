from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class PowerCounterSession(models.Model):
    """A clerk's drawer from opening to the day close that finance approves."""

    _name = "power.counter.session"
    _description = "Counter Session"
    _inherit = ["power.state.mixin", "mail.thread"]
    _order = "date_open desc, id desc"
    _check_company_auto = True

    _TRANSITIONS = {
        "open": ("counted",),
        "counted": ("open", "closed"),
        "closed": (),
    }

    _FROZEN_FIELDS = frozenset(
        {"user_id", "journal_id", "other_journal_ids", "cash_opening", "difference_reason"}
    )

    name = fields.Char(required=True, readonly=True, default="/", copy=False, index="trigram")
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Clerk",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Cash drawer",
        required=True,
        check_company=True,
        domain="[('type', '=', 'cash')]",
        default=lambda self: self.env.company.sudo().power_counter_journal_id,
    )
    other_journal_ids = fields.Many2many(
        comodel_name="account.journal",
        string="Card and others",
        check_company=True,
        domain="[('type', 'in', ('bank', 'credit'))]",
        default=lambda self: self.env.company.sudo().power_counter_card_journal_ids,
        help="Journals of the card terminal and other ways to pay at this counter.",
    )
    cash_opening = fields.Monetary(string="Cash at opening")
    date_open = fields.Datetime(
        string="Opened", required=True, readonly=True, default=fields.Datetime.now
    )
    date_counted = fields.Datetime(string="Counted on", readonly=True, copy=False)
    date_closed = fields.Datetime(string="Closed on", readonly=True, copy=False)
    approved_by_id = fields.Many2one(
        comodel_name="res.users", string="Approved by", readonly=True, copy=False
    )
    difference_reason = fields.Char(
        string="Reason of the difference", copy=False, help="Required when the count differs."
    )
    state = fields.Selection(
        selection=[("open", "Taking payments"), ("counted", "To approve"), ("closed", "Closed")],
        required=True,
        default="open",
        readonly=True,
        index=True,
        tracking=True,
    )
    line_ids = fields.One2many(
        comodel_name="power.counter.session.line",
        inverse_name="session_id",
        string="Count",
        copy=False,
    )
    receipt_ids = fields.One2many(
        comodel_name="power.counter.receipt",
        inverse_name="session_id",
        string="Receipts",
        readonly=True,
    )
    receipt_count = fields.Integer(string="Receipts count", compute="_compute_totals")
    amount_taken = fields.Monetary(string="Taken", compute="_compute_totals")
    difference = fields.Monetary(compute="_compute_difference", store=True)

    _open_uniq = models.UniqueIndex(
        "(user_id, journal_id) WHERE state = 'open'",
        "This clerk has an open session of this drawer already.",
    )
    _opening_positive = models.Constraint(
        "CHECK (cash_opening >= 0)", "The cash at opening cannot be negative."
    )

    @api.depends("receipt_ids.state", "receipt_ids.amount")
    def _compute_totals(self):
        groups = self.env["power.counter.receipt"]._read_group(
            [("session_id", "in", self.ids), ("state", "=", "done")],
            ["session_id"],
            ["__count", "amount:sum"],
        )
        sums = {session.id: (count, amount) for session, count, amount in groups}
        for session in self:
            session.receipt_count, session.amount_taken = sums.get(session.id, (0, 0.0))

    @api.depends("line_ids.difference")
    def _compute_difference(self):
        for session in self:
            session.difference = sum(session.line_ids.mapped("difference"))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["state"] = "open"
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("power.counter.session")
        sessions = super().create(vals_list)
        for session in sessions:
            session._create_lines()
        return sessions

    def write(self, vals):
        if self._FROZEN_FIELDS & vals.keys():
            self._check_open()
        return super().write(vals)

    def _check_open(self):
        for session in self.filtered(lambda session: session.state != "open"):
            raise UserError(
                self.env._(
                    "%(session)s is handed in. Let finance reopen it to change the count.",
                    session=session.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.receipt_ids:
            raise UserError(self.env._("A session with receipts stays; close it instead."))

    def _create_lines(self):
        self.line_ids = [
            Command.create({"journal_id": journal.id, "is_cash": journal == self.journal_id})
            for journal in self.journal_id | self.other_journal_ids
        ]

    # === Taking === #

    @api.model
    def _get_own_open(self):
        return self.search(
            [
                ("user_id", "=", self.env.uid),
                ("state", "=", "open"),
                ("company_id", "=", self.env.company.id),
            ],
            limit=1,
        )

    def action_take_payment(self):
        """Open the counter's form, or a new session when the user has none."""
        session = self if len(self) == 1 else self._get_own_open()
        if not session:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Open the counter"),
                "res_model": self._name,
                "view_mode": "form",
                "views": [(False, "form")],
            }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take a payment"),
            "res_model": "power.counter.payment",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_session_id": session.id},
        }

    def _check_may_take(self):
        """Refuse money outside an open session of the user's own.

        :raises UserError: with what to do
        """
        self.ensure_one()
        if self.state != "open" or self.user_id != self.env.user:
            raise UserError(
                self.env._(
                    "Session %(session)s is not open for you. Open your own under Money › "
                    "Counter sessions.",
                    session=self.name,
                )
            )

    # === Day close === #

    def action_count(self):
        """Hand in the count; what is expected and counted stays as it is from here."""
        self._set_state("counted")

    def action_reopen(self):
        self._set_state("open")

    def action_approve(self):
        """Approve the day close."""
        self._set_state("closed")

    def _check_state_move(self, target):
        """The clerk hands in; finance reopens and approves, never its own session."""
        result = super()._check_state_move(target)
        for session in self:
            if target == "counted":
                session._require_reason()
            else:
                session._require_finance()
            if target == "closed" and session.user_id == self.env.user:
                raise UserError(
                    self.env._(
                        "%(session)s is your own session; somebody else has to approve it.",
                        session=session.name,
                    )
                )
        return result

    def _require_reason(self):
        differs = any(not self.currency_id.is_zero(line.difference) for line in self.line_ids)
        if differs and not (self.difference_reason or "").strip():
            raise UserError(
                self.env._(
                    "The count differs from what is expected by %(difference)s. Count again, or "
                    "give the reason of the difference.",
                    difference=f"{self.difference:.2f}",
                )
            )

    def _require_finance(self):
        if not self.env.user.has_group("power_crm.group_finance"):
            raise UserError(self.env._("Only finance may do this."))

    def _prepare_state_vals(self, target):
        now = fields.Datetime.now()
        return {
            "open": {"date_counted": False},
            "counted": {"date_counted": now},
            "closed": {"date_closed": now, "approved_by_id": self.env.uid},
        }[target]

    def action_print(self):
        return self.env.ref("power_billing.action_report_counter_session").report_action(self)

    def action_view_receipts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_billing.power_counter_receipt_action"
        )
        return {**action, "domain": [("session_id", "=", self.id)], "context": {}}
