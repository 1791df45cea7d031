from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import MissingError, UserError
from odoo.fields import Domain

from ..tools import contract_calendar
from .product_template import SERVICE_KINDS

_COVERED = ("power.equipment", "power.supply.point")


class Entitlement(NamedTuple):
    """What a customer may ask for by contract.

    ``left`` is the number of calls left in the contract year, None without a limit; ``only`` is the
    equipment covered where a supply point was asked for and not all that stands there is.
    """

    covered: bool
    contract: models.BaseModel
    line: models.BaseModel
    until: object = None
    left: int | None = None
    response_hours: float = 0.0
    only: models.BaseModel | None = None

    def _to_dict(self):
        """Return it as remote callers get it."""
        contract, line = self.contract.sudo(), self.line.sudo()
        return {
            "covered": self.covered,
            "contract_id": contract.id,
            "contract": contract.code or "",
            "line_id": line.id,
            "until": fields.Date.to_string(self.until) if self.until else False,
            "left": self.left,
            "response_hours": self.response_hours,
            "only": self.only.ids if self.only else [],
            "text": contract._describe_entitlement(self),
        }


class ContractContract(models.Model):
    _inherit = "contract.contract"

    @api.model
    def _get_entitlement(self, covered, service, day=None):
        """Is a job covered, until when, and how many are left?

        :param covered: a ``power.equipment`` or a ``power.supply.point``
        :param service: a ``product.product``, or the code of a kind of service
            (``power_service_kind``, for instance ``maintenance``)
        :param day: date of the job, today by default
        :rtype: Entitlement
        """
        name = "service_kind" if isinstance(service, str) else "product_id"
        lines = self._find_entitling_lines(covered, day)
        lines = lines.filtered(lambda line: line[name] == service)
        return self._pick_entitlement(lines, covered, day)

    @api.model
    def _get_entitlements(self, covered, day=None):
        """Return {kind of service: Entitlement} of all that contracts say of something."""
        lines = self._find_entitling_lines(covered, day).grouped("service_kind")
        return {kind: self._pick_entitlement(some, covered, day) for kind, some in lines.items()}

    @api.model
    @api.readonly
    def get_entitlement(self, covered_model, covered_id, service="maintenance", day=None):
        """Is a job covered, until when, and how many are left? For callers from outside.

        :param str covered_model: ``power.equipment`` or ``power.supply.point``
        :param int covered_id: id of one that the caller may read
        :param service: code of a kind of service (``testing``, ``maintenance``, ``generator`` …),
            or the id of a product
        :param str day: ISO date of the job, today by default
        :return: ``covered`` (bool), ``contract_id``, ``contract`` (its number), ``line_id``,
            ``until`` (ISO date or False), ``left`` (calls left in the contract year, None without
            a limit), ``response_hours`` (0: no promise), ``only`` (ids of the equipment covered,
            where it is not all of the supply point) and ``text``, all of it in words
        :rtype: dict
        :raises UserError: for a model or a kind of service that there is none of
        :raises AccessError: where the caller may not read what is to be covered
        """
        if covered_model not in _COVERED:
            raise UserError(self.env._("Ask for one of %(models)s.", models=", ".join(_COVERED)))
        covered = self.env[covered_model].browse(covered_id)
        if not covered.exists():
            raise MissingError(self.env._("What is to be covered does not exist any more."))
        covered.check_access("read")
        if not isinstance(service, str):
            service = self.env["product.product"].browse(service)
        elif service not in dict(SERVICE_KINDS):
            kinds = ", ".join(dict(SERVICE_KINDS))
            raise UserError(self.env._("Ask for one of these services: %(kinds)s.", kinds=kinds))
        return self._get_entitlement(covered, service, fields.Date.to_date(day))._to_dict()

    @api.model
    def _find_entitling_lines(self, covered, day=None):
        day = day or self.env.company._get_power_today()
        domain = self._get_entitlement_domain(covered, day)
        return self.env["contract.line"].sudo().search(domain)

    @api.model
    def _pick_entitlement(self, lines, covered, day=None):
        """Return the best answer that contract lines give."""
        day = day or self.env.company._get_power_today()
        answers = [
            self._prepare_entitlement(line, day)._replace(only=line.contract_id._get_only(covered))
            for line in lines
        ]
        nothing = Entitlement(False, self.browse(), self.env["contract.line"])
        return max(
            answers,
            key=lambda item: (
                item.covered,
                not item.only,
                item.left is None,
                item.left or 0,
            ),
            default=nothing,
        )

    @api.model
    def _get_entitlement_domain(self, covered, day):
        return (
            Domain("contract_id.is_power_service", "=", True)
            & Domain("contract_id.state", "=", "open")
            & Domain("is_canceled", "=", False)
            & Domain("date_start", "<=", day)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", day))
            & (
                Domain("contract_id.term_end", "=", False)
                | Domain("contract_id.term_end", ">=", day)
            )
            # Visits planned by the contract are no calls.
            & (Domain("calls_unlimited", "=", True) | Domain("calls_included", ">", 0))
            & self._get_coverage_domain(covered)
        )

    @api.model
    def _get_coverage_domain(self, covered):
        """Named equipment is covered alone; else everything at the supply points is.

        A supply point is covered, perhaps in part, by what is named of its equipment.
        """
        if covered._name == "power.equipment":
            return Domain("contract_id.equipment_ids", "in", covered.ids) | (
                Domain("contract_id.equipment_ids", "=", False)
                & Domain("contract_id.supply_point_ids", "in", covered.supply_point_id.ids)
            )
        return (
            Domain("contract_id.supply_point_ids", "in", covered.ids)
            & Domain("contract_id.equipment_ids", "=", False)
        ) | Domain("contract_id.equipment_ids.supply_point_id", "in", covered.ids)

    def _get_only(self, covered):
        """Return the equipment covered of a supply point; none where all is."""
        self.ensure_one()
        named = self.equipment_ids
        if covered._name == "power.equipment":
            return named.browse()
        here = named.filtered(lambda item: item.supply_point_id in covered)
        return here if here != covered.sudo().equipment_ids else named.browse()

    @api.model
    def _describe_entitlement(self, answer):
        """Return an answer in words, for whoever speaks to the customer."""
        if not answer.line:
            return self.env._("No contract covers this.")
        words = [
            self.env._(
                "%(contract)s, “%(service)s”",
                contract=answer.contract.sudo().code or answer.contract.sudo().name,
                service=answer.line.sudo().name,
            )
        ]
        if not answer.covered:
            words.append(self.env._("all calls of the year are taken"))
        elif answer.left is not None:
            words.append(self.env._("calls left: %s", answer.left))
        if answer.until:
            words.append(self.env._("until %s", fields.Date.to_string(answer.until)))
        if answer.response_hours:
            words.append(self.env._("on site within %s h", f"{answer.response_hours:g}"))
        if answer.only:
            names = ", ".join(answer.only.sudo().mapped("display_name"))
            words.append(self.env._("only %s", names))
        return "; ".join(words)

    @api.model
    def _prepare_entitlement(self, line, day):
        left = line._get_calls_left(day)
        return Entitlement(
            covered=left is None or left > 0,
            contract=line.contract_id.with_user(self.env.user),
            line=line.with_user(self.env.user),
            until=line.date_end or None,
            left=left,
            response_hours=line.product_id.power_response_hours,
        )


class ContractLine(models.Model):
    _inherit = "contract.line"

    def _get_calls_left(self, day):
        """Return how many calls are left in the contract year of ``day``; None without a limit."""
        self.ensure_one()
        if self.calls_unlimited:
            return None
        return max(self.calls_included - self._count_calls(day), 0)

    def _count_calls(self, day):
        """Calls taken in the contract year of ``day``; one called off does not count."""
        self.ensure_one()
        first, last = contract_calendar.period(self.date_start, 12, day)
        return len(
            self.visit_ids.filtered(
                lambda visit: (
                    visit.origin == "call"
                    and visit.state in ("planned", "done")
                    and first <= visit.date_due <= last
                )
            )
        )
