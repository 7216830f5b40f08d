"""The page: files of its bundle, read once, with headers that keep a guest's output harmless."""

import gzip
import mimetypes
from pathlib import Path
from typing import Final

from aiohttp import web

from com1d.errors import NotFound
from com1d.gateway.messages import SECURITY
from com1d.values import dataclass


BUNDLE: Final = Path(__file__).parents[1] / "page"
"""Where the build puts the page (daemon/page)."""

FILE_BYTES: Final = 4 * 1024 * 1024
"""Bytes of one file: the largest has 600 KiB."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "  # xterm.js makes styles for its colours
    "connect-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)

_HEADERS: Final = SECURITY | {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_FOR_A_YEAR: Final = "public, max-age=31536000, immutable"

_MISSING: Final = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>com1-web: no page</title>
<h1>The page has not been built</h1>
<p>This com1d was installed without Node.js, so it has no browser console. The gateway runs.</p>
<p>In a checkout: <code>cd daemon/page && npm ci --ignore-scripts && npm run build</code>,
and start com1-web again. A wheel of a release has the page in it.</p>
"""


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    packed: bytes
    kind: str
    lasts: bool


class Page:
    """The bundle, in memory."""

    def __init__(self, bundle: Path, base: str) -> None:
        """Read the bundle. Its addresses are relative, to `base`, whatever view is asked for."""
        self._files = {
            path.relative_to(bundle).as_posix(): _read(path, bundle, base)
            for path in sorted(bundle.rglob("*"))
            if path.is_file() and path.stat().st_size <= FILE_BYTES
        }

    @property
    def is_built(self) -> bool:
        """Whether there is a page."""
        return "index.html" in self._files

    def answer(self, request: web.BaseRequest, path: str) -> web.Response:
        """Give a file, or the page itself for the path of a view. Raises `NotFound`."""
        if path.startswith("assets/") and path not in self._files:
            raise NotFound("no such file")
        if not self.is_built:
            return web.Response(
                text=_MISSING, status=503, headers=_HEADERS, content_type="text/html"
            )
        name = path if path in self._files else "index.html"
        return _as_response(request, self._files[name])


def _read(path: Path, bundle: Path, base: str) -> _File:
    data = path.read_bytes()
    if path.name == "index.html":
        data = data.replace(b"<head>", f'<head><base href="{base}">'.encode(), 1)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    lasts = path.parent == bundle / "assets"
    return _File(data, gzip.compress(data), kind, lasts)


def _as_response(request: web.BaseRequest, file: _File) -> web.Response:
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    headers = _HEADERS | {
        "Cache-Control": _FOR_A_YEAR if file.lasts else "no-cache",
        "Vary": "Accept-Encoding",
        **({"Content-Encoding": "gzip"} if packed else {}),
    }
    text = file.kind.startswith("text/")
    return web.Response(
        body=file.packed if packed else file.data, headers=headers, content_type=file.kind,
        charset="utf-8" if text else None,
    )  # fmt: skip
