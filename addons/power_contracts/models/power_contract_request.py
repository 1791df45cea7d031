from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class PowerContractRequest(models.Model):
    """What a customer asks about its contract: another scope, or its end; answered by a day."""

    _name = "power.contract.request"
    _description = "Request about a contract"
    _inherit = ["power.state.mixin"]
    _order = "date_asked desc, id desc"
    _rec_name = "contract_id"
    _check_company_auto = True

    _TRANSITIONS = {
        "open": ("agreed", "refused", "withdrawn"),
        "agreed": (),
        "refused": (),
        "withdrawn": (),
    }

    contract_id = fields.Many2one(
        "contract.contract",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True, string="Customer")
    kind = fields.Selection(
        [("change", "Change the contract"), ("end", "End the contract")],
        string="What",
        required=True,
        readonly=True,
    )
    date_wished = fields.Date(string="From", readonly=True, help="For an end: its last day.")
    text = fields.Text(string="Wish", required=True, readonly=True)
    asked_by_id = fields.Many2one(
        "res.partner", string="Asked by", readonly=True, ondelete="restrict"
    )
    date_asked = fields.Date(string="Asked on", required=True, readonly=True)
    deadline = fields.Date(string="Answer by", required=True, index=True)
    user_id = fields.Many2one("res.users", string="Answered by", domain="[('share', '=', False)]")
    state = fields.Selection(
        [
            ("open", "Waiting for an answer"),
            ("agreed", "Agreed"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
        ],
        string="Status",
        required=True,
        default="open",
        index=True,
    )
    answer = fields.Text(help="Told to the customer.")
    date_answered = fields.Date(string="Answered on", readonly=True)
    is_late = fields.Boolean(string="Late", compute="_compute_is_late", search="_search_is_late")

    _open_uniq = models.UniqueIndex(
        "(contract_id, kind) WHERE state = 'open'",
        "This contract has such a request already that waits for its answer.",
    )

    @api.depends("state", "deadline")
    def _compute_is_late(self):
        today = self.env.company._get_power_today()
        for request in self:
            request.is_late = request.state == "open" and request.deadline < today

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "=", "open") & Domain(
            "deadline", "<", self.env.company._get_power_today()
        )
        return Domain.TRUE if set(value) == {True, False} else late

    def _check_state_move(self, target):
        result = super()._check_state_move(target)
        silent = self.filtered(lambda request: not (request.answer or "").strip())
        if target in ("agreed", "refused") and silent:
            raise UserError(
                self.env._(
                    "%(contract)s: write the answer that the customer is told first.",
                    contract=silent[0].contract_id.display_name,
                )
            )
        return result

    def _prepare_state_vals(self, target):
        return {"date_answered": self.env.company._get_power_today()}

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        for request in self:
            label = request._get_kind_label(request.user_id.lang)
            activities = request.contract_id.sudo().activity_ids
            activities.filtered(
                lambda item, user=request.user_id, label=label: (
                    item.user_id == user and item.summary == label
                )
            ).action_feedback(feedback=request.answer or "")
            if target != "withdrawn":
                request._tell_answer()
        return result

    def _get_kind_label(self, lang):
        """Return the words for what is asked, in a language."""
        words = self.with_context(lang=lang or self.env.lang)
        return dict(words._fields["kind"]._description_selection(words.env))[self.kind]

    def _tell_answer(self):
        """Mail the answer to who asked."""
        self.ensure_one()
        lang = self.asked_by_id.lang
        words = self.with_context(lang=lang)
        self.contract_id.sudo().message_post(
            body=words.env._(
                "Your request “%(kind)s”: %(state)s. %(answer)s",
                kind=self._get_kind_label(lang),
                state=words._get_state_label(self.state),
                answer=self.answer,
            ),
            partner_ids=self.asked_by_id.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def action_agree(self):
        """Agree; for an end, go on to what it takes to terminate the contract."""
        self.ensure_one()
        self._set_state("agreed")
        if self.kind == "change":
            return True
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_contracts.power_contract_stop_action"
        )
        return {
            **action,
            "context": {
                "default_contract_id": self.contract_id.id,
                "default_action": "terminate",
                "default_date": self.date_wished,
                "default_reason": self.text,
            },
        }

    def action_refuse(self):
        return self._set_state("refused")
