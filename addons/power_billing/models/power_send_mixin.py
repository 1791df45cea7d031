import logging

from odoo import fields, models
from odoo.tools.misc import format_date, formatLang

_logger = logging.getLogger(__name__)

SEND_BATCH = 20
_PAPER_CHANNELS = ("post", "visit")


class PowerSendMixin(models.AbstractModel):
    """A paper for a payer (``partner_id``), told by mail or text in the background.

    The model names its templates in ``_send_mail_template`` and ``_send_sms_template``, its
    scheduled action in ``_send_cron``, and has a page in the portal (``portal.mixin``).
    """

    _name = "power.send.mixin"
    _inherit = ["power.telling.mixin"]
    _description = "Paper Sent to a Payer"

    _send_mail_template = ""
    _send_sms_template = ""
    _send_cron = ""

    send_state = fields.Selection(
        selection=[
            ("waiting", "To send"),
            ("sent", "Sent"),
            ("print", "To print"),
            ("printed", "Printed"),
            ("no_address", "No address"),
            ("error", "Failed"),
        ],
        string="Sending",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    send_note = fields.Char("Send note", readonly=True, copy=False)
    date_sent = fields.Datetime("Date sent", readonly=True, copy=False)
    sms_state = fields.Selection(
        selection=[("waiting", "SMS waiting"), ("sent", "SMS sent")],
        string="SMS",
        compute="_compute_sms_state",
        help="Waiting: no credits or no connection yet; it is kept and sent later.",
    )

    def _compute_sms_state(self):
        notifications = self.env["mail.notification"].sudo()
        groups = notifications.search_fetch(
            [
                ("mail_message_id.model", "=", self._name),
                ("mail_message_id.res_id", "in", self.ids),
                ("notification_type", "=", "sms"),
            ],
            ["notification_status", "mail_message_id"],
            order="id",
        )
        last = {item.mail_message_id.res_id: item.notification_status for item in groups}
        for paper in self:
            status = last.get(paper.id)
            paper.sms_state = status and ("sent" if status in ("sent", "pending") else "waiting")

    def _queue_sending(self):
        """Let the background send these."""
        self.write({"send_state": "waiting", "send_note": False})
        self.env.ref(self._send_cron).sudo()._trigger()

    def _get_waiting_domain(self):
        """Hook: return what of this model is to be sent."""
        return [("send_state", "=", "waiting")]

    def _send_waiting(self):
        """Send what is queued one by one; each committed batch stays sent, a restart goes on.

        What cannot be made is marked with the reason and never tried twice by itself; a text
        without credits stays in Odoo's own queue.
        """
        cron = self.env["ir.cron"]
        domain = self._get_waiting_domain()
        while papers := self.search(domain, order="id", limit=SEND_BATCH):
            papers._send_each()
            if not cron._commit_progress(len(papers), remaining=self.search_count(domain)):
                return

    def _send_each(self):
        for paper in self:
            paper._send_isolated()
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _send_isolated(self):
        try:
            with self.env.cr.savepoint():
                self._send()
                self.env.flush_all()
        except Exception as error:  # one bad address never holds up the others
            _logger.info("%s could not be sent.", self, exc_info=True)
            self.env.invalidate_all()
            self.write({"send_state": "error", "send_note": str(error)[:250]})

    def _send(self):
        """Tell one payer by the channels that fit; what was done is written down."""
        self.ensure_one()
        channels = self._tell(self._send_mail_template, self._send_sms_template)
        self.write(
            {
                "send_state": "sent" if channels else self._get_undelivered_state(),
                "send_note": ", ".join(channels) or False,
                "date_sent": fields.Datetime.now() if channels else False,
            }
        )

    def _get_telling_channels(self):
        """Return the channels for the payer: the preferred one, else mail, else a text.

        A payer who wants a text also gets the mail with the PDF when there is an address. The
        portal tells nobody by itself: who chose it gets the notice with the link like others.
        Letters and personal visits need paper, see :meth:`_get_undelivered_state`.
        """
        possible = self._get_possible_channels()
        wanted = self.partner_id.power_contact_channel
        if wanted == "sms":
            return possible
        if wanted in _PAPER_CHANNELS:
            return []
        return possible[:1]

    def _get_amount_due(self):
        """Hook: return what is still to be paid, in the paper's currency, and until when."""
        raise NotImplementedError

    def _get_payment_request(self):
        """Return the sentence asking for what is open, in the language of the context."""
        self.ensure_one()
        amount, due = self._get_amount_due()
        if amount <= 0:
            return self.env._("You have nothing to pay: your account covers it.")
        shown = formatLang(self.env, amount, currency_obj=self.currency_id)
        if not due:
            return self.env._("To pay: %s.", shown)
        return self.env._(
            "To pay: %(amount)s, until %(date)s.", amount=shown, date=format_date(self.env, due)
        )

    def _get_undelivered_state(self):
        """Hook: what becomes of a paper for whose payer there is no electronic channel."""
        self.ensure_one()
        return "print" if self.partner_id.power_contact_channel in _PAPER_CHANNELS else "no_address"

    def _sms_get_default_partners(self):
        return self.partner_id

    def _get_sms_link(self):
        self.ensure_one()
        return self.get_base_url() + self.get_portal_url()
