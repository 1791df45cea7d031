from odoo import fields, models


class PowerSupplyPoint(models.Model):
    _inherit = "power.supply.point"

    node_id = fields.Many2one(
        "power.network.node",
        string="Fed from",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="The network device, usually the transformer, that feeds this supply point.",
    )
    feeder_id = fields.Many2one(related="node_id.feeder_id", string="Feeder")
