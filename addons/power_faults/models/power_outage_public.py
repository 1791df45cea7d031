from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, escape_psql

from ..tools import outage_map
from ..tools.outage_feeds import PublicOutage

_AHEAD_DAYS = 60
_BACK_HOURS = 12
_STAMPS = 20
_PUBLIC_FIELDS = frozenset(
    {
        "area_id",
        "cause",
        "date_announced",
        "date_expected",
        "date_restored",
        "date_start",
        "description",
        "node_ids",
        "reason",
        "state",
    }
)


class PowerOutage(models.Model):
    """What everybody may know about an outage: no customer, no device, no exact place."""

    _inherit = "power.outage"

    date_published = fields.Datetime(
        readonly=True, copy=False, help="When what everybody may know last changed."
    )
    published_before = fields.Json(readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        outages = super().create(vals_list)
        outages._note_published(self.browse())
        return outages

    def write(self, vals):
        if not _PUBLIC_FIELDS & vals.keys():
            return super().write(vals)
        public = self.filtered_domain(self._get_public_domain())
        result = super().write(vals)
        self._note_published(public)
        return result

    def _note_published(self, before):
        """Stamp what changed for everybody; the stamps before let feeds refer to what they said.

        :param before: those of these outages that were public before the change
        """
        now = fields.Datetime.now().replace(microsecond=0)
        public = self.filtered_domain(self._get_public_domain())
        for outage in (before | public).sudo():
            stamps = list(outage.published_before or [])
            last = outage.date_published
            if outage in before and last and last != now:
                stamps.append(fields.Datetime.to_string(last))
            outage.write({"date_published": now, "published_before": stamps[-_STAMPS:]})

    @api.model
    def _get_public_domain(self):
        """Hook: the outages that everybody may see: off now, announced, over or called off since
        a little."""
        now = fields.Datetime.now()
        planned = (
            Domain("state", "=", "approved")
            & Domain("date_announced", "!=", False)
            & Domain("date_start", "<=", fields.Datetime.add(now, days=_AHEAD_DAYS))
        )
        over = Domain("state", "=", "restored") & Domain(
            "date_restored", ">=", fields.Datetime.subtract(now, hours=_BACK_HOURS)
        )
        called_off = (
            Domain("state", "=", "cancelled")
            & Domain("merged_into_id", "=", False)
            & Domain("date_published", ">=", fields.Datetime.subtract(now, hours=_BACK_HOURS))
        )
        return Domain("state", "=", "confirmed") | planned | over | called_off

    @api.model
    def _get_public_outages(self, domain=Domain.TRUE, limit=500):
        """Return public outages as superuser, those off now first.

        :param domain: which of them
        """
        outages = self.sudo().search(
            self._get_public_domain() & domain, order="date_start, id", limit=limit
        )
        order = {"confirmed": 0, "approved": 1}
        return outages.sorted(lambda outage: order.get(outage.state, 2))

    def _get_public_state(self):
        self.ensure_one()
        return {
            "confirmed": "current",
            "approved": "planned",
            "cancelled": "cancelled",
        }.get(self.state, "restored")

    def _get_public_cause(self):
        """Return the cause in words; what is planned says why."""
        self.ensure_one()
        if self.is_planned and self.reason:
            return self.reason
        return dict(self._fields["cause"]._description_selection(self.env))[self.cause]

    def _get_public_position(self):
        """Return a place near the outage, no finer than a kilometre, or None."""
        self.ensure_one()
        for node in self.node_ids:
            above = node
            while above:
                if outage_map.is_position(above.latitude, above.longitude):
                    return round(above.latitude, 2), round(above.longitude, 2)
                above = above.parent_id
        return None

    def _to_public(self, base_url=""):
        """Return the public facts of an outage (kernel ``PublicOutage``)."""
        self.ensure_one()
        area = self.area_id.display_name or self.company_id.name
        titles = {
            "planned": self.env._("Planned outage: %(area)s", area=area),
            "current": self.env._("Power outage: %(area)s", area=area),
            "restored": self.env._("Power is back: %(area)s", area=area),
            "cancelled": self.env._("Cancelled: %(area)s", area=area),
        }
        state = self._get_public_state()
        cause = self._get_public_cause()
        customers = self._count_still_off() if state == "current" else self.customer_count
        end = self.date_restored if state == "restored" else self.date_expected
        lines = [
            self.env._("Cause: %(cause)s.", cause=cause),
            self.env._("Customers affected: %(number)s.", number=customers),
            self.env._("From %(time)s.", time=self._format_time(self.date_start)),
            (
                self.env._("Back since %(time)s.", time=self._format_time(end))
                if state == "restored"
                else self.env._("Expected back: %(time)s.", time=self._format_time(end))
            ),
            self.description or "",
        ]
        return PublicOutage(
            number=self.name,
            state=state,
            title=titles[state],
            text=" ".join(filter(None, lines)),
            area=area,
            cause=cause,
            customers=customers,
            start=self.date_start,
            end=end or None,
            updated=(self.date_published or self.write_date).replace(microsecond=0),
            before=tuple(map(fields.Datetime.to_datetime, self.published_before or ())),
            url=f"{base_url}/power/outages#{self.name}",
            position=self._get_public_position(),
        )

    @api.model
    def _find_near_address(self, text):
        """Return the public outages at places whose address or area holds all these words.

        Says nothing about who lives there: a place without an outage and a place that does not
        exist give the same answer.
        """
        words = [word for word in (text or "").split() if word][:6]
        if not words or len("".join(words)) < 2:
            return self.browse()
        points = self.env["power.supply.point"].sudo()
        place = self._get_words_domain(words) | self._get_whole_address_domain("".join(words))
        nodes = points.search(
            place & Domain("node_id", "!=", False) & Domain("state", "in", ("active", "suspended")),
            limit=2000,
        ).node_id
        areas = self.env["power.area"].sudo()
        named = areas.search(Domain.AND(Domain("name", "ilike", word) for word in words), limit=50)
        domain = Domain("node_ids", "in", list(nodes._get_ancestor_ids()))
        if named:
            domain |= Domain("area_id", "child_of", named.ids)
        return self._get_public_outages(domain)

    @api.model
    def _get_words_domain(self, words):
        return Domain.AND(
            Domain.OR(
                Domain(name, "ilike", word)
                for name in ("street", "street2", "city", "area_id.name")
            )
            for word in words
        )

    @api.model
    def _get_whole_address_domain(self, text):
        """Return the supply points of an address written as one word, as Chinese ones are.

        It is part of city, street and house together, or names the street with more around it.
        """

        def to_sql(model, alias, _query):
            column = {
                name: SQL("replace(COALESCE(%s, ''), ' ', '')", model._field_to_sql(alias, name))
                for name in ("city", "street", "street2")
            }
            return SQL(
                "(%(city)s || %(street)s || %(house)s ILIKE %(part)s"
                " OR length(%(street)s) > 2"
                " AND strpos(lower(%(text)s), lower(%(street)s)) > 0)",
                city=column["city"],
                street=column["street"],
                house=column["street2"],
                part=f"%{escape_psql(text)}%",
                text=text,
            )

        return Domain.custom(to_sql=to_sql)

    # === SUBSCRIBERS === #

    def _get_subscribers(self):
        recipients = super()._get_subscribers()
        subscriptions = self.env["power.outage.subscription"].sudo()._get_for(self)
        for subscription in subscriptions:
            recipients.append(
                {
                    "name": "",
                    "email": subscription.email or "",
                    "phone": subscription.phone or "",
                    "lang": subscription.lang or "",
                    "subscription": subscription,
                    "partner": self.env["res.partner"],
                    "point": self.env["power.supply.point"],
                    "fault": self.env["power.fault"],
                    "points": 0,
                }
            )
        return recipients

    def _prepare_notice_vals(self, kind, recipient, subject, body):
        """Who subscribed finds in each message the way to end it."""
        subscription = recipient.get("subscription")
        if subscription:
            lang = recipient["lang"] or self.company_id._get_power_lang()
            words = self.with_context(lang=lang).env._(
                "You asked for this. To end it: %(url)s", url=subscription._get_url()
            )
            body = Markup("%s<p>%s</p>") % (Markup(body or ""), words)
        return super()._prepare_notice_vals(kind, recipient, subject, body)
