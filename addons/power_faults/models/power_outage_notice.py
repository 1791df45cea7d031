from odoo import api, fields, models

from ..tools.text_message import to_text

NOTICE_KINDS = [
    ("planned", "Planned outage"),
    ("extended", "Takes longer"),
    ("early", "Back early"),
    ("cancelled", "Cancelled"),
    ("confirmed", "Outage found"),
    ("covered", "Belongs to an outage"),
    ("estimate", "New expected time"),
    ("merged", "Outages merged"),
    ("split", "Outage split"),
    ("freed", "Not part of the outage"),
    ("restored", "Power is back"),
]


class PowerOutageNotice(models.Model):
    """What one customer was told about an outage, how, when, and whether it got away."""

    _name = "power.outage.notice"
    _description = "Outage notice"
    _order = "date_queued desc, id desc"
    _check_company_auto = True
    _rec_name = "subject"

    outage_id = fields.Many2one(
        "power.outage", required=True, index=True, ondelete="restrict", check_company=True
    )
    kind = fields.Selection(NOTICE_KINDS, required=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="restrict"
    )
    supply_point_id = fields.Many2one(
        "power.supply.point", string="Supply point", index="btree_not_null", ondelete="restrict"
    )
    point_count = fields.Integer(string="Supply points")
    fault_id = fields.Many2one("power.fault", string="Report", index="btree_not_null")
    channel = fields.Selection(
        [("email", "E-mail"), ("sms", "SMS"), ("none", "Not reachable")], required=True
    )
    address = fields.Char(help="The e-mail address or telephone number used.")
    subject = fields.Char()
    body = fields.Html()
    date_queued = fields.Datetime(
        string="Handed over", required=True, default=fields.Datetime.now, readonly=True
    )
    date_sent = fields.Datetime(string="Sent", readonly=True)
    state = fields.Selection(
        [
            ("queued", "Waiting"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("unreachable", "No address"),
        ],
        string="Status",
        required=True,
        default="queued",
        index=True,
        readonly=True,
    )
    failure = fields.Char(readonly=True)
    mail_id = fields.Many2one("mail.mail", index="btree_not_null", ondelete="set null")
    sms_id = fields.Many2one("sms.sms", index="btree_not_null", ondelete="set null")
    sms_uuid = fields.Char(string="SMS reference")
    company_id = fields.Many2one(related="outage_id.company_id", store=True, index=True)

    @api.model_create_multi
    def create(self, vals_list):
        notices = super().create(vals_list)
        notices._hand_over()
        return notices

    def _hand_over(self):
        """Put the messages into the queues of mail and SMS; keep the proof of it."""
        by_mail = self.filtered(lambda notice: notice.channel == "email")
        by_sms = self.filtered(lambda notice: notice.channel == "sms")
        (self - by_mail - by_sms).write({"state": "unreachable"})
        if by_mail:
            mails = (
                self.env["mail.mail"]
                .sudo()
                .create([notice._prepare_mail_vals() for notice in by_mail])
            )
            for notice, mail in zip(by_mail, mails, strict=True):
                notice.mail_id = mail
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        if by_sms:
            texts = (
                self.env["sms.sms"].sudo().create([notice._prepare_sms_vals() for notice in by_sms])
            )
            for notice, text in zip(by_sms, texts, strict=True):
                notice.write({"sms_id": text.id, "sms_uuid": text.uuid})

    def _prepare_mail_vals(self):
        """Hook: values of the mail; it is kept as the proof of sending."""
        self.ensure_one()
        vals = self._prepare_text_mail_vals(
            self.company_id, self.address, self.subject, self.body or ""
        )
        return {**vals, "auto_delete": False}

    @api.model
    def _prepare_text_mail_vals(self, company, address, subject, body):
        """Return the values of a mail from a company; ``body`` is HTML."""
        company = company.sudo()
        return {
            "subject": subject,
            "body_html": self.env["ir.qweb"]._render(
                "power_faults.outage_notice_mail", {"body": body, "company": company}
            ),
            "email_to": address,
            "email_from": company.email_formatted or self.env.user.email_formatted,
        }

    def _prepare_sms_vals(self):
        """Hook: values of the text message."""
        self.ensure_one()
        return {
            "number": self.address,
            "body": to_text(self.body or ""),
            "partner_id": self.partner_id.id,
        }

    def _note_result(self, state, failure=False):
        """Keep how the sending went; what was handed over may still come back as undelivered."""
        known = ("sent", "unreachable") if state == "sent" else ("unreachable",)
        done = self.filtered(lambda notice: notice.state not in known)
        now = fields.Datetime.now()
        done.write(
            {
                "state": state,
                "failure": failure or False,
                "date_sent": now if state == "sent" else False,
            }
        )

    def action_send_again(self):
        """Hand over once more what failed; what got away is left alone."""
        failed = self.filtered(lambda notice: notice.state == "failed")
        failed.outage_id.check_access("write")
        failed = failed.sudo()
        failed.write({"state": "queued", "failure": False, "date_sent": False})
        failed._hand_over()
        return True
