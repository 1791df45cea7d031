from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command


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

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps._give_back()
        return steps

    def write(self, vals):
        result = super().write(vals)
        if {"node_ids", "date_restored"} & vals.keys():
            self._give_back()
        return result

    def _give_back(self):
        """End the reports below these devices at which no crew has arrived: power is back."""
        now = fields.Datetime.now()
        for step in self:
            outage, tops = step.outage_id, set(step.node_ids.ids)
            if outage.state == "confirmed" and step.date_restored <= now:
                outage.fault_ids.filtered(
                    lambda fault, tops=tops: fault._get_grouping_node()._get_ancestor_ids() & tops
                )._end_with_outage(step.date_restored)

    def _split(self, outage):
        """Give another outage, just split off, what these steps say of its devices."""
        tops = set(outage.node_ids.ids)
        for step in self:
            back = set(step.node_ids.ids)
            moved = step.node_ids.filtered(lambda node: node._get_ancestor_ids() & tops)
            above = outage.node_ids.filtered(
                lambda node, back=back: node._get_ancestor_ids() & back
            )
            if moved == step.node_ids:
                step.outage_id = outage
            elif moved or above:
                step.copy({"outage_id": outage.id, "node_ids": [Command.set((moved | above).ids)]})
                step.node_ids -= moved

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
