from odoo import api, models
from odoo.exceptions import UserError

_COVER = ("supply_point_ids", "equipment_ids")


class ContractContract(models.Model):
    """What was agreed stays: prices are fixed on opening, changes are in the history."""

    _inherit = "contract.contract"

    def write(self, vals):
        before = self._get_cover_words() if set(_COVER) & vals.keys() else {}
        result = super().write(vals)
        if before:
            after = self._get_cover_words()
            for contract in self:
                if before.get(contract.id, "") != after.get(contract.id, ""):
                    contract._log_amendment(
                        contract._for_customer().env._(
                            "Covered from now on: %s", after.get(contract.id, "")
                        )
                    )
        return result

    def _get_cover_words(self):
        """Return {id: what contracts in force cover, in words}."""
        return {
            contract.id: ", ".join(
                covered.display_name
                for covered in (*contract.supply_point_ids, *contract.equipment_ids)
            )
            for contract in self._filter_in_force()
        }

    def _filter_in_force(self):
        return self.filtered(
            lambda item: item.is_power_service and item.state in self._STATES_IN_FORCE
        )

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        if target == "open":
            self.filtered("is_power_service")._fix_prices()
        return result

    def _fix_prices(self):
        """Prices taken from a list so far are what is agreed; the list of such customers first."""
        for contract in self:
            lines = contract.contract_line_ids.filtered("automatic_price")
            special = lines and self.env["product.pricelist"].sudo()._get_power_pricelist(
                contract.partner_id, contract.supply_point_ids, contract.company_id
            )
            if special and not contract.sale_order_id:
                contract.pricelist_id = special
            lines._fix_price()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_force(self):
        for contract in self.filtered(lambda item: item.is_power_service and item.state != "draft"):
            raise UserError(
                self.env._(
                    "%(contract)s has been in force and is kept. Terminate it, or archive it.",
                    contract=contract.display_name,
                )
            )
