import base64

from odoo.http import Controller, content_disposition, request, route

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CustomerImport(Controller):
    """Files of the import of customers, for those who may import."""

    @route("/power/customer_import/template", type="http", auth="user", methods=["GET"])
    def template(self):
        wizard = request.env["power.customer.import"]
        if not wizard.has_access("create"):
            raise request.not_found()
        return self._send(wizard._make_template(), request.env._("customers_template.xlsx"))

    @route(
        "/power/customer_import/<int:import_id>/errors", type="http", auth="user", methods=["GET"]
    )
    def errors(self, import_id):
        wizard = request.env["power.customer.import"].browse(import_id).exists()
        if not wizard or wizard.create_uid != request.env.user:
            raise request.not_found()
        content = base64.b64decode(wizard.with_context(bin_size=False).error_file or b"")
        if not content:
            raise request.not_found()
        return self._send(content, request.env._("customers_errors.xlsx"))

    def _send(self, content, filename):
        return request.make_response(
            content,
            headers=[
                ("Content-Type", _XLSX),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(filename)),
            ],
        )
