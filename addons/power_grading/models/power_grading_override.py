from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .power_grading_scheme import AXES
from .power_grading_source import AXIS_FIELDS

# what the approver reads and decides on
_DECIDED = {"partner_id", "axis", "band_id", "reason", "date_from", "date_to", "company_id"}


class PowerGradingOverride(models.Model):
    """A person decides another grade, with a reason, an approver and an end."""

    _name = "power.grading.override"
    _description = "Override of a grade"
    _inherit = ["power.grading.found", "power.grading.gate", "mail.thread"]
    _order = "date_to desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    _TRANSITIONS = {
        "draft": ("approved", "refused"),
        "approved": ("ended",),
        "refused": (),
        "ended": (),
    }

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('power_is_customer', '=', True)]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    axis = fields.Selection(
        [axis for axis in AXES if axis[0] in AXIS_FIELDS], required=True, default="credit"
    )
    scheme_id = fields.Many2one("power.grading.scheme", compute="_compute_scheme_id")
    band_id = fields.Many2one(
        "power.grading.band",
        string="Grade",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('scheme_id', '=', scheme_id)]",
        tracking=True,
    )
    reason = fields.Text(required=True, tracking=True)
    date_from = fields.Date(required=True, default=lambda self: self.env.company._get_power_today())
    date_to = fields.Date(string="Until", required=True, tracking=True)
    user_id = fields.Many2one(
        "res.users",
        string="Asked for by",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
    )
    approver_id = fields.Many2one("res.users", string="Approved by", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "To approve"),
            ("approved", "In force"),
            ("refused", "Refused"),
            ("ended", "Ended"),
        ],
        string="Status",
        required=True,
        default="draft",
        index=True,
        tracking=True,
    )

    _dates_order = models.Constraint(
        "CHECK (date_from <= date_to)", "An override cannot end before it begins."
    )
    _approved_uniq = models.UniqueIndex(
        "(partner_id, axis, company_id) WHERE state = 'approved'",
        "There is an override of this grade in force already. End it first.",
    )

    @api.depends("axis", "company_id")
    def _compute_scheme_id(self):
        for override in self:
            override.scheme_id = self.env["power.grading.scheme"]._get_leading(
                override.axis, override.company_id.id
            )

    @api.constrains("band_id", "axis")
    def _check_band(self):
        for override in self:
            scheme = override.band_id.scheme_id
            leading = scheme._get_leading(override.axis, override.company_id.id)
            if scheme.state != "active" or scheme.code != leading.code:
                raise ValidationError(
                    self.env._(
                        "%(customer)s: “%(band)s” is no grade of the axis chosen. Choose one of "
                        "the scheme that is in use and shown on customers.",
                        customer=override.partner_id.display_name,
                        band=override.band_id.display_name,
                    )
                )

    @api.constrains("reason")
    def _check_reason(self):
        for override in self:
            if not override.reason.strip():
                raise ValidationError(self.env._("An override needs its reason."))

    def write(self, vals):
        if set(vals) & _DECIDED:
            for override in self.filtered(lambda override: override.state != "draft"):
                raise UserError(
                    self.env._(
                        "%s: what was decided is not changed. End the override and ask for "
                        "another.",
                        override.partner_id.display_name,
                    )
                )
        return super().write(vals)

    def _check_state_move(self, target):
        checked = super()._check_state_move(target)
        if not self.env.su and not self.env.user.has_group("power_crm.group_manager"):
            raise UserError(self.env._("A manager decides on overrides."))
        if target == "approved" and not self.env.su and self.env.user in self.user_id:
            self._check_only_manager()
        return checked

    def _check_only_manager(self):
        """Two people decide on an override, unless the utility has but one who may.

        :raises UserError: when there is another manager to ask
        """
        others = (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("all_group_ids", "in", self.env.ref("power_crm.group_manager").ids),
                    ("company_ids", "in", self.company_id.ids),
                    ("id", "!=", self.env.uid),
                ]
            )
        )
        if others:
            raise UserError(
                self.env._(
                    "You asked for this override yourself; another manager has to approve it: %s.",
                    ", ".join(others.mapped("name")),
                )
            )

    def _prepare_state_vals(self, target):
        if target == "approved":
            return {"approver_id": self.env.uid}
        return super()._prepare_state_vals(target)

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        if target == "approved":
            self._note_own_approval()
        if target in ("approved", "ended"):
            self._apply()
        return result

    def _note_own_approval(self):
        for override in self:
            if override.approver_id == override.user_id and not self.env.su:
                override.message_post(
                    body=self.env._(
                        "Approved by who asked for it: the utility has no other manager."
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if decided := self.filtered(lambda override: override.state != "draft")[:1]:
            raise UserError(
                self.env._(
                    "%s: what was decided stays as evidence. End the override instead.",
                    decided.partner_id.display_name,
                )
            )

    def action_approve(self):
        self._set_state("approved")

    def action_refuse(self):
        self._set_state("refused")

    def action_end(self):
        self._set_state("ended")

    def _apply(self):
        """Bring the letters on the customers up to date, and the service that follows."""
        cards = self.env["power.customer.grade"]
        rules = self.env["power.service.level.rule"].sudo()
        for override in self:
            axis, company = override.axis, override.company_id
            partner = SQL("SELECT %s", override.partner_id.id)
            if cards._sync(axis, company, cards._select_letters(axis, company, partner)):
                rules._apply(company, partner)

    @api.model
    def _cron_end(self):
        """Daily: end the overrides whose time is over, begin those whose time has come."""
        approved = self.search([("state", "=", "approved")])
        for company, overrides in approved.grouped("company_id").items():
            today = company._get_power_today()
            over = overrides.filtered(lambda override, day=today: override.date_to < day)
            over.action_end()
            # those begun before as well: a night may have been missed
            begun = overrides.filtered(lambda override, day=today: override.date_from <= day)
            (begun - over)._apply()
