import dataclasses
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .power_fault import PowerFault as Fault

# What people report when a device of the network has failed.
_SYMPTOMS = ("no_power", "fallen_wire", "equipment")
# With so many open reports within the window a single one no longer waits for the decision.
_FLOOD = 300
_NOT_REACHED = ("reported", "accepted", "dispatched")


@dataclasses.dataclass(slots=True)
class Evidence:
    """What a report says of the network; ``line``: the devices above it, the top first."""

    id: int
    name: str
    date: datetime
    line: tuple[int, ...]
    customer: tuple | None
    outage_id: int | None
    pending: bool | None


class PowerFault(models.Model):
    """A report as evidence: which device it speaks of, and the outage it belongs to."""

    _inherit = "power.fault"

    _TRANSITIONS = {
        **Fault._TRANSITIONS,
        **{state: (*Fault._TRANSITIONS[state], "restored") for state in _NOT_REACHED},
    }

    grouping_pending = fields.Boolean(
        string="To be grouped", default=True, readonly=True, copy=False
    )
    outage_date_expected = fields.Datetime(
        related="outage_id.date_expected", string="Outage: expected back"
    )

    _grouping_pending_idx = models.Index("(company_id) WHERE grouping_pending")

    def _after_report(self):
        """Decide at once whether the reports belong to an outage, known or new.

        Who takes many at once and groups them together afterwards says ``power_group_later``.
        """
        result = super()._after_report()
        if self.env.context.get("power_group_later"):
            return result
        for company in self.company_id:
            if company.sudo().power_storm_mode or not self._try_to_group(company):
                cron = self.env.ref("power_faults.ir_cron_group_reports").sudo()
                cron.fetch(["active"])
                cron._trigger()
        return result

    def _try_to_group(self, company):
        """Group at once, but in a flood: many reports are weighed together, not all of them again
        with each."""
        outages = self.env["power.outage"].sudo()
        if self.sudo().search_count(outages._get_report_domain(company), limit=_FLOOD) >= _FLOOD:
            return False
        return self.env["power.outage"]._try_to_group(company)

    @api.model
    def _get_grouping_domain(self):
        """Hook: which reports speak of a failure of the network that is not mended yet."""
        return (
            Domain("state", "in", self._OPEN_STATES)
            & Domain("symptom", "in", _SYMPTOMS)
            & Domain("confirm_state", "!=", "desk")
            & (Domain("confirm_state", "!=", "waiting") | Domain("danger", "=", True))
        )

    def _get_grouping_node(self):
        """Return the device nearest to the place of a report, or none."""
        self.ensure_one()
        return self.node_id or self.supply_point_id.node_id

    @api.model
    def _read_evidence(self, domain):
        """Return what the reports of a domain say of the network, the oldest first.

        In one query, and not as records: they come by thousands, and a fault has a hundred columns.

        :rtype: list[Evidence]
        """
        query = self._search(domain, order="date_reported, id")
        point = query.left_join(
            self._table, "supply_point_id", "power_supply_point", "id", "supply_point_id"
        )
        points, nodes = self.env["power.supply.point"], self.env["power.network.node"]
        place = SQL(
            "COALESCE(%s, %s)",
            self._field_to_sql(self._table, "node_id"),
            points._field_to_sql(point, "node_id"),
        )
        query.add_join("LEFT JOIN", "place", nodes._table, SQL("place.id = %s", place))
        names = ("date_reported", "supply_point_id", "partner_id", "phone", "outage_id")
        rows = self.env.execute_query(
            query.select(
                SQL.identifier(self._table, "id"),
                self._field_to_sql(self._table, "name"),
                nodes._field_to_sql("place", "parent_path"),
                self._field_to_sql(self._table, "grouping_pending"),
                *(self._field_to_sql(self._table, name) for name in names),
            )
        )
        lines = {path: nodes._parse_path(path) for path in {row[2] for row in rows}}
        return [
            Evidence(id_, name, date, lines[path], self._name_caller(*caller), outage_id, pending)
            for id_, name, path, pending, date, *caller, outage_id in rows
        ]

    @api.model
    def _name_caller(self, point_id, partner_id, phone):
        """Hook: return what tells one caller from another; None when nothing does."""
        if point_id:
            return ("point", point_id)
        if partner_id:
            return ("partner", partner_id)
        return ("phone", phone) if phone else None

    def _get_outage_contact(self):
        """Hook: how to reach who reported: name, email, phone and language, as far as known."""
        self.ensure_one()
        return {
            "name": self.contact_name or "",
            "email": self.email or "",
            "phone": self.phone or "",
            "lang": self.lang or "",
        }

    def _join_outage(self, outage):
        """Let the system give these reports to an outage, or to none.

        Nobody decided it, it may change with the next report, and in a storm it concerns
        thousands: the outage lists its reports, their own histories stay silent.
        """
        faults = self._for_themselves()
        faults.write({"outage_id": outage.id, "grouping_pending": False})
        faults.flush_recordset()

    @api.model
    def _set_grouped(self, company):
        """All that this transaction sees of a company has been decided on; what does not speak of
        a failure, is over or too old is not waited for either."""
        self.flush_model(["company_id", "grouping_pending"])
        self.env.cr.execute(
            SQL(
                "UPDATE power_fault SET grouping_pending = FALSE"
                " WHERE company_id = %s AND grouping_pending",
                company.id,
            )
        )
        self.invalidate_model(["grouping_pending"])

    def _for_themselves(self):
        """Return these reports so that writing them reads nothing of the others weighed with
        them, which may be thousands, and tracks nothing."""
        return self.with_prefetch().with_context(mail_notrack=True)

    # === THE END OF THE OUTAGE === #

    def _check_state_move(self, target):
        result = super()._check_state_move(target)
        if target == "restored":
            for fault in self.filtered(lambda fault: fault.state in _NOT_REACHED):
                outage = fault.outage_id
                node = fault._get_grouping_node()
                over = outage.state in ("restored", "closed")
                if not over and not (outage and node and outage._is_back(node)):
                    raise UserError(
                        self.env._(
                            "Nobody has been at %(fault)s yet, and no outage that it belongs to "
                            "is over. Let a crew arrive first.",
                            fault=fault.display_name,
                        )
                    )
        return result

    def _after_outage_state(self, state):
        """Follow the outage: where no crew has arrived, its end ends the report too.

        The caller is asked whether power is back, as after any repair. Where a crew is at work,
        the report waits for it.
        """
        if state == "restored":
            for outage, faults in self.grouped("outage_id").items():
                faults._end_with_outage(outage.date_restored)

    def _end_with_outage(self, moment):
        for fault in self.filtered(lambda fault: fault.state in _NOT_REACHED):
            outage = fault.outage_id
            fault.sudo().with_context(
                power_move_date=moment, power_move_note=outage.name
            )._set_state("restored", cause_id=(fault.cause_id or outage.cause_id).id)
