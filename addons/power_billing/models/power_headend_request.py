import json
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
    key = fields.Char(string="Idempotency key", readonly=True)
    digest = fields.Char(readonly=True)
    answer = fields.Text(readonly=True)
    accepted = fields.Integer(readonly=True)
    held = fields.Integer(readonly=True)
    refused = fields.Integer(readonly=True)
    problems = fields.Html(
        string="Held and refused readings", compute="_compute_problems", sanitize=False
    )

    _key_uniq = models.UniqueIndex(
        "(headend_id, key) WHERE key IS NOT NULL", "The head-end already used this key."
    )

    @api.depends("headend_id", "create_date")
    def _compute_display_name(self):
        for request in self:
            day = fields.Datetime.to_string(request.create_date) or ""
            request.display_name = f"{request.headend_id.name or ''} · {day}"

    @api.depends("answer")
    def _compute_problems(self):
        for request in self:
            rows = json.loads(request.answer or "{}").get("rows", [])
            problems = [row for row in rows if row["status"] != "accepted"]
            request.problems = problems and self.env["ir.qweb"]._render(
                "power_billing.headend_problems", {"rows": problems}
            )

    @api.autovacuum
    def _gc_requests(self):
        limit = fields.Datetime.now() - timedelta(days=_KEPT_DAYS)
        self.sudo().search([("create_date", "<", limit)], limit=10000).unlink()
