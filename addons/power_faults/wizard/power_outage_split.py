from odoo import api, fields, models


class PowerOutageSplit(models.TransientModel):
    """Take devices out of an outage that turned out to be two."""

    _name = "power.outage.split"
    _description = "Split of an outage"

    outage_id = fields.Many2one("power.outage", required=True)
    company_id = fields.Many2one(related="outage_id.company_id")
    top_ids = fields.Many2many(related="outage_id.node_ids", string="Devices now")
    node_ids = fields.Many2many(
        "power.network.node",
        "power_outage_split_node_rel",
        string="Devices of the new outage",
        check_company=True,
    )
    keep_ids = fields.Many2many(
        "power.network.node",
        "power_outage_split_keep_rel",
        string="Devices that stay",
        compute="_compute_keep_ids",
        store=True,
        readonly=False,
        check_company=True,
        help="Everything beside the new outage. Take out what has power after all.",
    )
    moved_count = fields.Integer(string="Reports that go along", compute="_compute_counts")
    freed_count = fields.Integer(string="Reports that belong to neither", compute="_compute_counts")

    @api.depends("node_ids", "outage_id")
    def _compute_keep_ids(self):
        for split in self:
            split.keep_ids = split.outage_id.node_ids._origin._get_siblings_beside(
                split.node_ids._origin
            )

    @api.depends("node_ids", "keep_ids")
    def _compute_counts(self):
        for split in self:
            below, stay = set(split.node_ids._origin.ids), set(split.keep_ids._origin.ids)
            lines = [
                fault._get_grouping_node()._get_ancestor_ids()
                for fault in split.outage_id.fault_ids
            ]
            split.moved_count = sum(1 for line in lines if line & below)
            split.freed_count = sum(
                1 for line in lines if line and not line & below and not line & stay
            )

    def action_split(self):
        self.ensure_one()
        new = self.outage_id._split(self.node_ids, self.keep_ids)
        return {
            "type": "ir.actions.act_window",
            "res_model": "power.outage",
            "res_id": new.id,
            "view_mode": "form",
        }
