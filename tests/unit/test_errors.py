"""The error tree: what a caller can do, and what an error says of itself."""

import pytest

from zonos_orders import errors
from zonos_orders.errors import (
    AnswerTooLarge,
    AwsError,
    AwsRefused,
    AwsUnavailable,
    BadCredentials,
    BusTooSlow,
    EventTooLarge,
    InvalidInput,
    InvalidOrderId,
    OrderNotFound,
    OtherStore,
    ReferenceNotUnique,
    RequestRejected,
    StatusDisagrees,
    UnexpectedAnswer,
    Unforeseen,
    UnknownCaller,
    WriteContention,
    ZonosError,
    ZonosOrdersError,
    ZonosTooSlow,
    ZonosUnavailable,
    describe,
)

TREE = {
    ZonosError: ZonosOrdersError,
    OrderNotFound: ZonosError,
    ReferenceNotUnique: ZonosError,
    RequestRejected: ZonosError,
    BadCredentials: RequestRejected,
    ZonosUnavailable: ZonosError,
    ZonosTooSlow: ZonosUnavailable,
    UnexpectedAnswer: ZonosError,
    AnswerTooLarge: UnexpectedAnswer,
    StatusDisagrees: UnexpectedAnswer,
    AwsError: ZonosOrdersError,
    AwsUnavailable: AwsError,
    BusTooSlow: AwsUnavailable,
    AwsRefused: AwsError,
    EventTooLarge: AwsRefused,
    WriteContention: ZonosOrdersError,
    Unforeseen: ZonosOrdersError,
    InvalidInput: ZonosOrdersError,
    InvalidOrderId: InvalidInput,
    OtherStore: InvalidInput,
    UnknownCaller: InvalidInput,
}


@pytest.mark.parametrize(("error", "parent"), TREE.items())
def test_each_error_stands_where_the_drawing_has_it(error: type[Exception], parent: type[Exception]) -> None:
    assert error.__bases__[0] is parent
    assert error.__name__ in (errors.__doc__ or "")


def test_no_error_is_missing_in_the_drawing() -> None:
    defined = {
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)
    }

    assert defined == {ZonosOrdersError, *TREE}


@pytest.mark.parametrize("error", [error for error in TREE if error is not InvalidInput])
def test_our_own_errors_are_described_with_their_message(error: type[Exception]) -> None:
    assert describe(error("said by us")) == f"{error.__name__}: said by us"


@pytest.mark.parametrize(
    "error",
    [
        ValueError("Ada Lovelace"),
        KeyError("4111 1111 1111 1111"),
        UnicodeDecodeError("utf-8", b"secret", 0, 1, "secret"),
        OSError(2, "secret", "/secret"),
        KeyboardInterrupt("secret"),
        ExceptionGroup("secret", [ValueError("secret")]),
    ],
)
def test_of_a_foreign_error_only_the_name_is_repeated(error: BaseException) -> None:
    assert describe(error) == type(error).__name__


def test_the_cause_of_our_own_error_is_not_repeated() -> None:
    error = UnexpectedAnswer("not understood")
    error.__cause__ = ValueError("Ada Lovelace")

    assert describe(error) == "UnexpectedAnswer: not understood"


def test_only_the_pause_that_zonos_named_is_kept() -> None:
    assert ZonosUnavailable("down").retry_after is None
    assert ZonosTooSlow("slow", retry_after=2.5).retry_after == 2.5
    assert describe(ZonosUnavailable("down", retry_after=2.5)) == "ZonosUnavailable: down"


def test_wrong_input_is_a_value_error_too() -> None:
    assert issubclass(InvalidInput, ValueError)
