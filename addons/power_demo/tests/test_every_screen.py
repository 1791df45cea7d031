from odoo.tests import HttpCase, tagged

APP = "power_crm.menu_root"
# TestEveryFilter tries the filters, once each; the browser would try each in each view.
NO_FILTERS = (
    "const find = document.querySelector.bind(document);"
    "document.querySelector = (selector) =>"
    " selector.includes('o_searchview_dropdown_toggler') ? null : find(selector);"
)
CLICK = NO_FILTERS + (
    "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader')"
    ".startClickEverywhere('%s', %s)"
)
# Each sees menus of its own; the manager, who sees all, also tries every view.
ROLES = ("agent", "accountmanager", "clerk", "finance", "dispatcher", "crew", "analyst")


@tagged("post_install", "-at_install")
class TestEveryScreen(HttpCase):
    """Every menu a role has opens in the browser, with the utility's data, without an error."""

    allow_end_on_form = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.users"].search([]).filtered("tour_enabled").tour_enabled = False

    def _click(self, login, light):
        self.browser_js(
            "/odoo",
            CLICK % (APP, "true" if light else "false"),
            "odoo.isReady === true",
            login=login,
            timeout=1500,
            success_signal="clickbot test succeeded",
        )

    def test_each_role_opens_its_menus(self):
        for login in ROLES:
            with self.subTest(login=login):
                self._click(login, light=True)

    def test_the_manager_tries_every_view(self):
        self._click("manager", light=False)
