from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.power_crm.tools.batches import in_halves

_USUAL_TIME = time(9, 0)
_REPORTED = {
    "contract_id",
    "contract_line_id",
    "equipment_ids",
    "test_ids",
    "date_done",
    "result",
    "recommendation",
    "signed_by",
    "signature",
}


class PowerContractVisit(models.Model):
    """A visit that a contract owes, or a call taken under it: planned, done, and what was found."""

    _name = "power.contract.visit"
    _description = "Contract visit"
    _inherit = [
        "power.appointment.mixin",
        "power.customer.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "portal.mixin",
    ]
    _order = "date_planned desc, id desc"
    _check_company_auto = True

    _TRANSITIONS = {
        "planned": ("done", "missed", "refused", "cancelled"),
        "missed": ("planned",),
        "refused": ("planned",),
        "cancelled": ("planned",),
        "done": (),
    }

    name = fields.Char(string="Visit number", readonly=True, copy=False, index="trigram")
    contract_id = fields.Many2one(
        "contract.contract", required=True, index=True, ondelete="restrict", check_company=True
    )
    contract_line_id = fields.Many2one(
        "contract.line",
        string="Service",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('contract_id', '=', contract_id), ('display_type', '=', False)]",
    )
    origin = fields.Selection(
        [("plan", "Planned by the contract"), ("call", "On call")],
        required=True,
        default="call",
        readonly=True,
    )
    equipment_ids = fields.Many2many(
        "power.equipment",
        "power_contract_visit_equipment_rel",
        "visit_id",
        "equipment_id",
        domain="[('partner_id', '=', partner_id)]",
        check_company=True,
    )
    date_due = fields.Date(
        string="Due from",
        required=True,
        default=lambda self: self.env.company._get_power_today(),
        index=True,
    )
    deadline = fields.Date(
        string="Due until", compute="_compute_deadline", store=True, readonly=False, index=True
    )
    date_planned = fields.Datetime(
        compute="_compute_date_planned", store=True, readonly=False, precompute=True
    )
    duration = fields.Float(default=2.0)
    user_id = fields.Many2one(string="Done by", default=False)
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("done", "Done"),
            ("missed", "Missed"),
            ("refused", "Refused by the customer"),
            ("cancelled", "Called off"),
        ],
        string="Status",
        required=True,
        default="planned",
        index=True,
        tracking=True,
        group_expand=True,
    )
    is_late = fields.Boolean(string="Late", compute="_compute_is_late", search="_search_is_late")
    test_ids = fields.One2many("power.equipment.test", "visit_id", string="Check list")
    open_test_count = fields.Integer(string="Checks to do", compute="_compute_test_counts")
    failed_test_count = fields.Integer(string="Checks failed", compute="_compute_test_counts")
    defect_ids = fields.One2many("power.defect", "contract_visit_id", string="Defects found")
    result = fields.Text(string="Report", tracking=True, help="What was done and found.")
    recommendation = fields.Text(tracking=True, help="What the customer should do next.")
    signed_by = fields.Char(string="Signed by", copy=False)
    signature = fields.Image(copy=False, attachment=True, max_width=1024, max_height=1024)
    proposed_date = fields.Date(string="Customer proposes", copy=False, tracking=True)
    proposed_by_id = fields.Many2one(
        "res.partner", string="Proposed by", copy=False, ondelete="set null"
    )
    proposed_note = fields.Char(string="Customer's note", copy=False)
    invoice_line_id = fields.Many2one(
        "account.move.line", string="Invoiced by", copy=False, readonly=True, ondelete="set null"
    )
    color = fields.Integer(compute="_compute_color")

    _plan_uniq = models.UniqueIndex(
        "(contract_line_id, date_due) WHERE origin = 'plan'",
        "This visit of the contract is planned already.",
    )

    @api.model
    def _get_customer_origin_fields(self):
        return ["contract_id", *super()._get_customer_origin_fields()]

    @api.model
    def _get_customer_owned_fields(self):
        remedy = self.env._("Choose equipment of this customer.")
        return {"equipment_ids": remedy, **super()._get_customer_owned_fields()}

    @api.depends("date_due")
    def _compute_deadline(self):
        for visit in self:
            visit.deadline = visit.deadline or visit.date_due

    @api.depends("date_due")
    def _compute_date_planned(self):
        for visit in self:
            if not visit.date_planned and visit.date_due:
                visit.date_planned = visit._get_usual_moment(visit.date_due)

    def _get_usual_moment(self, day):
        """Hook: the moment (UTC) of ``day`` at which a visit is planned: as now, or at nine.

        The day and the time of day are those of the utility.
        """
        company = self.company_id or self.env.company
        clock = company._to_power_time(self.date_planned or fields.Datetime.now())
        at = clock.time() if self.date_planned else _USUAL_TIME
        moment = datetime.combine(day, at, clock.tzinfo)
        return moment.astimezone(UTC).replace(tzinfo=None)

    @api.depends("state", "deadline")
    def _compute_is_late(self):
        today = self.env.company._get_power_today()
        for visit in self:
            visit.is_late = bool(
                visit.state in ("planned", "missed") and visit.deadline and visit.deadline < today
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._get_power_today()
        return [("state", "in", ("planned", "missed")), ("deadline", "<", today)]

    @api.depends("test_ids.outcome", "test_ids.verdict")
    def _compute_test_counts(self):
        for visit in self:
            visit.open_test_count = len(visit.test_ids.filtered(lambda t: t.outcome == "open"))
            visit.failed_test_count = len(visit.test_ids.filtered(lambda t: t.verdict == "fail"))

    @api.depends("state")
    def _compute_color(self):
        colors = {"planned": 4, "done": 10, "missed": 1, "refused": 2, "cancelled": 0}
        for visit in self:
            visit.color = colors.get(visit.state, 0)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for visit in self:
            visit.access_url = f"/my/power/visits/{visit.id}"
        return result

    @api.constrains("contract_id", "contract_line_id")
    def _check_of_contract(self):
        for visit in self:
            if visit.contract_line_id.contract_id != visit.contract_id:
                raise ValidationError(
                    self.env._(
                        "%(visit)s: the service “%(service)s” is not one of %(contract)s.",
                        visit=visit.name,
                        service=visit.contract_line_id.name,
                        contract=visit.contract_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.setdefault("name", self.env["ir.sequence"].next_by_code("power.contract.visit"))
        visits = super().create(vals_list)
        visits._check_calls_left()
        visits._prepare_check_lists()
        return visits

    def write(self, vals):
        if _REPORTED & vals.keys():
            self._check_not_reported()
        return super().write(vals)

    def _check_not_reported(self):
        """Refuse to change what the customer has signed and got as a report."""
        for visit in self.filtered(lambda visit: visit.state == "done"):
            raise UserError(
                self.env._(
                    "%(visit)s is done and its report is with the customer: it stays as it is. "
                    "Write a note what is to be corrected.",
                    visit=visit.name,
                )
            )

    def _is_customer_owned(self, owned):
        """The contract of a company covers what its branches own."""
        return owned.partner_id.commercial_partner_id == self.partner_id.commercial_partner_id

    # === CALLS === #

    def _check_calls_left(self):
        """Refuse a call that the contract does not include any more."""
        for visit in self.filtered(lambda visit: visit.origin == "call"):
            line = visit.contract_line_id
            taken = line._count_calls(visit.date_due)
            if not line.calls_unlimited and taken > line.calls_included:
                raise UserError(
                    self.env._(
                        "%(contract)s: “%(service)s” includes %(included)s calls a year and all "
                        "are taken. Quote this job.",
                        contract=visit.contract_id.display_name,
                        service=line.name,
                        included=line.calls_included,
                    )
                )

    # === CHECK LIST === #

    def _prepare_check_lists(self):
        """Put on the list what the kind of the equipment asks for and what falls due by then.

        A test that falls due stands on one list, that of the first visit.
        """
        listed = self._get_listed_tests()
        vals_list = []
        for visit in self.sorted("date_due"):
            for equipment in visit.equipment_ids:
                vals_list += visit._prepare_check_vals_list(equipment, listed)
        return self.env["power.equipment.test"].sudo().create(vals_list)

    def _get_listed_tests(self):
        """Return {(equipment id, test type id)} still to do on the lists of planned visits."""
        groups = (
            self.env["power.equipment.test"]
            .sudo()
            ._read_group(
                [
                    ("equipment_id", "in", self.equipment_ids.ids),
                    ("outcome", "=", "open"),
                    ("visit_id.state", "=", "planned"),
                ],
                ["equipment_id", "type_id"],
            )
        )
        return {(equipment.id, test_type.id) for equipment, test_type in groups}

    def _prepare_check_vals_list(self, equipment, listed):
        """Hook: checks of one piece of equipment: those of every visit, and those due.

        :param set listed: (equipment id, test type id) on another list; what is put on is added
        """
        self.ensure_one()
        rules = self.env["power.test.rule"].sudo()._get_in_force(equipment.kind_id, self.date_due)
        due = equipment.sudo().due_ids.filtered(
            lambda item: (
                item.date_due <= (self.deadline or self.date_due)
                and (equipment.id, item.type_id.id) not in listed
            )
        )
        listed.update((equipment.id, test_type.id) for test_type in due.type_id)
        wanted = rules.filtered(lambda rule: not rule.months).type_id | due.type_id
        known = self.test_ids.filtered(lambda test: test.equipment_id == equipment).type_id
        return [
            {
                "visit_id": self.id,
                "equipment_id": equipment.id,
                "type_id": test_type.id,
                "date": False,
                "outcome": "open",
                "user_id": self.user_id.id,
            }
            for test_type in wanted - known
        ]

    def _drop_tests_done(self):
        """What these visits have tested is not asked for again by lists made before."""
        tests = self.env["power.equipment.test"].sudo()
        open_tests = tests.search(
            [
                ("equipment_id", "in", self.test_ids.equipment_id.ids),
                ("outcome", "=", "open"),
                ("visit_id.state", "=", "planned"),
            ]
        )
        for test in open_tests:
            due = test.equipment_id.due_ids.filtered(lambda item, t=test: item.type_id == t.type_id)
            if due and due.date_due > test.visit_id.deadline:
                tests += test
        tests.unlink()

    def _hand_on_tests(self):
        """What visits that did not happen leave undone goes on the list of the next one."""
        planned = self.search(
            [("equipment_ids", "in", self.equipment_ids.ids), ("state", "=", "planned")]
        )
        planned.sudo()._prepare_check_lists()

    def action_fill_check_list(self):
        self._prepare_check_lists()
        return True

    # === STATES === #

    def _check_state_move(self, target):
        result = super()._check_state_move(target)
        if target == "done":
            self._check_doable()
        return result

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        if target == "done":
            self._drop_tests_done()
        elif target == "planned":
            self._check_calls_left()
        else:
            self._hand_on_tests()
        return result

    def _check_doable(self):
        for visit in self:
            if visit.open_test_count:
                raise UserError(
                    self.env._(
                        "%(visit)s: %(count)s checks are still to do. Enter what was measured, or "
                        "mark them as not possible with the reason.",
                        visit=visit.name,
                        count=visit.open_test_count,
                    )
                )
            if visit.date_done and visit.date_done > self.env.company._get_power_today():
                raise UserError(
                    self.env._("%(visit)s cannot be done on a coming day.", visit=visit.name)
                )

    def _prepare_state_vals(self, target):
        vals = super()._prepare_state_vals(target)
        return {**vals, "proposed_date": False} if target == "done" else vals

    def action_done(self):
        self._set_state("done")
        self._send_report()
        return True

    def action_refuse(self):
        return self._set_state("refused")

    def action_cancel(self):
        return self._set_state("cancelled")

    def action_plan_anew(self):
        """Ask for the new day of a visit that did not happen."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan anew"),
            "res_model": "power.contract.visit.replan",
            "view_mode": "form",
            "target": "new",
            "context": {"default_visit_id": self.id},
        }

    def action_replan(self, moment=None, deadline=None):
        """Plan visits again.

        :param datetime moment: UTC; by default the moment before, or tomorrow when it has passed
        :param date deadline: the last day, by default the one before or that of ``moment``
        """
        for visit in self:
            when = moment or visit._get_coming_moment()
            day = visit.company_id._to_power_time(when).date()
            visit._set_state(
                "planned", date_planned=when, deadline=deadline or max(visit.deadline, day)
            )
            visit._close_activities()
        return True

    def _get_coming_moment(self):
        """The planned moment, or tomorrow at the same time when it has passed."""
        self.ensure_one()
        if self.date_planned > fields.Datetime.now():
            return self.date_planned
        return self._get_usual_moment(self.company_id._get_power_today() + timedelta(days=1))

    def _close_activities(self):
        self.sudo().activity_feedback(["mail.mail_activity_data_todo"])

    def action_accept_proposal(self):
        """Plan the visit on the day the customer proposes, at the same time of day; tell it."""
        for visit in self.filtered("proposed_date"):
            visit.date_planned = visit._get_usual_moment(visit.proposed_date)
            visit._answer_proposal(
                visit._for_customer().env._(
                    "Your day suits us: %(visit)s is planned for %(day)s.",
                    visit=visit.name,
                    day=visit._format_planned_day(),
                )
            )
        return True

    def action_keep_day(self):
        """The day the customer proposes cannot be; it is told that the planned one stays."""
        for visit in self.filtered("proposed_date"):
            visit._answer_proposal(
                visit._for_customer().env._(
                    "Your day cannot be arranged: %(visit)s stays planned for %(day)s.",
                    visit=visit.name,
                    day=visit._format_planned_day(),
                )
            )
        return True

    def _answer_proposal(self, text):
        """Tell who proposed another day, or the customer, and close what waited for it."""
        self.ensure_one()
        self.message_post(
            body=text,
            partner_ids=(self.proposed_by_id or self.partner_id).ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.write({"proposed_date": False, "proposed_note": False, "proposed_by_id": False})
        self._close_activities()

    def _for_customer(self):
        """The visit in the language of its customer."""
        self.ensure_one()
        return self.with_context(lang=self.partner_id.lang or self.env.lang)

    def _format_planned_day(self):
        day = self.company_id._to_power_time(self.date_planned).date()
        return format_date(self._for_customer().env, day)

    def _propose(self, day, note="", partner=None):
        """The customer asks for another day; the person responsible is told.

        :param partner: who asks and is answered, the customer itself by default
        :raises UserError: when the visit is not planned any more or the day has passed
        """
        self.ensure_one()
        if self.state != "planned":
            raise UserError(self.env._("%(visit)s is not planned any more.", visit=self.name))
        if day < self.env.company._get_power_today():
            raise UserError(self.env._("Propose a day to come."))
        self.write(
            {
                "proposed_date": day,
                "proposed_note": note or False,
                "proposed_by_id": partner.id if partner else False,
            }
        )
        user = self.user_id or self.contract_id.user_id
        if user:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=self.with_context(lang=user.lang).env._(
                    "The customer proposes %(day)s", day=fields.Date.to_string(day)
                ),
            )

    @api.model
    def _mark_missed(self):
        """A visit still planned after its last day is missed; somebody must plan it anew."""
        # The day of each utility is its own: none is a day ahead of another's tomorrow.
        tomorrow = fields.Date.today() + timedelta(days=1)
        late = self.search([("state", "=", "planned"), ("deadline", "<", tomorrow)])
        late = late.filtered(
            lambda visit: (
                visit.deadline < visit.company_id._get_power_today()
                and visit.date_planned < fields.Datetime.now()
            )
        )
        in_halves(
            late, type(self)._miss, lambda visit, error: visit.contract_id._ask_to_mend(error)
        )

    def _miss(self):
        for visit in self:
            visit._set_state("missed")
            user = visit.contract_id.user_id or visit.user_id
            if user:
                visit.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=visit.with_context(lang=user.lang).env._("Missed: plan it anew"),
                )

    def _send_report(self):
        template = self.env.ref("power_contracts.mail_template_visit_report")
        for visit in self:
            if not visit.partner_id.email:
                visit._message_log(
                    body=self.env._("The customer has no e-mail address: hand over the report.")
                )
                continue
            template.send_mail(visit.id, email_layout_xmlid="mail.mail_notification_light")
        # The customer waits for it at the gate, not for the hourly sending of mails.
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _get_report_base_filename(self):
        self.ensure_one()
        return self.env._("Visit report %(visit)s", visit=self.name)
