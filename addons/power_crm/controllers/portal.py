from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

from .portal_list import PowerListing

_SEARCHED_FIELDS = {
    "all": ("number", "name", "street", "street2", "city"),
    "number": ("number",),
    "name": ("name",),
    "address": ("street", "street2", "city"),
}
_SHOWN_POINTS = 5
_SHOWN_RECORDS = 10
_MAX_PHONE = 50


class PowerPortal(PowerListing, CustomerPortal):
    """My electricity: a customer's supply points, licences, service file and contact data."""

    # === HOME === #

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "power_supply_point_count" in counters:
            values["power_supply_point_count"] = self._count_power(
                "power.supply.point", self._get_power_points_domain()
            )
        return values

    @route("/my/power", type="http", auth="user", website=True, methods=["GET"])
    def power_home(self, saved=None, **_kw):
        return request.render(
            "power_crm.portal_my_power", self._prepare_power_home_values(saved=bool(saved))
        )

    def _prepare_power_home_values(self, **values):
        customer = self._get_power_customer()
        points = self._search_power("power.supply.point", self._get_power_points_domain())
        return {
            **self._prepare_portal_layout_values(),
            "page_name": "power",
            "customer": customer,
            "contact": request.env.user.partner_id,
            "points": points[:_SHOWN_POINTS],
            "point_count": len(points),
            "manager": self._get_power_manager(customer),
            "channels": self._get_power_channels(),
            "phone": request.env.user.partner_id.phone or "",
            "channel": request.env.user.partner_id.power_contact_channel or "",
            **self._prepare_power_file_values(),
            **values,
        }

    # === SUPPLY POINTS === #

    @route(
        ["/my/power/points", "/my/power/points/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def power_points(self, page=1, sortby=None, filterby=None, search=None, search_in=None, **_kw):
        values = self._prepare_power_list(
            "power.supply.point",
            self._get_power_points_domain(),
            "/my/power/points",
            "power_points",
            page,
            sortings=self._get_power_point_sortings(),
            filters=self._get_power_point_filters(),
            inputs=self._get_power_point_inputs(),
            sortby=sortby,
            filterby=filterby,
            search=search,
            search_in=search_in,
        )
        return request.render(
            "power_crm.portal_my_power_points", {**values, "points": values["records"].sudo()}
        )

    @route(
        "/my/power/points/<int:point_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def power_point(self, point_id, access_token=None, **kw):
        try:
            point = self._document_check_access("power.supply.point", point_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        return request.render(
            "power_crm.portal_my_power_point",
            self._prepare_power_point_values(point, access_token, **kw),
        )

    def _prepare_power_point_values(self, point, access_token, **kw):
        """Values of the page of a supply point.

        :param point: the point, as superuser; access was checked before
        """
        own = self._is_own_power_point(point)
        values = {
            "page_name": "power_point",
            "point": point,
            "customer": point.partner_id,
            "manager": self._get_power_manager(point),
            # Who only holds the link of one point sees that point, not the customer's file.
            "is_own": own,
            **(self._prepare_power_file_values(point) if own else {}),
        }
        return self._get_page_view_values(
            point, access_token, values, "my_power_points_history", False, **kw
        )

    def _is_own_power_point(self, point):
        own = self._get_power_points_domain() & Domain("id", "=", point.id)
        return bool(self._count_power(point._name, own))

    def _get_power_point_sortings(self):
        return {
            "number": {"label": request.env._("Number"), "order": "number, id"},
            "name": {"label": request.env._("Name"), "order": "name, id"},
            "capacity": {"label": request.env._("Capacity"), "order": "capacity_kva desc, id"},
            "voltage": {
                "label": request.env._("Voltage"),
                "order": "is_high_voltage desc, number, id",
            },
        }

    def _get_power_point_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "active": {"label": request.env._("Active"), "domain": Domain("state", "=", "active")},
            "other": {
                "label": request.env._("Not active"),
                "domain": Domain("state", "!=", "active"),
            },
            "high": {
                "label": request.env._("10 kV and more"),
                "domain": Domain("is_high_voltage", "=", True),
            },
        }

    def _get_power_point_inputs(self):
        """Return what can be searched in; ``domain`` makes a domain of the words."""
        labels = {
            "all": request.env._("Search in all"),
            "number": request.env._("Search in number"),
            "name": request.env._("Search in name"),
            "address": request.env._("Search in address"),
        }
        return {
            key: {
                "input": key,
                "label": label,
                "domain": lambda words, names=_SEARCHED_FIELDS[key]: Domain.OR(
                    Domain(name, "ilike", words) for name in names
                ),
            }
            for key, label in labels.items()
        }

    # === CONTACT DATA === #

    @route("/my/power/contact", type="http", auth="user", website=True, methods=["POST"])
    def power_contact(self, phone="", channel="", **_kw):
        """Change the visitor's own telephone number and preferred channel, and nothing else."""
        contact = request.env.user.partner_id
        errors, vals = self._check_power_contact(contact, phone, channel)
        if errors:
            return request.render(
                "power_crm.portal_my_power",
                self._prepare_power_home_values(
                    contact_errors=errors, phone=phone[:_MAX_PHONE], channel=channel
                ),
            )
        changes = {name: value for name, value in vals.items() if (contact[name] or "") != value}
        if changes:
            # A portal user has no right to write partners; these two fields of its own it may.
            contact.sudo().write({name: value or False for name, value in changes.items()})
            contact.sudo()._message_log(
                body=request.env._(
                    "Changed on the portal by %(user)s: phone %(phone)s, preferred channel "
                    "%(channel)s.",
                    user=request.env.user.name,
                    phone=vals["phone"] or "-",
                    channel=self._get_power_channels().get(vals["power_contact_channel"], "-"),
                )
            )
        return request.redirect("/my/power?saved=1#contact")

    def _check_power_contact(self, contact, phone, channel):
        """Return {field: message} of what is wrong, and the values to keep."""
        errors = {}
        phone = str(phone or "").strip()
        formatted = ""
        if phone:
            formatted = len(phone) <= _MAX_PHONE and contact.sudo()._format_power_phone(phone)
            if not formatted:
                errors["phone"] = request.env._(
                    "“%(phone)s” is not a telephone number. Write a mobile number "
                    "(139 1234 5678), a number with area code (0510-8270 1234), or a foreign "
                    "number with + and country code (+81 3 1234 5678).",
                    phone=phone[:_MAX_PHONE],
                )
        elif channel in ("phone", "sms"):
            errors["phone"] = request.env._("Give a telephone number, or choose another channel.")
        if channel and channel not in self._get_power_channels():
            errors["channel"] = request.env._("Choose one of the channels of the list.")
        return errors, {"phone": formatted or "", "power_contact_channel": channel}

    # === RECORDS === #

    def _get_power_customer(self):
        """Return the customer the visitor belongs to, as superuser."""
        return request.env.user.partner_id.commercial_partner_id.sudo()

    def _get_power_points_domain(self):
        """Hook: the visitor's own supply points (staff looking at the portal included)."""
        return Domain("partner_id", "child_of", self._get_power_customer().ids)

    def _search_power(self, model, domain, **options):
        """Search with the visitor's rights; return the records as superuser for display."""
        records = request.env[model]
        if not records.has_access("read"):
            return records.sudo()
        return records.search(domain, **options).sudo()

    def _prepare_power_file_values(self, point=None):
        """Licences, and what of the service file is shared with the customer."""
        own = Domain("partner_id", "child_of", self._get_power_customer().ids)
        shared = own & Domain("shared_with_customer", "=", True)
        found = own & Domain("service_record_id.shared_with_customer", "=", True)
        if point:
            shared &= Domain("supply_point_id", "=", point.id)
            found &= Domain("supply_point_id", "=", point.id)
        return {
            "licences": self._search_power("power.licence", own, limit=_SHOWN_RECORDS),
            "service_records": self._search_power(
                "power.service.record",
                shared & Domain("state", "!=", "cancelled"),
                limit=_SHOWN_RECORDS,
            ),
            # Portal users have no access to defects; those of shared records they are told.
            "defects": request.env["power.defect"]
            .sudo()
            .search(found, order="date_found desc, id desc", limit=_SHOWN_RECORDS),
        }

    def _get_power_manager(self, record):
        """Return name and addresses of the account manager of a point or a customer."""
        user = (
            record.manager_id
            if record._name == "power.supply.point"
            else record.power_account_manager_id
        ).sudo()
        if not user:
            return {}
        return {
            "id": user.id,
            "name": user.name,
            "email": user.email_normalized or "",
            "phone": user.phone or "",
        }

    def _get_power_channels(self):
        field = request.env["res.partner"]._fields["power_contact_channel"]
        return dict(field._description_selection(request.env))
