from odoo import fields, models

RESPONSIBLES = [
    ("desk", "Repair desk"),
    ("crew", "Crew"),
    ("customer", "Customer"),
    ("third", "Third party"),
    ("nature", "Nature"),
]


class PowerFaultHoldReason(models.Model):
    """Why work on a fault waits, and which clocks stand still meanwhile."""

    _name = "power.fault.hold.reason"
    _description = "Reason to hold a fault"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    responsible = fields.Selection(
        RESPONSIBLES,
        string="Answerable",
        required=True,
        default="third",
    )
    stops_dispatch = fields.Boolean(string="Stops acceptance and dispatch")
    stops_arrive = fields.Boolean(string="Stops arrival")
    stops_restore = fields.Boolean(string="Stops restoration")
    active = fields.Boolean(default=True)

    def _stops(self, event):
        """Tell whether the clock of an event stands still for this reason."""
        self.ensure_one()
        return {
            "accept": self.stops_dispatch,
            "dispatch": self.stops_dispatch,
            "take": self.stops_dispatch,
            "arrive": self.stops_arrive,
            "restore": self.stops_restore,
        }.get(event, False)
