from datetime import timedelta

from odoo import api, fields, models

# of callers who are not known, or whose level says nothing
_HOURS = 24
# what important customers and life support have at least, whatever their level
_PROTECTED_PRIORITY, _PROTECTED_HOURS = "2", 24


class PowerCallback(models.Model):
    """Somebody who called while the lines were busy, or asked to be called back.

    The hotline works the list from the top: who goes first by the service level, then whose time is
    up first. Priority and time are those of the level on the day of the call.
    """

    _name = "power.callback"
    _description = "Call-back"
    _inherit = ["power.state.mixin", "mail.thread"]
    _order = "priority desc, deadline, id"
    _rec_name = "phone"
    _check_company_auto = True

    _TRANSITIONS = {"open": ("done", "unreached"), "unreached": ("done", "open"), "done": ()}

    phone = fields.Char(required=True, index=True)
    caller = fields.Char()
    reason = fields.Char(string="About")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="cascade",
        domain="[('power_is_customer', '=', True)]",
    )
    service_level_id = fields.Many2one(
        "power.service.level",
        string="Service level",
        compute="_compute_promise",
        store=True,
        precompute=True,
    )
    priority = fields.Selection(
        selection=lambda self: (
            self.env["power.service.level"]
            ._fields["hotline_priority"]
            ._description_selection(self.env)
        ),
        compute="_compute_promise",
        store=True,
        precompute=True,
        readonly=False,
    )
    date_called = fields.Datetime(string="Called at", required=True, default=fields.Datetime.now)
    deadline = fields.Datetime(
        string="Call back by", compute="_compute_promise", store=True, precompute=True, index=True
    )
    state = fields.Selection(
        [("open", "To call back"), ("unreached", "Not reached"), ("done", "Called back")],
        string="Status",
        required=True,
        default="open",
        index=True,
        tracking=True,
    )
    user_id = fields.Many2one("res.users", string="Called back by", readonly=True, copy=False)
    date_done = fields.Datetime(string="Called back at", readonly=True, copy=False)
    is_late = fields.Boolean(string="Late", compute="_compute_is_late", search="_search_is_late")

    @api.depends("phone")
    def _compute_partner_id(self):
        """The customer of the number, where it is one customer's alone."""
        for callback in self.filtered("phone"):
            found = callback._find_customers()
            callback.partner_id = found if len(found) == 1 else callback.partner_id

    def _find_customers(self):
        self.ensure_one()
        partners = self.env["res.partner"]
        number = partners._format_power_phone(self.phone, self.company_id.country_id)
        found = partners.search([("phone", "in", [self.phone, number or self.phone])], limit=10)
        return found.commercial_partner_id.filtered("power_is_customer")

    @api.depends("partner_id", "date_called")
    def _compute_promise(self):
        for callback in self:
            partner = callback.partner_id.sudo()
            level = partner.power_service_level_id
            priority, hours = level.hotline_priority or "0", level.callback_hours
            if not level:
                hours = _HOURS
            if partner.power_important_level or partner.power_life_support:
                priority = max(priority, _PROTECTED_PRIORITY)
                hours = min(hours, _PROTECTED_HOURS)
            callback.service_level_id = level
            callback.priority = priority
            callback.deadline = callback.date_called and callback.date_called + timedelta(
                hours=hours
            )

    @api.depends("state", "deadline", "date_done")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for callback in self:
            ended = callback.date_done or now
            callback.is_late = bool(callback.deadline) and callback.deadline < ended

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            "|",
            "&",
            ("date_done", "=", False),
            ("deadline", "<", "now"),
            ("id", "in", self._search_done_late()),
        ]

    @api.model
    def _search_done_late(self):
        query = self._search([("date_done", "!=", False)])
        query.add_where("power_callback.date_done > power_callback.deadline")
        return query

    def action_done(self):
        self._set_state("done")

    def action_unreached(self):
        self._set_state("unreached")

    def _prepare_state_vals(self, target):
        if target == "done":
            return {"user_id": self.env.uid, "date_done": fields.Datetime.now()}
        return super()._prepare_state_vals(target)

    def action_open_customer(self):
        self.ensure_one()
        return self.partner_id.get_formview_action()
