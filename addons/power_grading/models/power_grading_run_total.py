from odoo import api, fields, models

DIRECTIONS = [("up", "Up"), ("same", "Unchanged"), ("down", "Down"), ("new", "First grade")]


class PowerGradingRunTotal(models.Model):
    """The movement matrix of a run: how many customers went from which grade to which."""

    _name = "power.grading.run.total"
    _description = "Movement of grades"
    _order = "line_id, band_id, from_band_id"
    _rec_name = "band_id"

    line_id = fields.Many2one(
        "power.grading.run.line", required=True, index=True, ondelete="cascade"
    )
    run_id = fields.Many2one(related="line_id.run_id", store=True, index=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    scheme_id = fields.Many2one(related="line_id.scheme_id", store=True, index=True)
    from_band_id = fields.Many2one("power.grading.band", string="Grade before", ondelete="restrict")
    band_id = fields.Many2one("power.grading.band", string="Grade now", ondelete="restrict")
    from_letter = fields.Char(related="from_band_id.letter", string="Letter before")
    letter = fields.Char(related="band_id.letter", string="Letter now")
    count = fields.Integer(string="Customers")
    step = fields.Integer(string="Steps up", aggregator=None, help="Negative: down.")
    direction = fields.Selection(DIRECTIONS, compute="_compute_direction", store=True)

    @api.depends("step", "from_band_id")
    def _compute_direction(self):
        for total in self:
            if not total.from_band_id:
                total.direction = "new"
            else:
                total.direction = "up" if total.step > 0 else "down" if total.step < 0 else "same"

    def action_open_customers(self):
        """The customers behind one cell, where they moved in this run."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_grading.power_grading_result_action"
        )
        domain = [("line_id", "=", self.line_id.id), ("band_id", "=", self.band_id.id)]
        if self.from_band_id:
            # by the band, for two may share a letter
            domain.append(("previous_id.band_id", "=", self.from_band_id.id))
        else:
            domain.append(("previous_letter", "=", False))
        return {**action, "domain": domain, "context": {}}
