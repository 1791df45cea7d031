import base64
import io
from unittest.mock import patch

import openpyxl

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import TODAY, GradingCase


@tagged("post_install", "-at_install")
class TestScheme(GradingCase):
    def _assert_refused(self, scheme, words):
        with self.assertRaisesRegex(UserError, words):
            scheme.action_activate()
        self.assertRegex(scheme.fault_note, words)

    def test_sound(self):
        scheme = self._create_scheme()
        self.assertFalse(scheme.fault_note)
        scheme.action_activate()
        self.assertEqual(scheme.state, "active")

    def test_weights_of_zero(self):
        self._assert_refused(
            self._create_scheme(indicators=[self._prepare_indicator(weight=0)]),
            "all weights are zero",
        )

    def test_gap(self):
        self._assert_refused(
            self._create_scheme(bands=(("A", 90, None), ("B", None, 80))),
            "B.*A.*gap from 80 to 90",
        )

    def test_overlap(self):
        self._assert_refused(
            self._create_scheme(bands=(("A", 90, None), ("B", None, 95))), "overlap from 90 to 95"
        )

    def test_missing_source(self):
        scheme = self._create_scheme()
        self.env.cr.execute(
            "UPDATE power_grading_indicator SET source = 'gone' WHERE scheme_id = %s", [scheme.id]
        )
        scheme.invalidate_recordset()
        scheme.indicator_ids.invalidate_recordset()
        self._assert_refused(scheme, "source “gone” is not there")

    def test_nothing(self):
        scheme = self._create_scheme(indicators=[], bands=[])
        self._assert_refused(scheme, "no indicator")

    def test_everything_is_told_at_once(self):
        scheme = self._create_scheme(
            indicators=[self._prepare_indicator(weight=0)], bands=(("A", 90, None), ("B", None, 80))
        )
        self.assertEqual(len(scheme._get_faults()), 2)

    def test_filter_that_cannot_be_read(self):
        with self.assertRaises(ValidationError):
            self._create_scheme(population_domain="[('no_such_field', '=', 1)]")

    def test_a_scheme_knows_no_user(self):
        """Who starts a run, a person or the scheduler, is no fact about its customers."""
        mine = "[('power_account_manager_id', '=', uid)]"
        with self.assertRaisesRegex(ValidationError, "Name the person"):
            self._create_scheme(population_domain=mine)
        with self.assertRaisesRegex(ValidationError, "Name the person"):
            self._create_scheme(
                "other", indicators=[self._prepare_indicator(source="domain", partner_domain=mine)]
            )

    def test_one_scheme_an_axis_is_shown(self):
        self._create_scheme("first", leading=True).action_activate()
        with self.assertRaisesRegex(ValidationError, "shown on customers already"):
            self._create_scheme("second", leading=True).action_activate()

    def test_copy_is_complete(self):
        scheme = self._create_scheme()
        scheme.cap_ids = [
            (0, 0, {"name": "c", "band_id": scheme._get_bands()[2].id,
                    "indicator_id": scheme.indicator_ids.id, "operator": ">", "value": 3})
        ]  # fmt: skip
        copied = scheme.copy()
        self.assertNotEqual(copied.code, scheme.code)
        self.assertEqual(copied.cap_ids.band_id, copied._get_bands()[2])
        self.assertEqual(copied.cap_ids.indicator_id, copied.indicator_ids)
        self.assertFalse(copied.fault_note)

    def test_there_and_back(self):
        scheme = self._create_scheme(combination="table")
        scheme.rule_ids = [
            (0, 0, {"band_id": scheme._get_bands()[1].id, "condition_ids": [
                (0, 0, {"indicator_id": scheme.indicator_ids.id, "operator": ">=", "value": 7})
            ]})
        ]  # fmt: skip
        data = scheme._to_json()
        again = self.env["power.grading.scheme"]._from_json(data)
        self.assertEqual((again.code, again.version, again.state), (scheme.code, 2, "draft"))
        self.assertEqual(again._to_json(), data)
        # what a company has for itself stays its own
        (scheme | again).sudo().company_id = self.bureau
        here = scheme.with_company(self.bureau)._from_json(data)
        self.assertEqual((here.company_id, here.version), (self.bureau, 3))

    def test_a_version_keeps_its_words_in_every_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        scheme = self._create_scheme()
        scheme.with_context(lang="fr_FR").name = "Barème"
        scheme.action_activate()
        new = scheme.browse(scheme.action_new_version()["res_id"])
        self.assertEqual(new.with_context(lang="fr_FR").name, "Barème")

    def test_workbook_there_and_back(self):
        """Every shipped scheme comes back as it was: all transformations, tables and limits."""
        shipped = self.env["ir.model.data"].search(
            [("module", "=", "power_grading"), ("model", "=", "power.grading.scheme")]
        )
        schemes = self.env["power.grading.scheme"].browse(shipped.mapped("res_id")).exists()
        self.assertGreater(len(schemes), 8)
        for scheme in schemes:
            with self.subTest(scheme=scheme.code):
                again = schemes._from_xlsx(scheme._to_xlsx())
                self.assertEqual(again._to_json(), scheme._to_json())

    def test_workbook_in_the_analysts_language(self):
        """Written in Chinese words, read by whoever, whatever the language of the reader."""
        self.env["res.lang"]._activate_lang("zh_CN")
        scheme = self.env.ref("power_grading.scheme_wuxi_credit")
        chinese = scheme.with_context(lang="zh_CN")
        content = chinese._to_xlsx()
        book = openpyxl.load_workbook(io.BytesIO(content))
        self.assertEqual(
            book.sheetnames, ["方案", "指标", "指标分档", "分段", "条件", "限制", "选项"]
        )
        rows = list(book["指标"].iter_rows(values_only=True))
        sources = dict(chinese.indicator_ids._selection_source())
        self.assertEqual(
            [row[2] for row in rows[2:]],
            [sources[part.source] for part in chinese.indicator_ids],
        )
        again = scheme._from_xlsx(content)
        self.assertEqual(again._to_json(), chinese._to_json())

    def test_workbook_by_the_screen(self):
        scheme = self._create_scheme()
        book = openpyxl.load_workbook(io.BytesIO(scheme._to_xlsx()))
        self.assertEqual(book["Bands"]["B3"].value, "A")
        self.assertTrue(book["Indicators"].data_validations.dataValidation)
        book["Bands"]["F3"] = 95
        book["Bands"]["H4"] = 95
        stream = io.BytesIO()
        book.save(stream)
        wizard = self.env["power.grading.scheme.import"].create(
            {"file": base64.b64encode(stream.getvalue()), "filename": "scheme.xlsx"}
        )
        new = scheme.browse(wizard.action_import()["res_id"])
        self.assertEqual((new.version, new.state), (2, "draft"))
        self.assertEqual(new._get_bands()[0].value_from, 95)
        self.assertFalse(new.fault_note)

    def test_workbook_with_faults(self):
        scheme = self._create_scheme()
        for sheet, cell, value, message in (
            ("Indicators", "G3", "much", "“Indicators”, row 3, column “weight”: “much”"),
            ("Bands", "B2", "grade", "“Bands”: the column “letter” is missing"),
            ("Indicator steps", "A3", 9, "“Indicator steps”, row 3, column “indicator”: “9”"),
        ):
            book = openpyxl.load_workbook(io.BytesIO(scheme._to_xlsx()))
            book[sheet][cell] = value
            stream = io.BytesIO()
            book.save(stream)
            with self.subTest(message), self.assertRaisesRegex(UserError, message):
                scheme._from_xlsx(stream.getvalue())
        book = openpyxl.load_workbook(io.BytesIO(scheme._to_xlsx()))
        del book["Limits"]
        stream = io.BytesIO()
        book.save(stream)
        with self.assertRaisesRegex(UserError, "The sheet “Limits” is missing"):
            scheme._from_xlsx(stream.getvalue())
        with self.assertRaisesRegex(UserError, "no XLSX workbook"):
            scheme._from_xlsx(b"PK nothing")

    def test_file_of_something_else(self):
        schemes = self.env["power.grading.scheme"]
        for data in ({}, [], {"format": "power-tariff/1"}):
            with self.assertRaisesRegex(UserError, "no file of a grading scheme"):
                schemes._from_json(data)
        with self.assertRaisesRegex(UserError, "nobody knows: colour"):
            schemes._from_json({"format": "power-grading-scheme/1", "colour": 1})
        with self.assertRaisesRegex(UserError, "no complete grading scheme"):
            schemes._from_json({"format": "power-grading-scheme/1", "code": "x"})

    def test_try_keeps_nothing(self):
        self._create_customers(95, 80, 60, 10)
        scheme = self._create_scheme()
        trial = self.env["power.grading.try"].create(
            {"scheme_id": scheme.id, "company_id": self.bureau.id}
        )
        trial.action_try()
        self.assertEqual(trial.band_ids.mapped("count"), [1, 1, 1, 1])
        self.assertFalse(self.env["power.grading.result"].search([("family", "=", scheme.code)]))

    def test_all_movers_are_listed(self):
        partners = self._create_customers(95, 80, 60, 10)
        scheme = self._create_scheme()
        scheme.action_activate()
        self._run(scheme)
        trial = self.env["power.grading.try"].create(
            {"scheme_id": scheme.id, "company_id": self.bureau.id}
        )
        for line, low, high in zip(trial.band_ids, (99, 98, 97, 0), (0, 99, 98, 97), strict=True):
            line.write({"value_from": low, "value_to": high})
        with patch.object(type(trial).mover_ids, "domain", [("place", "<=", 2)]):
            trial.action_try()
            # from A to D, and from B; the third goes one step
            self.assertEqual(trial.mover_ids.partner_id, partners[:2])
        self.assertEqual(trial.moved_count, 3)
        action = trial.action_open_movers()
        movers = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(movers.partner_id, partners[:3])
        self.assertEqual(movers.mapped("step"), [-3, -2, -1])

    def test_sample_is_drawn_at_random(self):
        """Not the first customers by number, and the same ones each time."""
        partners = self._create_customers(*([50] * 12))
        scheme = self._create_scheme(population_domain=f"[('id', 'in', {partners.ids})]")
        engine = self.env["power.grading.engine"]

        def draw():
            engine._grade(scheme, self.bureau, TODAY, sample=4)
            self.env.cr.execute("SELECT partner_id FROM power_grading_graded ORDER BY 1")
            return [row for (row,) in self.env.cr.fetchall()]

        self.env.cr.execute(
            "SELECT id FROM res_partner WHERE id IN %s ORDER BY hashint4(id) LIMIT 4",
            [tuple(partners.ids)],
        )
        expected = sorted(row for (row,) in self.env.cr.fetchall())
        self.assertEqual(draw(), expected)
        self.assertEqual(draw(), expected)

    def test_what_if(self):
        partners = self._create_customers(95, 80, 60, 10)
        scheme = self._create_scheme()
        scheme.action_activate()
        self._run(scheme)
        trial = self.env["power.grading.try"].create(
            {"scheme_id": scheme.id, "company_id": self.bureau.id}
        )
        trial.band_ids[0].value_from = trial.band_ids[1].value_to = 75
        trial.action_try()
        self.assertEqual(trial.band_ids.mapped("count"), [2, 0, 1, 1])
        self.assertEqual(trial.band_ids.mapped("count_before"), [1, 1, 1, 1])
        self.assertEqual(trial.moved_count, 1)
        self.assertEqual(trial.mover_ids.partner_id, partners[1])
        mover = trial.mover_ids
        self.assertEqual((mover.from_letter, mover.letter, mover.step), ("B", "A", 1))
        self.assertEqual(scheme._get_bands()[0].value_from, 90)
        trial.weight_ids.weight = 3
        draft = scheme.browse(trial.action_keep()["res_id"])
        self.assertEqual((draft.version, draft.state, draft.indicator_ids.weight), (2, "draft", 3))
        self.assertEqual(draft._get_bands().mapped("value_from"), [75, 70, 50, 0])
        self.assertEqual(draft._get_bands()[1].value_to, 75)
        self.assertEqual(scheme._get_bands()[0].value_from, 90)
        trial.band_ids[0].value_from = 80
        with self.assertRaisesRegex(UserError, "gap from 75 to 80"):
            trial.action_try()
