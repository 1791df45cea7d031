from odoo.exceptions import AccessError
from odoo.http import request, route

from odoo.addons.power_crm.controllers.portal import PowerPortal

_MAX_TEXT = 4000


class PowerGradingPortal(PowerPortal):
    """My grades: what counts, what would change it, and the appeal."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "power_grade_count" in counters:
            values["power_grade_count"] = len(self._get_power_grades())
        return values

    @route("/my/power/grades", type="http", auth="user", website=True, methods=["GET"])
    def power_grades(self, appealed=None, **_kw):
        results, appeals = self._get_power_grades(), self._get_power_appeals()
        return request.render(
            "power_grading.portal_grades",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "power_grades",
                "grades": [
                    (
                        result,
                        result._explain(),
                        result._get_override(),
                        appeals._filter_against(result),
                    )
                    for result in results
                ],
                "other_appeals": appeals.filtered(
                    lambda appeal: not appeal._filter_against(results)
                ),
                "appealed": bool(appealed),
            },
        )

    @route(
        "/my/power/grades/<int:result_id>/appeal",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def power_grade_appeal(self, result_id, text="", **_kw):
        result = self._get_power_grades().filtered(lambda grade: grade.id == result_id)
        if not result:
            raise AccessError(request.env._("This is not a grade of yours."))
        text = text.strip()[:_MAX_TEXT]
        appeals = self._get_power_appeals()._filter_against(result)
        if text and "open" not in appeals.mapped("state"):
            request.env["power.grading.appeal"].sudo().create(
                self._prepare_power_appeal_vals(result, text)
            )
        return request.redirect("/my/power/grades?appealed=1")

    def _prepare_power_appeal_vals(self, result, text):
        return {
            "result_id": result.id,
            "partner_id": result.partner_id.id,
            "company_id": result.company_id.id,
            "contact_id": request.env.user.partner_id.id,
            "text": text,
        }

    def _get_power_grades(self):
        """The visitor's own grades in force, of schemes that customers may see; as superuser.

        The models are closed to portal users, so nothing else of grading can be reached.
        """
        results = request.env["power.grading.result"].sudo()
        return results._get_in_force(self._get_power_customer()).filtered(
            lambda result: result.scheme_id.portal_visible and result.letter
        )

    def _get_power_appeals(self):
        """The visitor's own appeals, against former grades of schemes it may see as well."""
        return (
            request.env["power.grading.appeal"]
            .sudo()
            .search([("partner_id", "=", self._get_power_customer().id)])
            .filtered(lambda appeal: appeal.scheme_id.portal_visible)
        )
