import io
import re

from pypdf import PdfReader

from odoo.fields import Command
from odoo.tests import tagged

from .common import PowerBillingCase


@tagged("post_install", "-at_install", "power_slow")
class TestBillPage(PowerBillingCase):
    """What stands on the printed page, read back from the PDF."""

    def _read_pdf(self, bill):
        with self.allow_pdf_render():
            content, __ = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf("power_billing.action_report_bill", bill.ids)
            )
        pages = PdfReader(io.BytesIO(content)).pages
        self.assertLessEqual(len(pages), 2)
        return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))

    def test_tiers_of_a_household(self):
        """3000 kWh in January, tiers of the year to 2760 and 4800 kWh.

        Tier 1: 2760 of 2760, none left. Tier 2: 240 of 2040 (4800 - 2760), 1800 left.
        2760 × 0.538 + 240 × 0.588 = 1484.88 + 141.12 = 1626.00
        """
        tariff = self._create_tariff("Household", prices=(("energy", "Energy", 0.538),))
        tariff.version_ids.write(
            {
                "tier_basis": "year",
                "tier_limits": "2760; 4800",
                "component_ids": [
                    Command.update(
                        tariff.version_ids.component_ids.id,
                        {
                            "price_ids": [
                                Command.create({"tier": tier, "value": price})
                                for tier, price in ((2, 0.588), (3, 0.838))
                            ]
                        },
                    )
                ],
            }
        )
        point = self._create_point(tariff_id=tariff.id)
        bill = self._create_bill(point, kwh=3000)
        self.assertEqual(bill.amount_total, 1626.00)
        text = self._read_pdf(bill)
        self.assertIn("Tier 1 2,760.00 2,760.00 2,760.00 0.00", text)
        self.assertIn("Tier 2 240.00 240.00 4,800.00 1,800.00", text)
        self.assertIn("Tier 3 0.00 0.00 – –", text)

    def test_correction(self):
        """1234 kWh become 1134: 907.84 and (783.01 + 51.26 =) 834.27, 73.57 less."""
        old = self._create_bill()
        reading = old.reading_ids
        new = old._bill_again("one digit wrong")
        reading.value = 11134
        new.action_retry()
        new._post_isolated()
        text = self._read_pdf(new)
        for part in (
            "Corrected electricity bill",
            f"Correction of bill {old.name}",
            "one digit wrong",
            "1,234.00 1,134.00",
            "907.84",
            "834.27",
            "73.57",
        ):
            self.assertIn(part, text)
