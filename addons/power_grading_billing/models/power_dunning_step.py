from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PowerDunningStep(models.Model):
    """What customers of a service level are owed so many days after a bill's due day."""

    _name = "power.dunning.step"
    _description = "Dunning step"
    _order = "level_id, days, id"
    _rec_name = "kind"

    level_id = fields.Many2one(
        "power.service.level",
        string="Service level",
        index=True,
        ondelete="cascade",
        help="Empty: for customers without a service level, and for levels without steps.",
    )
    days = fields.Integer(
        string="Days overdue",
        required=True,
        default=3,
        aggregator=None,
        help="Days after the due day of the oldest open bill.",
    )
    kind = fields.Selection(
        [
            ("reminder", "Reminder"),
            ("call", "Call by the account manager"),
            ("visit", "Visit by the account manager"),
            ("notice", "Cut-off notice"),
        ],
        string="Step",
        required=True,
        default="reminder",
        help="A reminder is sent by itself, unless the customer is protected. All else is an "
        "activity of the account manager. Nothing is cut off by itself.",
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        string="Mail",
        compute="_compute_templates",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('model', '=', 'power.dunning')]",
    )
    sms_template_id = fields.Many2one(
        "sms.template",
        string="SMS",
        compute="_compute_templates",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('model', '=', 'power.dunning')]",
    )
    source = fields.Char(help="Document that sets the days, or whose decision they are.")

    _days_positive = models.Constraint(
        "CHECK (days > 0)", "A step comes at least one day after the due day."
    )
    _days_uniq = models.UniqueIndex(
        "(COALESCE(level_id, 0), days)", "This level has a step on that day already."
    )

    @api.depends("kind")
    def _compute_templates(self):
        """A step that tells the customer begins with the template that is shipped for it."""
        for step in self:
            for name in ("mail_template_id", "sms_template_id"):
                step[name] = self._get_default_template(name, step.kind)

    @api.model
    def _get_default_template(self, name, kind):
        if kind not in ("reminder", "notice"):
            return False
        prefix = name.removesuffix("_id")
        return self.env.ref(f"power_grading_billing.{prefix}_{kind}", raise_if_not_found=False)

    @api.depends("days", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for step in self:
            step.display_name = self.env._(
                "%(step)s, day %(days)s", step=step._get_label(), days=step.days
            )

    @api.constrains("level_id", "days", "kind")
    def _check_path(self):
        """The law wants dunning before a notice, and after it there is nothing to urge."""
        for level in {step.level_id for step in self}:
            path = self.search([("level_id", "=", level.id)], order="days")
            notices = path.filtered(lambda step: step.kind == "notice")
            if notices and (len(path) == 1 or notices != path[-1:]):
                raise ValidationError(
                    self.env._(
                        "The cut-off notice is the last step of a path, once, after a reminder, a "
                        "call or a visit: the law wants dunning before it."
                    )
                )

    @api.model
    def _get_path(self, level):
        """Return the steps of a level by days; one without steps walks the common path."""
        path = level.sudo().dunning_step_ids or self.sudo().search([("level_id", "=", False)])
        return path.sorted("days")

    def _get_label(self):
        self.ensure_one()
        return dict(self._fields["kind"]._description_selection(self.env)).get(self.kind, "")
