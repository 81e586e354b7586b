"""Connections are shared, opened again and given up one by one."""

import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.eventually import eventually
from tests.integration.http_transport.exchange import LONG_ANSWER, SECONDS, Serve, post, raises_in_time
from tests.integration.http_transport.misbehaving_server import (
    ANSWER,
    Line,
    answer,
    answers,
    answers_then_hangs_up,
    says_nothing,
)
from zonos_orders import http_transport
from zonos_orders.errors import ZonosTooSlow
from zonos_orders.http_transport import HttpTransport


def test_two_posts_share_one_connection(serve: Serve, transport: HttpTransport) -> None:
    server = serve(answers(answer()))

    for _ in range(2):
        assert post(transport, server.url).body == ANSWER

    assert (len(server.requests), server.connections) == (2, 1)


def test_a_connection_that_zonos_has_closed_meanwhile_is_opened_again(
    serve: Serve, transport: HttpTransport
) -> None:
    server = serve(answers_then_hangs_up(answer()))
    post(transport, server.url)
    assert server.hung_up.wait(1)

    assert post(transport, server.url).body == ANSWER
    assert server.connections == 2


@pytest.mark.parametrize("then", [b"", LONG_ANSWER], ids=["goes silent", "drips"])
def test_a_reused_connection_is_given_up_at_the_deadline_as_well(
    serve: Serve, transport: HttpTransport, then: bytes
) -> None:
    def behave(line: Line) -> None:
        if line.read_request():
            line.send(answer())
        if line.read_request():
            line.drip(then)
            line.wait_for_hang_up()

    server = serve(behave)
    post(transport, server.url)

    with raises_in_time(ZonosTooSlow):
        post(transport, server.url)

    assert (len(server.requests), server.connections) == (2, 1)
    assert server.hung_up.wait(1)


def test_a_call_that_is_done_is_held_by_nothing(
    serve: Serve, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its request bears the secret, and its thread waits for the next call."""
    held = []

    class Watched(http_transport._Exchange):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            held.append(weakref.ref(self))

    monkeypatch.setattr(http_transport, "_Exchange", Watched)
    post(transport, serve(answers(answer())).url)

    eventually(lambda: held[0]() is None)


def test_after_a_call_that_was_given_up_the_next_one_gets_a_connection_of_its_own(
    serve: Serve, transport: HttpTransport
) -> None:
    in_turn = iter([says_nothing, answers(answer())])

    def behave(line: Line) -> None:
        next(in_turn)(line)

    server = serve(behave)
    with raises_in_time(ZonosTooSlow):
        post(transport, server.url)

    assert post(transport, server.url).body == ANSWER


def test_a_call_that_is_given_up_leaves_those_beside_it_alone(serve: Serve, transport: HttpTransport) -> None:
    def late(line: Line) -> None:
        if line.read_request() and not line.wait(SECONDS + 0.2):
            line.send(answer())

    silent, slow = serve(says_nothing), serve(late)
    with ThreadPoolExecutor(4) as pool:
        beside = [pool.submit(post, transport, slow.url, 3.0) for _ in range(3)]
        given_up = pool.submit(post, transport, silent.url)

        with pytest.raises(ZonosTooSlow):
            given_up.result()
        assert [call.result().body for call in beside] == [ANSWER] * 3
