from odoo import api, fields, models


class PowerTestDue(models.Model):
    """The next test of one kind on one piece of equipment; kept by the equipment itself."""

    _name = "power.test.due"
    _description = "Test due"
    _order = "date_due, id"

    equipment_id = fields.Many2one(
        "power.equipment", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="equipment_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="equipment_id.partner_id", string="Customer", store=True, index=True
    )
    kind_id = fields.Many2one(related="equipment_id.kind_id", store=True)
    supply_point_id = fields.Many2one(related="equipment_id.supply_point_id", store=True)
    user_id = fields.Many2one(related="equipment_id.user_id", store=True, string="Responsible")
    type_id = fields.Many2one("power.test.type", string="Test", required=True, readonly=True)
    months = fields.Integer(string="Every (months)", readonly=True)
    date_last = fields.Date(string="Last done", readonly=True)
    date_due = fields.Date(string="Due on", required=True, index=True, readonly=True)
    source = fields.Char(readonly=True)
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    _test_uniq = models.UniqueIndex(
        "(equipment_id, type_id)", "This test of the equipment is on the list already."
    )

    @api.depends("equipment_id", "type_id")
    def _compute_display_name(self):
        for due in self:
            due.display_name = f"{due.type_id.display_name}: {due.equipment_id.display_name}"

    @api.depends("date_due")
    def _compute_is_overdue(self):
        today = self.env.company._get_power_today()
        for due in self:
            due.is_overdue = bool(due.date_due and due.date_due < today)

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("date_due", "<", self.env.company._get_power_today())]

    def action_enter_test(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.type_id.display_name,
            "res_model": "power.equipment.test",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_equipment_id": self.equipment_id.id,
                "default_type_id": self.type_id.id,
            },
        }
