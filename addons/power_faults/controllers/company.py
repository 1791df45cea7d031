from urllib.parse import urlsplit

from odoo.http import request


class AskedCompany:
    """Which utility a public page is about, where several share a database.

    ``?company=<id>`` says so, else the address of the page (a company's website); only companies
    that supply areas are shown.
    """

    def _find_asked_company(self, company=None):
        """Return the utility that was asked for, as superuser; none when nothing says which."""
        utilities = request.env["power.area"].sudo().search([]).company_id
        chosen = utilities.filtered(lambda utility: str(utility.id) == str(company or ""))
        host = request.httprequest.host.partition(":")[0]
        return chosen or utilities.filtered(lambda utility: _get_host(utility.website) == host)[:1]

    def _get_asked_company(self, company=None):
        """Return the utility that was asked for, else the visitor's own, as superuser."""
        return self._find_asked_company(company) or request.env.company.sudo()


def _get_host(website):
    """Return the host of an address, however it is written."""
    website = website or ""
    return urlsplit(website if "//" in website else f"//{website}").hostname
