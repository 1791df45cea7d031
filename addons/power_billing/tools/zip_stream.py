"""A ZIP file written piece by piece, so that any number of files takes no memory."""

import io
import zipfile
from collections.abc import Iterable, Iterator

_PIECE = 1 << 20


class _Sink(io.RawIOBase):
    """Keeps what was written until it is taken."""

    def __init__(self):
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:  # pylint: disable=method-required-super
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


def stream_zip(files: Iterable[tuple[str, str | bytes]]) -> Iterator[bytes]:
    """Yield the bytes of a ZIP of these files, stored as they are (a PDF shrinks no further).

    :param files: (name in the ZIP, path on disk or the content itself)
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, source in files:
            with (
                io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as reader,
                archive.open(name, "w", force_zip64=True) as writer,
            ):
                while piece := reader.read(_PIECE):
                    writer.write(piece)
                    yield sink.take()
            yield sink.take()
    yield sink.take()
