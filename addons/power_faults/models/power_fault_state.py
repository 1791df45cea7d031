from odoo import fields, models
from odoo.exceptions import UserError


class PowerFault(models.Model):
    """The moves of a fault: what each demands, what it stamps, and the buttons."""

    _inherit = "power.fault"

    def _check_state_move(self, target):
        result = super()._check_state_move(target)
        check = {
            "restored": self._check_may_restore,
            "confirmed": self._check_may_confirm,
            "closed": self._check_may_close,
        }.get(target)
        if check:
            check()
        return result

    def _check_may_restore(self):
        """Hook: what must be known before power is told to be back."""

    def _check_may_confirm(self):
        """Hook: what must be known before power is taken to be back."""

    def _check_may_close(self):
        for fault in self.filtered(lambda fault: not fault.cause_id):
            raise UserError(
                self.env._(
                    "Fault %(fault)s cannot be closed without a cause. Choose one under "
                    "“Repair”; “Unknown” is there too.",
                    fault=fault.display_name,
                )
            )

    def _prepare_state_vals(self, target):
        vals = super()._prepare_state_vals(target)
        now = self._get_move_date() if self else fields.Datetime.now()
        stamps = {
            "accepted": {
                "date_accepted": self.date_accepted or now,
                "user_id": self.user_id.id or self._get_acting_user().id,
            },
            "dispatched": {"date_dispatched": self.date_dispatched or now, "date_taken": False},
            "arrived": {
                "date_taken": self.date_taken or now,
                "date_arrived": self.date_arrived or now,
                "date_restored": False,
            },
            "restored": {"date_restored": now},
            "confirmed": {"date_confirmed": now},
            "closed": {"date_closed": now},
            "cancelled": {"date_closed": now},
            "transferred": {"date_closed": now},
        }
        return {**vals, **stamps.get(target, {})}

    def _get_acting_user(self):
        """Return the user if it is one of ours: customers and jobs dispatch nothing."""
        user = self.env.user
        return user if user._is_internal() and not self.env.su else user.browse()

    def action_accept(self):
        return self._set_state("accepted")

    def action_cancel(self):
        return self._set_state("cancelled")

    def action_transfer(self):
        """The equipment is the customer's own: the customer is told, the fault ends here."""
        return self._set_state("transferred")

    def action_arrive(self):
        return self._set_state("arrived")

    def action_restore(self):
        return self._set_state("restored")

    def action_not_restored(self):
        """Back to the crew: power was told to be back by mistake."""
        return self._set_state("arrived")

    def action_close(self):
        return self._set_state("closed")
