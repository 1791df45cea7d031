from odoo import api, fields, models
from odoo.exceptions import UserError


class ContractContract(models.Model):
    """What its customer asks about a contract."""

    _inherit = "contract.contract"

    request_ids = fields.One2many("power.contract.request", "contract_id", string="Requests")
    open_request_count = fields.Integer(
        string="Open requests", compute="_compute_open_request_count"
    )

    @api.depends("request_ids.state")
    def _compute_open_request_count(self):
        for contract in self:
            requests = contract.request_ids.filtered(lambda request: request.state == "open")
            contract.open_request_count = len(requests)

    def _ask_request(self, kind, text, day=None, partner=None):
        """Keep what the customer asks; who answers gets an activity with the deadline.

        :param str kind: ``change`` or ``end``
        :param day: date from which, or last day of the contract
        :raises UserError: where the contract is over, the day has passed or one waits already
        :rtype: power.contract.request
        """
        self.ensure_one()
        today = self.env.company._get_power_today()
        if self.state not in self._STATES_IN_FORCE:
            raise UserError(self.env._("%(contract)s is over.", contract=self.display_name))
        if day and day < today or kind == "end" and not day:
            raise UserError(self.env._("Choose a day to come."))
        if self.request_ids.filtered(lambda item: item.kind == kind and item.state == "open"):
            raise UserError(self.env._("Such a request waits for its answer already."))
        user = self.user_id or self.company_id._get_power_answer_user(self.partner_id)
        request = self.env["power.contract.request"].create(
            {
                "contract_id": self.id,
                "kind": kind,
                "text": text,
                "date_wished": day,
                "asked_by_id": (partner or self.partner_id).id,
                "date_asked": today,
                "deadline": self.company_id._get_power_answer_day(),
                "user_id": user.id,
            }
        )
        if user:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=request.deadline,
                user_id=user.id,
                summary=request._get_kind_label(user.lang),
                note=text,
            )
        return request
