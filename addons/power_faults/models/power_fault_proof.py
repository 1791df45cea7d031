import secrets
from datetime import timedelta

from odoo import api, fields, models

_TOKEN_DAYS = 7


class PowerFaultProof(models.Model):
    """A question whether power is back, and its answer."""

    _name = "power.fault.proof"
    _description = "Proof that power is back"
    _order = "date_sent, id"
    _rec_name = "fault_id"

    fault_id = fields.Many2one("power.fault", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="fault_id.company_id", store=True, precompute=True)
    kind = fields.Selection(
        [
            ("customer", "Customer"),
            ("neighbour", "Neighbour"),
            ("meter", "Meter"),
            ("callback", "Call-back"),
        ],
        string="Asked",
        required=True,
        default="customer",
    )
    supply_point_id = fields.Many2one("power.supply.point", string="Supply point", index=True)
    token = fields.Char(
        copy=False,
        groups="base.group_system",
        default=lambda self: secrets.token_urlsafe(24),
    )
    date_sent = fields.Datetime(string="Asked on", required=True, default=fields.Datetime.now)
    date_expires = fields.Datetime(
        string="Answer until",
        default=lambda self: fields.Datetime.now() + timedelta(days=_TOKEN_DAYS),
    )
    answer = fields.Selection([("yes", "Power is back"), ("no", "Still without power")])
    date_answered = fields.Datetime(string="Answered on")
    note = fields.Char(string="Remark")
    user_id = fields.Many2one("res.users", string="Asked by", default=lambda self: self.env.user)

    _token_uniq = models.UniqueIndex("(token)", "Another question has this token.")

    def _get_url(self):
        """Return the address of the question; whoever holds it may answer it once."""
        self.ensure_one()
        return f"{self.fault_id.get_base_url()}/power/restored/{self.sudo().token}"

    @api.model
    def _find_by_token(self, token):
        if not token:
            return self.browse()
        return self.sudo().search([("token", "=", token)], limit=1)

    def _is_open(self):
        self.ensure_one()
        return (
            not self.answer
            and self.fault_id._is_answer_awaited(self.kind)
            and (not self.date_expires or self.date_expires >= fields.Datetime.now())
        )

    def _take_answer(self, answer, note=""):
        """Take an answer once; one that comes again, or too late, changes nothing.

        :param str answer: ``yes`` or ``no``
        :return: whether it counted
        """
        self.ensure_one()
        self.lock_for_update()
        self.fault_id.lock_for_update()
        if answer not in ("yes", "no") or not self._is_open():
            return False
        self.write(
            {
                "answer": answer,
                "date_answered": fields.Datetime.now(),
                "note": (note or "").strip()[:500],
            }
        )
        self.fault_id._judge_proofs()
        return True
