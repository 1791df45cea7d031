from odoo.http import Controller, content_disposition, request, route

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NetworkImport(Controller):
    """Files of the import of the network, for those who may import."""

    @route("/power/network_import/template", type="http", auth="user", methods=["GET"])
    def template(self):
        wizard = request.env["power.network.import"]
        if not wizard.has_access("create"):
            raise request.not_found()
        return self._send(
            wizard._make_template(), "text/csv; charset=utf-8", request.env._("network.csv")
        )

    @route(
        "/power/network_import/<int:import_id>/errors", type="http", auth="user", methods=["GET"]
    )
    def errors(self, import_id):
        wizard = request.env["power.network.import"].browse(import_id).exists()
        if not wizard or wizard.create_uid != request.env.user or not wizard.problem_ids:
            raise request.not_found()
        return self._send(wizard._make_error_file(), _XLSX, request.env._("network_errors.xlsx"))

    def _send(self, content, kind, filename):
        return request.make_response(
            content,
            headers=[
                ("Content-Type", kind),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(filename)),
            ],
        )
