from odoo import fields, models
from odoo.tools import format_datetime


class PowerOutage(models.Model):
    """Telling customers: who, in which language, by which way, and the words."""

    _inherit = "power.outage"

    notice_ids = fields.One2many("power.outage.notice", "outage_id", string="Notices")
    notice_count = fields.Integer(string="Notices given", compute="_compute_notice_counts")
    notice_open_count = fields.Integer(
        string="Not delivered",
        compute="_compute_notice_counts",
        help="Notices that failed, and customers without any address: telephone them.",
    )

    def _compute_notice_counts(self):
        rows = self.env["power.outage.notice"]._read_group(
            [("outage_id", "in", self.ids)], ["outage_id", "state"], ["__count"]
        )
        total = dict.fromkeys(self, 0)
        open_ = dict.fromkeys(self, 0)
        for outage, state, number in rows:
            total[outage] += number
            if state in ("failed", "unreachable"):
                open_[outage] += number
        for outage in self:
            outage.notice_count = total[outage]
            outage.notice_open_count = open_[outage]

    def action_open_notices(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "power_faults.power_outage_notice_action"
            ),
            "domain": [("outage_id", "=", self.id)],
            "context": {},
        }

    def _tell(self, kind, faults=None, points=None, subscribers=False):
        """Tell customers something about one outage, each once, and keep the proof.

        :param str kind: key of ``NOTICE_KINDS``
        :param faults: reports whose callers are told
        :param points: supply points whose customers are told
        :param bool subscribers: tell those too who subscribed to the area
        :return: the notices
        """
        self.ensure_one()
        notices = self.env["power.outage.notice"]
        if self.env.context.get("power_no_notice"):
            return notices
        recipients = self.sudo()._collect_recipients(faults, points, subscribers)
        texts = {}
        rows = []
        for recipient in recipients:
            lang = recipient["lang"] or self.company_id._get_power_lang()
            if lang not in texts:
                texts[lang] = self.with_context(lang=lang)._get_notice_text(kind)
            if texts[lang]:
                rows.append(self._prepare_notice_vals(kind, recipient, *texts[lang]))
        if rows:
            notices = notices.sudo().create(rows)
            words = self._for_desk().env
            labels = dict(notices._fields["kind"]._description_selection(words))
            unreachable = notices.filtered(lambda notice: notice.channel == "none")
            self.sudo()._message_log(
                body=words._(
                    "%(kind)s: %(told)s customers are told, %(unreachable)s cannot be reached.",
                    kind=labels[kind],
                    told=len(notices) - len(unreachable),
                    unreachable=len(unreachable),
                )
            )
        return notices

    def _collect_recipients(self, faults, points, subscribers):
        """Return one dict a customer: name, email, phone, lang, partner, point, fault, points."""
        found = {}
        for fault in faults or ():
            contact = fault._get_outage_contact()
            partner = fault.partner_id
            key = partner.id or contact["phone"] or contact["email"] or ("fault", fault.id)
            found.setdefault(
                key,
                {
                    **contact,
                    "partner": partner,
                    "point": fault.supply_point_id,
                    "fault": fault,
                    "points": 1,
                },
            )
        for point in points or ():
            partner = point.partner_id
            if partner.id in found:
                found[partner.id]["points"] += 1
                continue
            found[partner.id] = {
                "name": partner.name or "",
                "email": partner.email or "",
                "phone": partner.phone or "",
                "lang": partner.lang or "",
                "partner": partner,
                "point": point,
                "fault": self.env["power.fault"],
                "points": 1,
            }
        if subscribers:
            told = {
                address
                for recipient in found.values()
                for address in (recipient["email"], recipient["phone"])
                if address
            }
            for recipient in self._get_subscribers():
                if not {recipient["email"], recipient["phone"]} & told:
                    found["subscriber", recipient["email"], recipient["phone"]] = recipient
        return list(found.values())

    def _get_subscribers(self):
        """Hook: recipients who asked to be told about this place."""
        return []

    def _prepare_notice_vals(self, kind, recipient, subject, body):
        """Hook: values of one notice; the customer's preferred way, else the one that is known."""
        addresses = {"email": recipient["email"], "sms": recipient["phone"]}
        possible = [name for name, address in addresses.items() if address]
        tell = self.env["power.telling.mixin"]
        channel = tell._choose_channel(possible, recipient["partner"]) or "none"
        return {
            "outage_id": self.id,
            "kind": kind,
            "partner_id": recipient["partner"].id,
            "supply_point_id": recipient["point"].id,
            "fault_id": recipient["fault"].id,
            "point_count": recipient["points"],
            "channel": channel,
            "address": addresses.get(channel, False),
            "subject": subject,
            "body": body,
        }

    def _format_time(self, moment):
        """Return a time as customers read it, in the company's time zone."""
        if not moment:
            return self.env._("not known yet")
        return format_datetime(self.env, moment, tz=str(self._get_timezone()), dt_format="short")

    def _get_notice_place(self):
        """Hook: how the place is named to customers, without naming any of them."""
        return self.area_id.display_name or ", ".join(self.node_ids.mapped("name"))

    def _get_notice_text(self, kind):
        """Hook: subject and text (HTML) of a notice, in the language of the context.

        :return: nothing where the utility has deleted the template: nobody is told of this
        """
        template = self.env.ref(f"power_faults.mail_template_outage_{kind}", False)
        if not template:
            return None
        template = template.sudo().with_context(lang=self.env.lang)
        subject = template._render_field("subject", self.ids)[self.id]
        return subject, template._render_field("body_html", self.ids)[self.id]

    # === WHEN === #

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        for outage in self:
            if target == "restored":
                # who reported is asked on the report itself whether power is back
                outage._tell("restored", subscribers=True)
                outage._log_on_reports(
                    self.env._(
                        "Outage %(outage)s is restored since %(time)s.",
                        outage=outage.name,
                        time=outage._format_time(outage.date_restored),
                    )
                )
        self.fault_ids._after_outage_state(target)
        return result

    def _log_on_reports(self, body):
        for fault in self.fault_ids:
            fault._message_log(body=body)
