from collections import defaultdict
from datetime import UTC, datetime, time, timedelta

from odoo import api, models

from odoo.addons.power_crm.tools.working_days import DAY, is_working

from ..tools.free_time import free_moment

_OPENING, _CLOSING = time(9, 0), time(17, 0)


class PowerContractVisit(models.Model):
    """Visits that contracts plan find a moment at which their technician is free."""

    _inherit = "power.contract.visit"

    @api.model
    def _plan_moments(self, company, vals_list):
        """Give visits to be created their moment, one after the other.

        The first working day of their time, from tomorrow on, on which the hours from nine to five
        have room; where none has, or the time is over, they keep the usual moment.

        :param list vals_list: values of visits of one company; ``date_planned`` is added
        """
        tomorrow = company._get_power_today() + DAY
        coming = [vals for vals in vals_list if vals["deadline"] >= tomorrow]
        if not coming:
            return
        exceptions = self.env["power.workday"].sudo()._get_exceptions(company)
        taken = self._get_taken_times(company, coming)
        for vals in sorted(coming, key=lambda vals: vals["date_due"]):
            own = taken[vals["user_id"]] if vals["user_id"] else defaultdict(list)
            length = timedelta(hours=vals["duration"])
            day = max(vals["date_due"], tomorrow)
            while day <= vals["deadline"]:
                opening, closing = self._get_hours(company, day)
                moment = is_working(day, exceptions) and free_moment(
                    opening, closing, own[day], length
                )
                if moment:
                    vals["date_planned"] = moment
                    own[day].append((moment, moment + length))
                    break
                day += DAY

    @api.model
    def _get_hours(self, company, day):
        """Hook: from when to when (UTC) visits are made on a day of the utility."""
        midnight = company._get_power_midnight(day)
        zone = company._to_power_time(midnight).tzinfo
        return tuple(
            datetime.combine(day, at, zone).astimezone(UTC).replace(tzinfo=None)
            for at in (_OPENING, _CLOSING)
        )

    @api.model
    def _get_taken_times(self, company, vals_list):
        """Return {user id: {day: [(begin, end)]}} of what people do in the time of the visits."""
        users = self.env["res.users"].browse({vals["user_id"] for vals in vals_list} - {False})
        first = company._get_power_midnight(min(vals["date_due"] for vals in vals_list))
        last = company._get_power_midnight(max(vals["deadline"] for vals in vals_list) + DAY)
        taken = defaultdict(lambda: defaultdict(list))
        for one in self._find_engagements(users, first, last):
            day = company._to_power_time(max(one.begin, first)).date()
            until = company._to_power_time(min(one.end, last)).date()
            while day <= until:
                taken[one.user_id][day].append((one.begin, one.end))
                day += DAY
        return taken
