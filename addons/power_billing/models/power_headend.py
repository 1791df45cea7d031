import hashlib
import json

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class PowerHeadend(models.Model):
    """A system that sends readings over ``/power/api/readings``."""

    _name = "power.headend"
    _description = "Head-End"
    _inherit = ["power.sender.mixin"]
    _order = "name, id"

    batch_limit = fields.Integer(
        string="Readings a call", default=5000, help="A larger batch is refused."
    )
    request_ids = fields.One2many(
        comodel_name="power.headend.request", inverse_name="headend_id", string="Batches"
    )
    last_date = fields.Datetime(string="Last batch", compute="_compute_last_date")

    _token_uniq = models.UniqueIndex("(token_hash)", "Another head-end has this token.")
    _limit_positive = models.Constraint(
        "CHECK (batch_limit > 0)", "A call must be allowed at least one reading."
    )

    def _compute_last_date(self):
        groups = dict(
            self.env["power.headend.request"]._read_group(
                [("headend_id", "in", self.ids)], ["headend_id"], ["create_date:max"]
            )
        )
        for headend in self:
            headend.last_date = groups.get(headend, False)

    # === Receiving === #

    def _receive(self, items, key, body):
        """Take a batch of readings; the same key with the same body gets the same answer.

        :param list items: the readings as plain data
        :param str key: the sender's idempotency key, or nothing
        :param bytes body: what was sent, to know it again
        :return: the answer as plain data: ``accepted``, ``held``, ``refused`` and ``rows``
        :raises UserError: when the key was used for another body
        """
        self.ensure_one()
        digest = hashlib.sha256(body).hexdigest()
        if key:
            self._lock_key(key)
            known = self.env["power.headend.request"].search(
                [("headend_id", "=", self.id), ("key", "=", key)], limit=1
            )
            if known and known.digest != digest:
                raise UserError(
                    self.env._("The idempotency key “%s” was used for another batch.", key)
                )
            if known:
                return json.loads(known.answer)
        answer = self.env["power.reading.import"]._take_batch(self, items)
        self.env["power.headend.request"].create(
            {
                "headend_id": self.id,
                "key": key or False,
                "digest": digest,
                "answer": json.dumps(answer, ensure_ascii=False),
                **{name: answer[name] for name in ("accepted", "held", "refused")},
            }
        )
        return answer

    def _lock_key(self, key):
        """Let the same batch sent twice at once be taken one after the other."""
        self.env.cr.execute(
            SQL("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", key, self.id)
        )
