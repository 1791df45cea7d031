from odoo import fields, models

_LISTED = 1000


class PowerLoadImport(models.TransientModel):
    """Loads the load curves of a file and lists what is wrong with it."""

    _name = "power.load.import"
    _inherit = ["power.upload.mixin"]
    _description = "Import Load Curves"

    replace = fields.Boolean(
        string="Replace days that are there", help="Else such days are listed and left as they are."
    )
    state = fields.Selection(
        selection=[("upload", "File"), ("done", "Done")], default="upload", required=True
    )
    loaded_count = fields.Integer(string="Loaded", readonly=True)
    same_count = fields.Integer(string="Sent again", readonly=True)
    gap_count = fields.Integer(string="With gaps", readonly=True)
    error_count = fields.Integer(string="Left out", readonly=True)
    line_ids = fields.One2many(
        comodel_name="power.load.import.line",
        inverse_name="import_id",
        string="Rows left out",
        readonly=True,
    )

    def action_import(self):
        """Load the right rows; the others are listed."""
        self.ensure_one()
        self.env["power.meter.reading"].check_access("create")
        report = (
            self.env["power.load.day"]
            .with_company(self.company_id)
            .sudo()
            ._load_csv(self._get_content(), self.filename or "", self.replace)
        )
        self.line_ids.unlink()
        self.env["power.load.import.line"].create(
            [self._prepare_line_vals(error) for error in report["wrong"][:_LISTED]]
        )
        self.write(
            {
                "state": "done",
                "loaded_count": report["loaded"],
                "same_count": report["same"],
                "gap_count": report["gaps"],
                "error_count": len(report["wrong"]),
            }
        )
        return self._reopen()

    def action_view_days(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_billing.power_load_day_action"
        )
        return {**action, "domain": [("source", "=", self.filename or "")]}

    def _prepare_line_vals(self, error):
        return {
            "import_id": self.id,
            "row": error.number,
            "code": error.code,
            "message": self._get_error_text(error),
        }

    def _get_error_text(self, error):
        """Return what is wrong with a row and what to do, in the user's language."""
        value = error.value
        return {
            "missing_number": self.env._("The meter number is missing."),
            "bad_date": self.env._("“%s” is not a date; write it as 2026-01-31.", value),
            "bad_register": self.env._("“%s” is not a quantity; write active or reactive.", value),
            "bad_value": self.env._(
                "“%s” is no energy; write kWh with a point, or leave a gap empty.", value
            ),
            "bad_count": self.env._("The row has %s values, another number than the heads.", value),
            "unknown_meter": self.env._("There is no meter %s; install it first.", value),
            "duplicate": self.env._("The file has this meter and day (%s) twice.", value),
            "exists": self.env._(
                "This day (%s) is there with other values; tick “Replace” to take these.", value
            ),
        }[error.code]
