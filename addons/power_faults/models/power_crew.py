from datetime import timedelta

import pytz

from odoo import api, fields, models

from ..tools import crew_proposal

_FRESH = timedelta(hours=4)


class PowerCrew(models.Model):
    """People and a vehicle that go out and mend."""

    _name = "power.crew"
    _description = "Repair crew"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    code = fields.Char()
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    leader_id = fields.Many2one(
        "res.users", domain="[('share', '=', False)]", check_company=True, tracking=True
    )
    member_ids = fields.Many2many(
        "res.users",
        "power_crew_member_rel",
        "crew_id",
        "user_id",
        string="Members",
        domain="[('share', '=', False)]",
        check_company=True,
    )
    phone = fields.Char()
    vehicle = fields.Char(help="Registration number.")
    area_ids = fields.Many2many(
        "power.area", string="Areas", check_company=True, help="Empty: everywhere."
    )
    skill_ids = fields.Many2many("power.crew.skill", string="Skills")
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Shifts",
        check_company=True,
        help="When the crew is on duty. Empty: round the clock.",
    )
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    date_position = fields.Datetime(string="Position of", readonly=True)
    fault_ids = fields.One2many("power.fault", "crew_id", string="Faults")
    load = fields.Integer(string="Open faults", compute="_compute_load")
    is_on_shift = fields.Boolean(string="On duty", compute="_compute_is_on_shift")
    reopened_count = fields.Integer(
        string="Reopened",
        compute="_compute_reopened_count",
        help="Faults told as mended while the customer was still without power.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)

    _place_range = models.Constraint(
        "CHECK (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)",
        "Latitude lies between -90 and 90, longitude between -180 and 180.",
    )

    def _compute_load(self):
        loads = dict(
            self.env["power.fault"]._read_group(
                [("crew_id", "in", self.ids), ("state", "in", ("dispatched", "arrived"))],
                ["crew_id"],
                ["__count"],
            )
        )
        for crew in self:
            crew.load = loads.get(crew, 0)

    def _compute_reopened_count(self):
        counts = dict(
            self.env["power.fault"]._read_group(
                [("restored_crew_id", "in", self.ids), ("child_ids", "!=", False)],
                ["restored_crew_id"],
                ["__count"],
            )
        )
        for crew in self:
            crew.reopened_count = counts.get(crew, 0)

    @api.depends("calendar_id")
    def _compute_is_on_shift(self):
        now = fields.Datetime.now().replace(tzinfo=pytz.utc)
        for crew in self:
            crew.is_on_shift = not crew.calendar_id or bool(
                crew.calendar_id._work_intervals_batch(now, now + timedelta(minutes=1))[False]
            )

    def _get_users(self):
        return self.leader_id | self.member_ids

    def _get_position(self):
        """Return the crew's place: the last one it sent if that is fresh, else where it last was.

        An old position is no position.
        """
        self.ensure_one()
        fresh = self.date_position and fields.Datetime.now() - self.date_position <= _FRESH
        if fresh and (self.latitude or self.longitude):
            return self.latitude, self.longitude
        return None, None

    def _prepare_mark(self):
        """Hook: how a crew looks on the map of the board; pale where its place is an old one."""
        self.ensure_one()
        fresh = self._get_position() != (None, None)
        told = fields.Datetime.context_timestamp(self, self.date_position or self.write_date)
        return {
            "href": f"#power.crew/{self.id}",
            "title": self.env._(
                "%(crew)s: %(load)s open faults, here at %(time)s",
                crew=self.name,
                load=self.load,
                time=told.strftime("%Y-%m-%d %H:%M"),
            ),
            "color": "text-bg-primary" if fresh else "text-bg-light border",
            "icon": "fa-truck",
            "text": self.name,
            "level": 20,
        }

    def _prepare_proposal(self):
        """Return the crew as plain data for the proposal."""
        self.ensure_one()
        latitude, longitude = self._get_position()
        areas = self.env["power.area"].search([("id", "child_of", self.area_ids.ids)])
        return crew_proposal.Crew(
            key=self.id,
            latitude=latitude,
            longitude=longitude,
            areas=frozenset(areas.ids),
            skills=frozenset(self.skill_ids.ids),
            load=self.load,
            on_shift=self.is_on_shift,
        )
