from datetime import timedelta

from odoo import api, fields, models

_KEPT_DAYS = 90


class PowerHeadendRequest(models.Model):
    """A batch that a head-end sent, with the answer it got."""

    _name = "power.headend.request"
    _description = "Batch of a Head-End"
    _order = "id desc"

    headend_id = fields.Many2one(
        comodel_name="power.headend", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="headend_id.company_id", store=True, index=True)
    key = fields.Char(string="Idempotency Key", readonly=True)
    digest = fields.Char(readonly=True)
    answer = fields.Text(readonly=True)
    accepted = fields.Integer(readonly=True)
    held = fields.Integer(readonly=True)
    refused = fields.Integer(readonly=True)

    _key_uniq = models.UniqueIndex(
        "(headend_id, key) WHERE key IS NOT NULL", "The head-end already used this key."
    )

    @api.autovacuum
    def _gc_requests(self):
        limit = fields.Datetime.now() - timedelta(days=_KEPT_DAYS)
        self.sudo().search([("create_date", "<", limit)], limit=10000).unlink()
