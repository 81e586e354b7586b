"""The simulated AWS as a process of its own: moto's server on a free loopback port, which it prints.

A process, because moto keeps one set of backends per process and its state machines wait in threads
that cannot be stopped: here every sandbox has its own AWS, and ending the process ends all of it.
It ends by itself when stdin is closed, so it never outlives the sandbox.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable
from threading import Lock, Thread
from typing import Any

from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from tests.sandbox.loopback import is_of_this_machine
from tests.sandbox.map_results import write_results_to
from tests.sandbox.worker import refuse_the_internet


class OneAtATime:
    """Run a WSGI application one request at a time.

    moto checks a condition and then writes without a lock, so two conditional writes at once can both
    succeed. DynamoDB promises that they cannot, and the functions rely on it.
    """

    def __init__(self, application: DomainDispatcherApplication) -> None:
        self._application = application
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not is_of_this_machine(environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")):
            start_response("403 Forbidden", [])
            return []
        with self._lock:
            return list(self._application(environ, start_response))


def main() -> None:
    sys.addaudithook(refuse_the_internet)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)  # it writes a page for each kill
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    application = OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    write_results_to(f"http://127.0.0.1:{server.port}")
    Thread(target=server.serve_forever, daemon=True).start()
    print(server.port, flush=True)
    sys.stdin.read()
    os._exit(0)  # without waiting for executions that wait


if __name__ == "__main__":
    main()
