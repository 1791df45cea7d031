from odoo.http import Controller, content_disposition, request, route

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Reliability(Controller):
    @route("/power/reliability/<int:report_id>/xlsx", type="http", auth="user", methods=["GET"])
    def xlsx(self, report_id):
        """The workbook of a report, for who made it."""
        report = request.env["power.reliability.report"].browse(report_id).exists()
        if not report or report.create_uid != request.env.user:
            raise request.not_found()
        content = report._make_xlsx()
        return request.make_response(
            content,
            headers=[
                ("Content-Type", _XLSX),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(request.env._("reliability.xlsx"))),
            ],
        )
