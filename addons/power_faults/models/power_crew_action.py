import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

_MAX_PHOTO = 8 * 1024 * 1024
_MAX_TEXT = 2000


class PowerCrewAction(models.Model):
    """What a crew did on its telephone: sent once or many times, done once.

    The telephone gives each action a number of its own and keeps it until the server has
    answered, so that an action sent again after a broken connection changes nothing.
    """

    _name = "power.crew.action"
    _description = "Action of a crew's telephone"
    _order = "id desc"
    _rec_name = "action"

    key = fields.Char(required=True)
    user_id = fields.Many2one("res.users", required=True, index=True)
    fault_id = fields.Many2one("power.fault", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="fault_id.company_id", store=True, precompute=True)
    action = fields.Char(required=True)
    date_done = fields.Datetime(string="Done on the telephone")
    error = fields.Char()
    answer = fields.Text()

    _key_uniq = models.UniqueIndex("(user_id, key)", "This action was taken already.")

    @api.model
    def _take(self, key, fault, action, date_done, data):
        """Do an action unless it was done; return the answer, the same one each time.

        :param str key: the telephone's number of the action
        :param dict data: what the action brings along
        :return: {"ok": bool, "state": …, "error": …, "repeated": bool}
        """
        self.env.cr.execute(
            SQL("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", key, self.env.uid)
        )
        known = self.sudo().search([("user_id", "=", self.env.uid), ("key", "=", key)], limit=1)
        if known:
            return {**json.loads(known.answer), "repeated": True}
        error = False
        try:
            with self.env.cr.savepoint():
                self._do(fault, action, self._clamp(fault, date_done), data)
        except (UserError, ValidationError, AccessError) as problem:
            error = str(problem)
            fault.invalidate_recordset()
        answer = {"ok": not error, "error": error, "state": fault.sudo().state, "repeated": False}
        self.sudo().create(
            {
                "key": key,
                "user_id": self.env.uid,
                "fault_id": fault.id,
                "action": action,
                "date_done": date_done,
                "error": error,
                "answer": json.dumps(answer, ensure_ascii=False),
            }
        )
        return answer

    @api.model
    def _clamp(self, fault, date_done):
        """Return when it was done: never before the fault was dispatched, never in the future."""
        now = fields.Datetime.now()
        if not date_done:
            return now
        first = fault.sudo().date_dispatched or fault.sudo().date_reported
        return min(max(date_done, first), now)

    @api.model
    def _get_actions(self):
        """Hook: {name of an action: method of power.fault that does it}."""
        return {
            "take": "_crew_take",
            "arrive": "_crew_arrive",
            "check": "_crew_check",
            "part": "_crew_part",
            "photo": "_crew_photo",
            "note": "_crew_note",
            "restore": "_crew_restore",
            "hand_over": "_crew_hand_over",
        }

    @api.model
    def _do(self, fault, action, date_done, data):
        method = self._get_actions().get(action)
        if not method:
            raise UserError(self.env._("“%(action)s” is no action of a crew.", action=action))
        fault._check_crew_member()
        fault = fault.sudo().with_context(power_move_date=date_done)
        getattr(fault, method)(date_done, data)
