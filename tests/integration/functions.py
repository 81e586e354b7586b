"""The deployed functions in this process: their answers, and all that they print."""

import io
import json
import logging
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, cast

from tests.sandbox.sam_template import ROOT
from tests.world import SECRET, LambdaContext, World
from zonos_orders import telemetry

HTML, JSON = "text/html; charset=utf-8", "application/json"
FUNCTIONS = ("success_redirect", "reconcile_orders", "recheck_order")
PERSONAL = {
    "name",
    "company",
    "email",
    "phone",
    "altPhone",
    "address1",
    "address2",
    "address3",
    "city",
    "state",
    "zip",
    "billingName",
    "billingCompany",
    "billingEmail",
    "billingPhone",
    "billingAltPhone",
    "billingAddress1",
    "billingAddress2",
    "billingAddress3",
    "billingCity",
    "billingState",
    "billingZip",
    "birthDate",
    "nationalIdentifier",
    "notes",
    "note",
    "createdByUser",
    "shippingInstructions",
    "itemCustomization",
    "carrierAccountNumber",
    "poNumber",
    "transactionId",
    "trackingNumber",
}


class Functions:
    """The deployed functions, each one instance, with what they print."""

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

    def invoke(self, function: str, event: dict[str, Any], seconds: float = 300) -> Any:
        output = io.StringIO()
        log = cast("logging.StreamHandler[Any]", telemetry.logger.registered_handler)
        log_stream = log.setStream(output)
        try:
            with redirect_stdout(output), redirect_stderr(output):
                return self._handlers[function](event, LambdaContext(seconds))
        finally:
            log.setStream(log_stream)
            self.printed += output.getvalue()

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


def personal_data(value: Any, *, is_personal: bool = False) -> set[str]:
    """Return the texts of an order that are about a person, long enough to be told from chance."""
    if isinstance(value, dict):
        parts = [
            personal_data(member, is_personal=is_personal or key in PERSONAL) for key, member in value.items()
        ]
        return set().union(*parts)
    if isinstance(value, list):
        return set().union(*(personal_data(member, is_personal=is_personal) for member in value))
    return {value} if is_personal and isinstance(value, str) and len(value) >= 6 else set()


def assert_nothing_told(functions: Functions, raised: str = "") -> None:
    told = functions.printed + raised
    orders = [functions.world.zonos.details(order.order_id) for order in functions.world.zonos.orders()]
    sample = json.loads((ROOT / "tests/samples/complete_order.json").read_text(encoding="utf-8"))
    private = personal_data([sample["order"], *orders]) | {SECRET, functions.world.zonos.secret}
    assert len(private) > 25
    for text in private:
        assert text not in told
        assert json.dumps(text)[1:-1] not in told
