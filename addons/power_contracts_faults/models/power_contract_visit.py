from odoo import fields, models


class PowerContractVisit(models.Model):
    _inherit = "power.contract.visit"

    fault_id = fields.Many2one(
        "power.fault",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    _fault_uniq = models.UniqueIndex(
        "(fault_id) WHERE fault_id IS NOT NULL AND state IN ('planned', 'done')",
        "This fault has its call under the contract already.",
    )
