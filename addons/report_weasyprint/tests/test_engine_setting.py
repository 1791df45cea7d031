from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.base.models.ir_actions_report import WkhtmlInfo

from ..models import ir_actions_report
from .common import ReportCase


def _wkhtml(is_patched_qt):
    return WkhtmlInfo("ok", True, "wkhtmltopdf", "0.12.6", is_patched_qt, "", None)


@tagged("post_install", "-at_install")
class TestEngineSetting(ReportCase):
    def _set_engine(self, value):
        self.env["res.config.settings"].create({"report_pdf_engine": value}).execute()

    def test_settings_keep_the_choice(self):
        self._set_engine("wkhtmltopdf")
        self.assertEqual(self.env["ir.actions.report"]._get_pdf_engine(), "wkhtmltopdf")
        self._set_engine("weasyprint")
        self.assertEqual(self.env["ir.actions.report"]._get_pdf_engine(), "weasyprint")
        self.assertEqual(self.env["ir.actions.report"].get_wkhtmltopdf_state(), "ok")

    def test_automatic_prefers_weasyprint(self):
        self._set_engine("automatic")
        report = self.env["ir.actions.report"]
        with patch.object(ir_actions_report, "_wkhtml", lambda: _wkhtml(True)):
            self.assertEqual(report._get_pdf_engine(), "weasyprint")
            with patch.object(ir_actions_report.engine, "get_load_error", lambda: "no pango"):
                self.assertEqual(report._get_pdf_engine(), "wkhtmltopdf")
        with (
            patch.object(ir_actions_report, "_wkhtml", lambda: _wkhtml(False)),
            patch.object(ir_actions_report.engine, "get_load_error", lambda: "no pango"),
        ):
            self.assertEqual(report._get_pdf_engine(), "weasyprint")

    def test_missing_pango_is_told(self):
        with (
            patch.object(ir_actions_report.engine, "get_load_error", lambda: "no libpango"),
            self.assertRaisesRegex(UserError, "Pango"),
        ):
            self._print(self.partner_zh)
