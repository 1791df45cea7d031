from odoo import api, models


class PowerGradingGate(models.AbstractModel):
    """A state that records created further on (by an import, a remote call) reach by its gate."""

    _name = "power.grading.gate"
    _description = "State reached only by its gate"
    _inherit = "power.state.mixin"

    @api.model_create_multi
    def create(self, vals_list):
        targets = [vals.get("state") for vals in vals_list]
        records = super().create(
            [{name: vals[name] for name in vals if name != "state"} for vals in vals_list]
        )
        for record, target in zip(records, targets, strict=True):
            if target and target != record.state:
                record._set_state(target)
        return records
