import logging
from collections import defaultdict

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from ..tools import outage_grouping as kernel

_logger = logging.getLogger(__name__)
_LOCK = 190_501
# So many reports are named as what a proposal rests on.
_NAMED = 50


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
    def _group_reports(self, company, everywhere=False):
        """Find the devices whose failure explains the open reports of a company best.

        Of the network, the trees are weighed below which a report waits for its decision: the
        other trees have said nothing new, but that they kept silent.

        Waits for nobody: where another transaction groups this company just now, nothing is done
        and the reports stay pending for the scheduled action.

        :param bool everywhere: weigh all trees, for silence speaks too
        :return: False when another transaction is at it, else True
        """
        company = company.sudo()
        key = SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", _LOCK, company.id)
        if not self.env.execute_query(key)[0][0]:
            return False
        outages = self.sudo().with_company(company).with_context(power_grouping=True)
        faults = outages.env["power.fault"]
        placed = [
            report
            for report in faults._read_evidence(outages._get_report_domain(company))
            if report.line
        ]
        in_force = outages.search(
            Domain("company_id", "=", company.id) & outages._get_in_force_domain(),
            order="date_start",
        )
        in_force._cover_reports(placed)
        tops = {report.line[0] for report in placed if everywhere or report.pending}
        if tops or everywhere:
            proposals = outages._ask_kernel(company, placed, tops)
            within = None if everywhere else tops
            outages._apply_proposals(company, proposals, placed, in_force, within)
        faults._set_grouped(company)
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

    def _cover_reports(self, placed):
        """Give reports below the devices of these outages in force to them, the oldest first."""
        by_node = {node.id: outage for outage in reversed(self) for node in outage.node_ids}
        if not by_node:
            return
        found = {}
        for report in placed:
            if report.line not in found:
                node = self.env["power.network.node"].browse(report.line[-1])
                above = (by_node[number] for number in report.line if number in by_node)
                found[report.line] = next((o for o in above if not o._is_back(node)), None)
        off, joining = set(self.ids), defaultdict(list)
        for report in placed:
            if found[report.line] and report.outage_id not in off:
                joining[found[report.line]].append(report)
        for outage, reports in joining.items():
            outage._add_reports(self._get_faults(reports))
            for report in reports:
                report.outage_id = outage.id

    @api.model
    def _get_faults(self, reports):
        return self.env["power.fault"].browse(report.id for report in reports)

    def _add_reports(self, faults):
        """Take reports up; who is covered by an outage in force is told so."""
        self.ensure_one()
        new = faults.filtered(lambda fault: fault.outage_id != self)
        if new:
            new._join_outage(self)
            if self._is_in_force():
                self._tell("covered", faults=new)

    @api.model
    def _ask_kernel(self, company, placed, tops=None):
        """Return the kernel's proposals for these reports.

        :param tops: ids of the devices below which is weighed; everywhere where there are none
        """
        now = fields.Datetime.now()
        tree = self._prepare_tree({number for report in placed for number in report.line})
        calls = [
            kernel.Call(
                report.id,
                report.line[-1],
                (min(report.date, now) - now).total_seconds() / 60.0,
                report.customer,
            )
            for report in placed
        ]
        return kernel.group(tree, calls, 0.0, self._get_grouping_settings(company), tops)

    @api.model
    def _prepare_tree(self, ids):
        """Return the devices of these ids as the kernel knows them."""
        nodes = self.env["power.network.node"].browse(sorted(ids))
        nodes.fetch(["parent_id", "parent_path", "kind", "customer_total"])
        uncounted = nodes.filtered(lambda node: not node.customer_total)
        counted = uncounted._count_below(
            "power.supply.point", Domain("state", "in", ("active", "suspended"))
        )
        return {
            node.id: kernel.Node(
                node.id,
                node.parent_id.id or None,
                node.kind,
                node.customer_total or counted.get(node.id, 0),
            )
            for node in nodes
        }

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
    def _apply_proposals(self, company, proposals, placed, in_force, tops=None):
        """Make the open proposals those of the kernel; what people decided stays.

        :param in_force: outages that are
        :param tops: ids of the devices below which was weighed; everywhere where there are none
        """
        waiting = self._get_open_proposals(company)
        if tops is not None:
            waiting = waiting.filtered(lambda outage: outage.node_ids._get_ancestor_ids() & tops)
        decided = self._get_decided_ids(company, in_force)
        by_id = {report.id: report for report in placed}
        explained = {}
        for proposal in proposals:
            reports = [by_id[call] for call in proposal.calls]
            node = self.env["power.network.node"].browse(proposal.node)
            if not decided & node._get_ancestor_ids():
                left = waiting.filtered(lambda outage: outage not in explained)
                stay = {report.outage_id for report in reports} & set(in_force.ids)
                vals = self._prepare_proposal_vals(
                    company, node, proposal, reports, in_force.browse(stay)
                )
                outage = self._propose(node, vals, left)
                explained[outage] = reports
        kept = self.union(*explained)
        self._give_reports(waiting, explained, in_force)
        (waiting - kept)._drop_proposals()
        if company.power_storm_mode:
            kept.exists()._confirm_in_storm()

    @api.model
    def _get_open_proposals(self, company):
        """Return the proposals that nobody has touched or decided yet."""
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("kind", "=", "fault")
            & Domain("state", "=", "proposed")
            & Domain("automatic", "=", True)
        )
        return self.search(domain, order="date_start, id")

    @api.model
    def _get_decided_ids(self, company, in_force):
        """Return the ids of the devices of outages that are in force or that somebody answers
        for."""
        answered = self.search(
            Domain("company_id", "=", company.id)
            & Domain("kind", "=", "fault")
            & Domain("state", "=", "proposed")
            & Domain("automatic", "=", False)
        )
        return set((in_force | answered).node_ids.ids)

    @api.model
    def _propose(self, node, vals, waiting):
        """Move a proposal that hangs together with this device to it, or make a new one."""
        line = node._get_ancestor_ids()
        same = waiting.filtered(
            lambda outage: bool(
                line & set(outage.node_ids.ids) or node.id in outage.node_ids._get_ancestor_ids()
            )
        )
        outage = same[:1].with_prefetch(waiting.ids)
        if outage:
            # its customers are counted anew only where the device moved
            known = outage._convert_to_write({name: outage[name] for name in vals})
            outage.write({name: value for name, value in vals.items() if known[name] != value})
        else:
            outage = self.create(vals)
        (same - outage).write({"merged_into_id": outage.id})
        return outage

    @api.model
    def _give_reports(self, waiting, explained, in_force):
        """Let each proposal have the reports that it explains, and no others.

        :param waiting: the proposals there were before
        :param dict explained: {proposal: its reports}
        :param in_force: outages whose reports stay theirs
        """
        faults = self.env["power.fault"]
        stay = set(in_force.ids)
        target = {
            report.id: outage
            for outage, reports in explained.items()
            for report in reports
            if report.outage_id not in stay
        }
        current = {
            report.id: report.outage_id for reports in explained.values() for report in reports
        }
        for outage, ids in faults._read_group(
            [("outage_id", "in", waiting.ids)], ["outage_id"], ["id:array_agg"]
        ):
            current.update(dict.fromkeys(ids, outage.id))
        moved = defaultdict(list)
        for fault_id, outage_id in current.items():
            outage = target.get(fault_id, self.browse())
            if outage_id not in stay and outage_id != (outage.id or None):
                moved[outage].append(fault_id)
        for outage, ids in moved.items():
            faults.browse(ids)._join_outage(outage)

    @api.model
    def _prepare_proposal_vals(self, company, node, proposal, reports, covered):
        """Hook: values of a proposed outage.

        :param reports: what its reports say (``Evidence``), the oldest first
        :param covered: outages in force that some of its reports belong to
        """
        # A job has no language of its own; the desk reads what it found.
        env = self.with_context(lang=company._get_power_lang()).env
        lines = [
            env._(
                "%(reports)s callers, %(silent)s customers have not called.",
                reports=len(proposal.calls),
                silent=proposal.silent,
            ),
            ", ".join(report.name for report in reports[:_NAMED]),
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
            "date_start": reports[0].date,
            # as it is stored: one that has not changed is not written
            "probability": round(proposal.probability, 3),
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

        Goes on while reports come in, at most as long as a scheduled action may run. Ends with a
        look at all that is open: where nobody else has called since, silence has an answer too.
        """
        reports = self.env["power.fault.report"]
        with reports._watch():
            while True:
                taken = reports._take_batch()
                self._group_waiting()
                left = self.env["ir.cron"]._commit_progress(taken)
                if not taken or not left:
                    break
                reports._gather()
        if reports._has_waiting():
            # one that came in the last moment, and whose sender saw somebody at work
            self.env.ref("power_faults.ir_cron_group_reports").sudo()._trigger()
        self._group_everywhere()

    @api.model
    def _group_waiting(self):
        """Decide on the reports that wait for it."""
        for (company,) in self.env["power.fault"]._read_group(
            [("grouping_pending", "=", True)], ["company_id"]
        ):
            self._try_to_group(company)

    @api.model
    def _try_to_group(self, company, everywhere=False):
        """Group without ever losing a report: whatever goes wrong is left to the next time.

        :return: whether it was done
        """
        try:
            with self.env.cr.savepoint():
                return self._group_reports(company, everywhere)
        except SerializationFailure:
            _logger.info("Reports of %s are grouped later: one is being changed", company.name)
        except Exception:
            _logger.exception("Reports of %s are left to the next grouping", company.name)
        return False

    @api.model
    def _group_everywhere(self):
        """Weigh all that is open, and what was proposed of it, as time has passed."""
        companies = self.env["res.company"]
        for model, domain in (
            ("power.fault", self.env["power.fault"]._get_grouping_domain()),
            ("power.outage", Domain("automatic", "=", True) & Domain("state", "=", "proposed")),
        ):
            groups = self.env[model]._read_group(domain, ["company_id"])
            companies = companies.union(*(company for (company,) in groups))
        for company in companies:
            self._try_to_group(company, everywhere=True)

    # === SPLIT AND MERGE === #

    def _find_common_device(self):
        """Return the device whose failure explains the reports of all these outages, or none.

        Devices that failed side by side have one above them too, but customers of its other
        branches have power and are not to be counted or told.
        """
        company = self.company_id
        if len(company) != 1:
            return self.env["power.network.node"]
        reports = self.env["power.fault"].sudo()._read_evidence(Domain("outage_id", "in", self.ids))
        placed = [report for report in reports if report.line]
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
