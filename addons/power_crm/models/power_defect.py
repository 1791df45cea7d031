from odoo import api, fields, models


class PowerDefect(models.Model):
    """Something found wrong at a customer's, followed until its repair is verified."""

    _name = "power.defect"
    _description = "Defect"
    _inherit = [
        "power.state.mixin",
        "power.customer.mixin",
        "power.notice.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "deadline, id desc"
    _check_company_auto = True

    _TRANSITIONS = {
        "found": ("noticed",),
        "noticed": ("rectified",),
        "rectified": ("verified", "noticed"),
        "verified": (),
    }

    name = fields.Char(string="Defect", required=True, tracking=True)
    description = fields.Text()
    severity = fields.Selection(
        [("general", "General"), ("serious", "Serious"), ("major", "Major hazard")],
        required=True,
        default="general",
        index=True,
        tracking=True,
    )
    service_record_id = fields.Many2one(
        "power.service.record",
        string="Found at",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    supply_point_id = fields.Many2one(
        compute="_compute_supply_point_id",
        string="Supply point",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_found = fields.Date(
        string="Found on",
        default=lambda self: self.env.company._get_power_today(),
        required=True,
    )
    date_noticed = fields.Date(
        string="Notice given on", copy=False, help="Day the customer got the written notice."
    )
    deadline = fields.Date(string="Rectify by", index=True, tracking=True)
    date_rectified = fields.Date(string="Rectified on", copy=False)
    date_verified = fields.Date(string="Verified on", copy=False)
    verified_by_id = fields.Many2one("res.users", string="Verified by", copy=False)
    state = fields.Selection(
        [
            ("found", "Found"),
            ("noticed", "Notice given"),
            ("rectified", "Rectified"),
            ("verified", "Verified"),
        ],
        string="Status",
        required=True,
        default="found",
        index=True,
        tracking=True,
        group_expand=True,
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "power_defect_attachment_rel",
        "defect_id",
        "attachment_id",
        string="Documents",
        bypass_search_access=True,
    )

    _dates_order = models.Constraint(
        "CHECK (deadline IS NULL OR deadline >= date_found)",
        "A defect cannot be due before it was found.",
    )

    @api.model
    def _get_customer_origin_fields(self):
        return ["service_record_id", *super()._get_customer_origin_fields()]

    @api.depends("service_record_id")
    def _compute_supply_point_id(self):
        for defect in self:
            defect.supply_point_id = (
                defect.service_record_id.supply_point_id or defect.supply_point_id
            )

    @api.depends("state", "deadline")
    def _compute_is_overdue(self):
        today = self.env.company._get_power_today()
        for defect in self:
            defect.is_overdue = bool(
                defect.state in ("found", "noticed") and defect.deadline and defect.deadline < today
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._get_power_today()
        return [("state", "in", ("found", "noticed")), ("deadline", "<", today)]

    def _prepare_state_vals(self, target):
        today = self.env.company._get_power_today()
        return {
            "noticed": {
                "date_noticed": self.date_noticed or today,
                "date_rectified": False,
                "deadline": self.deadline or self._get_usual_deadline(today),
            },
            "rectified": {"date_rectified": today},
            "verified": {"date_verified": today, "verified_by_id": self.env.uid},
        }.get(target, {})

    def action_notice(self):
        return self._set_state("noticed")

    def action_rectify(self):
        return self._set_state("rectified")

    def action_verify(self):
        return self._set_state("verified")

    def action_reject(self):
        return self._set_state("noticed")
