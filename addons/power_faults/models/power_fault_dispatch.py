from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import crew_proposal

_BOARD_GROUPS = ("power_crm.group_dispatcher", "power_crm.group_agent")


class PowerFault(models.Model):
    """Sending crews: proposals, assigning, handing over, and news for the board."""

    _inherit = "power.fault"

    crew_id = fields.Many2one(
        "power.crew",
        index="btree_not_null",
        check_company=True,
        copy=False,
        tracking=True,
        group_expand="_read_group_crews",
    )
    restored_by_id = fields.Many2one("res.users", string="Mended by", readonly=True, copy=False)
    restored_crew_id = fields.Many2one(
        "power.crew", string="Mended by crew", readonly=True, copy=False, index="btree_not_null"
    )
    check_ids = fields.Many2many(
        "power.fault.check",
        string="Safety checks done",
        copy=False,
        groups="base.group_user",
    )
    proposal_note = fields.Char(
        string="Proposed crew", compute="_compute_proposal_note", groups="base.group_user"
    )

    @api.model
    def _read_group_crews(self, crews, domain):
        """All crews are columns of the board, busy or not."""
        return crews.search([("company_id", "in", self.env.companies.ids)])

    @api.model
    @api.readonly
    def web_read_group(
        self, domain, groupby, *args, auto_unfold=False, opening_info=None, **options
    ):
        """Open the column of what no crew has: there the dispatcher looks first."""
        opening = list(opening_info or ())
        known = any(info["value"] is False for info in opening)
        if auto_unfold and groupby[:1] == ["crew_id"] and not known:
            limit = options.get("unfold_read_default_limit", 80)
            opening.append({"value": False, "folded": False, "offset": 0, "limit": limit})
        return super().web_read_group(
            domain, groupby, *args, auto_unfold=auto_unfold, opening_info=opening, **options
        )

    @api.depends("supply_point_id", "area_id", "latitude", "longitude", "symptom", "crew_id")
    @api.depends_context("lang")
    def _compute_proposal_note(self):
        for fault in self:
            proposals = fault._propose_crews() if fault.state == "accepted" else []
            fault.proposal_note = fault._describe_proposal(proposals[0]) if proposals else False

    # === PROPOSALS === #

    def _get_needed_skills(self):
        self.ensure_one()
        return (
            self.env["power.crew.skill"]
            .search([("active", "=", True)])
            .filtered(lambda skill: skill._fits(self))
        )

    def _propose_crews(self):
        """Return the crews that could go, the best first, as proposals of the kernel."""
        self.ensure_one()
        placed = bool(self.latitude or self.longitude)
        job = crew_proposal.Job(
            latitude=self.latitude if placed else None,
            longitude=self.longitude if placed else None,
            area=self.area_id.id or None,
            skills=frozenset(self._get_needed_skills().ids),
        )
        crews = self.env["power.crew"].search([("company_id", "=", self.company_id.id)])
        return crew_proposal.propose(job, [crew._prepare_proposal() for crew in crews])

    def _describe_proposal(self, proposal):
        """Return why a crew is proposed, in words."""
        crew = self.env["power.crew"].browse(proposal.key)
        parts = [crew.name]
        if proposal.distance is not None:
            parts.append(self.env._("%(km)s km away", km=f"{proposal.distance:.1f}"))
        else:
            parts.append(self.env._("position not known"))
        parts.append(
            self.env._("%(count)s open", count=proposal.load)
            if proposal.load
            else self.env._("free")
        )
        if not proposal.in_area:
            parts.append(self.env._("other area"))
        if not proposal.on_shift:
            parts.append(self.env._("off duty"))
        if proposal.missing:
            skills = self.env["power.crew.skill"].browse(proposal.missing)
            parts.append(self.env._("lacks: %(skills)s", skills=", ".join(skills.mapped("name"))))
        return " · ".join(parts)

    def action_dispatch(self):
        """Choose a crew among the proposals; once one is chosen, send it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send a crew"),
            "res_model": "power.fault.assign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_fault_id": self.id},
        }

    # === ASSIGNING === #

    def write(self, vals):
        if "crew_id" not in vals or "state" in vals:
            return super().write(vals)
        before = {fault: fault.crew_id for fault in self}
        result = super().write(vals)
        for fault, crew in before.items():
            if fault.crew_id != crew:
                fault._after_crew_change(crew)
        return result

    def _after_crew_change(self, old):
        """A crew chosen is a crew sent; one taken away sends the fault back to the desk."""
        self.ensure_one()
        if not self.crew_id:
            if self.state in ("dispatched", "arrived"):
                self._set_state("accepted")
        elif self.state in ("reported", "accepted"):
            if self.state == "reported":
                self._set_state("accepted")
            self._set_state("dispatched")
        elif self.state in ("dispatched", "arrived") and old:
            self._reassign(old)

    def _reassign(self, old):
        note = self.env._("%(old)s → %(new)s", old=old.name, new=self.crew_id.name)
        fault = self.with_context(power_move_note=note)
        if self.state == "arrived":
            # The crew that comes now has yet to arrive, and checks for itself.
            self.sudo().check_ids = False
            fault._set_state("dispatched")
        else:
            fault._log_moves({self.id: self.state})
            self.sudo().date_taken = False
            self._tell_crew()
        self._refresh_page(old)
        self._tell_board("reassigned")

    def _check_state_move(self, target):
        result = super()._check_state_move(target)
        if target == "dispatched":
            for fault in self.filtered(lambda fault: not fault.crew_id):
                raise UserError(
                    self.env._(
                        "Fault %(fault)s: choose the crew that is sent.",
                        fault=fault.display_name,
                    )
                )
        return result

    def _prepare_state_vals(self, target):
        vals = super()._prepare_state_vals(target)
        if target == "restored":
            vals.update(restored_by_id=self.env.uid, restored_crew_id=self.crew_id.id)
        elif target == "accepted" and self.state in ("dispatched", "arrived"):
            vals.update(crew_id=False, date_taken=False)
        return vals

    # === NEWS FOR THE BOARD === #

    def _after_create(self):
        result = super()._after_create()
        self._tell_board("created")
        return result

    def _after_move(self, before):
        result = super()._after_move(before)
        self._tell_board("moved")
        self.filtered(lambda fault: fault.state == "dispatched")._tell_crew()
        return result

    def _tell_board(self, event):
        """Say on the bus that faults changed: their numbers only, no facts about anybody.

        Each screen then reads what its user may read.
        """
        for company, faults in self.grouped("company_id").items():
            message = {"event": event, "company_id": company.id, "ids": faults.ids}
            for group in _BOARD_GROUPS:
                self.env.ref(group).sudo()._bus_send("power_faults/board", message)

    def _tell_crew(self):
        """Tell a crew that it is sent: on its page at once, and as each member is notified."""
        for fault in self.filtered("crew_id"):
            crew = fault.crew_id.sudo()
            fault._refresh_page(crew)
            if self.env.context.get("power_silent"):
                continue
            for partner in crew._get_users().partner_id - self.env.user.partner_id:
                reader = fault._for_reader(partner)
                reader.message_notify(
                    partner_ids=partner.ids,
                    subject=reader.env._("Sent to you: %(fault)s", fault=fault.display_name),
                    body=reader._describe_job(),
                    email_layout_xmlid="mail.mail_notification_light",
                )

    def _describe_job(self):
        """Return what a crew must know to set out, in the language of this record."""
        self.ensure_one()
        symptom = self._fields["symptom"]._description_selection(self.env)
        lines = (
            self.env._("Danger to life") if self.danger else "",
            dict(symptom)[self.symptom],
            self.address,
            self.device_label,
            self.phone,
        )
        return Markup("<br/>").join(filter(None, lines))

    @api.model
    def _refresh_page(self, crew):
        """Have the telephone pages of a crew read themselves anew."""
        for user in crew.sudo()._get_users():
            user._bus_send("power_faults/crew", {})

    def action_open_map(self):
        """Open the place in the map that the settings name."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self._get_map_url(), "target": "new"}

    def _get_map_url(self):
        self.ensure_one()
        pattern = self.company_id.sudo().power_fault_map_url or ""
        return pattern.replace("{latitude}", f"{self.latitude:.6f}").replace(
            "{longitude}", f"{self.longitude:.6f}"
        )
