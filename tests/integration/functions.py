"""The deployed functions in this process: their answers, and all that they print."""

import io
import json
import logging
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, cast

from tests.sandbox import function_url
from tests.world import LambdaContext, World
from zonos_orders import telemetry

HTML, JSON = "text/html; charset=utf-8", "application/json"
FUNCTIONS = (
    "success_redirect",
    "reconcile_orders",
    "recheck_order",
    "backfill_orders",
    "order_desk",
    "order_supervisor",
    "publish_changes",
)
SUPERVISOR = "arn:aws:sts::123456789012:assumed-role/ExportControl/jo"


def through_url(wish: Any, principal: str | None = SUPERVISOR) -> dict[str, Any]:
    """The event of a wish of the supervisor's, or of somebody else's."""
    return function_url.through_url(wish, principal)


class Functions:
    """The deployed functions, each one instance, with what they print.

    What one of them writes is handed to the function that reads the table's stream, as Lambda does.
    """

    def __init__(self, world: World, **env: str) -> None:
        self.world = world
        self.printed = ""
        self._handlers = {name: world.handler(name, **env).lambda_handler for name in FUNCTIONS}

    def redirect(self, query: str, accept: str = "text/html") -> dict[str, Any]:
        event = {"rawQueryString": query, "headers": {"accept": accept}}
        answer: dict[str, Any] = self.invoke("success_redirect", event)
        return answer

    def reconcile(self, **event: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.invoke("reconcile_orders", event)
        return answer

    def recheck(self, order_id: str, generation: int = 1) -> dict[str, Any]:
        event = {"order_id": order_id, "execution_name": f"{order_id}-{generation}"}
        answer: dict[str, Any] = self.invoke("recheck_order", event)
        return answer

    def desk(self, **wish: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.invoke("order_desk", wish)
        return answer

    def supervise(self, principal: str | None = SUPERVISOR, **wish: Any) -> dict[str, Any]:
        """The answer's body, with its status code."""
        answer = self.invoke("order_supervisor", through_url(wish, principal))
        return {"status": answer["statusCode"], **json.loads(answer["body"])}

    def invoke(self, function: str, event: dict[str, Any], seconds: float = 300) -> Any:
        try:
            return self._invoke(function, event, seconds)
        finally:
            changes = self.world.latest_changes()
            if changes:
                told = self._invoke("publish_changes", {"Records": changes}, 60)
                assert told == {"batchItemFailures": []}

    def _invoke(self, function: str, event: dict[str, Any], seconds: float) -> Any:
        output = io.StringIO()
        log = cast("logging.StreamHandler[Any]", telemetry.logger.registered_handler)
        log_stream = log.setStream(output)
        try:
            with redirect_stdout(output), redirect_stderr(output):
                return self._handlers[function](event, LambdaContext(seconds))
        finally:
            log.setStream(log_stream)
            self.printed += output.getvalue()
            self.world.told += output.getvalue().splitlines()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.printed.splitlines() if line.startswith("{")]

    @property
    def metrics(self) -> dict[str, float]:
        """What was counted so far, by the name of the metric."""
        counted: dict[str, float] = {}
        for line in self.lines:
            for metrics in line.get("_aws", {}).get("CloudWatchMetrics", ()):
                assert metrics["Namespace"] == "ZonosOrders"
                assert metrics["Dimensions"] == [["service"]]
                for name in (metric["Name"] for metric in metrics["Metrics"]):
                    counted[name] = counted.get(name, 0) + sum(line[name])
        return counted
