from odoo import fields
from odoo.fields import Domain
from odoo.http import Controller, request, route
from odoo.tools import email_normalize

from ..tools import outage_feeds, outage_map
from .company import AskedCompany

_LIMIT = 500
_WISHES_AN_HOUR = 10


class PowerOutagePages(AskedCompany, Controller):
    """Outages for everybody: page, look-up, feeds and subscription; no customer is named."""

    @route("/power/outages", type="http", auth="public", website=True, methods=["GET"])
    def outages(self, area=None, address=None, told=None, company=None, **_kw):
        return request.render(
            "power_faults.outages_page",
            self._prepare_page_values(area, address, company, told=told),
        )

    def _prepare_page_values(self, area=None, address=None, company=None, **values):
        outages = request.env["power.outage"].sudo()
        utility = self._find_asked_company(company)
        areas = self._get_areas(utility)
        area = areas.filtered(lambda record: str(record.id) == str(area or ""))
        # the database takes no zero byte
        address = "".join(filter(str.isprintable, str(address or ""))).strip()[:100]
        domain = Domain("area_id", "child_of", area.ids) if area else Domain.TRUE
        domain &= self._get_utility_domain(utility)
        found = outages._get_public_outages(domain, limit=_LIMIT)
        near = outages._find_near_address(address) if address else outages
        public = [(outage, outage._to_public()) for outage in (found & near if address else found)]
        shown = utility or (found or near).company_id[:1].sudo() or request.env.company.sudo()
        return {
            "page_name": "power_outages",
            "current": [pair for pair in public if pair[1].state == "current"],
            "planned": [pair for pair in public if pair[1].state == "planned"],
            "restored": [pair for pair in public if pair[1].state == "restored"],
            "utility": utility,
            "query": f"?company={utility.id}" if utility else "",
            "areas": areas,
            "area": area,
            "address": address,
            "now": fields.Datetime.now(),
            **self._prepare_plan(public),
            "tiles": shown.power_outage_tiles,
            "tiles_credit": shown.power_outage_tiles_credit,
            "errors": {},
            "wish": {},
            **values,
        }

    def _get_areas(self, utility):
        """Areas of a utility, or of all, in the visitor's language."""
        areas = request.env["power.area"].sudo().with_context(lang=request.env.lang)
        return areas.search(self._get_utility_domain(utility), limit=_LIMIT)

    def _get_utility_domain(self, utility):
        return Domain("company_id", "=", utility.id) if utility else Domain.TRUE

    def _prepare_plan(self, public):
        """Return plan and marks of the template; broken coordinates are left out."""
        shown = {
            facts.number: facts
            for _outage, facts in public
            if facts.position and facts.state != "restored"
        }
        return {
            "plan": outage_map.plan({number: facts.position for number, facts in shown.items()}),
            "marks": {number: self._prepare_mark(facts) for number, facts in shown.items()},
        }

    def _prepare_mark(self, facts):
        planned = facts.state == "planned"
        return {
            "href": f"#{facts.number}",
            "title": facts.title,
            "color": "text-bg-info" if planned else "text-bg-danger",
            "icon": "fa-calendar" if planned else "fa-bolt",
            "text": facts.customers,
            "more": facts.area,
        }

    # === FEEDS === #

    @route("/power/outages.rss", type="http", auth="public", methods=["GET"])
    def rss(self, area=None, company=None, **_kw):
        utility = self._find_asked_company(company)
        content = outage_feeds.to_rss(
            self._get_channel(utility), self._get_facts(area, utility), fields.Datetime.now()
        )
        return self._send(content, "application/rss+xml; charset=utf-8")

    @route("/power/outages.ics", type="http", auth="public", methods=["GET"])
    def ical(self, area=None, company=None, **_kw):
        utility = self._find_asked_company(company)
        content = outage_feeds.to_ical(self._get_channel(utility), self._get_facts(area, utility))
        return self._send(content, "text/calendar; charset=utf-8")

    @route("/power/outages.cap", type="http", auth="public", methods=["GET"])
    def cap(self, area=None, company=None, **_kw):
        utility = self._find_asked_company(company)
        channel = self._get_channel(utility)
        base = request.httprequest.url_root.rstrip("/")
        facts = [
            (facts, f"{base}/power/outages/{facts.number}.cap")
            for facts in self._get_facts(area, utility)
        ]
        content = outage_feeds.to_cap_index(channel, facts, fields.Datetime.now())
        return self._send(content, "application/atom+xml; charset=utf-8")

    @route("/power/outages/<string:number>.cap", type="http", auth="public", methods=["GET"])
    def cap_alert(self, number, **_kw):
        number = "".join(filter(str.isprintable, number))
        outages = request.env["power.outage"].sudo()
        outage = outages._get_public_outages(Domain("name", "=", number), limit=1)
        if not outage:
            raise request.not_found()
        base = request.httprequest.url_root.rstrip("/")
        channel = self._get_channel(outage.company_id)
        content = outage_feeds.to_cap(channel, outage._to_public(base))
        return self._send(content, "application/cap+xml; charset=utf-8")

    def _get_facts(self, area, utility):
        domain = self._get_utility_domain(utility)
        if str(area or "").isdecimal():
            domain &= Domain("area_id", "child_of", int(area))
        base = request.httprequest.url_root.rstrip("/")
        outages = request.env["power.outage"].sudo()._get_public_outages(domain, limit=_LIMIT)
        return [outage._to_public(base) for outage in outages]

    def _get_channel(self, utility):
        company = (utility or request.env.company).sudo()
        base = request.httprequest.url_root.rstrip("/")
        return outage_feeds.Channel(
            title=request.env._("Power outages: %(company)s", company=company.name),
            description=request.env._("Outages off now and planned"),
            url=f"{base}/power/outages" + (f"?company={utility.id}" if utility else ""),
            sender=company.email or request.httprequest.host,
            language=(request.env.lang or "en_US").replace("_", "-"),
        )

    def _send(self, content, kind):
        return request.make_response(
            content,
            headers=[
                ("Content-Type", kind),
                ("Content-Length", len(content)),
                ("Cache-Control", "public, max-age=60"),
            ],
        )

    # === SUBSCRIPTION === #

    @route("/power/outages/subscribe", type="http", auth="public", website=True, methods=["POST"])
    def subscribe(self, area_id=None, contact=None, company=None, **post):
        if post.get("website"):
            # People do not see this field; whoever fills it in is a program.
            return request.redirect("/power/outages")
        utility = self._find_asked_company(company)
        area = self._get_areas(utility).filtered(
            lambda record: str(record.id) == str(area_id or "")
        )
        contact = "".join(filter(str.isprintable, str(contact or ""))).strip()[:100]
        email, phone, errors = self._read_contact(contact, area.company_id or utility)
        if not area:
            errors["area_id"] = request.env._("Choose an area.")
        if not errors and not self._is_allowed(email or phone):
            errors["contact"] = request.env._("Too many wishes within the hour. Try again later.")
        if errors:
            return request.render(
                "power_faults.outages_page",
                self._prepare_page_values(
                    company=company, errors=errors, wish={"area_id": area.id, "contact": contact}
                ),
            )
        request.env["power.outage.subscription"].sudo()._subscribe(
            area, email=email, phone=phone, lang=request.env.lang
        )
        # the same answer whether or not somebody is known, so that nobody can try addresses
        kept = f"&company={utility.id}" if utility else ""
        return request.redirect(f"/power/outages?told=ask{kept}#subscribe")

    def _read_contact(self, contact, utility):
        """Return the e-mail address or the telephone number of a text, and what is wrong."""
        if "@" in contact:
            email = email_normalize(contact)
            if email:
                return email, "", {}
        elif contact:
            country = (utility or request.env.company).sudo().country_id
            partners = request.env["res.partner"].sudo()
            phone = partners._format_power_phone(contact, country, "E164")
            if phone:
                return "", phone, {}
        return (
            "",
            "",
            {
                "contact": request.env._(
                    "Write an e-mail address, or a mobile number such as 139 1234 5678."
                )
            },
        )

    def _is_allowed(self, contact):
        hits = request.env["power.intake.hit"].sudo()
        sender = request.httprequest.remote_addr
        return hits._allow("subscribe", sender, _WISHES_AN_HOUR) and hits._allow(
            "subscribe", contact, 3
        )

    @route(
        "/power/outages/confirm/<string:token>",
        type="http",
        auth="public",
        website=True,
        methods=["GET", "POST"],
    )
    def confirm(self, token, end=None, **_kw):
        """Show the wish; a POST confirms or ends it, so that no mail scanner does."""
        subscription = request.env["power.outage.subscription"]._find(
            "".join(filter(str.isprintable, token))
        )
        if not subscription:
            raise request.not_found()
        if request.httprequest.method == "POST":
            if end:
                subscription._end()
            else:
                subscription._confirm()
        return request.render(
            "power_faults.outage_subscription_page",
            {"subscription": subscription.with_context(lang=request.env.lang), "token": token},
        )
