import secrets

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

_WAIT_DAYS = 2


class PowerOutageSubscription(models.Model):
    """Somebody who asked to be told about outages of an area, and confirmed it."""

    _name = "power.outage.subscription"
    _description = "Subscription to outages"
    _order = "id desc"
    _check_company_auto = True

    email = fields.Char(string="E-mail", index="btree_not_null")
    phone = fields.Char(index="btree_not_null")
    area_id = fields.Many2one(
        "power.area", required=True, index=True, ondelete="cascade", check_company=True
    )
    lang = fields.Char(string="Language")
    state = fields.Selection(
        [("waiting", "To be confirmed"), ("confirmed", "Confirmed"), ("ended", "Ended")],
        string="Status",
        default="waiting",
        required=True,
        index=True,
    )
    token = fields.Char(
        required=True, copy=False, groups="base.group_system", default=lambda self: self._draw()
    )
    date_confirmed = fields.Datetime(string="Confirmed on", readonly=True)
    company_id = fields.Many2one(related="area_id.company_id", store=True, index=True)

    _token_uniq = models.UniqueIndex("(token)", "Every subscription has a token of its own.")
    _one_way = models.Constraint(
        "CHECK (email IS NOT NULL OR phone IS NOT NULL)",
        "Give an e-mail address or a telephone number.",
    )

    @api.model
    def _draw(self):
        return secrets.token_urlsafe(24)

    @api.depends("email", "phone", "area_id")
    def _compute_display_name(self):
        for subscription in self:
            address = subscription.email or subscription.phone
            subscription.display_name = f"{address}: {subscription.area_id.display_name}"

    @api.model
    def _subscribe(self, area, email="", phone="", lang=""):
        """Take a wish and ask by the same way whether it is meant; the same wish twice is one.

        :return: the subscription
        """
        subscriptions = self.sudo()
        found = subscriptions.search(
            Domain("area_id", "=", area.id)
            & (Domain("email", "=", email) if email else Domain("phone", "=", phone)),
            limit=1,
        )
        if found.state == "confirmed":
            return found
        if found:
            found.write({"state": "waiting", "token": self._draw(), "lang": lang})
        else:
            found = subscriptions.create(
                {
                    "area_id": area.id,
                    "email": email or False,
                    "phone": False if email else phone,
                    "lang": lang,
                }
            )
        found._ask()
        return found

    def _get_url(self):
        """Return the address of the page that confirms the wish and ends it."""
        self.ensure_one()
        return f"{self.get_base_url()}/power/outages/confirm/{self.sudo().token}"

    def _ask(self):
        """Send the link that confirms."""
        self.ensure_one()
        subscription = self.with_context(lang=self.lang or self.env.lang)
        url = self._get_url()
        text = subscription.env._(
            "%(company)s: confirm that you want to be told about outages in %(area)s: %(url)s",
            company=self.company_id.name,
            area=subscription.area_id.display_name,
            url=url,
        )
        if self.email:
            self.env["mail.mail"].create(
                self.env["power.outage.notice"]._prepare_text_mail_vals(
                    self.company_id,
                    self.email,
                    subscription.env._("Confirm your subscription"),
                    Markup("<p>%s</p>") % text,
                )
            )
        else:
            self.env["sms.sms"].create({"number": self.phone, "body": text})

    @api.model
    def _find(self, token):
        return self.sudo().search([("token", "=", token or "-")], limit=1)

    def _confirm(self):
        self.filtered(lambda subscription: subscription.state == "waiting").write(
            {"state": "confirmed", "date_confirmed": fields.Datetime.now()}
        )

    def _end(self):
        self.write({"state": "ended"})

    @api.model
    def _get_for(self, outage):
        """Return who is to be told about an outage: subscribers of its area or one above."""
        if not outage.area_id:
            return self.browse()
        return self.search(
            [("state", "=", "confirmed"), ("area_id", "parent_of", outage.area_id.ids)]
        )

    @api.autovacuum
    def _gc_waiting(self):
        """What was never confirmed is forgotten, and so is what was ended."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=_WAIT_DAYS)
        self.sudo().search(
            [("state", "in", ("waiting", "ended")), ("write_date", "<", limit)], limit=10_000
        ).unlink()
