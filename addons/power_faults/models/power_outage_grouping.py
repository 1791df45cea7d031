from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from ..tools import outage_grouping as kernel

_LOCK = 190_501
# What grouping reads of a report; they come by thousands, and a fault has a hundred columns more.
_REPORT_FIELDS = (
    "name",
    "company_id",
    "date_reported",
    "grouping_pending",
    "node_id",
    "outage_id",
    "partner_id",
    "phone",
    "supply_point_id",
)


class PowerOutage(models.Model):
    """Outages proposed from reports: the most probable devices, and what they rest on."""

    _inherit = "power.outage"

    automatic = fields.Boolean(
        string="Proposed by the system",
        readonly=True,
        copy=False,
        help="New reports may still move it to another device until somebody changes or confirms "
        "it.",
    )
    probability = fields.Float(readonly=True, copy=False, aggregator="avg", digits=(4, 3))
    basis = fields.Text(string="Rests on", readonly=True, copy=False)
    merged_into_id = fields.Many2one(
        "power.outage", readonly=True, copy=False, index="btree_not_null", check_company=True
    )
    split_from_id = fields.Many2one(
        "power.outage", readonly=True, copy=False, index="btree_not_null", check_company=True
    )

    def write(self, vals):
        if {"node_ids", "date_start"} & vals.keys() and not self.env.context.get("power_grouping"):
            # from now on a person answers for it
            vals = {"automatic": False, **vals}
        return super().write(vals)

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        if target == "cancelled":
            for outage in self.filtered("fault_ids"):
                # nothing that was reported is lost: it is judged anew
                faults = outage.fault_ids
                faults.write({"outage_id": False, "grouping_pending": True})
                if outage.date_confirmed:
                    outage._tell("freed", faults=faults)
        return result

    # === GROUPING === #

    @api.model
    def _group_reports(self, company):
        """Find the devices whose failure explains the open reports of a company best.

        Waits for nobody: where another transaction groups this company just now, nothing is done
        and the reports stay pending for the scheduled action.

        :return: False when another transaction is at it, else True
        """
        company = company.sudo()
        key = SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", _LOCK, company.id)
        if not self.env.execute_query(key)[0][0]:
            return False
        outages = self.sudo().with_company(company).with_context(power_grouping=True)
        faults = outages._get_reports_to_group(company)
        if faults:
            places = {fault: fault._get_grouping_node() for fault in faults}
            placed = {fault: node for fault, node in places.items() if node}
            outages._cover_reports(company, placed)
            proposals = outages._ask_kernel(company, placed)
            outages._apply_proposals(company, proposals, placed)
            faults.filtered("grouping_pending")._set_grouped()
        return True

    @api.model
    def _get_report_domain(self, company):
        """Return the domain of the open reports of a company that count at this moment."""
        start = fields.Datetime.subtract(
            fields.Datetime.now(), minutes=company.sudo().power_group_window
        )
        return (
            self.env["power.fault"]._get_grouping_domain()
            & Domain("company_id", "=", company.id)
            & Domain("date_reported", ">=", start)
        )

    @api.model
    def _get_reports_to_group(self, company):
        domain = self._get_report_domain(company)
        return self.env["power.fault"].search_fetch(
            domain, _REPORT_FIELDS, order="date_reported, id"
        )

    @api.model
    def _cover_reports(self, company, placed):
        """Give reports below a device that is known to be off to its outage."""
        confirmed = self.search(
            Domain("company_id", "=", company.id) & self._get_in_force_domain(), order="date_start"
        )
        by_node = {node.id: outage for outage in reversed(confirmed) for node in outage.node_ids}
        if not by_node:
            return
        found = {}
        for fault, node in placed.items():
            if fault.outage_id in confirmed:
                continue
            for above in node._get_ancestor_ids() & by_node.keys():
                if not by_node[above]._is_back(node):
                    found.setdefault(by_node[above], self.env["power.fault"])
                    found[by_node[above]] |= fault
                    break
        for outage, faults in found.items():
            outage._add_reports(faults)

    def _add_reports(self, faults):
        """Take reports up; who is covered by an outage in force is told so."""
        self.ensure_one()
        new = faults.filtered(lambda fault: fault.outage_id != self)
        if new:
            new._join_outage(self)
            if self._is_in_force():
                self._tell("covered", faults=new)

    @api.model
    def _ask_kernel(self, company, placed):
        """Return the kernel's proposals for these reports."""
        now = fields.Datetime.now()
        places = set(placed.values())
        ids = {ancestor for node in places for ancestor in node._get_ancestor_ids()}
        nodes = self.env["power.network.node"].browse(sorted(ids))
        nodes.fetch(["parent_id", "kind", "customer_total"])
        uncounted = nodes.filtered(lambda node: not node.customer_total)
        counted = uncounted._count_below(
            "power.supply.point", Domain("state", "in", ("active", "suspended"))
        )
        tree = {
            node.id: kernel.Node(
                node.id,
                node.parent_id.id or None,
                node.kind,
                node.customer_total or counted.get(node.id, 0),
            )
            for node in nodes
        }
        calls = [
            kernel.Call(
                fault.id,
                node.id,
                (min(fault.date_reported, now) - now).total_seconds() / 60.0,
                fault._get_grouping_customer(),
            )
            for fault, node in placed.items()
        ]
        return kernel.group(tree, calls, 0.0, self._get_grouping_settings(company))

    @api.model
    def _get_grouping_settings(self, company):
        """Hook: what the kernel assumes for a company."""
        return kernel.Settings(
            silent_share=company.power_group_silent / 100.0,
            false_share=max(company.power_group_false / 100.0, 0.001),
            delay_minutes=company.power_group_delay,
            window_minutes=company.power_group_window,
            least_calls=company.power_group_reports,
            least_probability=company.power_group_probability / 100.0,
        )

    @api.model
    def _apply_proposals(self, company, proposals, placed):
        """Make the open proposals those of the kernel; what people decided stays."""
        waiting = self.search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", "fault"),
                ("state", "=", "proposed"),
                ("automatic", "=", True),
            ],
            order="date_start, id",
        )
        by_id = {fault.id: fault for fault in placed}
        kept = self.browse()
        for proposal in proposals:
            node = self.env["power.network.node"].browse(proposal.node)
            faults = self.env["power.fault"].union(*(by_id[call] for call in proposal.calls))
            if self._is_known(company, node):
                continue
            kept |= self._propose(company, node, proposal, faults, waiting - kept)
        (waiting - kept)._drop_proposals()
        if company.power_storm_mode:
            kept.exists()._confirm_in_storm()

    @api.model
    def _is_known(self, company, node):
        """Say whether an outage that somebody answers for, or that is confirmed, covers it."""
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("node_ids", "in", list(node._get_ancestor_ids()))
            & (
                self._get_in_force_domain()
                | (Domain("state", "=", "proposed") & Domain("automatic", "=", False))
                & Domain("kind", "=", "fault")
            )
        )
        return bool(self.search_count(domain, limit=1))

    @api.model
    def _propose(self, company, node, proposal, faults, waiting):
        """Move a proposal that hangs together with this device to it, or make a new one."""
        line = node._get_ancestor_ids()
        same = waiting.filtered(
            lambda outage: bool(
                line & set(outage.node_ids.ids) or node.id in outage.node_ids._get_ancestor_ids()
            )
        )
        outage = same[:1]
        vals = self._prepare_proposal_vals(company, node, proposal, faults)
        if outage:
            # its customers are counted anew only where the device moved
            known = outage._convert_to_write({name: outage[name] for name in vals})
            outage.write({name: value for name, value in vals.items() if known[name] != value})
            (outage.fault_ids - faults)._join_outage(self)
        else:
            outage = self.create(vals)
        for current, of_current in faults.grouped("outage_id").items():
            if current != outage and not current._is_in_force():
                of_current._join_outage(outage)
        for other in same - outage:
            other.write({"merged_into_id": outage.id})
        (same - outage)._drop_proposals()
        return outage

    @api.model
    def _prepare_proposal_vals(self, company, node, proposal, faults):
        """Hook: values of a proposed outage."""
        covered = faults.outage_id.filtered_domain(self._get_in_force_domain())
        # A job has no language of its own; the desk reads what it found.
        env = self.with_context(lang=company._get_power_lang()).env
        lines = [
            env._(
                "%(reports)s callers, %(silent)s customers have not called.",
                reports=len(proposal.calls),
                silent=proposal.silent,
            ),
            ", ".join(faults[:50].mapped("name")),
        ]
        if covered:
            lines.append(
                env._(
                    "Includes what is confirmed as %(outages)s: merge them if the device above "
                    "has failed.",
                    outages=", ".join(covered.mapped("name")),
                )
            )
        return {
            "kind": "fault",
            "company_id": company.id,
            "node_ids": [Command.set(node.ids)],
            "date_start": min(faults.mapped("date_reported")),
            "probability": proposal.probability,
            "basis": "\n".join(lines),
            "automatic": True,
        }

    def _drop_proposals(self):
        """Cancel proposals that the reports no longer bear out."""
        for outage in self:
            outage.fault_ids._join_outage(self.browse())
            if outage.state == "proposed":
                outage._set_state("cancelled")

    def _confirm_in_storm(self):
        for outage in self.filtered(lambda outage: outage.state == "proposed"):
            below = self.search(
                [
                    ("company_id", "=", outage.company_id.id),
                    ("kind", "=", "fault"),
                    ("state", "=", "confirmed"),
                    ("node_ids", "child_of", outage.node_ids.ids),
                ]
            )
            outage._set_state("confirmed")
            if below:
                below._merge_into(outage)

    @api.model
    def _cron_group_reports(self):
        """Make faults of the reports kept, and group what came while others were at it.

        Goes on while reports come in, at most as long as a scheduled action may run.
        """
        reports = self.env["power.fault.report"]
        with reports._watch():
            while True:
                taken = reports._take_batch()
                left = self.env["ir.cron"]._commit_progress(taken)
                self._group_waiting()
                self.env["ir.cron"]._commit_progress()
                if not taken or not left:
                    break
                reports._gather()
        if reports._has_waiting():
            # one that came in the last moment, and whose sender saw somebody at work
            self.env.ref("power_faults.ir_cron_group_reports").sudo()._trigger()

    @api.model
    def _group_waiting(self):
        waiting = self.env["power.fault"]._read_group(
            [("grouping_pending", "=", True)], ["company_id"]
        )
        for (company,) in waiting:
            self._group_reports(company)
        # old ones that no longer count are pending for nothing
        self.env["power.fault"]._clear_old_pending()

    # === SPLIT AND MERGE === #

    def _find_common_device(self):
        """Return the device whose failure explains the reports of all these outages, or none.

        Devices that failed side by side have one above them too, but customers of its other
        branches have power and are not to be counted or told.
        """
        company = self.company_id
        if len(company) != 1:
            return self.env["power.network.node"]
        places = {fault: fault._get_grouping_node() for fault in self.sudo().fault_ids}
        placed = {fault: node for fault, node in places.items() if node}
        for proposal in self.sudo()._ask_kernel(company, placed):
            device = self.env["power.network.node"].browse(proposal.node)
            if all(device.id in node._get_ancestor_ids() for node in self.node_ids):
                return device
        return self.env["power.network.node"]

    def _merge_into(self, target):
        """Let one outage take these over: every ticket stays, every customer is told.

        :param target: outage in state proposed or confirmed of the same company
        """
        target.ensure_one()
        others = self - target
        for outage in others | target:
            if outage.state not in ("proposed", "confirmed") or outage.kind != "fault":
                raise UserError(
                    self.env._(
                        "%(outage)s cannot be merged: only faults that are proposed or confirmed "
                        "can.",
                        outage=outage.name,
                    )
                )
            if outage.company_id != target.company_id:
                raise UserError(self.env._("Only outages of one company can be merged."))
        if not others:
            raise UserError(self.env._("Choose at least two outages to merge."))
        nodes = (target.node_ids | others.node_ids)._without_those_below()
        start = min((target | others).mapped("date_start"))
        faults = others.fault_ids
        if "confirmed" in others.mapped("state") and target.state == "proposed":
            target._set_state("confirmed")
        target.write({"node_ids": [Command.set(nodes.ids)], "date_start": start})
        others.step_ids.write({"outage_id": target.id})
        faults.write({"outage_id": target.id})
        others.write({"merged_into_id": target.id})
        for outage in others:
            outage._message_log(body=self.env._("Merged into %(outage)s.", outage=target.name))
        others._set_state("cancelled")
        target._message_log(
            body=self.env._(
                "Took over %(outages)s with %(reports)s reports.",
                outages=", ".join(others.mapped("name")),
                reports=len(faults),
            )
        )
        if target.state == "confirmed":
            target._tell("merged", faults=faults)
        return target

    def _split(self, nodes, keep):
        """Take devices out of an outage into one of their own.

        Reports below them go along, reports below what is kept stay, others are freed and may be
        grouped again. Everybody whose outage changes is told.

        :param nodes: devices of the new outage
        :param keep: devices that the old one keeps
        :return: the new outage
        """
        self.ensure_one()
        if self.state not in ("proposed", "confirmed") or self.kind != "fault":
            raise UserError(
                self.env._(
                    "%(outage)s cannot be split: only faults that are proposed or confirmed can.",
                    outage=self.name,
                )
            )
        if not nodes or not keep:
            raise UserError(
                self.env._("Name at least one device for the new outage and one to keep.")
            )
        new = self.copy(
            {
                "node_ids": [Command.set(nodes.ids)],
                "split_from_id": self.id,
                "date_start": self.date_start,
                "date_expected": self.date_expected,
            }
        )
        below = {node.id for node in nodes}
        stay = {node.id for node in keep}
        moved = self.fault_ids.filtered(
            lambda fault: fault._get_grouping_node()._get_ancestor_ids() & below
        )
        rest = self.fault_ids - moved
        freed = rest.filtered(
            lambda fault: (
                fault._get_grouping_node()
                and not fault._get_grouping_node()._get_ancestor_ids() & stay
            )
        )
        self.step_ids._split(new)
        self.write({"node_ids": [Command.set(keep.ids)]})
        moved.write({"outage_id": new.id})
        freed.write({"outage_id": False, "grouping_pending": True})
        if self.state == "confirmed":
            new.with_context(power_no_notice=True)._set_state("confirmed")
            new._tell("split", faults=moved)
            self._tell("freed", faults=freed)
        for outage in (self, new):
            outage._message_log(
                body=self.env._(
                    "Split: %(old)s and %(new)s. %(moved)s reports went to the new one, %(freed)s "
                    "belong to neither and are judged anew.",
                    old=self.name,
                    new=new.name,
                    moved=len(moved),
                    freed=len(freed),
                )
            )
        return new

    def action_split(self):
        self.ensure_one()
        return self._open_wizard("power.outage.split", self.env._("Split the outage"))

    def action_merge(self):
        return self._open_wizard("power.outage.merge", self.env._("Merge outages"))

    def _open_wizard(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_outage_id": self[:1].id, "default_outage_ids": self.ids},
        }
