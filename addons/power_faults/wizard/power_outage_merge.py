from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerOutageMerge(models.TransientModel):
    """Make one outage of several; every ticket stays, every customer is told."""

    _name = "power.outage.merge"
    _description = "Merging of outages"

    outage_ids = fields.Many2many("power.outage", required=True)
    outage_id = fields.Many2one(
        "power.outage",
        string="Goes on as",
        domain="[('id', 'in', outage_ids)]",
        compute="_compute_outage_id",
        store=True,
        readonly=False,
    )
    company_id = fields.Many2one(related="outage_id.company_id")
    node_id = fields.Many2one(
        "power.network.node",
        string="Device that failed",
        check_company=True,
        compute="_compute_node_id",
        store=True,
        readonly=False,
        help="The one device whose failure explains the reports of all, where there is one. "
        "Empty: the devices stay as they are.",
    )
    report_count = fields.Integer(string="Reports", compute="_compute_report_count")

    customer_count = fields.Integer(
        string="Customers off",
        compute="_compute_customer_count",
        help="Customers below the device that failed, or below the devices as they are.",
    )

    @api.depends("outage_ids")
    def _compute_outage_id(self):
        for merge in self:
            outages = merge.outage_ids._origin
            confirmed = outages.filtered(lambda outage: outage.state == "confirmed")
            merge.outage_id = merge.outage_id or (confirmed or outages).sorted("date_start")[:1]

    @api.depends("outage_ids")
    def _compute_node_id(self):
        for merge in self:
            merge.node_id = merge.outage_ids._origin._find_common_device()

    @api.depends("outage_ids")
    def _compute_report_count(self):
        for merge in self:
            merge.report_count = len(merge.outage_ids.fault_ids)

    @api.depends("node_id", "outage_ids")
    def _compute_customer_count(self):
        for merge in self:
            nodes = merge.node_id or merge.outage_ids.node_ids
            merge.customer_count = nodes._origin._count_customers()

    def action_merge(self):
        self.ensure_one()
        if not self.outage_id:
            raise UserError(self.env._("Choose the outage that goes on."))
        target = self.outage_ids._merge_into(self.outage_id)
        if self.node_id:
            target.node_ids = self.node_id
        return {
            "type": "ir.actions.act_window",
            "res_model": "power.outage",
            "res_id": target.id,
            "view_mode": "form",
        }
