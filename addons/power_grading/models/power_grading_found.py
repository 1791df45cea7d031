from odoo import api, models
from odoo.exceptions import AccessError


class PowerGradingFound(models.AbstractModel):
    """What the screen does not let one type, no import and no remote call writes either.

    Read-only fields of the model are those; the application itself writes them as superuser.
    """

    _name = "power.grading.found"
    _description = "Facts that nobody types"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_not_typed({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_typed(vals)
        return super().write(vals)

    def _check_not_typed(self, names):
        if self.env.su:
            return
        for name in names:
            if name in self._fields and self._fields[name].readonly:
                raise AccessError(
                    self.env._(
                        "%(model)s: “%(field)s” is found by the application and cannot be "
                        "entered. Leave it out.",
                        model=self.env["ir.model"]._get(self._name).display_name,
                        field=self._fields[name]._description_string(self.env),
                    )
                )
