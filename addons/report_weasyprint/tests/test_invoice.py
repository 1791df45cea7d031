import io

from pypdf import PdfReader

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestInvoice(TransactionCase):
    """Invoices are the most printed report; accounting itself is not required here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "account.move" not in cls.env.registry:
            cls.skipTest(cls, "accounting is not installed")
        cls.env["ir.config_parameter"].set_param("report_weasyprint.engine", "weasyprint")
        cls.env["res.lang"]._activate_lang("zh_CN")
        company = cls.env["res.company"].create({"name": "Lakeside Works", "country_id": False})
        company.country_id = cls.env.ref("base.us")
        company.external_report_layout_id = cls.env.ref("web.external_layout_standard")
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company=company, install_demo=False
        )
        cls.env.user.company_ids |= company
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=company.ids))
        cls.invoices = cls._create_invoice("Anna Long", "en_US", 60)
        cls.invoices += cls._create_invoice("无锡市滨湖区纺织有限公司", "zh_CN", 3)
        cls.invoices.action_post()

    @classmethod
    def _create_invoice(cls, name, lang, lines):
        partner = cls.env["res.partner"].create({"name": name, "lang": lang})
        return cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2026-11-01",
                "invoice_line_ids": [
                    (0, 0, {"name": f"电费 Line {i}", "price_unit": 0.5, "tax_ids": False})
                    for i in range(lines)
                ],
            }
        )

    def test_two_invoices_in_one_call(self):
        content, _kind = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("account.account_invoices", self.invoices.ids)
        )
        pages = [
            " ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages
        ]
        self.assertGreater(len(pages), 2)
        for number, text in enumerate(pages[:-1], 1):
            self.assertIn(f"Page {number} / {len(pages) - 1}", text)
        self.assertIn("30.00", pages[-2])  # 60 lines of 0.50
        self.assertIn("无锡市滨湖区纺织有限公司", pages[-1])
        self.assertIn("1 / 1", pages[-1])
        for text in pages:
            self.assertIn("Lakeside Works", text)

    def test_sent_invoices_keep_their_pdf(self):
        self.env["account.move.send"].with_context(
            force_report_rendering=True
        )._generate_and_send_invoices(self.invoices, sending_methods=[])
        for invoice in self.invoices:
            self.assertTrue(invoice.invoice_pdf_report_id, invoice.name)
            reader = PdfReader(io.BytesIO(invoice.invoice_pdf_report_id.raw))
            self.assertIn(invoice.partner_id.name, reader.pages[0].extract_text())
