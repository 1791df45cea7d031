import base64
import re
from contextlib import nullcontext
from urllib.parse import parse_qs, unquote, urlsplit

from reportlab.graphics.utils import RenderPMError

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import file_open
from odoo.tools.barcode import createBarcodeDrawing
from odoo.tools.image import image_process
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.base.models.ir_actions_report import _wkhtml
from odoo.addons.base.models.report_paperformat import PAPER_SIZES

from ..tools import engine
from ..tools.page import (
    FOOTERS_ID,
    HEADERS_ID,
    SHRINKING,
    PageLayout,
    compose_page,
    split_running_elements,
)

_SIZES = {size["key"]: size for size in PAPER_SIZES}
_IMAGE_SIZE = re.compile(r"(\d+)x(\d+)")
_DEFAULT_PAGE = (210.0, 297.0)


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    # === ENGINE === #

    @api.model
    def _get_pdf_engine(self):
        """Return ``weasyprint`` or ``wkhtmltopdf``.

        Automatic means WeasyPrint wherever it can work, else a wkhtmltopdf that can print
        headers and footers (with patched Qt).
        """
        setting = self.env["ir.config_parameter"].sudo().get_param("report_weasyprint.engine")
        if setting in ("weasyprint", "wkhtmltopdf"):
            return setting
        if engine.get_load_error() and _wkhtml().is_patched_qt:
            return "wkhtmltopdf"
        return "weasyprint"

    @api.model
    def get_wkhtmltopdf_state(self):
        # The browser asks before it prints; a missing library is told by the print itself.
        if self._get_pdf_engine() == "weasyprint":
            return "ok"
        return super().get_wkhtmltopdf_state()

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        self._check_pdf_engine()
        return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)

    @api.model
    def _run_wkhtmltopdf(
        self,
        bodies,
        report_ref=False,
        header=None,
        footer=None,
        landscape=False,
        specific_paperformat_args=None,
        set_viewport_size=False,
    ):
        if self._get_pdf_engine() != "weasyprint":
            return super()._run_wkhtmltopdf(
                bodies,
                report_ref=report_ref,
                header=header,
                footer=footer,
                landscape=landscape,
                specific_paperformat_args=specific_paperformat_args,
                set_viewport_size=set_viewport_size,
            )
        self._check_pdf_engine()
        report = self._get_report(report_ref) if report_ref else self
        layout = self._get_page_layout(
            report.get_paperformat(), landscape, specific_paperformat_args or {}
        )
        headers = split_running_elements(header, HEADERS_ID)
        footers = split_running_elements(footer, FOOTERS_ID)
        lang = self.env.lang or "en_US"
        return engine.render(
            [
                compose_page(body, headers, footers, index, lang)
                for index, body in enumerate(bodies)
            ],
            layout,
            self._fetch_report_resource,
            base_url=self._get_report_url() or "http://localhost",
            cache_key=self.env.cr.dbname,
        )

    @api.model
    def _check_pdf_engine(self):
        if self._get_pdf_engine() == "weasyprint" and (error := engine.get_load_error()):
            raise UserError(
                self.env._(
                    "The PDF cannot be printed: WeasyPrint does not start on this server"
                    " (%(error)s). Ask your administrator to install the Pango library"
                    " (package libpango-1.0-0, libpangoft2-1.0-0), or to choose wkhtmltopdf in"
                    " Settings > General Settings > PDF engine.",
                    error=error,
                )
            )

    # === PAGE === #

    @api.model
    def _get_page_layout(self, paperformat, landscape, arguments):
        """Return the page of a paper format.

        :param landscape: True forces landscape
        :param arguments: ``data-report-*`` attributes of the template; they win over the format
        :rtype: PageLayout
        """
        width, height = self._get_paper_size(paperformat)
        if (
            landscape
            or arguments.get("data-report-landscape")
            or (paperformat.orientation == "Landscape")
        ):
            width, height = max(width, height), min(width, height)
        spacing = arguments.get("data-report-header-spacing", paperformat.header_spacing)
        return PageLayout(
            width=width,
            height=height,
            margin_top=float(arguments.get("data-report-margin-top", paperformat.margin_top)),
            margin_right=paperformat.margin_right,
            margin_bottom=float(
                arguments.get("data-report-margin-bottom", paperformat.margin_bottom)
            ),
            margin_left=paperformat.margin_left,
            header_spacing=float(spacing or 0),
            header_line=paperformat.header_line,
            zoom=1.0 if paperformat.disable_shrinking else SHRINKING,
        )

    @api.model
    def _get_paper_size(self, paperformat):
        """Return width and height in millimetres, upright."""
        if paperformat.format == "custom" and paperformat.page_width and paperformat.page_height:
            return float(paperformat.page_width), float(paperformat.page_height)
        size = _SIZES.get(paperformat.format) or {}
        return (
            size.get("width") or _DEFAULT_PAGE[0],
            size.get("height") or _DEFAULT_PAGE[1],
        )

    # === RESOURCES === #

    def _fetch_report_resource(self, url):
        """Return content and MIME type of what a report refers to, read in process with the
        rights of the one who prints. Nothing is ever fetched over the network.

        :raise ValueError: when the address is not one of this server
        """
        parts = urlsplit(url)
        own_hosts = {
            urlsplit(base).netloc
            for base in (
                self._get_report_url(),
                self.env["ir.config_parameter"].sudo().get_param("web.base.url"),
                "http://localhost",
            )
            if base
        }
        if parts.scheme not in ("http", "https") or parts.netloc not in own_hosts:
            raise ValueError(f"{url} is not on this server")
        path = [unquote(part) for part in parts.path.split("/") if part]
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        return self._get_local_resource(path, query)

    def _get_local_resource(self, path, query):
        """Hook: return content and MIME type of a path of this server.

        :param list[str] path: decoded segments
        :param dict query: arguments of the address
        """
        match path:
            case ["web", "assets", unique, filename]:
                return self._get_asset_resource(unique, filename)
            case ["web", "image" | "content" as kind, *rest]:
                return self._get_binary_resource(kind, rest, query)
            case ["report", "barcode", *rest]:
                return self._get_barcode_resource(rest, query)
            case ["logo" | "logo.png"] | ["web", "binary", "company_logo"]:
                company = self.env.company
                if query.get("company", "").isdigit():
                    company = company.browse(int(query["company"]))
                return self._get_binary_resource(
                    "image", ["res.company", str(company.id), "logo"], {}
                )
            case [_module, "static", *rest] if rest and ".." not in rest:
                with file_open("/".join(path), "rb") as file:
                    content = file.read()
                return content, self._guess_resource_mimetype(path[-1], content)
        raise ValueError("/{} cannot be read for a report".format("/".join(path)))

    def _get_asset_resource(self, unique, filename):
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("public", "=", True),
                    ("url", "=", f"/web/assets/{unique}/{filename}"),
                    ("res_model", "=", "ir.ui.view"),
                    ("res_id", "=", 0),
                ],
                limit=1,
            )
        )
        content = attachment.raw or self._generate_asset(filename)
        return content, self._guess_resource_mimetype(filename, content)

    def _generate_asset(self, filename):
        """Build a bundle that nobody has asked for yet, as the assets route does."""
        read_only = self.env.cr.readonly
        manager = self.env.registry.cursor() if read_only else nullcontext(self.env.cr)
        with manager as cursor:
            env = self.env(cr=cursor, su=True)
            name, rtl, asset_type, autoprefix = env["ir.asset"]._parse_bundle_name(filename, False)
            bundle = env["ir.qweb"]._get_asset_bundle(
                name,
                css=asset_type == "css",
                js=asset_type == "js",
                rtl=rtl,
                autoprefix=autoprefix,
            )
            return bundle.css().raw or b""

    def _get_binary_resource(self, kind, path, query):
        """Read the field directly: the streams of ``ir.binary`` want an HTTP request."""
        arguments, size = self._parse_binary_path(path, query)
        field = arguments.get("field", "raw")
        try:
            record = self.env["ir.binary"]._find_record(
                arguments.get("xmlid"),
                arguments.get("model", "ir.attachment"),
                arguments.get("id"),
                query.get("access_token"),
                field=field,
            )
            content = self._read_binary(record, field)
            if kind == "image" and any(size):
                content = image_process(content, size=size)
        except UserError as error:
            raise ValueError(str(error)) from error
        return content, guess_mimetype(content)

    @api.model
    def _read_binary(self, record, field_name):
        field = record._fields.get(field_name)
        if field is None or field.type != "binary":
            raise ValueError(f"{field_name} of {record._name} is no binary field")
        record._check_field_access(field, "read")
        if record._name == "ir.attachment":
            content = record.raw
        else:
            content = base64.b64decode(record.with_context(bin_size=False)[field_name] or b"")
        if not content:
            raise ValueError(f"{field_name} of {record} is empty")
        return content

    @api.model
    def _parse_binary_path(self, path, query):
        """Return what a path below /web/image or /web/content names: the arguments of the
        record, and width and height."""
        arguments = {key: query[key] for key in ("xmlid", "model", "field") if query.get(key)}
        if query.get("id", "").isdigit():
            arguments["id"] = int(query["id"])
        size = (int(query.get("width") or 0), int(query.get("height") or 0))
        match path:
            case [model, record_id, field, *rest] if record_id.isdigit():
                arguments.update(model=model, id=int(record_id), field=field)
            case [first, *rest] if first.split("-", 1)[0].isdigit():
                arguments["id"] = int(first.split("-", 1)[0])
            case [xmlid, *rest]:
                arguments["xmlid"] = xmlid
            case _:
                rest = []
        for part in rest:
            if found := _IMAGE_SIZE.fullmatch(part):
                size = (int(found[1]), int(found[2]))
        return arguments, size

    def _get_barcode_resource(self, path, query):
        if len(path) >= 2:
            barcode_type, value = path[0], "/".join(path[1:])
        else:
            barcode_type, value = query.pop("barcode_type", "Code128"), query.pop("value", "")
        query = {key: value for key, value in query.items() if key not in ("barcode_type", "value")}
        try:
            return self.barcode(barcode_type, value, **query), "image/png"
        except RenderPMError:
            # The bitmap backend of reportlab is optional; its drawing is not.
            return self._draw_barcode(barcode_type, value, query), "image/svg+xml"
        except (ValueError, AttributeError) as error:
            raise ValueError(str(error)) from error

    @api.model
    def _draw_barcode(self, barcode_type, value, query):
        drawing = createBarcodeDrawing(
            barcode_type,
            value=value,
            format="svg",
            width=int(query.get("width", 600)),
            height=int(query.get("height", 100)),
            humanReadable=bool(int(query.get("humanreadable", 0))),
            quiet=bool(int(query.get("quiet", 1))),
        )
        return drawing.asString("svg").encode()

    @api.model
    def _guess_resource_mimetype(self, name, content):
        known = {
            "css": "text/css",
            "svg": "image/svg+xml",
            "woff": "font/woff",
            "woff2": "font/woff2",
            "ttf": "font/ttf",
        }
        return known.get(name.rpartition(".")[2].lower()) or guess_mimetype(content)
