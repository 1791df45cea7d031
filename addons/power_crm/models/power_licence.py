from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PowerLicence(models.Model):
    _name = "power.licence"
    _description = "Licence or certificate"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "partner_id, date_to, id"
    _rec_name = "number"
    _rec_names_search = ["number"]

    _CRON_BATCH = 200

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="partner_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("business", "Business licence"),
            ("tax", "Tax registration"),
            ("special_trade", "Special-trade permit"),
            ("identity", "Identity document"),
            ("other", "Other"),
        ],
        required=True,
        default="business",
        tracking=True,
    )
    number = fields.Char(required=True, index=True, tracking=True)
    authority = fields.Char(string="Issuing authority")
    date_from = fields.Date(string="Valid from")
    date_to = fields.Date(string="Valid to", index=True, tracking=True, help="Empty: without end.")
    state = fields.Selection(
        [
            ("coming", "Not valid yet"),
            ("valid", "Valid"),
            ("expiring", "Expires soon"),
            ("expired", "Expired"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
    )
    reminded_on = fields.Date(
        string="Reminded on",
        compute="_compute_reminded_on",
        store=True,
        readonly=False,
        copy=False,
        help="Set by the daily reminder; emptied when the end of validity changes.",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "power_licence_attachment_rel",
        "licence_id",
        "attachment_id",
        string="Scans",
        bypass_search_access=True,
    )
    note = fields.Text(groups="base.group_user")

    _dates_order = models.Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "A licence cannot end before it begins.",
    )

    @api.depends("date_from", "date_to", "partner_id.company_id")
    def _compute_state(self):
        today = self.env.company._get_power_today()
        for licence in self:
            if licence.date_to and licence.date_to < today:
                licence.state = "expired"
            elif licence.date_from and licence.date_from > today:
                licence.state = "coming"
            elif licence.date_to and licence.date_to <= licence._get_remind_until(today):
                licence.state = "expiring"
            else:
                licence.state = "valid"

    @api.depends("date_to")
    def _compute_reminded_on(self):
        self.reminded_on = False

    @api.depends("kind", "number")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for licence in self:
            licence.display_name = " ".join(filter(None, (kinds.get(licence.kind), licence.number)))

    @api.constrains("number")
    def _check_number(self):
        for licence in self:
            if not (licence.number or "").strip():
                raise ValidationError(
                    self.env._(
                        "%(customer)s: a licence needs a number.",
                        customer=licence.partner_id.display_name,
                    )
                )

    def _get_remind_until(self, today):
        company = self.company_id or self.env.company
        return today + relativedelta(days=company.power_licence_remind_days)

    @api.model
    def _cron_remind_licences(self):
        """Daily: bring the states up to date and remind the account managers before expiry.

        One activity a licence; a licence renewed (new end of validity) is reminded of again.
        """
        self._refresh_states()
        while licences := self.search(self._get_remind_domain(), limit=self._CRON_BATCH):
            for licence in licences:
                licence.activity_schedule(**licence._prepare_reminder_vals())
            licences.reminded_on = self.env.company._get_power_today()
            if not self.env["ir.cron"]._commit_progress(
                len(licences), remaining=self.search_count(self._get_remind_domain())
            ):
                break

    def _refresh_states(self):
        """The states depend on today's date, which triggers nothing by itself."""
        due = self.search(
            [("state", "!=", "expired"), "|", ("date_to", "!=", False), ("state", "=", "coming")]
        )
        self.env.add_to_compute(self._fields["state"], due)
        due.flush_recordset(["state"])

    def _get_remind_domain(self):
        """Hook: licences the daily cron reminds of."""
        return [
            ("state", "in", ("expiring", "expired")),
            ("reminded_on", "=", False),
            ("partner_id.active", "=", True),
        ]

    def _prepare_reminder_vals(self):
        self.ensure_one()
        user = self.partner_id._get_power_responsible(self.company_id)
        licence = self.with_context(lang=user.lang)
        return {
            "act_type_xmlid": "power_crm.mail_activity_type_licence",
            "date_deadline": max(self.date_to, self.env.company._get_power_today()),
            "user_id": user.id,
            "summary": licence.env._(
                "%(licence)s ends on %(date)s", licence=licence.display_name, date=self.date_to
            ),
        }
