from odoo import fields, models

_SYMPTOMS = ("no_power",)
# What the one who answers for a cause means for the figures.
_CAUSES = {"nature": "weather", "third": "external", "utility": "equipment"}


class PowerFault(models.Model):
    """What the fault of a single customer leaves for the reliability figures."""

    _inherit = "power.fault"

    interruption_ids = fields.One2many(
        "power.interruption", "fault_id", string="Interruptions", groups="base.group_user"
    )

    def _after_move(self, before):
        result = super()._after_move(before)
        self.filtered(lambda fault: fault.state == "closed")._write_interruptions()
        return result

    def _write_interruptions(self):
        """Freeze for how long these customers were off; rows from before go."""
        self.sudo().interruption_ids.unlink()
        alone = self.sudo().filtered(lambda fault: fault._is_interruption())
        interruptions = (
            self.env["power.interruption"]
            .sudo()
            .create([vals for fault in alone for vals in fault._prepare_interruptions()])
        )
        self.env["power.reliability.setting"]._refresh_interruptions(interruptions)

    def _is_interruption(self):
        """Hook: whether the utility left this one customer without supply.

        What belongs to an outage counts there; what was reported back wrongly goes on in the
        fault that reopened it.
        """
        self.ensure_one()
        return bool(
            self.symptom in _SYMPTOMS
            and self.supply_point_id.state in ("active", "suspended")
            and self.date_since
            and self.date_restored
            and self.cause_id.interrupts
            and not self.outage_id
            and not self.is_refuted
        )

    def _prepare_interruptions(self):
        """Return the values of the interruptions of one fault."""
        self.ensure_one()
        left = self.env["power.interruption"]._get_time_left(
            self.company_id,
            self.supply_point_id.ids,
            self.date_since,
            max(self.date_since, self.date_restored),
        )
        return [
            self._prepare_interruption_vals(start, end)
            for stretches in left
            for start, end in stretches
        ]

    def _prepare_interruption_vals(self, start, end):
        """Hook: values of one interruption of this customer."""
        point = self.supply_point_id
        responsible = self.cause_id.responsible
        common = self.env["power.interruption"]._prepare_interruption_vals(
            self.company_id, self.node_id or point.node_id, point.ids, start, end
        )
        return {
            **common,
            "fault_id": self.id,
            "area_id": self.area_id.id,
            "kind": "fault",
            "cause": _CAUSES.get(responsible, "unknown"),
            "influence": "external" if responsible == "third" else "own",
        }
