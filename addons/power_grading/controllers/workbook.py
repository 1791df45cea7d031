from odoo.http import Controller, request, route

from odoo.addons.power_crm.controllers.download import send_file
from odoo.addons.power_crm.tools.table_file import XLSX


class GradingWorkbook(Controller):
    @route("/power/grading/run/<int:run_id>/workbook", type="http", auth="user", methods=["GET"])
    def workbook(self, run_id):
        """The workbook of a run, for whoever may read the run."""
        run = request.env["power.grading.run"].browse(run_id).exists()
        if not run or not run.has_access("read"):
            raise request.not_found()
        return send_file(run._make_workbook(), f"{run.name}.xlsx", XLSX)
