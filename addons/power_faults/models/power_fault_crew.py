import base64
import binascii

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .power_crew_action import _MAX_PHOTO, _MAX_TEXT

_IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"GIF8")


class PowerFault(models.Model):
    """What a crew may do with its own faults, from the telephone or the form."""

    _inherit = "power.fault"

    is_my_crew = fields.Boolean(compute="_compute_is_my_crew", search="_search_is_my_crew")

    def _compute_is_my_crew(self):
        for fault in self:
            fault.is_my_crew = self.env.user in fault.crew_id.sudo()._get_users()

    def _search_is_my_crew(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return [
            "|",
            ("crew_id.leader_id", "=", self.env.uid),
            ("crew_id.member_ids", "in", self.env.uid),
        ]

    def _check_crew_member(self):
        for fault in self:
            if self.env.user not in fault.crew_id.sudo()._get_users():
                raise AccessError(
                    self.env._(
                        "Fault %(fault)s is not given to your crew any more. Ask the dispatcher.",
                        fault=fault.sudo().name,
                    )
                )

    def _crew_take(self, date_done, data):
        if self.state == "dispatched" and not self.date_taken:
            self.sudo().date_taken = date_done
            self.with_context(power_move_note=self.env._("Taken by the crew"))._log_moves(
                {self.id: self.state}
            )
            self._sync_clocks()
            self._tell_board("taken")

    def _crew_arrive(self, date_done, data):
        self._crew_take(date_done, data)
        self._keep_crew_position(data)
        if self.state == "dispatched":
            self._set_state("arrived", date_arrived=date_done)

    def _crew_check(self, date_done, data):
        check = self.env["power.fault.check"].browse(int(data.get("check", 0))).exists()
        command = Command.link if data.get("done", True) else Command.unlink
        self.sudo().check_ids = [command(check.id)] if check else []

    def _crew_part(self, date_done, data):
        name = str(data.get("name") or "").strip()[:_MAX_TEXT]
        try:
            quantity = float(data.get("quantity") or 1)
        except (TypeError, ValueError):
            raise UserError(
                self.env._("The quantity of “%(part)s” is no number.", part=name)
            ) from None
        if not name or quantity <= 0:
            raise UserError(self.env._("Give the part a name and a quantity above zero."))
        self.sudo().part_ids = [
            Command.create(
                {"name": name, "quantity": quantity, "unit": str(data.get("unit") or "")[:20]}
            )
        ]

    def _crew_photo(self, date_done, data):
        field = "photo_after_ids" if data.get("when") == "after" else "photo_before_ids"
        try:
            raw = base64.b64decode(str(data.get("image") or "").partition(",")[2], validate=True)
        except binascii.Error:
            raw = b""
        self._add_photo(field, str(data.get("name") or "photo.jpg"), raw)

    def _add_photo(self, field, name, raw):
        """Keep a photo with the fault.

        :param bytes raw: the picture
        :raises UserError: when it is no picture, or too large
        """
        self.ensure_one()
        if not raw.startswith(_IMAGES):
            raise UserError(
                self.env._("“%(name)s” is no photo. Send a JPEG, PNG or WebP.", name=name)
            )
        if len(raw) > _MAX_PHOTO:
            raise UserError(
                self.env._(
                    "“%(name)s” is larger than %(size)s MB. Send a smaller photo.",
                    name=name,
                    size=_MAX_PHOTO // 1024 // 1024,
                )
            )
        self.sudo().write(
            {
                field: [
                    Command.create(
                        {
                            "name": name[:100],
                            "raw": raw,
                            "res_model": self._name,
                            "res_id": self.id,
                        }
                    )
                ]
            }
        )

    def _crew_note(self, date_done, data):
        note = str(data.get("note") or "").strip()[:_MAX_TEXT]
        if note:
            self.sudo().cause_note = "\n".join(filter(None, (self.cause_note, note)))

    def _crew_restore(self, date_done, data):
        self._crew_note(date_done, data)
        cause = self.env["power.fault.cause"].browse(int(data.get("cause") or 0)).exists()
        if cause.parent_id:
            self.sudo().cause_id = cause
        if self.state == "dispatched":
            self._crew_arrive(date_done, data)
        if self.state == "arrived":
            self._set_state("restored", date_restored=date_done)

    def _crew_hand_over(self, date_done, data):
        """Give the fault back to the desk; another crew is sent."""
        note = str(data.get("note") or "").strip()[:_MAX_TEXT]
        if self.state in ("dispatched", "arrived"):
            self.with_context(power_move_note=note or self.env._("Handed over")).sudo()._set_state(
                "accepted"
            )

    def _keep_crew_position(self, data):
        try:
            latitude, longitude = float(data["latitude"]), float(data["longitude"])
        except (KeyError, TypeError, ValueError):
            return
        if -90 <= latitude <= 90 and -180 <= longitude <= 180:
            self.crew_id.sudo().write(
                {
                    "latitude": latitude,
                    "longitude": longitude,
                    "date_position": fields.Datetime.now(),
                }
            )

    def _check_may_restore(self):
        super()._check_may_restore()
        required = self.env["power.fault.check"].sudo().search([("required", "=", True)])
        for fault in self.filtered(lambda fault: fault.state == "arrived"):
            missing = required - fault.check_ids
            if missing:
                raise UserError(
                    self.env._(
                        "Fault %(fault)s: before power is reported back, these safety checks must "
                        "be ticked: %(checks)s.",
                        fault=fault.display_name,
                        checks=", ".join(missing.mapped("name")),
                    )
                )
