from odoo import api, models
from odoo.exceptions import UserError


class PowerStateMixin(models.AbstractModel):
    """A selection ``state`` with one gate.

    The model declares ``_TRANSITIONS`` ({state: states it may become}); every write of ``state``,
    from a button, an import or a remote call, passes the same check and gets the same stamps.
    A record entered further on begins where all begin and then passes the gate; only the program
    itself (superuser), and ``_ENTRY_STATES`` for everybody, skip it. A duplicate begins anew.
    """

    _name = "power.state.mixin"
    _description = "State with one gate"

    _TRANSITIONS: dict[str, tuple[str, ...]] = {}
    _ENTRY_STATES: tuple[str, ...] = ()

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_entry_gated():
            return super().create(vals_list)
        first = self._fields["state"].default(self)
        entered = self.env.context.get("default_state")
        targets = [vals.get("state") or entered or first for vals in vals_list]
        gated = [target not in (first, *self._ENTRY_STATES) for target in targets]
        records = super().create(
            [
                {**vals, "state": first if is_gated else target}
                for vals, target, is_gated in zip(vals_list, targets, gated, strict=True)
            ]
        )
        waiting = {}
        for record, target, is_gated in zip(records, targets, gated, strict=True):
            if is_gated:
                waiting[target] = waiting.get(target, self.browse()) + record
        for target, later in waiting.items():
            later._set_state(target)
        return records

    @api.model
    def _is_entry_gated(self):
        """Hook: whether records entered in a later state must pass the gate."""
        return not self.env.su

    def copy_data(self, default=None):
        kept = "state" in (default or {})
        return [
            vals if kept else {name: vals[name] for name in vals if name != "state"}
            for vals in super().copy_data(default)
        ]

    def write(self, vals):
        if "state" not in vals:
            return super().write(vals)
        target = vals["state"]
        moving = self.filtered(lambda record: record.state != target)
        moving._check_state_move(target)
        staying = self - moving
        if staying:
            super(PowerStateMixin, staying).write(vals)
        for stamps, records in moving._group_by_stamps(target):
            super(PowerStateMixin, records).write({**stamps, **vals})
        moving._after_state_move(target)
        return True

    def _group_by_stamps(self, target):
        """Return [(stamps, records that get them)]."""
        groups = self.grouped(lambda record: tuple(record._prepare_state_vals(target).items()))
        return [(dict(stamps), records) for stamps, records in groups.items()]

    def _set_state(self, target, **vals):
        """Move the records to ``target``, writing ``vals`` on the way.

        :raises UserError: when a move is not declared
        """
        return self.write({**vals, "state": target})

    def _check_state_move(self, target):
        """Hook: refuse moves. Others add their own conditions after calling super."""
        for record in self:
            if target not in self._TRANSITIONS.get(record.state, ()):
                raise UserError(
                    self.env._(
                        "%(record)s cannot go from “%(current)s” to “%(target)s”. "
                        "From “%(current)s” it can become: %(allowed)s.",
                        record=record.display_name,
                        current=record._get_state_label(record.state),
                        target=record._get_state_label(target),
                        allowed=", ".join(
                            record._get_state_label(state)
                            for state in self._TRANSITIONS.get(record.state, ())
                        )
                        or self.env._("nothing any more"),
                    )
                )

    def _prepare_state_vals(self, target):
        """Hook: what to stamp when ``target`` is reached (one record, or none when creating)."""
        return {}

    def _after_state_move(self, target):
        """Hook: what follows once the records stand in ``target``, whoever moved them and how."""

    def _get_state_label(self, state):
        selection = self._fields["state"]._description_selection(self.env)
        return dict(selection).get(state, state)
