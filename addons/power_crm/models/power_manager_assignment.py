from odoo import api, fields, models


class PowerManagerAssignment(models.Model):
    """Who looked after what, and since when: written by the system, read by people."""

    _name = "power.manager.assignment"
    _description = "Account manager history"
    _order = "date desc, id desc"

    date = fields.Date(required=True, index=True)
    area_id = fields.Many2one("power.area", index="btree_not_null", ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="cascade"
    )
    from_user_id = fields.Many2one("res.users", string="From", ondelete="restrict")
    to_user_id = fields.Many2one("res.users", string="To", ondelete="restrict")
    reason = fields.Text()
    company_id = fields.Many2one("res.company", required=True, index=True)

    @api.depends("area_id", "partner_id", "date")
    def _compute_display_name(self):
        for assignment in self:
            subject = assignment.partner_id.display_name or assignment.area_id.display_name
            assignment.display_name = " ".join(
                filter(None, (subject, fields.Date.to_string(assignment.date)))
            )
