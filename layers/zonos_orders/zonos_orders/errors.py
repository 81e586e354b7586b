"""The error tree: one class for each thing that a caller can do about a failure.

    ZonosOrdersError
    ├── ZonosError                Zonos, or the way to it
    │   ├── OrderNotFound         there is no such order (yet)
    │   ├── ReferenceNotUnique    a referenceId that does not name one order: ask by order id
    │   ├── RequestRejected       our request is wrong: a bug or a wrong setting
    │   │   └── BadCredentials    every call will fail alike: stop, and call a person
    │   ├── ZonosUnavailable      later: change nothing, the next run tries again
    │   │   └── ZonosTooSlow      the deadline came first: ask for less, or later
    │   └── UnexpectedAnswer      quarantine: this answer is not understood, go on with the others
    │       ├── AnswerTooLarge    ask for less
    │       └── StatusDisagrees   list and detail of an order contradict each other, for good perhaps
    ├── AwsError
    │   ├── AwsUnavailable        later: throttled, timed out or failing; safe to repeat
    │   │   └── BusTooSlow        later: the bus takes events, and these have not had their turn yet
    │   └── AwsRefused            a bug, a missing permission or a wrong setting
    │       └── EventTooLarge     no repetition will send it: put it aside
    ├── WriteContention           later: other writers were faster three times in a row
    ├── Unforeseen                a bug, most likely: only the class of what happened is told
    └── InvalidInput              the caller sent something else than what is expected
        ├── InvalidOrderId        not `[<store>-]<digits>`
        ├── OtherStore            well-formed, but another store's order
        └── UnknownCaller         nobody is named who asks for what only named people may do

Messages carry no personal data, no secret and nothing that Zonos or a caller sent: they go to logs
and records.
"""


class ZonosOrdersError(Exception):
    """Base of every error that this package raises on purpose."""


class ZonosError(ZonosOrdersError):
    """Zonos, or the way to it, did not give what was asked for."""


class OrderNotFound(ZonosError):
    """Zonos knows no such order; right after the payment it may not know it yet."""


class ReferenceNotUnique(ZonosError):
    """The referenceId names no single order, or its order cannot be retrieved by it."""


class RequestRejected(ZonosError):
    """Zonos found our request wrong: a bug here or a wrong setting."""


class BadCredentials(RequestRejected):
    """Store or secret is wrong, missing or not allowed: every call will fail alike."""


class ZonosUnavailable(ZonosError):
    """Zonos cannot be reached or cannot answer now.

    `retry_after` is the pause in seconds that Zonos asked for, None when it named none.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ZonosTooSlow(ZonosUnavailable):
    """The call's total deadline came before the end of the answer."""


class UnexpectedAnswer(ZonosError):
    """The answer is not one that the protocol knows, or not about what was asked."""


class AnswerTooLarge(UnexpectedAnswer):
    """The answer is larger than its limit and was cut off."""


class StatusDisagrees(UnexpectedAnswer):
    """List and detail of an order name different statuses: it is not fetched again on each run."""


class AwsError(ZonosOrdersError):
    """An AWS service did not do what was asked."""


class AwsUnavailable(AwsError):
    """The service is throttling, failing or silent; the same call may succeed later.

    The review loop's Retry names this class.
    """


class BusTooSlow(AwsUnavailable):
    """More events than the bus takes, or than there was time to send: nothing is wrong with these."""


class AwsRefused(AwsError):
    """The service refused the call: a bug, a missing permission or a wrong setting."""


class EventTooLarge(AwsRefused):
    """The event is larger than what the bus is sent; so is none of an order that we have written."""


class WriteContention(ZonosOrdersError):
    """Other writers changed the order between each of our looks and writes; one of them has stored it."""


class Unforeseen(ZonosOrdersError):
    """Something that nobody thought of, a bug most likely; the message is its class and nothing else."""


class InvalidInput(ZonosOrdersError, ValueError):
    """What the caller sent is not what is expected; the message says what is."""


class InvalidOrderId(InvalidInput):
    """Not an order id of the form `[<store>-]<digits>`."""


class OtherStore(InvalidInput):
    """A well-formed order id of another store."""


class UnknownCaller(InvalidInput):
    """The event does not say which principal of IAM asks: it did not come through the function's URL."""


def describe(error: BaseException) -> str:
    """Say in one line what failed, for a log or a record.

    Only our own messages are repeated: a foreign exception's text can hold what it was called with.
    """
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, ZonosOrdersError) else name
