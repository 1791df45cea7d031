from odoo import api, models
from odoo.exceptions import AccessError

_DESK = ("power_crm.group_dispatcher",)
_DESK_AND_CREW = ("power_crm.group_dispatcher", "power_crm.group_crew")
_MOVERS = {"arrived": _DESK_AND_CREW, "restored": _DESK_AND_CREW}
# What the gate stamps, and what rests on it. Nobody enters it, by whatever way.
_STAMPS = frozenset(
    {
        "date_accepted",
        "date_dispatched",
        "date_taken",
        "date_arrived",
        "date_restored",
        "date_confirmed",
        "date_closed",
        "date_asked",
        "date_deadline",
        "restored_by_id",
        "restored_crew_id",
        "proof_kind",
        "is_refuted",
        "is_late",
        "is_held",
        "hold_reason_id",
        "parent_id",
        "confirm_state",
    }
)


class PowerFault(models.Model):
    """Who may move a fault on, and what nobody writes by hand."""

    _inherit = "power.fault"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_stamps(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_stamps(vals)
        if "crew_id" in vals:
            self._check_role(_DESK)
        if "date_reported" in vals and any(fault.state != "reported" for fault in self):
            self._check_stamps({"date_reported"}, {"date_reported"})
        return super().write(vals)

    def _check_stamps(self, vals, stamps=_STAMPS):
        """Refuse what only the moves of a fault write; each has its button."""
        names = sorted(stamps.intersection(vals))
        if names and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s: written when a fault moves on, not by hand. Use its buttons.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env) for name in names
                    ),
                )
            )

    def _check_role(self, groups):
        user = self.env.user
        if not self.env.su and not any(user.has_group(group) for group in groups):
            roles = [self.env.ref(group).sudo().name for group in groups]
            raise AccessError(
                self.env._(
                    "Only these roles may do this with a fault: %(roles)s. Ask one of them.",
                    roles=", ".join(roles),
                )
            )

    def _check_state_move(self, target):
        if self:
            self._check_role(_MOVERS.get(target, _DESK))
        return super()._check_state_move(target)
