from odoo import api, models


class AccountMove(models.Model):
    """Invoices that contracts make by themselves are written in a set, where their shape is proven.

    In the context ``power_service_set`` remembers the shapes. What is written in a set is posted;
    what is not comes as the drafts that it always came as.
    """

    _inherit = "account.move"

    @api.model_create_multi
    def create(self, vals_list):
        memory = self.env.context.get("power_service_set")
        if memory is None:
            return super().create(vals_list)
        moves = self.with_context(power_service_set=None)
        made = moves.env["contract.contract"]._post_service_invoices(vals_list, memory)
        rest = [vals for place, vals in enumerate(vals_list) if place not in made]
        drafts = iter(super(AccountMove, moves).create(rest).ids)
        return self.browse([made.get(place) or next(drafts) for place in range(len(vals_list))])

    def _follow_service_posting(self):
        # A prototype is an invoice like others; what follows is for those that stay.
        moves = self.browse() if self.env.context.get("power_service_trial") else self
        return super(AccountMove, moves)._follow_service_posting()
