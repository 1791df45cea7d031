from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

_BATCH = 500
_NEIGHBOURS = 3
_LOW_RATING = 3


class PowerFault(models.Model):
    """Power is back when those who were without it say so."""

    _inherit = "power.fault"

    proof_ids = fields.One2many("power.fault.proof", "fault_id", groups="base.group_user")
    proof_kind = fields.Selection(
        [
            ("customer", "Customer"),
            ("neighbour", "Neighbours"),
            ("meter", "Meter"),
            ("callback", "Call-back"),
        ],
        string="Proven by",
        readonly=True,
        copy=False,
    )
    is_refuted = fields.Boolean(
        string="Reported back wrongly",
        readonly=True,
        copy=False,
        help="The crew reported power back, and the customer said it was not.",
    )

    def _check_may_confirm(self):
        self._check_proven()
        return super()._check_may_confirm()

    def _check_may_close(self):
        """What was reopened is closed by its successor."""
        rest = self.filtered(lambda fault: not fault.is_refuted)
        rest._check_proven()
        return super(PowerFault, rest)._check_may_close()

    def _check_proven(self):
        for fault in self:
            if "yes" not in fault._get_answers().mapped("answer"):
                raise UserError(
                    self.env._(
                        "Fault %(fault)s: nobody without power has said yet that it is back. Wait "
                        "for the answer, or call and press “Called: power is back”.",
                        fault=fault.display_name,
                    )
                )

    def _get_answers(self):
        """Return the questions answered since power was reported back, as superuser."""
        self.ensure_one()
        since = self.date_restored and self.date_restored - timedelta(days=1)
        return self.sudo().proof_ids.filtered(
            lambda proof: proof.answer and (not since or proof.date_sent >= since)
        )

    def _is_answer_awaited(self, kind):
        """Return whether an answer still counts: the customer's own does even after others said
        that power is back."""
        self.ensure_one()
        if self.state == "restored":
            return True
        proven_by_others = self.state in ("confirmed", "closed") and self.proof_kind != "customer"
        return kind == "customer" and proven_by_others and not self.is_refuted

    def _after_move(self, before):
        result = super()._after_move(before)
        self.filtered(lambda fault: fault.state == "restored")._ask_customer()
        confirmed = self.filtered(lambda fault: fault.state == "confirmed" and fault.cause_id)
        if confirmed:
            confirmed._set_state("closed")
        self.filtered(lambda fault: fault.state == "closed")._ask_rating()
        return result

    # === ASKING === #

    def _ask_customer(self):
        """Ask the caller, by the link of one tap, whether power is back."""
        for fault in self:
            proof = self.env["power.fault.proof"].sudo().create(fault._prepare_proof_vals())
            if fault._is_notice_wanted("restored") and fault._tell_customer("restored", proof):
                fault.sudo().date_asked = fields.Datetime.now()
                fault._sync_clocks()

    def _prepare_proof_vals(self, kind="customer", point=None):
        self.ensure_one()
        return {
            "fault_id": self.id,
            "kind": kind,
            "supply_point_id": (point or self.supply_point_id).id,
        }

    def _get_open_proof(self):
        """Return the question the caller has not answered yet, as superuser."""
        self.ensure_one()
        proofs = self.sudo().proof_ids.filtered(lambda proof: proof.kind == "customer")
        return proofs.filtered(lambda proof: proof._is_open())[-1:]

    def action_confirm_yes(self):
        """The dispatcher called back: power is there."""
        return self._answer_by_desk("yes")

    def action_confirm_no(self):
        """The dispatcher called back: power is not there."""
        return self._answer_by_desk("no")

    def _answer_by_desk(self, answer):
        self.ensure_one()
        self._check_role(("power_crm.group_dispatcher",))
        self.check_access("write")
        proof = self.env["power.fault.proof"].sudo().create(self._prepare_proof_vals("callback"))
        self.sudo().date_asked = self.date_asked or fields.Datetime.now()
        proof._take_answer(answer)
        self._sync_clocks()
        return self.action_open_child() if answer == "no" else True

    @api.model
    def _take_signal(self, point, has_power):
        """Take what the meter of a supply point says; it answers for the customer.

        :return: the faults it answered
        """
        faults = self.sudo().search(
            [("supply_point_id", "=", point.id), ("state", "=", "restored")]
        )
        for fault in faults:
            proof = self.env["power.fault.proof"].sudo().create(fault._prepare_proof_vals("meter"))
            proof._take_answer("yes" if has_power else "no")
        return faults

    # === JUDGING === #

    def _judge_proofs(self):
        """One “no” reopens; one “yes” of customer, meter or call-back confirms; of the
        neighbours asked all who answered must say yes."""
        for fault in self.sudo().filtered(lambda fault: not fault.is_refuted):
            answered = fault._get_answers()
            refused = answered.filtered(lambda proof: proof.answer == "no")
            sure = answered.filtered(lambda proof: proof.kind != "neighbour")
            if refused:
                fault._reopen(refused[0])
            elif sure and fault.state == "restored":
                fault._prove(sure[0].kind)

    def _prove(self, kind):
        self.ensure_one()
        self._set_state("confirmed", proof_kind=kind)

    def _reopen(self, proof):
        """Open the fault anew under the old one, which counts against who closed it."""
        self.ensure_one()
        child = self.create(self._prepare_reopened_vals(proof))
        self.is_refuted = True
        self.with_context(power_move_note=child.name)._set_state("closed")
        return child

    def _prepare_reopened_vals(self, proof):
        """Hook: values of the fault that goes on where this one was closed too early."""
        self.ensure_one()
        point = proof.supply_point_id or self.supply_point_id
        same = point == self.supply_point_id
        return {
            **(self._prepare_same_place_vals() if same else self._prepare_place_vals(point)),
            "parent_id": self.id,
            "company_id": self.company_id.id,
            "symptom": self.symptom,
            "danger": self.danger,
            "customers_affected": self.customers_affected,
            "channel": self.channel,
            "date_since": self.date_since,
            "description": "\n".join(
                filter(
                    None,
                    (
                        self._for_reader().env._("Still without power after %s.", self.name),
                        proof.note,
                    ),
                )
            ),
        }

    def _prepare_same_place_vals(self):
        names = (
            "supply_point_id",
            "partner_id",
            "area_id",
            "node_id",
            "contact_name",
            "phone",
            "email",
            "address",
            "latitude",
            "longitude",
            "device_label",
        )
        return self._convert_to_write({name: self[name] for name in names})

    def _prepare_place_vals(self, point):
        """Return whose place a supply point is; where it is, it tells the fault itself."""
        partner = point.partner_id
        return {
            "supply_point_id": point.id,
            "partner_id": partner.id,
            "contact_name": partner.name,
            "phone": partner.phone,
            "email": partner.email,
        }

    def action_open_child(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "form",
            "res_id": self.child_ids[-1:].id,
        }

    # === WHEN NOBODY ANSWERS === #

    @api.model
    def _cron_prove(self):
        """Ask neighbours where the customer is silent, and the dispatcher where they are too."""
        for company in self.env["res.company"].search([("active", "=", True)]):
            limit = fields.Datetime.now() - timedelta(hours=company.power_fault_answer_hours)
            silent = [
                ("company_id", "=", company.id),
                ("state", "=", "restored"),
                ("date_restored", "<", limit),
            ]
            last = 0
            while faults := self.search([*silent, ("id", ">", last)], order="id", limit=_BATCH):
                for fault in faults:
                    fault._follow_up(limit)
                last = faults[-1].id
                self.env["ir.cron"]._commit_progress(len(faults))

    def _follow_up(self, limit):
        self.ensure_one()
        asked = self.proof_ids.filtered(lambda proof: proof.kind == "neighbour")
        if not asked and self._ask_neighbours():
            return
        answers = set(asked.mapped("answer")) - {False}
        if answers == {"yes"}:
            self._prove("neighbour")
        elif not asked or max(asked.mapped("date_sent")) < limit:
            self._schedule_callback()

    def _ask_neighbours(self):
        """Ask a few customers under the same device; return the questions."""
        proofs = self.env["power.fault.proof"].sudo()
        if not self.node_id:
            return proofs
        points = (
            self.env["power.supply.point"]
            .sudo()
            .search(
                [
                    ("node_id", "=", self.node_id.id),
                    ("id", "!=", self.supply_point_id.id),
                    ("state", "=", "active"),
                    ("partner_id.phone", "!=", False),
                ],
                limit=_NEIGHBOURS,
            )
        )
        for point in points:
            proof = proofs.create(self._prepare_proof_vals("neighbour", point))
            proofs |= proof
            reader = self._for_reader(point.partner_id)
            body = reader.env._(
                "%(company)s: power in your neighbourhood was restored. Is yours back? One tap: "
                "%(url)s",
                company=self.company_id.name,
                url=proof._get_url(),
            )
            self._message_sms(
                body, sms_numbers=[point.partner_id.phone], partner_ids=[], put_in_queue=True
            )
        return proofs

    def _schedule_callback(self):
        """Have the dispatcher call the customer, once."""
        kind = self.env.ref("power_faults.mail_activity_type_callback")
        user = self._get_warned_dispatcher()
        if user and kind not in self.activity_ids.activity_type_id:
            fault = self._for_reader(user.partner_id)
            fault.activity_schedule(
                "power_faults.mail_activity_type_callback",
                user_id=user.id,
                summary=fault.env._("Nobody said whether power is back: call"),
            )

    # === RATING === #

    def _rating_get_operator(self):
        return self.restored_by_id.partner_id or super()._rating_get_operator()

    def _ask_rating(self):
        """Ask who can be reached by mail how the repair was."""
        template = self.env.ref("power_faults.mail_template_rating").sudo()
        for fault in self.sudo():
            if fault.partner_id.email and not fault.is_refuted and fault.restored_by_id:
                fault.rating_send_request(template, force_send=False)

    def rating_apply(self, rate, token=None, rating=None, feedback=None, **kwargs):
        rating = super().rating_apply(rate, token=token, rating=rating, feedback=feedback, **kwargs)
        if rate < _LOW_RATING:
            self.sudo()._after_low_rating(rating)
        return rating

    def _after_low_rating(self, rating):
        """Hook: a customer is not content; others make a complaint of it."""
        self.ensure_one()
        user = self._get_warned_manager()
        if user:
            fault = self._for_reader(user.partner_id)
            fault.activity_schedule(
                "power_faults.mail_activity_type_callback",
                user_id=user.id,
                summary=fault.env._("Not content with the repair: %s", rating.feedback or "-"),
            )
