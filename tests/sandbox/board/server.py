"""The board's web server: its few files, its state, and buttons that only its own page can press."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tests.sandbox.board.actions import NotUnderstood, Said
from tests.sandbox.loopback import LoopbackServer, QuietHandler

_HERE: Final = Path(__file__).with_name("static")
_FILES: Final = {
    "/": (_HERE / "board.html", "text/html"),
    "/board.css": (_HERE / "board.css", "text/css"),
    "/family.css": (Path(__file__).parents[1] / "family.css", "text/css"),
    "/board.js": (_HERE / "board.js", "text/javascript"),
    "/drawing.js": (_HERE / "drawing.js", "text/javascript"),
}
_HEADERS: Final = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
]
_MOST_BYTES: Final = 10_000
_OK, _BAD_REQUEST, _FORBIDDEN, _NOT_FOUND, _NO_METHOD = 200, 400, 403, 404, 405


class BoardServer:
    """Serve the page with `state` behind it; `act` gets a button's name and what it was given."""

    def __init__(self, state: Callable[[], bytes], act: Callable[[str, Mapping[str, Any]], Said]) -> None:
        self._server = LoopbackServer(_handler(state, act))
        self.url: Final = self._server.url

    def close(self) -> None:
        self._server.close()


def _handler(state: Callable[[], bytes], act: Callable[[str, Mapping[str, Any]], Said]) -> type[QuietHandler]:
    class Handler(QuietHandler):
        def serve(self) -> None:
            if not self._is_ours():
                self.close_connection = True  # whatever it wanted to send is not read
                self._answer(_FORBIDDEN, "Only this page itself may do that.")
            elif self.command in {"GET", "HEAD"}:
                self._show(urlsplit(self.path).path)
            elif self.command == "POST":
                self._press()
            else:
                self._answer(_NO_METHOD, "There is nothing of that kind.")

        def _is_ours(self) -> bool:
            """Refuse pages of other origins, and other names for this machine (DNS rebinding)."""
            port = self.connection.getsockname()[1]
            host = self.headers.get("Host", "")
            if host not in {f"127.0.0.1:{port}", f"localhost:{port}"}:
                return False
            return self.command != "POST" or self.headers.get("Origin") == f"http://{host}"

        def _show(self, path: str) -> None:
            if path == "/state.json":
                self._send(_OK, "application/json", state())
            elif path in _FILES:
                file, content_type = _FILES[path]
                self._send(_OK, content_type, file.read_bytes())
            else:
                self._answer(_NOT_FOUND, "There is no such page.")

        def _press(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > _MOST_BYTES:
                self.close_connection = True
                self._answer(_BAD_REQUEST, "That was not understood.")
                return
            try:
                given = json.loads(self.body())
                said = act(self.path.removeprefix("/actions/"), given if isinstance(given, dict) else {})
            except (NotUnderstood, ValueError):
                self._answer(_BAD_REQUEST, "That was not understood.")
                return
            self._answer(_OK, said.text, good=said.good)

        def _answer(self, status: int, text: str, *, good: bool = False) -> None:
            self._send(status, "application/json", json.dumps({"said": text, "good": good}).encode())

        def _send(self, status: int, content_type: str, body: bytes) -> None:
            self.reply(status, [("Content-Type", f"{content_type}; charset=utf-8"), *_HEADERS], body)

    return Handler
