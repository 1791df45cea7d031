from datetime import datetime, time

from odoo import api, fields, models

_PLAN_ACTIVITIES = [
    "power_crm.mail_activity_type_visit",
    "power_crm.mail_activity_type_inspection",
]


class PowerServiceRecord(models.Model):
    """One entry of a customer's service file: planned, done, and what came of it."""

    _name = "power.service.record"
    _description = "Service record"
    _inherit = [
        "power.appointment.mixin",
        "power.customer.mixin",
        "power.notice.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_planned desc, id desc"
    _check_company_auto = True

    _TRANSITIONS = {
        "planned": ("done", "cancelled"),
        "done": ("planned",),
        "cancelled": ("planned",),
    }

    name = fields.Char(
        string="Subject",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    kind = fields.Selection(
        [
            ("visit", "Visit"),
            ("inspection", "Inspection"),
            ("equipment_check", "Equipment check"),
            ("training", "Training"),
            ("call", "Call"),
            ("material", "Knowledge material given"),
            ("demand", "Demand"),
            ("feedback", "Feedback"),
        ],
        required=True,
        default="visit",
        index=True,
        tracking=True,
    )
    date_planned = fields.Datetime(default=fields.Datetime.now)
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("cancelled", "Cancelled")],
        string="Status",
        required=True,
        default="planned",
        index=True,
        tracking=True,
        group_expand=True,
    )
    is_late = fields.Boolean(string="Late", compute="_compute_is_late", search="_search_is_late")
    origin = fields.Selection(
        [
            ("manual", "Entered by hand"),
            ("level", "Planned by service level"),
            ("importance", "Planned by importance"),
        ],
        required=True,
        default="manual",
        readonly=True,
        copy=False,
    )
    contact_id = fields.Many2one(
        "res.partner", string="Met with", domain="[('id', 'child_of', partner_id)]"
    )
    description = fields.Text(help="What the customer asks for or says, or what is to be done.")
    result = fields.Text(help="What was found, agreed or answered.", tracking=True)
    shared_with_customer = fields.Boolean(
        string="Show on the portal", help="The customer sees this record in its portal."
    )
    defect_ids = fields.One2many("power.defect", "service_record_id", string="Defects found")
    defect_count = fields.Integer(string="Defects", compute="_compute_defect_count")
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "power_service_record_attachment_rel",
        "record_id",
        "attachment_id",
        string="Documents",
        bypass_search_access=True,
    )
    color = fields.Integer(compute="_compute_color")

    _open_visit_idx = models.Index("(partner_id, kind) WHERE state = 'planned'")

    @api.depends("kind", "partner_id")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for record in self:
            if not record.name:
                record.name = ": ".join(
                    filter(None, (kinds.get(record.kind), record.partner_id.name))
                )

    @api.depends("state", "date_planned")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for record in self:
            record.is_late = (
                record.state == "planned" and record.date_planned and record.date_planned < now
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "=", "planned"), ("date_planned", "<", "now")]

    @api.depends("defect_ids")
    def _compute_defect_count(self):
        counts = dict(
            self.env["power.defect"]._read_group(
                [("service_record_id", "in", self.ids)], ["service_record_id"], ["__count"]
            )
        )
        for record in self:
            record.defect_count = counts.get(record, 0)

    @api.depends("kind")
    def _compute_color(self):
        kinds = [kind for kind, _label in self._fields["kind"].selection]
        for record in self:
            record.color = kinds.index(record.kind) + 1 if record.kind else 0

    def action_done(self):
        self._set_state("done")
        self.activity_feedback(_PLAN_ACTIVITIES)
        return True

    def action_cancel(self):
        self._set_state("cancelled")
        self.activity_unlink(_PLAN_ACTIVITIES)
        return True

    def action_reopen(self):
        return self._set_state("planned")

    def action_open_defects(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("power_crm.power_defect_action"),
            "domain": [("service_record_id", "=", self.id)],
            "context": {
                "default_service_record_id": self.id,
                "default_partner_id": self.partner_id.id,
                "default_supply_point_id": self.supply_point_id.id,
            },
        }

    @api.model
    def _cron_plan_visits(self):
        """Daily: plan the next visit of every customer whose service level promises visits.

        The visit falls ``visit_interval_months`` after the last one done (after today when there
        was none, never before today). A customer with a visit still planned gets no other one.
        """
        partners = self.env["res.partner"]
        self._plan_each(partners._get_visit_due_domain(), "_prepare_visit_vals_list")

    @api.model
    def _cron_plan_inspections(self):
        """Daily: plan the next inspection of every important customer, by its level's interval.

        One at a time, reckoned from the last inspection or equipment check done, like visits.
        """
        partners = self.env["res.partner"]
        self._plan_each(partners._get_inspection_due_domain(), "_prepare_inspection_vals_list")

    @api.model
    def _plan_each(self, domain, prepare):
        """Create what the hook ``prepare`` gives for the customers of the domain, in batches."""
        partners = self.env["res.partner"]
        for batch, remaining in partners._power_batches(domain):
            self.create(getattr(batch, prepare)())._remind_of_plan()
            if not self.env["ir.cron"]._commit_progress(len(batch), remaining=remaining):
                break

    def _remind_of_plan(self):
        """Put what is planned on the list of the person who is to do it."""
        for record in self.filtered("user_id"):
            record.activity_schedule(
                record._get_plan_activity_type(),
                date_deadline=record.date_planned.date(),
                user_id=record.user_id.id,
            )

    def _get_plan_activity_type(self):
        self.ensure_one()
        kind = "inspection" if self.kind == "inspection" else "visit"
        return f"power_crm.mail_activity_type_{kind}"

    @api.model
    def _get_visit_moment(self, day):
        """Hook: the moment of ``day`` (UTC) at which a planned visit is entered."""
        return datetime.combine(day, time(1, 0))
