from odoo.http import Controller, route

from .table_import import TableImportFiles

_MODEL = "power.customer.import"


class CustomerImport(TableImportFiles, Controller):
    @route("/power/customer_import/template", type="http", auth="user", methods=["GET"])
    def template(self):
        return self._send_template(_MODEL)

    @route(
        "/power/customer_import/<int:import_id>/errors", type="http", auth="user", methods=["GET"]
    )
    def errors(self, import_id):
        return self._send_errors(_MODEL, import_id)
