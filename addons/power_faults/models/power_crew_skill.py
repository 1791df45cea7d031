from odoo import fields, models


class PowerCrewSkill(models.Model):
    _name = "power.crew.skill"
    _description = "Skill of a crew"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    symptoms = fields.Char(
        help="Codes of what is reported that ask for this skill, separated by commas: "
        "fallen_wire, meter, equipment, sparks…"
    )
    is_high_voltage = fields.Boolean(
        string="High voltage", help="Asked for at points of 10 kV and more."
    )
    active = fields.Boolean(default=True)

    def _fits(self, fault):
        """Tell whether a fault asks for this skill."""
        self.ensure_one()
        symptoms = {code.strip() for code in (self.symptoms or "").split(",")}
        return fault.symptom in symptoms or (
            self.is_high_voltage and fault.supply_point_id.is_high_voltage
        )
