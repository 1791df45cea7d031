from odoo import http
from odoo.http import Response, content_disposition, request

from ..tools.zip_stream import stream_zip


class PowerBillPrints(http.Controller):
    @http.route("/power/bill-runs/<int:run_id>/bills.zip", type="http", auth="user", readonly=True)
    def bill_run_prints(self, run_id):
        """Give out all printed bills of a run as one file, read part by part from the disk."""
        run = request.env["power.bill.run"].browse(run_id).exists()
        if not run or not run.has_access("read"):
            raise request.not_found()
        files = run._get_print_files()
        if not files:
            raise request.not_found()
        headers = [
            ("Content-Type", "application/zip"),
            ("Content-Disposition", content_disposition(run._get_prints_filename())),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return Response(stream_zip(files), headers=headers, direct_passthrough=True)
