from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PowerOutageStep(models.Model):
    """A part of an outage that got its supply back before the rest."""

    _name = "power.outage.step"
    _description = "Restoration step"
    _order = "outage_id, date_restored, id"
    _check_company_auto = True

    outage_id = fields.Many2one("power.outage", required=True, index=True, ondelete="cascade")
    node_ids = fields.Many2many(
        "power.network.node", string="Devices restored", required=True, check_company=True
    )
    date_restored = fields.Datetime(string="Restored", required=True, default=fields.Datetime.now)
    note = fields.Char()
    company_id = fields.Many2one(related="outage_id.company_id", store=True, index=True)

    @api.constrains("node_ids", "date_restored", "outage_id")
    def _check_step(self):
        for step in self:
            outage = step.outage_id
            tops = set(outage.node_ids.ids)
            for node in step.node_ids:
                if not node._get_ancestor_ids() & tops:
                    raise ValidationError(
                        self.env._(
                            "%(device)s does not hang below the devices of %(outage)s. Choose a "
                            "device of this outage.",
                            device=node.display_name,
                            outage=outage.name,
                        )
                    )
            if step.date_restored < outage.date_start:
                raise ValidationError(
                    self.env._(
                        "A part of %(outage)s cannot be restored before the outage began.",
                        outage=outage.name,
                    )
                )
