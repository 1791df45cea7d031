import io

from pypdf import PdfReader

from odoo.tests import TransactionCase

ARCH = """
<t t-name="report_weasyprint.test_letter">
    <t t-call="web.html_container">
        <t t-foreach="docs" t-as="o">
            <t t-call="report_weasyprint.test_letter_document" t-lang="o.lang"/>
        </t>
    </t>
</t>
"""
DOCUMENT_ARCH = """
<t t-name="report_weasyprint.test_letter_document">
    <t t-set="o" t-value="o.with_context(lang=o.lang)"/>
    <t t-call="web.external_layout">
        <div class="page">
            <h2>Letter to <span t-field="o.name"/></h2>
            <table class="table o_main_table">
                <thead><tr><th>Day</th><th>Reading</th></tr></thead>
                <tbody>
                    <t t-foreach="range(int(o.ref or 3))" t-as="day">
                        <tr><td>Day <t t-out="day"/></td><td>抄表读数 <t t-out="day"/></td></tr>
                    </t>
                </tbody>
            </table>
        </div>
    </t>
</t>
"""


class ReportCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["ir.config_parameter"].set_param("report_weasyprint.engine", "weasyprint")
        cls.env.company.write(
            {
                "name": "Lakeside Works",
                "report_footer": "<p>Footer of the works</p>",
                "external_report_layout_id": cls.env.ref("web.external_layout_standard").id,
                "paperformat_id": cls.env.ref("base.paperformat_euro").id,
            }
        )
        for key, arch in (("test_letter", ARCH), ("test_letter_document", DOCUMENT_ARCH)):
            cls._create_template(f"report_weasyprint.{key}", arch)
        cls.report = cls.env["ir.actions.report"].create(
            {
                "name": "Letter",
                "model": "res.partner",
                "report_type": "qweb-pdf",
                "report_name": "report_weasyprint.test_letter",
                "attachment": "'Letter %s.pdf' % object.id",
            }
        )
        cls.partner = cls._create_partner("Anna Long", "60")
        cls.partner_zh = cls._create_partner("无锡市滨湖区纺织有限公司", "3", lang="zh_CN")

    @classmethod
    def _create_template(cls, key, arch):
        return cls.env["ir.ui.view"].create({"name": key, "key": key, "type": "qweb", "arch": arch})

    @classmethod
    def _create_partner(cls, name, rows, lang="en_US"):
        return cls.env["res.partner"].create({"name": name, "ref": rows, "lang": lang})

    def _print(self, records, **context):
        """Return the reader and the normalised text of each page."""
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True, **context)
        content, kind = report._render_qweb_pdf(self.report, records.ids)
        self.assertEqual(kind, "pdf")
        reader = PdfReader(io.BytesIO(content))
        return reader, [" ".join(page.extract_text().split()) for page in reader.pages]
