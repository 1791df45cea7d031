from odoo import api, models


class PowerGradingGate(models.AbstractModel):
    """A state that all records created further on reach by its gate, the program's own too."""

    _name = "power.grading.gate"
    _description = "State reached only by its gate"
    _inherit = "power.state.mixin"

    @api.model
    def _is_entry_gated(self):
        return True
