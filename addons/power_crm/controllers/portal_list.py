from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager

_MAX_SEARCH = 100
_HISTORY = 100


class PowerListing:
    """Lists of the visitor's own records in the portal; stands before the portal's controllers.

    Records are found with the visitor's rights. Whatever the address says, only known keys of
    sortings, filters and inputs reach the database.
    """

    def _count_power(self, model, domain):
        """Return whether the visitor has a record (0 or 1): what a tile of the home page asks."""
        records = request.env[model]
        return records.search_count(domain, limit=1) if records.has_access("read") else 0

    def _prepare_power_list(self, model, domain, url, name, page=1, order=None, **asked):
        """Return the values of a page of records, found under ``records``.

        :param Domain domain: all that the visitor may see here
        :param str url: address of the list
        :param str name: ``page_name``; the records found are kept for previous and next under
            ``my_<name>_history``
        :param str order: when there is nothing to choose
        :param asked: what the page offers: ``sortings``, ``filters`` and ``inputs`` (``domain``
            makes a domain of the words); what the address chose: ``sortby``, ``filterby``,
            ``search_in``, ``search``; further keys only go back into the address
        """
        values, chosen = {}, {}
        for kind, key in (("sortings", "sortby"), ("filters", "filterby"), ("inputs", "search_in")):
            offered = asked.pop(kind, None)
            wanted = asked.pop(key, None)
            if offered:
                chosen[key] = wanted if wanted in offered else next(iter(offered))
                values[f"searchbar_{kind}"] = offered
        if "sortby" in chosen:
            order = values["searchbar_sortings"][chosen["sortby"]]["order"]
        if "filterby" in chosen:
            domain &= Domain(values["searchbar_filters"][chosen["filterby"]]["domain"])
        if "search_in" in chosen:
            search = chosen["search"] = (asked.pop("search", None) or "").strip()[:_MAX_SEARCH]
            if search:
                domain &= values["searchbar_inputs"][chosen["search_in"]]["domain"](search)
        records = request.env[model]
        allowed = records.has_access("read")
        pages = pager(
            url=url,
            url_args={**chosen, **asked},
            total=records.search_count(domain) if allowed else 0,
            page=page,
            step=self._items_per_page,
        )
        if allowed:
            records = records.search(
                domain, order=order, limit=self._items_per_page, offset=pages["offset"]
            )
        request.session[f"my_{name}_history"] = records.ids[:_HISTORY]
        return {
            **self._prepare_portal_layout_values(),
            **values,
            **chosen,
            "page_name": name,
            "records": records,
            "pager": pages,
            "default_url": url,
        }
