from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# what the customer said and was promised
_SAID = {"partner_id", "company_id", "result_id", "contact_id", "text", "date", "deadline"}
_ANSWER = {"answer", "user_id"}


class PowerGradingAppeal(models.Model):
    """A customer says its grade is wrong; a person answers within the time set."""

    _name = "power.grading.appeal"
    _description = "Appeal against a grade"
    _inherit = ["power.grading.gate", "mail.thread", "mail.activity.mixin"]
    _order = "state desc, deadline, id"
    _rec_name = "partner_id"

    _TRANSITIONS = {"open": ("accepted", "rejected"), "accepted": (), "rejected": ()}

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    result_id = fields.Many2one(
        "power.grading.result", string="Grade", required=True, index=True, ondelete="restrict"
    )
    letter = fields.Char(related="result_id.letter")
    scheme_id = fields.Many2one(related="result_id.scheme_id")
    contact_id = fields.Many2one("res.partner", string="Written by")
    text = fields.Text(string="What the customer says", required=True)
    date = fields.Date(default=lambda self: self.env.company._get_power_today(), required=True)
    deadline = fields.Date(
        compute="_compute_deadline", store=True, readonly=False, precompute=True, tracking=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Answered by",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    answer = fields.Text(tracking=True, help="The customer reads it on the portal.")
    state = fields.Selection(
        [("open", "To answer"), ("accepted", "Accepted"), ("rejected", "Rejected")],
        string="Status",
        required=True,
        default="open",
        index=True,
        tracking=True,
    )
    is_late = fields.Boolean(string="Late", compute="_compute_is_late", search="_search_is_late")

    _open_uniq = models.UniqueIndex(
        "(result_id) WHERE state = 'open'", "An appeal against this grade waits for its answer."
    )

    @api.depends("result_id")
    def _compute_company_id(self):
        for appeal in self:
            appeal.company_id = appeal.result_id.company_id or appeal.company_id

    @api.depends("date", "company_id")
    def _compute_deadline(self):
        for appeal in self:
            appeal.deadline = appeal.date and appeal.date + relativedelta(
                days=appeal.company_id.power_appeal_days
            )

    @api.depends("partner_id")
    def _compute_user_id(self):
        for appeal in self:
            appeal.user_id = appeal.user_id or appeal.partner_id._get_power_responsible(
                appeal.company_id
            )

    @api.depends("state", "deadline")
    def _compute_is_late(self):
        today = self.env.company._get_power_today()
        for appeal in self:
            appeal.is_late = (
                appeal.state == "open" and bool(appeal.deadline) and appeal.deadline < today
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "=", "open"), ("deadline", "<", "today")]

    @api.constrains("result_id", "partner_id", "company_id")
    def _check_result(self):
        for appeal in self:
            result = appeal.result_id
            if (result.partner_id, result.company_id) != (appeal.partner_id, appeal.company_id):
                raise ValidationError(
                    self.env._(
                        "%s: choose one of the customer's own grades.",
                        appeal.partner_id.display_name,
                    )
                )

    @api.constrains("result_id", "partner_id", "state")
    def _check_one_open(self):
        """One at a time against the grades of a scheme, however often it is graded anew."""
        for appeal in self.filtered(lambda appeal: appeal.state == "open"):
            rivals = self.search(
                [("partner_id", "=", appeal.partner_id.id), ("state", "=", "open")]
            )
            if rivals._filter_against(appeal.result_id) - appeal:
                raise ValidationError(
                    self.env._(
                        "%(customer)s: an appeal against the grade of “%(scheme)s” waits for its "
                        "answer already. Answer that one.",
                        customer=appeal.partner_id.display_name,
                        scheme=appeal.scheme_id.display_name,
                    )
                )

    def _filter_against(self, results):
        """Appeals against grades of the schemes of ``results``, whichever run found the grade."""
        schemes = {(result.family, result.company_id) for result in results}
        return self.filtered(lambda appeal: (appeal.result_id.family, appeal.company_id) in schemes)

    @api.model_create_multi
    def create(self, vals_list):
        appeals = super().create(vals_list)
        for appeal in appeals:
            appeal.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=appeal.deadline,
                user_id=appeal.user_id.id,
                summary=appeal.with_context(lang=appeal.user_id.lang).env._(
                    "Answer the appeal of %s", appeal.partner_id.name
                ),
            )
        return appeals

    def write(self, vals):
        if not self.env.su:
            self._check_open(set(vals))
        return super().write(vals)

    def _check_open(self, names):
        closed = self if names & _SAID else self.browse()
        if names & _ANSWER:
            closed |= self.filtered(lambda appeal: appeal.state != "open")
        for appeal in closed:
            raise UserError(
                self.env._(
                    "%s: what the customer said, the deadline and an answer given stay as they "
                    "are.",
                    appeal.partner_id.display_name,
                )
            )

    def _check_state_move(self, target):
        checked = super()._check_state_move(target)
        for appeal in self:
            if not (appeal.answer or "").strip():
                raise UserError(
                    self.env._(
                        "%s: write the answer first; the customer reads it on the portal.",
                        appeal.partner_id.display_name,
                    )
                )
        return checked

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        self.activity_feedback(["mail.mail_activity_data_todo"])
        for appeal in self:
            appeal._tell_answer()
        return result

    def _tell_answer(self):
        """Write the answer to whoever appealed, in its language; no reply is waited for."""
        contact = self.contact_id or self.partner_id
        appeal = self.with_context(lang=contact.lang)
        self.message_post(
            partner_ids=contact.ids,
            subtype_xmlid="mail.mt_note",
            subject=appeal.env._("Your appeal of %s has been answered", appeal.date),
            body=appeal.env._(
                "Your appeal against the grade “%(scheme)s”: %(state)s. %(answer)s",
                scheme=appeal.scheme_id.name,
                state=appeal._get_state_label(appeal.state),
                answer=appeal.answer,
            ),
        )

    def action_accept(self):
        """Accept: whoever may ask for the override that follows does so beside, else is told to.

        Grades that are not shown on customers have none.
        """
        self._set_state("accepted")
        shown = self.filtered("result_id.shown")
        if len(self) == 1 and shown and self.env["power.grading.override"].has_access("create"):
            return self.result_id.action_override()
        for appeal in shown:
            user = appeal.partner_id._get_power_responsible(appeal.company_id)
            appeal.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=appeal.with_context(lang=user.lang).env._(
                    "Ask for the override: the appeal of %s was accepted", appeal.partner_id.name
                ),
            )
        return True

    def action_reject(self):
        self._set_state("rejected")
