from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PowerFaultCause(models.Model):
    """Why supply failed, on two levels: the kind, and the cause itself."""

    _name = "power.fault.cause"
    _description = "Cause of a fault"
    _order = "sequence, code, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    parent_id = fields.Many2one(
        "power.fault.cause",
        string="Kind",
        index=True,
        ondelete="restrict",
        domain="[('parent_id', '=', False)]",
    )
    child_ids = fields.One2many("power.fault.cause", "parent_id", string="Causes")
    responsible = fields.Selection(
        [
            ("utility", "Utility"),
            ("customer", "Customer"),
            ("third", "Third party"),
            ("nature", "Nature"),
            ("unknown", "Not known"),
        ],
        string="Answerable",
        required=True,
        default="unknown",
    )
    interrupts = fields.Boolean(
        string="Counts as interruption",
        compute="_compute_interrupts",
        store=True,
        readonly=False,
        precompute=True,
        help="A customer without power for this cause counts in the reliability figures.",
    )
    source = fields.Char(help="The rule or standard this code comes from.")
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Another cause has this code already.")

    @api.depends("responsible")
    def _compute_interrupts(self):
        for cause in self:
            cause.interrupts = cause.responsible != "customer"

    @api.depends("name", "parent_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for cause in self:
            cause.display_name = (
                f"{cause.parent_id.name} / {cause.name}" if cause.parent_id else cause.name
            )

    @api.constrains("parent_id")
    def _check_two_levels(self):
        for cause in self:
            if cause.parent_id.parent_id or (cause.parent_id and cause.child_ids):
                raise ValidationError(
                    self.env._(
                        "%(cause)s: causes have two levels. Choose a kind that has none above it.",
                        cause=cause.name,
                    )
                )
