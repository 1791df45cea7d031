from odoo.tests import BaseCase

from ..tools.page import HEADERS_ID, PageLayout, compose_page, split_running_elements

_HEADERS = f"""<html><body class="o_body_pdf container"><div id="{HEADERS_ID}">
<div class="header">One</div><div class="header">Two</div></div></body></html>"""


class TestPage(BaseCase):
    def test_headers_are_taken_by_document(self):
        headers = split_running_elements(_HEADERS, HEADERS_ID)
        self.assertEqual([node.text_content().strip() for node in headers], ["One", "Two"])
        body = '<html><body><div class="article">Text</div></body></html>'
        page = compose_page(body, headers, [], 1, "zh_CN")
        self.assertIn("Two", page.root.text_content())
        self.assertNotIn("One", page.root.text_content())
        self.assertEqual(page.root.get("lang"), "zh-CN")

    def test_language_and_record_of_the_document(self):
        body = """<html><head><link rel="stylesheet" href="/a.css"/><script>x</script></head><body>
            <div class="article" data-oe-model="res.partner" data-oe-id="7" data-oe-lang="zh_CN">
            <h2>发票 7</h2></div></body></html>"""
        page = compose_page(body, [], [], 0, "en_US")
        self.assertEqual(page.root.get("lang"), "zh-CN")
        self.assertEqual(page.record, ("res.partner", 7))
        self.assertEqual(page.title, "发票 7")
        self.assertEqual(page.stylesheet_urls, ["/a.css"])
        self.assertFalse(page.root.xpath("//script|//link"))

    def test_lengths_are_on_paper(self):
        # A margin of 40 mm printed at 0.8 is asked for as 50 mm.
        layout = PageLayout(210, 297, 40, 8, 20, 8, header_spacing=36, zoom=0.8)
        css = layout.to_css()
        self.assertIn("size: 262.500mm 371.250mm", css)
        self.assertIn("margin: 50.000mm 10.000mm 25.000mm 10.000mm", css)
        self.assertIn("padding: 5.000mm 0 0 0", css)
