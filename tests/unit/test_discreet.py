"""What leaves a handler when it fails: never a text that can quote what it was working on."""

import traceback
from typing import Any

import pytest

from zonos_orders.errors import AwsUnavailable, Unforeseen
from zonos_orders.telemetry import discreet

BUYER = "Ada Lovelace"


def failing(error: Exception, cause: Exception | None = None) -> Any:
    @discreet
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        raise error from cause

    return handler


def test_an_answer_passes_unchanged() -> None:
    assert discreet(lambda event, context: {**event, "seen": context})({"a": 1}, 2) == {"a": 1, "seen": 2}


def test_a_foreign_error_leaves_as_its_class_and_the_place_where_it_happened() -> None:
    with pytest.raises(Unforeseen, match=r"^KeyError$") as raised:
        failing(KeyError(BUYER), ValueError(BUYER))({}, None)
    shown = "".join(traceback.format_exception(raised.value))
    assert BUYER not in shown
    assert "raise error from cause" in shown


def test_our_own_error_leaves_as_it_is_but_without_its_causes() -> None:
    error = AwsUnavailable("write the order: ThrottlingException")
    with pytest.raises(AwsUnavailable) as raised:
        failing(error, ValueError(BUYER))({}, None)
    assert raised.value is error
    assert BUYER not in "".join(traceback.format_exception(error))


def test_an_error_in_the_handling_of_an_error_shows_neither() -> None:
    @discreet
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            raise ValueError(BUYER)
        except ValueError:
            raise KeyError(BUYER)  # noqa: B904 - as a bug would

    with pytest.raises(Unforeseen) as raised:
        handler({}, None)
    # The line of code itself is shown, it is no data.
    assert BUYER not in "".join(traceback.format_exception(raised.value))
