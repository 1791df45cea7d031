from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    power_tz = fields.Selection(
        related="partner_id.tz",
        readonly=False,
        string="Time zone of the utility",
        help="Bills, deadlines and interruptions count their days here, whoever looks or works. "
        "Empty: the time zone of the person, or of the working hours for what runs by itself.",
    )
    power_generator_margin = fields.Float(
        string="Emergency generator margin (%)",
        default=120.0,
        help="Capacity an important customer's own emergency sources must have, in percent of "
        "its safety load.",
    )
    power_licence_remind_days = fields.Integer(
        string="Licence reminder (days before expiry)", default=60
    )
    power_renewal_remind_days = fields.Integer(
        string="Important customer renewal reminder (days before)", default=30
    )

    power_rectify_days_general = fields.Integer(
        string="Rectify a general defect within (days)", default=60
    )
    power_rectify_days_serious = fields.Integer(
        string="Rectify a serious defect within (days)", default=30
    )
    power_rectify_days_major = fields.Integer(
        string="Rectify a major hazard within (days)", default=15
    )

    _power_rectify_days_positive = models.Constraint(
        "CHECK (power_rectify_days_general >= 0 AND power_rectify_days_serious >= 0"
        " AND power_rectify_days_major >= 0)",
        "The days for a rectification cannot be negative.",
    )
    _power_generator_margin_positive = models.Constraint(
        "CHECK (power_generator_margin >= 0)",
        "The emergency generator margin cannot be negative.",
    )
    _power_remind_days_positive = models.Constraint(
        "CHECK (power_licence_remind_days >= 0 AND power_renewal_remind_days >= 0)",
        "Reminder days cannot be negative.",
    )

    def _get_power_zone(self):
        """Return the name of the time zone in which the days of the utility are counted."""
        company = self.sudo()
        return company.power_tz or self.env.user.tz or company.resource_calendar_id.tz or "UTC"

    def _get_power_lang(self):
        """Return the language of the utility, for what nobody has asked for in another one.

        Jobs and other systems have no language of their own; what they write is read all the same.
        """
        return self.sudo().partner_id.lang or self.env.lang or "en_US"

    def _in_power_lang(self, records):
        """Return records in the language of who asks, or of the utility where nobody does."""
        if self.env.context.get("lang"):
            return records
        return records.with_context(lang=self._get_power_lang())

    def _get_power_today(self):
        """Return the day it is at the utility, whoever asks: a portal user or the scheduler too."""
        return fields.Date.context_today(self.with_context(tz=self._get_power_zone()))

    def _to_power_time(self, instant):
        """Return an instant of the database (UTC, naive) as the utility's clocks show it, aware."""
        return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(self._get_power_zone()))

    def _get_power_midnight(self, day):
        """Return the instant (UTC, naive) at which a day of the utility begins."""
        midnight = datetime.combine(day, time.min, ZoneInfo(self._get_power_zone()))
        return midnight.astimezone(UTC).replace(tzinfo=None)
