from odoo.http import content_disposition, request


def send_file(content, filename, kind):
    """Return the response that saves bytes as a file.

    :param str kind: its media type
    """
    return request.make_response(
        content,
        headers=[
            ("Content-Type", kind),
            ("Content-Length", len(content)),
            ("Content-Disposition", content_disposition(filename)),
        ],
    )
