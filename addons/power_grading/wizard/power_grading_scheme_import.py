import base64
import json

from odoo import fields, models
from odoo.exceptions import UserError


class PowerGradingSchemeImport(models.TransientModel):
    _name = "power.grading.scheme.import"
    _description = "Import a grading scheme"

    file = fields.Binary(string="JSON file", required=True)
    filename = fields.Char()

    def action_import(self):
        self.ensure_one()
        try:
            data = json.loads(base64.b64decode(self.file))
        except (ValueError, UnicodeDecodeError) as error:
            raise UserError(
                self.env._("“%(file)s” is no JSON file: %(error)s", file=self.filename, error=error)
            ) from error
        scheme = self.env["power.grading.scheme"]._from_json(data)
        return {
            "type": "ir.actions.act_window",
            "res_model": scheme._name,
            "res_id": scheme.id,
            "view_mode": "form",
        }
