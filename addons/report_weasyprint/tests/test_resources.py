import base64
import io

from PIL import Image

from odoo.tests import TransactionCase, tagged

from .common import ReportCase


def _make_png(color):
    stream = io.BytesIO()
    Image.new("RGB", (40, 20), color).save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


@tagged("post_install", "-at_install")
class TestResources(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("web.base.url", "http://power.example:8069")
        cls.report = cls.env["ir.actions.report"]
        cls.partner = cls.env["res.partner"].create(
            {"name": "Portrait", "image_1920": _make_png("red")}
        )

    def _fetch(self, path):
        return self.report._fetch_report_resource(f"http://power.example:8069{path}")

    def test_image_of_a_record(self):
        content, mimetype = self._fetch(f"/web/image/res.partner/{self.partner.id}/image_128")
        self.assertEqual(mimetype, "image/png")
        self.assertEqual(Image.open(io.BytesIO(content)).format, "PNG")

    def test_image_by_query_and_size(self):
        content, _mimetype = self._fetch(
            f"/web/image?model=res.partner&id={self.partner.id}&field=image_1920&width=10"
        )
        self.assertLessEqual(Image.open(io.BytesIO(content)).width, 10)

    def test_attachment_with_unique_suffix(self):
        attachment = self.env["ir.attachment"].create(
            {"name": "red.png", "datas": _make_png("red")}
        )
        content, _mimetype = self._fetch(f"/web/image/{attachment.id}-abc/red.png")
        self.assertEqual(content, attachment.raw)

    def test_static_file_and_its_folder_only(self):
        _content, mimetype = self._fetch("/web/static/img/logo.png")
        self.assertEqual(mimetype, "image/png")
        for path in ("/web/static/../__manifest__.py", "/web/models/models.py", "/etc/passwd"):
            with self.subTest(path), self.assertRaises(ValueError):
                self._fetch(path)

    def test_barcode(self):
        content, mimetype = self._fetch("/report/barcode/QR/1234?width=80&height=80")
        self.assertIn(mimetype, ("image/png", "image/svg+xml"))
        self.assertTrue(content)

    def test_stylesheet_bundle_is_built_when_missing(self):
        self.env["ir.attachment"].sudo().search(
            [("url", "=like", "/web/assets/%report_assets_pdf%")]
        ).unlink()
        content, mimetype = self._fetch("/web/assets/0000000/web.report_assets_pdf.min.css")
        self.assertEqual(mimetype, "text/css")
        self.assertTrue(content)

    def test_nothing_is_fetched_from_elsewhere(self):
        for url in (
            "http://elsewhere.example/logo.png",
            "file:///etc/hostname",
            "ftp://power.example/x",
        ):
            with self.assertRaises(ValueError):
                self.report._fetch_report_resource(url)

    def test_image_the_user_may_not_read_is_refused(self):
        user = self.env["res.users"].create(
            {
                "name": "Visitor",
                "login": "report_visitor",
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        attachment = self.env["ir.attachment"].create(
            {"name": "secret.png", "datas": _make_png("blue")}
        )
        with self.assertRaises(ValueError):
            self.report.with_user(user)._fetch_report_resource(
                f"http://power.example:8069/web/image/{attachment.id}"
            )


@tagged("post_install", "-at_install")
class TestImageInPrint(ReportCase):
    def test_image_is_embedded(self):
        self.partner_zh.image_1920 = _make_png("green")
        self._create_template(
            "report_weasyprint.test_picture",
            """<t t-name="report_weasyprint.test_picture"><t t-call="web.basic_layout">
            <img t-attf-src="/web/image/res.partner/{{docs.id}}/image_1920"/></t></t>""",
        )
        self.report.write({"report_name": "report_weasyprint.test_picture", "attachment": False})
        reader, _pages = self._print(self.partner_zh)
        self.assertEqual(len(reader.pages[0].images), 1)
