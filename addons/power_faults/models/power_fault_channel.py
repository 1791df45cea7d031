import hashlib
import secrets

from odoo import api, fields, models


class PowerFaultChannel(models.Model):
    """A system that reports over ``/power/api/faults``: an app, a mini program, a head-end."""

    _name = "power.fault.channel"
    _description = "Fault channel"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    kind = fields.Selection(
        [("api", "Other channel"), ("sms", "SMS"), ("meter", "Meter")],
        required=True,
        default="api",
    )
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    token_hash = fields.Char(copy=False, groups="base.group_system")
    token_hint = fields.Char(string="Token ends in", readonly=True, copy=False)
    token_date = fields.Datetime(string="Token of", readonly=True, copy=False)
    fault_ids = fields.One2many("power.fault", "channel_id", string="Faults")
    fault_count = fields.Integer(string="Reports", compute="_compute_fault_count")

    _token_uniq = models.UniqueIndex("(token_hash)", "Another channel has this token.")

    def _compute_fault_count(self):
        counts = dict(
            self.env["power.fault"]._read_group(
                [("channel_id", "in", self.ids)], ["channel_id"], ["__count"]
            )
        )
        for channel in self:
            channel.fault_count = counts.get(channel, 0)

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    def _renew_token(self):
        """Give the channel a new token; only its hash is kept.

        :return: the token, to be shown once
        """
        self.ensure_one()
        self.check_access("write")
        token = secrets.token_urlsafe(32)
        self.sudo().write(
            {
                "token_hash": self._hash(token),
                "token_hint": token[-4:],
                "token_date": fields.Datetime.now(),
            }
        )
        return token

    @api.model
    def _find_by_token(self, token):
        """Return the channel that a token belongs to, or none."""
        if not token:
            return self.browse()
        return self.sudo().search([("token_hash", "=", self._hash(token))], limit=1)

    def action_renew_token(self):
        """Show a new token once; the one before no longer works."""
        self.ensure_one()
        token = self._renew_token()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("New token: copy it now, it is shown only once"),
                "message": token,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_faults(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("power_faults.power_fault_action")
        return {**action, "domain": [("channel_id", "=", self.id)], "context": {}}
