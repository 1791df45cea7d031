from odoo import api, fields, models


class PowerArea(models.Model):
    _name = "power.area"
    _description = "Service area"
    _parent_store = True
    _parent_name = "parent_id"
    _order = "complete_name, id"
    _rec_name = "complete_name"
    _rec_names_search = ["complete_name", "name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(index=True)
    complete_name = fields.Char(
        string="Full name", compute="_compute_complete_name", store=True, recursive=True
    )
    display_name = fields.Char(recursive=True)
    parent_id = fields.Many2one(
        "power.area", string="Parent area", index=True, ondelete="restrict", check_company=True
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("power.area", "parent_id", string="Sub-areas")
    kind = fields.Selection(
        [("urban", "Urban"), ("rural", "Rural"), ("remote", "Remote")],
        required=True,
        default="urban",
        help="Decides the time a repair crew has to arrive.",
    )
    manager_id = fields.Many2one(
        "res.users",
        string="Account manager",
        index="btree_not_null",
        domain="[('share', '=', False)]",
        check_company=True,
    )
    member_ids = fields.Many2many(
        "res.users",
        "power_area_member_rel",
        "area_id",
        "user_id",
        string="Service staff",
        domain="[('share', '=', False)]",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)
    supply_point_count = fields.Integer(
        string="Supply points", compute="_compute_supply_point_count"
    )

    _code_company_uniq = models.UniqueIndex(
        "(company_id, code) WHERE code IS NOT NULL",
        "Another area of this company has this code already.",
    )

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for area in self:
            parent = area.parent_id.complete_name
            area.complete_name = f"{parent} / {area.name}" if parent else area.name

    @api.depends("name", "parent_id.display_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Built of the translated names: the stored full name is in one language only."""
        for area in self:
            parent = area.parent_id.display_name
            area.display_name = f"{parent} / {area.name}" if parent else area.name

    def _compute_supply_point_count(self):
        counts = dict(
            self.env["power.supply.point"]._read_group(
                [("area_id", "in", self.ids)], ["area_id"], ["__count"]
            )
        )
        for area in self:
            area.supply_point_count = counts.get(area, 0)

    def write(self, vals):
        if "manager_id" not in vals:
            return super().write(vals)
        before = {area: area.manager_id for area in self}
        result = super().write(vals)
        for area, manager in before.items():
            if area.manager_id != manager:
                area._hand_over_points(manager)
        return result

    def _hand_over_points(self, old_manager):
        """Give the new manager the points that followed the old one, and note it down.

        Points with a manager of their own keep theirs.
        """
        self.ensure_one()
        points = self.env["power.supply.point"].search(
            [
                ("area_id", "=", self.id),
                ("manager_id", "=", old_manager.id),
                ("partner_id.power_dedicated_manager_id", "=", False),
            ]
        )
        points.sudo().manager_id = self.manager_id
        self.env["power.manager.assignment"].sudo().create(
            self._prepare_assignment_vals(old_manager)
        )

    def _prepare_assignment_vals(self, old_manager):
        """Hook: values of the history line of a change of manager."""
        self.ensure_one()
        return {
            "area_id": self.id,
            "company_id": self.company_id.id,
            "from_user_id": old_manager.id,
            "to_user_id": self.manager_id.id,
            "date": self.env.context.get("power_transfer_date")
            or self.env.company._get_power_today(),
            "reason": self.env.context.get("power_transfer_reason"),
        }

    def action_open_supply_points(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_crm.power_supply_point_action"
        )
        return {**action, "domain": [("area_id", "child_of", self.id)], "context": {}}
