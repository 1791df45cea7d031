from odoo.fields import Domain
from odoo.http import Controller, request, route
from odoo.tools import email_normalize

_REQUESTS_ADDRESS = 10
_REQUESTS_SENDER = 5
_MAX_TEXT = 2000
_MAX_NAME = 100


class PowerServices(Controller):
    """The services and their prices for everybody, and asking for a quote."""

    @route("/power/services", type="http", auth="public", website=True, methods=["GET"])
    def power_services(self, **_kw):
        return request.render("power_contracts.services_page", self._prepare_services_values())

    @route("/power/services/quote", type="http", auth="public", website=True, methods=["GET"])
    def power_quote_form(self, service=None, package=None, **_kw):
        wanted = self._find_wanted(service, package)
        if not wanted:
            return request.redirect("/power/services")
        return self._show_form(wanted, {}, {})

    @route("/power/services/quote", type="http", auth="public", website=True, methods=["POST"])
    def power_quote_ask(self, service=None, package=None, **post):
        if post.get("website"):
            # People do not see this field; whoever fills it in is a program.
            return request.redirect("/power/services")
        wanted = self._find_wanted(service, package)
        if not wanted:
            return request.redirect("/power/services")
        contact, errors = self._read_contact(post)
        if not errors and not self._is_allowed(contact):
            errors[""] = request.env._("Many requests came from here within the hour. Call us.")
        if errors:
            return self._show_form(wanted, post, errors)
        order = self._ask(wanted, contact, post)
        return request.render(
            "power_contracts.quote_asked",
            {
                "page_name": "power_services",
                "order": order if self._get_customer() else None,
                "answer_day": request.env.company.sudo()._get_power_answer_day(),
            },
        )

    # === VALUES === #

    def _prepare_services_values(self):
        company = request.env.company.sudo()
        services = request.env["product.template"].sudo()
        services = services.search(services._get_public_services_domain(company))
        pricelists = request.env["product.pricelist"].sudo()
        own = pricelists.browse()
        customer = self._get_customer()
        if customer:
            own = pricelists._get_power_pricelist(customer, self._get_points(), company)
        public = pricelists._get_public_power_pricelists(company) - own
        kinds = services._fields["power_service_kind"]._description_selection(request.env)
        return {
            "page_name": "power_services",
            "company": company,
            "currency": company.currency_id,
            "packages": [
                self._prepare_card(package, company, public, own)
                for package in self._get_packages(company)
            ],
            "kinds": [
                (
                    label,
                    [
                        self._prepare_card(service, company, public, own)
                        for service in services.filtered(
                            lambda found, kind=kind: found.power_service_kind == kind
                        )
                    ],
                )
                for kind, label in kinds
                if kind in services.mapped("power_service_kind")
            ],
            "customer": customer,
        }

    def _get_packages(self, company):
        packages = request.env["sale.order.template"].sudo()
        return packages.search(
            [("power_is_public", "=", True), ("company_id", "in", (company.id, False))]
        )

    def _prepare_card(self, offer, company, public, own):
        """Return what the page shows of a service or a package: its prices, VAT included.

        A price list is named only where its price is another one.
        """
        price = offer._get_power_price(company)
        voltages = dict(
            request.env["product.pricelist"]
            ._fields["power_voltage_class"]
            ._description_selection(request.env)
        )
        others = [
            (voltages[pricelist.power_voltage_class], offer._get_power_price(company, pricelist))
            for pricelist in public
        ]
        own_price = offer._get_power_price(company, own) if own else price
        compare = company.currency_id.compare_amounts
        return {
            "offer": offer.with_context(lang=request.env.lang),
            "price": price,
            "response": self._get_response(offer),
            "others": [(label, value) for label, value in others if compare(value, price)],
            "own_price": own_price if compare(own_price, price) else None,
        }

    def _get_response(self, offer):
        hours = offer._name == "product.template" and offer.power_response_hours
        return request.env._("On site within %(hours)s h", hours=f"{hours:g}") if hours else ""

    def _find_wanted(self, service, package):
        """Return the service or the package an address names, if everybody may ask for it."""
        company = request.env.company.sudo()
        if str(package or "").isdecimal():
            return self._get_packages(company).filtered(lambda found: found.id == int(package))
        services = request.env["product.template"].sudo()
        if not str(service or "").isdecimal():
            return services
        domain = Domain(services._get_public_services_domain(company))
        return services.search(domain & Domain("id", "=", int(service)))

    # === WHO ASKS === #

    def _get_customer(self):
        """Return the customer who is logged in, if any, as superuser."""
        if request.env.user._is_public() or not request.env.user.share:
            return request.env["res.partner"].sudo()
        return request.env.user.partner_id.commercial_partner_id.sudo()

    def _get_points(self):
        """Return the supply points of the customer who is logged in."""
        points = request.env["power.supply.point"].sudo()
        customer = self._get_customer()
        if not customer:
            return points
        return points.search(
            Domain("partner_id", "child_of", customer.ids)
            & Domain("company_id", "=", request.env.company.id)
        )

    def _show_form(self, wanted, given, errors):
        return request.render(
            "power_contracts.quote_form",
            {
                "page_name": "power_services",
                "wanted": wanted.with_context(lang=request.env.lang),
                "is_package": wanted._name == "sale.order.template",
                "points": self._get_points(),
                "customer": self._get_customer(),
                "given": given,
                "errors": errors,
            },
        )

    def _read_contact(self, post):
        """Return how to reach who asks, and what is wrong with it."""
        if self._get_customer():
            return {}, {}
        texts = {
            key: "".join(filter(str.isprintable, str(post.get(key) or ""))).strip()[:_MAX_NAME]
            for key in ("name", "phone", "email", "point_number")
        }
        errors = {}
        if not texts["name"]:
            errors["name"] = request.env._("Tell us your name or your company's.")
        if texts["email"] and not email_normalize(texts["email"]):
            errors["email"] = request.env._("This is no e-mail address.")
        if not texts["phone"] and not texts["email"]:
            errors["phone"] = request.env._("Give a number or an e-mail address to reach you.")
        return texts, errors

    def _is_allowed(self, contact):
        hits = request.env["power.intake.hit"].sudo()
        customer = self._get_customer()
        sender = str(customer.id) if customer else contact["email"] or contact["phone"]
        return hits._allow(
            "quote address", request.httprequest.remote_addr, _REQUESTS_ADDRESS
        ) and hits._allow("quote sender", sender, _REQUESTS_SENDER)

    def _ask(self, wanted, contact, post):
        company = request.env.company.sudo()
        note = str(post.get("note") or "").strip()[:_MAX_TEXT]
        partner, points = self._get_customer(), self._get_points()
        if partner:
            chosen = str(post.get("point_id") or "")
            points = points.filtered(lambda point: str(point.id) == chosen)
        else:
            # Nobody is taken for the customer whose number or address he gives.
            partner = (
                request.env["res.partner"]
                .sudo()
                .create(
                    {
                        "name": contact["name"],
                        "phone": contact["phone"],
                        "email": contact["email"],
                        "lang": request.env.lang,
                        "company_id": company.id,
                    }
                )
            )
            if contact["point_number"]:
                number = request.env._("Supply point given: %s", contact["point_number"])
                note = "\n".join(filter(None, (number, note)))
        return (
            request.env["sale.order"]
            .sudo()
            ._request_power_quote(company, partner, wanted, points=points, note=note)
        )
