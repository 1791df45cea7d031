import hashlib
from datetime import timedelta

from odoo import api, fields, models


class PowerIntakeHit(models.Model):
    """Counts what comes from one number or one network address; the sender itself is not kept."""

    _name = "power.intake.hit"
    _description = "Count of public requests"

    key = fields.Char(required=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now)

    _key_idx = models.Index("(key, date)")

    @api.model
    def _allow(self, kind, sender, limit):
        """Count one more request and tell whether the sender is within its limit of an hour."""
        if not sender or limit <= 0:
            return True
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        key = hashlib.sha256(f"{secret}|{kind}|{sender}".encode()).hexdigest()
        hits = self.sudo()
        since = fields.Datetime.now() - timedelta(hours=1)
        if hits.search_count([("key", "=", key), ("date", ">", since)], limit=limit) >= limit:
            return False
        hits.create({"key": key})
        return True

    @api.autovacuum
    def _gc_hits(self):
        limit = fields.Datetime.now() - timedelta(hours=2)
        self.sudo().search([("date", "<", limit)], limit=10000).unlink()
