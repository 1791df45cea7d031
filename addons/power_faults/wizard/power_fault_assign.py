from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerFaultAssign(models.TransientModel):
    """Choose the crew for a fault among those that could go, with the reason for each."""

    _name = "power.fault.assign"
    _description = "Send a crew"

    fault_id = fields.Many2one("power.fault", required=True)
    line_ids = fields.One2many(
        "power.fault.assign.line",
        "assign_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )
    crew_id = fields.Many2one(
        "power.crew",
        string="Crew",
        compute="_compute_crew_id",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("fault_id")
    def _compute_line_ids(self):
        for assign in self:
            fault = assign.fault_id
            assign.line_ids = [
                fields.Command.create(
                    {
                        "sequence": rank,
                        "crew_id": proposal.key,
                        "minutes": proposal.minutes,
                        "reason": fault._describe_proposal(proposal),
                    }
                )
                for rank, proposal in enumerate(fault._propose_crews() if fault else [], 1)
            ]

    @api.depends("line_ids")
    def _compute_crew_id(self):
        for assign in self:
            assign.crew_id = assign.crew_id or assign.line_ids[:1].crew_id

    def action_send(self):
        self.ensure_one()
        if not self.crew_id:
            raise UserError(self.env._("Choose the crew that is sent."))
        fault = self.fault_id
        if fault.crew_id == self.crew_id and fault.state == "accepted":
            fault._set_state("dispatched")
        fault.crew_id = self.crew_id
        return {"type": "ir.actions.act_window_close"}


class PowerFaultAssignLine(models.TransientModel):
    _name = "power.fault.assign.line"
    _description = "Crew that could go"
    _order = "sequence, id"

    assign_id = fields.Many2one("power.fault.assign", required=True, ondelete="cascade")
    sequence = fields.Integer()
    crew_id = fields.Many2one("power.crew", required=True)
    minutes = fields.Float(string="Cost (min)", digits=(16, 1))
    reason = fields.Char()

    def action_choose(self):
        self.ensure_one()
        self.assign_id.crew_id = self.crew_id
        return self.assign_id.action_send()
