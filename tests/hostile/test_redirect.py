"""Whatever a redirect brings, the buyer's page answers as it answers a tame one, and tells nothing of it."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.hostile.redirects import CANARY, PAID, events, odd_events, own_order_id
from tests.integration.functions import HTML, JSON, Functions
from tests.tally import Tally
from tests.world import World

EXAMPLES = 200


class Tame:
    """What the page answers and prints for redirects without anything odd in them."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        queries = {
            "": "",
            "unknown": "orderId=998-1",
            "not there": "orderId=4711",
            "paid": f"orderId={PAID[0]}",
        }
        self.refusals = self._answers(queries[""])
        self.unknowns = self._answers(queries["unknown"]) + self._answers(queries["not there"])
        self._paid = self._answers(queries["paid"])
        self.lines = {known_by(line) for line in functions.lines}

    def _answers(self, query: str) -> list[str]:
        """As a page, as JSON, and as a page that has looked often enough."""
        asked = ((query, HTML), (query, JSON), (f"{query}&look=none", HTML))
        return [told(self._functions.redirect(query, accept)) for query, accept in asked]

    def thanks(self, order_id: str) -> list[str]:
        return [answer.replace(PAID[0], order_id) for answer in self._paid]


def told(answer: Any) -> str:
    """An answer without the number in the address at which its page looks again: as it was asked."""
    return re.sub(r"\?orderId=[0-9-]+", "?orderId=(as asked)", json.dumps(answer))


def known_by(line: dict[str, Any]) -> str:
    """A printed line without its times, and without an order id of ours: the rest has a few forms only."""
    changing = ("timestamp", "cold_start", "_aws")
    kept = {key: value for key, value in line.items() if key not in changing}
    if kept.get("order_id"):
        assert kept["order_id"] in PAID
        kept["order_id"] = "a paid one"
    return json.dumps(kept, sort_keys=True)


@pytest.fixture(params=["", "https://shop.example/thanks?lang=en%20GB"], ids=["own page", "the shop's page"])
def functions(world: World, request: pytest.FixtureRequest) -> Functions:
    functions = Functions(world, THANK_YOU_URL=request.param)
    assert tuple(world.zonos.pay() for _ in PAID) == PAID
    return functions


class Watch:
    """Sends redirects and looks at all that comes of them."""

    def __init__(self, functions: Functions, tally: Tally) -> None:
        self._functions = functions
        self._tally = tally
        self._tame = Tame(functions)
        self.imported = functions.world.order_ids()
        self._aws_calls: list[None] = []
        functions.world.aws.before("*", lambda: self._aws_calls.append(None))

    def send(self, event: dict[str, Any]) -> None:
        """Send one; expect a tame answer, tame lines, and no call but for an order id of this store."""
        functions, world = self._functions, self._functions.world
        world.clock.pass_time(61)  # a flood is another matter
        world.zonos.reset_calls()
        self._aws_calls.clear()
        functions.printed = ""

        answer = told(functions.invoke("success_redirect", event))

        own = own_order_id(event)
        asked = {call.order_id for call in world.zonos.call_log()}
        if own is None:
            assert answer in self._tame.refusals + self._tame.unknowns
            assert (asked, self._aws_calls) == (set(), [])
        elif own in PAID:
            assert answer in self._tame.thanks(own)
            assert asked <= {own}
            self.imported.add(own)
        else:
            assert answer in self._tame.unknowns
            assert asked == {own}
        assert {known_by(line) for line in functions.lines} <= self._tame.lines
        assert CANARY not in functions.printed
        assert functions.printed.count("\n") == len(functions.lines)
        self._tally.count("hostile redirects")


def test_no_redirect_is_a_failure_an_echo_or_a_call_for_what_is_no_order_of_this_store(
    functions: Functions, tally: Tally
) -> None:
    world, watch = functions.world, Watch(functions, tally)

    @settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(event=events())
    def any_redirect(event: dict[str, Any]) -> None:
        watch.send(event)

    for event in odd_events():
        watch.send(event)
    any_redirect()
    assert len(watch.imported) > len(PAID) / 2  # or the redirects were not what they should be
    assert world.order_ids() == watch.imported
    assert (world.failures(), world.executions()) == ({}, {})
