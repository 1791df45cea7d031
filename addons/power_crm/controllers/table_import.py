import base64

from odoo.http import request

from ..tools.table_file import XLSX
from .download import send_file


class TableImportFiles:
    """Sends the files of a ``power.table.import.mixin``, to those who may import."""

    def _send_template(self, model):
        wizard = request.env[model]
        if not wizard.has_access("create"):
            raise request.not_found()
        return send_file(wizard._make_template(), *wizard._get_template_name())

    def _send_errors(self, model, import_id):
        """Send the list of errors of one's own import."""
        wizard = request.env[model].browse(import_id).exists()
        if not wizard or wizard.create_uid != request.env.user:
            raise request.not_found()
        content = base64.b64decode(wizard.with_context(bin_size=False).error_file or b"")
        if not content:
            raise request.not_found()
        return send_file(content, wizard._get_error_file_name(), XLSX)
