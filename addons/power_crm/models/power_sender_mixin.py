import hashlib
import secrets

from odoo import api, fields, models
from odoo.tools import SQL


class PowerSenderMixin(models.AbstractModel):
    """Another system that calls one of our addresses with a token; only the token's hash is kept.

    The model adds a unique index on ``token_hash``.
    """

    _name = "power.sender.mixin"
    _description = "System that calls with a token"
    _inherit = ["mail.thread", "power.joined.mixin"]
    # What a call reads of its sender and what that points to; a model adds its own.
    _SENDER_FIELDS = ("name", "company_id")

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    token_hash = fields.Char(copy=False, groups="base.group_system")
    token_hint = fields.Char(string="Token ends in", readonly=True, copy=False)
    token_date = fields.Datetime(string="Token of", readonly=True, copy=False)

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    def _renew_token(self):
        """Give the system a new token; the one before no longer works.

        :return: the token, to be shown once
        :raises AccessError: for who may not change the record
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

    def action_renew_token(self):
        """Show a new token once; the one before no longer works."""
        token = self._renew_token()
        wizard = self.env["power.sender.token"].create({"name": self.display_name})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New token"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
            "context": {"power_sender_token": token},
        }

    @api.model
    def _find_by_token(self, token):
        """Return the record that a token belongs to, or none."""
        if not token:
            return self.browse()
        own = SQL.identifier(self._table, "token_hash")
        active = SQL.identifier(self._table, "active")
        where = SQL("%s = %s AND %s", own, self._hash(token), active)
        self.flush_model(["active", "token_hash"])
        return self._search_joined(where, self._SENDER_FIELDS)

    @api.model
    def _find_by_header(self, header):
        """Return the record whose token is in an ``Authorization: Bearer …`` header, or none."""
        scheme, _space, token = (header or "").partition(" ")
        return self._find_by_token(token.strip() if scheme.lower() == "bearer" else "")
