import base64
import json

from odoo import fields, models
from odoo.exceptions import UserError


class PowerGradingSchemeImport(models.TransientModel):
    _name = "power.grading.scheme.import"
    _description = "Import a grading scheme"

    file = fields.Binary(required=True, help="JSON or XLSX, made with “Export”.")
    filename = fields.Char()

    def action_import(self):
        self.ensure_one()
        content = base64.b64decode(self.file)
        schemes = self.env["power.grading.scheme"]
        # a workbook is a ZIP archive, whatever the file is called
        if content.startswith(b"PK"):
            scheme = schemes._from_xlsx(content)
        else:
            scheme = schemes._from_json(self._parse_json(content))
        return {
            "type": "ir.actions.act_window",
            "res_model": scheme._name,
            "res_id": scheme.id,
            "view_mode": "form",
        }

    def _parse_json(self, content):
        try:
            return json.loads(content)
        except (ValueError, UnicodeDecodeError) as error:
            raise UserError(
                self.env._(
                    "“%(file)s” is neither a workbook nor a JSON file: %(error)s",
                    file=self.filename,
                    error=error,
                )
            ) from error
