"""`make doctor` against the simulated Zonos: what it finds, what it advises, and what it never says."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.doctor.__main__ import ATTENTION, FINE, NOT_SET_UP, main
from tests.doctor.findings import key_name, status_name
from tests.leaks.private import assert_nothing_private
from tests.sandbox.sam_template import ROOT
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.world import SECRET, STORE

FLAGS = "Are the flags that hold an order sent: testOrder, cslListMatch?"
SETTLED = (
    "Does Zonos accept the store number and the secret?",
    "How does the list look, asked without statuses?",
    "How does the list look, asked with statuses?",
    "Which keys of the list does this system read?",
    "Do the ids in the list bear the store number?",
    "Which statuses are there, and what becomes of them here?",
    "Can the fields that decide be read: orderId, orderStatus, orderStatusDate, orderDate?",
    FLAGS,
    "Which fields are there that are not documented?",
    "Which documented fields has none of them?",
    "Do the list and the order itself name the same status?",
    "Are there test orders?",
    "Do sinceDate and throughDate include their own day?",
    "Does sinceOrderId include its own order?",
)


@dataclass
class Doctor:
    """A simulated account, and the doctor who looks at it."""

    simulator: ZonosSimulator
    said: list[str] = field(default_factory=list)

    def look(self, **environment: str) -> int:
        """Return the exit code; what is said is kept, and searched for what nobody may see."""
        given = {"ZONOS_STORE_ID": STORE, "ZONOS_SECRET": SECRET, "ZONOS_API_URL": self.simulator.url}
        self.said.clear()
        code = main(given | environment, self.said.append)
        assert_nothing_private("what the doctor says", self.said)
        return code

    def of(self, question: str) -> str:
        """Return the finding to the question that begins so."""
        (found,) = [text for text in self.said if text[4:].startswith(question)]
        return " ".join(found.split())

    def marks(self, mark: str) -> list[str]:
        return [text.splitlines()[0][4:] for text in self.said if text.startswith(mark)]


@pytest.fixture
def doctor() -> Iterator[Doctor]:
    with ZonosSimulator(store_id=STORE, secret=SECRET) as simulator:
        yield Doctor(simulator)


def test_a_healthy_account_answers_every_question(doctor: Doctor) -> None:
    doctor.simulator.world.pay()
    doctor.simulator.world.pay("fraud_review")

    assert doctor.look() == FINE

    assert doctor.marks("ok") == list(SETTLED)
    assert "It lists 2 orders since" in doctor.of("Does Zonos accept")
    assert "Envelope: orderCount, orders. Entries of orders: 2 with id, testOrder." in doctor.of(
        "How does the list look, asked without"
    )
    assert "Id: id. Status: orderStatus." in doctor.of("Which keys")
    assert "1 x IGLOBAL_FRAUD_REVIEW: HELD (FRAUD_REVIEW)" in doctor.of("Which statuses")
    assert "2 x a text, with the store number" in doctor.of("Do the ids")
    assert "Both do" in doctor.of("Do sinceDate")
    assert "It does: 999-101 is listed since itself" in doctor.of("Does sinceOrderId")
    assert "order.dutyTaxesTotalForeign" in doctor.of("Which fields are there")


def test_it_sends_a_handful_of_reading_calls(doctor: Doctor) -> None:
    for _ in range(30):
        doctor.simulator.world.pay()
    doctor.simulator.world.since_inclusive = False
    doctor.look()
    sent = [call.operation for call in doctor.simulator.world.call_log()]
    assert {name: sent.count(name) for name in set(sent)} == {"orderNumbers": 5, "orderDetail": 5}
    assert doctor.said[-1].startswith("\nCalls sent: orderNumbers 5, orderDetail 5.")


@pytest.mark.parametrize("given", [{"ZONOS_SECRET": "canary-wrong"}, {"ZONOS_STORE_ID": "998"}])
def test_a_wrong_secret_or_store_is_said_with_what_to_do(doctor: Doctor, given: dict[str, str]) -> None:
    assert doctor.look(**given) == ATTENTION
    (finding,) = doctor.marks("!!")
    told = doctor.of(finding)
    assert "No: Zonos refuses the store id or the secret." in told
    assert "Copy both again" in told
    assert doctor.simulator.world.calls() == 1


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        (lambda url: url.replace("http:", "https:"), "a certificate that is not Zonos's"),
        (lambda _: "http://127.0.0.1:9", "Nothing accepts the connection"),
    ],
    ids=["no TLS", "nobody there"],
)
def test_an_address_that_is_not_reached_is_told_apart(
    doctor: Doctor, address: Callable[[str], str], advice: str
) -> None:
    url = address(doctor.simulator.url)
    assert doctor.look(ZONOS_API_URL=url, HTTPS_PROXY="http://proxy.example") == ATTENTION
    told = doctor.of("Does Zonos accept")
    assert advice in told
    assert "HTTPS_PROXY is set but not used" in told
    assert "proxy.example" not in told


@pytest.mark.parametrize(
    ("status", "content_type", "body", "told", "advice"),
    [
        (403, "text/html", b"<h1>canary blocked</h1>", "Zonos answered 403", "may have answered instead"),
        (415, "text/html", b"", "Zonos does not accept our Content-Type", "look for a newer version"),
        (200, "application/json", b'{"error": "canary"}', "an error that is not documented", "ask Zonos"),
        (429, "application/json", b"{}", "Zonos asks for fewer calls", "Try again in some minutes"),
    ],
)
def test_an_answer_that_is_none_is_said_without_its_text(
    doctor: Doctor, status: int, content_type: str, body: bytes, told: str, advice: str
) -> None:
    for _ in range(3):  # trouble is tried again, as everywhere
        doctor.simulator.world.answer_next("orderNumbers", status, content_type, body)
    assert doctor.look() == ATTENTION
    assert told in doctor.of("Does Zonos accept")
    assert advice in doctor.of("Does Zonos accept")


def test_silence_is_no_refusal(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.doctor.account._LIST_SECONDS", 0.2)
    doctor.simulator.world.break_down("silence")
    assert doctor.look() == ATTENTION
    assert "did not answer in time" in doctor.of("Does Zonos accept")


def test_renamed_keys_of_a_status_are_recognised_by_their_values(doctor: Doctor) -> None:
    doctor.simulator.world.pay()
    doctor.simulator.world.list_status_keys = ("stateNow", "since")
    assert doctor.look() == FINE
    assert "Status: stateNow. Dates, which it does not need: since." in doctor.of("Which keys")


def test_a_list_that_names_no_status_is_said_and_the_orders_are_counted_instead(doctor: Doctor) -> None:
    order_id = doctor.simulator.world.pay()
    told = f'{{"orders": [{{"id": "{order_id}", "state": "canary"}}]}}'.encode()
    for _ in range(4):
        doctor.simulator.world.answer_next("orderNumbers", 200, "application/json", told)
    assert doctor.look() == ATTENTION
    assert "1 of 1 orders: no status is recognised" in doctor.of("Which keys")
    assert "this may stay" in doctor.of("Which keys")
    assert "1 x IGLOBAL_ORDER_IN_PROCESS: READY" in doctor.of("Which statuses")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"orderList": [{"id": "999-1"}]}', "Entries of orderList: 1 with id. This system stops"),
        (b'{"orders": [{"number": "999-1", "canary a@b.c": 1}]}', "(a key that is no name), number. This"),
        (b'{"orders": ["x", "y"]}', "Entries of orders: 2, none of them an object. This system stops"),
    ],
)
def test_a_list_in_another_form_is_shown_by_its_keys(doctor: Doctor, body: bytes, told: str) -> None:
    for _ in range(2):
        doctor.simulator.world.answer_next("orderNumbers", 200, "application/json", body)
    assert doctor.look() == ATTENTION
    assert told in doctor.of("How does the list look, asked with statuses")
    assert "listing.py" in doctor.of("How does the list look, asked with statuses")


def test_entries_of_nobody_and_of_others_are_counted(doctor: Doctor) -> None:
    doctor.simulator.world.pay()
    body = b'{"orders": [{"id": 100}, {"id": "998-5"}, {"id": null}]}'
    for _ in range(2):
        doctor.simulator.world.answer_next("orderNumbers", 200, "application/json", body)
    assert doctor.look() == ATTENTION
    assert "1 entries bear no order id, 1 one of another store" in doctor.of(
        "How does the list look, asked with "
    )
    assert "1 x a number, without the store number" in doctor.of("Do the ids")


def test_an_unknown_status_is_named_with_what_becomes_of_it(doctor: Doctor) -> None:
    doctor.simulator.world.set_status(doctor.simulator.world.pay(), "IGLOBAL_SECOND_LOOK")
    assert doctor.look() == ATTENTION
    assert "1 x IGLOBAL_SECOND_LOOK: HELD (UNKNOWN_STATUS)" in doctor.of("Which statuses")
    assert "Ask Zonos what it means" in doctor.of("Which statuses")


@pytest.mark.parametrize(
    ("details", "question", "told"),
    [
        ({"orderDate": 1_458_081_402}, "Can the fields", "orderDate missing or not plausible"),
        ({"orderStatus": "canary"}, "Can the fields", "orderStatusDate"),
        ({"cslListMatch": None}, "Which fields", "order.dutyTaxesTotalForeign"),
        ({"giftFrom": {"canary a": ["x"], "who": [{"n": 1}]}}, "Which fields", "order.giftFrom.who[index].n"),
        ({"orderId": "999-7"}, "Can listed orders", "the answer is about another order"),
    ],
)
def test_fields_are_told_by_their_paths(
    doctor: Doctor, details: dict[str, Any], question: str, told: str
) -> None:
    doctor.simulator.world.pay(details=details)
    doctor.look()
    assert told in doctor.of(question)


def test_missing_fields_are_told_and_missing_flags_need_attention(doctor: Doctor) -> None:
    order_id = doctor.simulator.world.pay()
    order = doctor.simulator.world.details(order_id)
    for key in ("items", "poNumber", "cslListMatch"):
        del order[key]
    body = json.dumps({"order": order}).encode()
    doctor.simulator.world.answer_next("orderDetail", 200, "application/json", body)
    assert doctor.look() == ATTENTION
    missing = doctor.of("Which documented fields")
    assert "order.items order.poNumber" in missing or "order.poNumber order.items" in missing
    assert "items[index]" not in missing
    assert "cslListMatch is in none of 1 orders" in doctor.of("Are the flags")
    assert "this may stay" in doctor.of("Are the flags")


def test_the_first_day_names_the_findings_that_may_stay() -> None:
    page = (ROOT / "docs/first-day.md").read_text(encoding="utf-8")
    named = re.findall(r"^   - \*(.*?\?)\*", page, re.MULTILINE)
    assert named == ["Which keys of the list does this system read?", FLAGS]
    assert set(named) <= set(SETTLED)


def test_a_list_that_contradicts_an_order_is_said(doctor: Doctor) -> None:
    order_id = doctor.simulator.world.pay(details={"orderStatus": "IGLOBAL_ORDER_ON_HOLD"})
    assert doctor.look() == ATTENTION
    told = doctor.of("Do the list")
    assert f"{order_id}: IGLOBAL_ORDER_IN_PROCESS in the list, IGLOBAL_ORDER_ON_HOLD itself" in told


@pytest.mark.parametrize(
    ("since", "through", "told"),
    [(True, False, "sinceDate does, throughDate does not"), (False, True, "sinceDate does not")],
)
def test_days_that_are_left_out_are_found_out(doctor: Doctor, since: bool, through: bool, told: str) -> None:
    doctor.simulator.world.pay()
    doctor.simulator.world.since_inclusive, doctor.simulator.world.through_inclusive = since, through
    assert doctor.look() == FINE
    assert told in doctor.of("Do sinceDate")


def test_an_order_that_is_left_out_of_the_list_since_itself_is_found_out(doctor: Doctor) -> None:
    doctor.simulator.world.pay()
    newest = doctor.simulator.world.pay()
    doctor.simulator.world.since_inclusive = False
    assert doctor.look() == FINE
    told = doctor.of("Does sinceOrderId")
    assert f"It does not. (Tried with {newest}.)" in told
    assert "the number before" in told


def test_test_orders_are_named(doctor: Doctor) -> None:
    order_id = doctor.simulator.world.pay("test_order")
    assert doctor.look() == FINE
    assert f"1 marked in the list; among the orders looked at: {order_id}." in doctor.of("Are there test")


def test_an_empty_account_leaves_questions_open_and_is_no_trouble(doctor: Doctor) -> None:
    assert doctor.look() == FINE
    assert len(doctor.marks("??")) >= 8
    assert "Make a test order" in doctor.of("How does the list look, asked with statuses")


def test_trouble_on_the_way_ends_the_look_with_a_finding(doctor: Doctor) -> None:
    doctor.simulator.world.pay()
    doctor.simulator.world.answer_next(
        "orderNumbers", 200, "application/json", b'{"orders": [{"id": "999-100"}]}'
    )
    doctor.simulator.world.break_down("status_500", operation="orderNumbers")
    assert doctor.look() == ATTENTION
    assert "ZonosUnavailable" in doctor.of("Could everything be asked?")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ZONOS_SECRET": ""}, "read -rs ZONOS_SECRET"),
        ({"ZONOS_STORE_ID": " "}, "export ZONOS_STORE_ID"),
        ({"ZONOS_STORE_ID": "canary"}, "ZONOS_STORE_ID is wrong"),
        ({"ZONOS_API_URL": "http://api.example"}, "http only for 127.0.0.1"),
    ],
)
def test_what_is_not_set_up_is_said_and_nothing_is_sent(
    doctor: Doctor, given: dict[str, str], told: str
) -> None:
    assert doctor.look(**given) == NOT_SET_UP
    assert told in "\n".join(doctor.said)
    assert doctor.simulator.world.calls() == 0


def test_the_command_itself_ends_with_its_code(doctor: Doctor) -> None:
    doctor.simulator.world.pay()
    given = {"ZONOS_STORE_ID": STORE, "ZONOS_SECRET": SECRET, "ZONOS_API_URL": doctor.simulator.url}
    paths = os.pathsep.join(map(str, [ROOT / "layers/zonos_orders", ROOT]))
    ran = subprocess.run(
        [sys.executable, "-m", "tests.doctor"],
        env={"PYTHONPATH": paths, "PATH": os.environ["PATH"], **given},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (FINE, "")
    assert_nothing_private("what the doctor says", [ran.stdout])
    assert ran.stdout.count("\nok  ") == len(SETTLED)


def test_only_what_looks_like_a_name_or_a_status_is_shown() -> None:
    assert [key_name(key) for key in ("orderId", "a@b.c", "x" * 41, 7)] == [
        "orderId",
        *["(a key that is no name)"] * 3,
    ]
    assert [status_name(status) for status in ("VENDOR_X", "", "Ada")] == [
        "VENDOR_X",
        "(none)",
        "(a text that has not the form of a status)",
    ]
