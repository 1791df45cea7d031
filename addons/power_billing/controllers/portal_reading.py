import base64

from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.power_crm.controllers.portal import PowerPortal

_PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
_MAX_PHOTO_BYTES = 8 * 1024 * 1024


class PowerReadingPortal(PowerPortal):
    """A customer tells what the meter shows."""

    @route(
        "/my/power/points/<int:point_id>/reading",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def power_reading(self, point_id, register=None, value="", photo=None, sure=None, **_kw):
        point = self._get_own_power_point(point_id)
        if not point:
            return request.redirect("/my/power/points")
        values = self._prepare_power_reading_values(point)
        if request.httprequest.method == "POST":
            values |= self._tell_reading(values["registers"], register, value, photo, sure)
        return request.render("power_billing.portal_my_reading", values)

    def _get_own_power_point(self, point_id):
        """Return the visitor's own point as superuser, or none."""
        points = request.env["power.supply.point"]
        if not points.has_access("read"):
            return points
        domain = self._get_power_points_domain() & Domain("id", "=", point_id)
        try:
            return points.search(domain, limit=1).sudo()
        except (AccessError, MissingError):
            return points

    def _prepare_power_reading_values(self, point):
        readings = request.env["power.meter.reading"].sudo()
        registers = readings._get_tellable_registers(point)
        told = Domain("register_id", "in", registers.ids) & Domain("kind", "=", "customer")
        since = point._get_customer_since()
        if since:
            # What the customer before told, and his photos, are nobody else's business.
            told &= Domain("date", ">=", since)
        return {
            **self._prepare_portal_layout_values(),
            "page_name": "power_reading",
            "point": point,
            "registers": registers,
            "told": readings.search(told, order="date desc, id desc", limit=6),
        }

    def _tell_reading(self, registers, register, value, photo, sure):
        """Keep what the visitor told.

        :return: values of the page: the new reading, or the error
        """
        chosen = registers.filtered(lambda r: str(r.id) == str(register or ""))
        typed = {"register_chosen": chosen, "value": str(value)[:30]}
        if not chosen:
            return {**typed, "error": request.env._("Choose one of your meters.")}
        try:
            image = self._read_photo(photo)
            with request.env.cr.savepoint():
                told = chosen._tell(value, image, bool(sure))
        except (UserError, ValidationError) as error:
            return {**typed, "error": str(error), "unsure": getattr(error, "power_unsure", False)}
        return {"reading": told}

    def _read_photo(self, photo):
        if not photo or not getattr(photo, "filename", ""):
            return False
        content = photo.read(_MAX_PHOTO_BYTES + 1)
        if len(content) > _MAX_PHOTO_BYTES:
            raise UserError(request.env._("The photo is larger than 8 MB. Choose a smaller one."))
        if guess_mimetype(content) not in _PHOTO_TYPES:
            raise UserError(request.env._("The photo must be a JPEG, PNG, WebP or GIF picture."))
        return base64.b64encode(content)
