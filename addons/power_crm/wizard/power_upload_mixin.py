import base64

from odoo import fields, models
from odoo.exceptions import UserError


class PowerUploadMixin(models.AbstractModel):
    """A wizard that takes a file for a company and stays open."""

    _name = "power.upload.mixin"
    _description = "Upload of a file"

    file = fields.Binary(attachment=False)
    filename = fields.Char()
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, default=lambda self: self.env.company
    )

    def _get_content(self):
        """Return the bytes of the file.

        :raises UserError: when none is chosen
        """
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        return base64.b64decode(self.with_context(bin_size=False).file)

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
