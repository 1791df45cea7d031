from odoo import api, fields, models


class PowerNetworkNode(models.Model):
    """A device of the network (IEC CIM: equipment) under which supply points hang."""

    _name = "power.network.node"
    _description = "Network device"
    _order = "complete_name, id"
    _parent_store = True
    _rec_name = "complete_name"

    name = fields.Char(required=True, index="trigram")
    complete_name = fields.Char(compute="_compute_complete_name", store=True, recursive=True)
    code = fields.Char(required=True, index=True, help="Label on the device or pole.")
    kind = fields.Selection(
        [
            ("substation", "Substation"),
            ("feeder", "Feeder"),
            ("switch", "Switch"),
            ("transformer", "Transformer"),
        ],
        required=True,
        default="transformer",
    )
    parent_id = fields.Many2one(
        "power.network.node",
        string="Fed from",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    parent_path = fields.Char(index=True)
    supply_point_ids = fields.One2many("power.supply.point", "node_id", string="Supply points")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    _code_unique = models.UniqueIndex(
        "(company_id, code)", "A device with this code is there already."
    )

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for node in self:
            node.complete_name = (
                f"{node.parent_id.complete_name} / {node.name}" if node.parent_id else node.name
            )
