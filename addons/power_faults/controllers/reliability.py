from odoo.http import Controller, request, route

from odoo.addons.power_crm.controllers.download import send_file
from odoo.addons.power_crm.tools.table_file import XLSX


class Reliability(Controller):
    @route("/power/reliability/<int:report_id>/xlsx", type="http", auth="user", methods=["GET"])
    def xlsx(self, report_id):
        """The workbook of a report, for who made it."""
        report = request.env["power.reliability.report"].browse(report_id).exists()
        if not report or report.create_uid != request.env.user:
            raise request.not_found()
        return send_file(report._make_xlsx(), request.env._("reliability.xlsx"), XLSX)
