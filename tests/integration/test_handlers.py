"""The three handlers: exact answers, the metrics that alarms wait for, and nothing that may not be told."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from tests.sandbox.sam_template import ROOT, load_template
from tests.sandbox.zonos_simulator import Purchase
from tests.world import SECRET, LambdaContext, World
from zonos_orders import telemetry
from zonos_orders.errors import AwsUnavailable, InvalidInput
from zonos_orders.settings import WrongSetting

DAY_MS = 86_400_000
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


class Stdout(io.TextIOBase):
    """Wherever standard output leads at the moment: pytest changes that between set-up and test."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@pytest.fixture(autouse=True)
def log_to_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the log go where the Lambda runtime reads it, which the test reads too."""
    monkeypatch.setattr(telemetry.logger.registered_handler, "stream", Stdout())


@pytest.fixture
def broken(world: World) -> Iterator[set[str]]:
    """The operations of AWS that cannot be reached, by clients made from now on."""
    broken: set[str] = set()

    def refuse(model: Any, **_: Any) -> None:
        if model.name in broken:
            raise EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")

    boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register("before-call", refuse)
    yield broken
    boto3.setup_default_session()


class Functions:
    """The deployed functions, each one instance, with what they print."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str], **env: str) -> None:
        self.world = world
        self.printed = ""
        self._capsys = capsys
        self._handlers = {name: world.handler(name, **env).lambda_handler for name in FUNCTIONS}
        capsys.readouterr()

    def redirect(self, query: str, accept: str = "text/html") -> dict[str, Any]:
        event = {"rawQueryString": query, "headers": {"accept": accept}}
        answer: dict[str, Any] = self._invoke("success_redirect", event)
        return answer

    def reconcile(self, **event: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._invoke("reconcile_orders", event)
        return answer

    def recheck(self, order_id: str, generation: int = 1) -> dict[str, Any]:
        event = {"order_id": order_id, "execution_name": f"{order_id}-{generation}"}
        answer: dict[str, Any] = self._invoke("recheck_order", event)
        return answer

    def _invoke(self, function: str, event: dict[str, Any]) -> Any:
        try:
            return self._handlers[function](event, LambdaContext())
        finally:
            output = self._capsys.readouterr()
            self.printed += output.out + output.err

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


@pytest.fixture
def functions(world: World, broken: set[str], capsys: pytest.CaptureFixture[str]) -> Functions:
    return Functions(world, capsys)


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


# The answers of the success page


@pytest.mark.parametrize(
    ("kind", "state", "sentence"),
    [
        ("pay", "confirmed", "Your order 999-100 is confirmed."),
        ("fraud_review", "confirming", "Your order 999-100 is being confirmed."),
    ],
)
def test_the_buyer_is_thanked(functions: Functions, kind: Purchase, state: str, sentence: str) -> None:
    functions.world.zonos.pay(kind)
    page = functions.redirect("orderId=999-100")
    assert (page["statusCode"], page["headers"]["content-type"]) == (200, HTML)
    assert sentence in page["body"]
    as_json = functions.redirect("orderId=999-100", accept=JSON)
    assert (as_json["statusCode"], as_json["headers"]["content-type"]) == (200, JSON)
    assert json.loads(as_json["body"]) == {"orderId": "999-100", "state": state}


def test_an_unknown_order_and_another_stores_get_the_same_page(functions: Functions) -> None:
    page = functions.redirect("orderId=999-4711")
    assert page["statusCode"] == 404
    assert "We do not know this order number yet" in page["body"]
    assert "4711" not in page["body"]
    assert functions.redirect("orderId=998-100") == page


def test_an_unknown_order_as_json(functions: Functions) -> None:
    answer = functions.redirect("orderId=998-100", JSON)
    assert (answer["statusCode"], json.loads(answer["body"])) == (404, {"error": "unknown order"})


NO_ORDER = [
    "",
    "orderId",
    "orderId=",
    "orderid=999-100",
    "orderId=999-100&orderId=999-101",
    "orderId=999-100,999-100",
    "orderId=%zz",
    "orderId=999-100%0A",
    "orderId=999-100%00",
    "orderId=%D9%A1%D9%A2",
    "orderId=%EF%BC%91",
    "orderId=<script>alert(1)</script>",
    "orderId=%24%7BjnDi%7D",
    "orderId=" + "9" * 5000,
    "orderId=-100",
    "orderId=0",
    "&".join(f"key{n}={n}" for n in range(500)),
]


def test_what_names_no_order_is_refused_and_never_echoed(functions: Functions) -> None:
    page = functions.redirect("")
    assert (page["statusCode"], page["headers"]["content-type"]) == (400, HTML)
    assert "This address names no order" in page["body"]
    assert [query for query in NO_ORDER if functions.redirect(query) != page] == []
    assert (functions.world.zonos.calls(), functions.metrics) == (0, {"RedirectInvalid": 1 + len(NO_ORDER)})


def test_what_names_no_order_is_refused_as_json(functions: Functions) -> None:
    answer = functions.redirect("orderId=<b>", JSON)
    assert (answer["statusCode"], json.loads(answer["body"])) == (400, {"error": "invalid orderId"})


def test_other_keys_and_the_same_order_twice_do_no_harm(functions: Functions) -> None:
    functions.world.zonos.pay()
    query = "&".join([f"utm_{n}=x" for n in range(300)]) + "&orderId=999-100&orderId=999-100"
    assert functions.redirect(query)["statusCode"] == 200


def test_every_answer_carries_the_security_headers(functions: Functions) -> None:
    functions.world.zonos.pay()
    for query in ("orderId=100", "orderId=4711", ""):
        headers = functions.redirect(query)["headers"]
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'; ")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert (headers["x-frame-options"], headers["vary"]) == ("DENY", "accept")


@pytest.mark.parametrize("event", [{}, {"headers": None, "rawQueryString": None}])
def test_an_event_without_query_or_headers_is_refused(functions: Functions, event: dict[str, Any]) -> None:
    assert functions._invoke("success_redirect", event)["statusCode"] == 400


@pytest.fixture
def forwarding(world: World, capsys: pytest.CaptureFixture[str]) -> Functions:
    return Functions(world, capsys, THANK_YOU_URL="https://shop.example/thanks?lang=en%20GB#top")


def test_the_buyer_is_forwarded_to_the_shops_own_page(forwarding: Functions) -> None:
    forwarding.world.zonos.pay("fraud_review")
    answer = forwarding.redirect("orderId=100")
    assert (answer["statusCode"], answer["body"], answer["headers"]["cache-control"]) == (303, "", "no-store")
    location = urlsplit(answer["headers"]["location"])
    assert (location.netloc, location.path, location.fragment) == ("shop.example", "/thanks", "top")
    assert location.query.startswith("lang=en%20GB&")
    assert parse_qs(location.query)["orderId"] == ["999-100"]
    assert parse_qs(location.query)["state"] == ["confirming"]


@pytest.mark.parametrize(
    ("query", "accept", "status"),
    [("orderId=4711", HTML, 404), ("orderId=x", HTML, 400), ("orderId=100", JSON, 200)],
)
def test_only_a_buyer_with_an_order_is_forwarded(
    forwarding: Functions, query: str, accept: str, status: int
) -> None:
    forwarding.world.zonos.pay()
    assert forwarding.redirect(query, accept)["statusCode"] == status


def test_the_buyer_is_thanked_although_zonos_is_down(functions: Functions) -> None:
    functions.world.zonos.pay()
    functions.world.zonos.break_down("html_502")
    answer = functions.redirect("orderId=100", JSON)
    assert (answer["statusCode"], json.loads(answer["body"])["state"]) == (200, "confirming")


# The answers of the other two


def test_the_scheduled_run_answers_with_counts_only(functions: Functions) -> None:
    functions.world.zonos.pay()
    answer = functions.reconcile()
    assert (answer["outcome"], answer["imported_new"], answer["recovered"]) == ("clean", 1, 1)
    assert "orders" not in answer
    json.dumps(answer)


@pytest.mark.parametrize("event", [{"sinceDate": "2026-01-01"}, {"dryRun": True}, {"orderIds": []}, {"x": 1}])
def test_a_payload_that_is_not_understood_is_refused_with_what_is_expected(
    functions: Functions, event: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput, match=r"expected \{\}"):
        functions.reconcile(**event)
    assert functions.world.zonos.calls() == 0


def test_a_look_that_fails_is_raised_under_the_name_that_the_state_machine_retries(
    functions: Functions, broken: set[str]
) -> None:
    broken.add("GetItem")
    with pytest.raises(AwsUnavailable):
        functions.recheck("999-100")


# The metrics


def poisoned(functions: Functions) -> None:
    functions.world.zonos.pay(details={"orderId": "999-7"})
    functions.reconcile()


def recovered(functions: Functions) -> None:
    functions.world.zonos.pay()
    functions.reconcile()


def listing_down(functions: Functions) -> None:
    functions.world.zonos.break_down("status_500")
    functions.reconcile()


def redirect_down(functions: Functions) -> None:
    order_id = functions.world.zonos.pay()
    functions.world.zonos.break_down("status_500")
    functions.redirect(f"orderId={order_id}")


def with_status(functions: Functions) -> None:
    order_id = functions.world.zonos.pay(details={"orderStatus": "SOMETHING_NEW"})
    functions.redirect(f"orderId={order_id}")


def with_match(functions: Functions) -> None:
    functions.redirect(f"orderId={functions.world.zonos.pay('csl_match')}")


def without_date(functions: Functions) -> None:
    functions.redirect(f"orderId={functions.world.zonos.pay(details={'orderDate': None})}")


def unreadable_listing(functions: Functions) -> None:
    body = json.dumps({"orders": [{"nummer": 5}, {"id": functions.world.zonos.pay()}]}).encode()
    functions.world.zonos.answer_next("orderNumbers", 200, JSON, body)
    functions.reconcile()


def long_review(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    functions.world.dynamodb.update_item(
        TableName="OrdersTable",
        Key={"order_id": {"S": order_id}},
        UpdateExpression="SET review_started_at = :then",
        ExpressionAttributeValues={":then": {"S": "2020-01-01T00:00:00.000Z"}},
    )
    assert functions.recheck(order_id)["outcome"] == "expired"


def bad_credentials(functions: Functions) -> None:
    functions.world.zonos.secret = "another"
    functions.reconcile()


def stale_answer(functions: Functions) -> None:
    order_id = functions.world.zonos.pay()
    functions.reconcile()
    functions.world.zonos.edit(order_id, orderStatusDate=1_600_000_000_000)
    functions.reconcile(orderIds=[order_id])


def failed_look(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    functions.redirect(f"orderId={order_id}")
    functions.world.zonos.break_down("status_500")
    functions.recheck(order_id)


SITUATIONS: list[tuple[Callable[[Functions], None], dict[str, int]]] = [
    (recovered, {"OrderImported": 1, "OrdersRecovered": 1, "ReconcileClean": 1}),
    (poisoned, {"ImportFailed": 1, "ReconcileClean": 1}),
    (listing_down, {"ReconcileFailed": 1}),
    (redirect_down, {"RedirectFailed": 1}),
    (with_status, {"OrderImported": 1, "UnknownStatus": 1}),
    (with_match, {"OrderImported": 1, "RestrictedPartyMatch": 1}),
    (without_date, {"OrderImported": 1, "ContractChanged": 1}),
    (unreadable_listing, {"OrderImported": 1, "ContractChanged": 1, "ReconcileClean": 1}),
    (long_review, {"OrderImported": 1, "ReviewExpired": 1}),
    (bad_credentials, {"BadCredentials": 1, "ReconcileFailed": 1}),
    (stale_answer, {"StaleAnswer": 1, "OrderImported": 1}),
    (failed_look, {"OrderImported": 1, "ImportFailed": 1}),
]
COUNTED = {name for _, expected in SITUATIONS for name in expected} | {"ReviewStartFailed"}


@pytest.mark.parametrize(("happen", "expected"), SITUATIONS, ids=[one.__name__ for one, _ in SITUATIONS])
def test_what_happens_is_counted_and_tells_nothing_personal(
    functions: Functions, happen: Callable[[Functions], None], expected: dict[str, int]
) -> None:
    happen(functions)
    alarming = {name: times for name, times in functions.metrics.items() if name in COUNTED}
    assert expected.items() <= alarming.items()
    assert alarming.keys() - expected.keys() <= {"ReconcileClean", "OrdersRecovered"}
    assert_nothing_told(functions)


def test_a_review_that_cannot_start_is_counted_by_each_way_in(functions: Functions, broken: set[str]) -> None:
    broken.add("StartExecution")
    order_id = functions.world.zonos.pay("fraud_review")
    answer = functions.redirect(f"orderId={order_id}")
    assert (answer["statusCode"], functions.metrics["ReviewStartFailed"]) == (200, 1)
    functions.reconcile()
    assert functions.metrics["ReviewStartFailed"] == 2


def test_what_was_known_already_is_not_counted_again(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("csl_match", details={"orderStatus": "NEW", "orderDate": None})
    functions.redirect(f"orderId={order_id}")
    before = functions.metrics
    functions.reconcile(orderIds=[order_id])
    now = functions.metrics
    for name in ("OrderImported", "UnknownStatus", "RestrictedPartyMatch", "ContractChanged"):
        assert (before[name], now[name]) == (1, 1)


def test_a_dry_run_counts_no_imports(functions: Functions) -> None:
    order_id = functions.world.zonos.pay("csl_match")
    functions.reconcile(orderIds=[order_id], dryRun=True)
    assert not functions.metrics.keys() & {"OrderImported", "RestrictedPartyMatch"}


def test_a_run_by_hand_does_not_silence_the_alarm_on_missing_runs(functions: Functions) -> None:
    functions.reconcile(sinceDate="20260101")
    assert not functions.metrics.keys() & {"ReconcileClean", "ReconcileFailed"}


def test_a_run_that_meets_another_is_neither_clean_nor_failed(functions: Functions) -> None:
    table = functions.world.reconciliation_table()
    table.take_lease("another run", 0, 4_000_000_000_000)
    assert functions.reconcile()["outcome"] == "busy"
    assert not functions.metrics.keys() & {"ReconcileClean", "ReconcileFailed"}


def test_every_metric_that_an_alarm_waits_for_is_counted_by_a_test_here() -> None:
    alarms = [r["Properties"] for r in load_template()["Resources"].values() if r["Type"].endswith("::Alarm")]
    watched = {alarm["MetricName"] for alarm in alarms if alarm.get("Namespace") == "ZonosOrders"}
    assert watched
    assert watched <= COUNTED


# What may not be told


def test_nothing_is_told_when_zonos_echoes_what_it_was_sent(functions: Functions) -> None:
    order_id = functions.world.zonos.pay()
    details = functions.world.zonos.details(order_id)
    for status in (200, 400, 418, 500):
        body = json.dumps({"error": f"{SECRET} {json.dumps(details)}"}).encode()
        functions.world.zonos.answer_next("orderDetail", status, JSON, body)
        functions.reconcile(orderIds=[order_id])
    assert_nothing_told(functions)
    assert SECRET not in str(functions.world.reconciliation_table().failures())


def test_nothing_is_told_when_aws_fails(functions: Functions, broken: set[str]) -> None:
    order_id = functions.world.zonos.pay("fraud_review")
    broken |= {"UpdateItem", "StartExecution"}
    functions.redirect(f"orderId={order_id}")
    with pytest.raises(AwsUnavailable) as raised:
        functions.reconcile()
    assert_nothing_told(functions, str(raised.value))


def test_nothing_of_the_request_but_the_number_is_told(functions: Functions) -> None:
    functions.world.zonos.pay()
    functions.redirect("orderId=999-100&email=ada.sample%40example.com&token=hush-hush")
    functions.redirect("orderId=hush-hush")
    assert "hush" not in functions.printed
    assert_nothing_told(functions)


def test_the_reference_of_a_cart_is_not_told(functions: Functions) -> None:
    functions.reconcile(referenceIds=["cart-of-ada"])
    assert "cart-of-ada" not in functions.printed


def test_every_failure_is_told_with_its_order_and_its_cause(functions: Functions) -> None:
    poisoned(functions)
    told = [line for line in functions.lines if line.get("level") == "ERROR"]
    assert [line["order_id"] for line in told] == ["999-100"]
    assert told[0]["error"].startswith("UnexpectedAnswer: ")


# A wrong deployment


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ZONOS_API_URL", "http://api.iglobalstores.com"),
        ("SHIP_FROM_DATE", "2026-01-01"),
        ("IMPORT_CONCURRENCY", "many"),
    ],
)
def test_a_wrong_setting_fails_at_start_and_is_named(world: World, variable: str, value: str) -> None:
    for function in FUNCTIONS:
        with pytest.raises(WrongSetting, match=f"{variable} is wrong"):
            world.handler(function, **{variable: value})


def test_a_missing_setting_fails_at_start_and_is_named(world: World) -> None:
    del world.env["ORDERS_TABLE"]
    for function in FUNCTIONS:
        with pytest.raises(WrongSetting, match="ORDERS_TABLE is missing"):
            world.handler(function)
