from odoo.http import Controller, route

from odoo.addons.power_crm.controllers.table_import import TableImportFiles

_MODEL = "power.network.import"


class NetworkImport(TableImportFiles, Controller):
    @route("/power/network_import/template", type="http", auth="user", methods=["GET"])
    def template(self):
        return self._send_template(_MODEL)

    @route(
        "/power/network_import/<int:import_id>/errors", type="http", auth="user", methods=["GET"]
    )
    def errors(self, import_id):
        return self._send_errors(_MODEL, import_id)
