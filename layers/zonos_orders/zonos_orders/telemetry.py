"""What people and alarms learn: one log line an invocation, and metrics under the names that alarms use.

Only ids, statuses, counts and our own error texts pass through here, never an order's content.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from zonos_orders import errors
from zonos_orders.errors import BadCredentials, Unforeseen, ZonosOrdersError, describe
from zonos_orders.merge import Outcome
from zonos_orders.status import is_status

if TYPE_CHECKING:
    from zonos_orders.import_order import Imported

logger = Logger()
metrics = Metrics()
# Each name is a metric that is paid for: whatever is not of our tree is one kind.
_KINDS = {name for name, member in vars(errors).items() if isinstance(member, type)}

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def discreet(handler: Handler) -> Handler:
    """Let no error out of a handler whose text, or a cause's text, can quote what it was working on.

    Lambda puts that text into the log, the failure queue and the history of an execution. Our own errors
    leave under their own names, which the state machine goes by; of any other only the class and the
    stack trace do.
    """

    @wraps(handler)
    def invoke(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return handler(event, context)
        except ZonosOrdersError as exc:
            raise exc from None
        except Exception as exc:
            raise Unforeseen(describe(exc)).with_traceback(exc.__traceback__) from None

    return invoke


class AsksZonos(Protocol):
    """Whatever notes how long Zonos takes."""

    def take_zonos_milliseconds(self) -> list[int]:
        """Return what was noted since this was last asked."""


def timing_zonos(application: Callable[[], AsksZonos]) -> Callable[[Handler], Handler]:
    """Report how long Zonos took over each call, however a handler ends.

    What an invocation leaves behind that was ended from outside is reported with the next one.
    """

    def timing(handler: Handler) -> Handler:
        @wraps(handler)
        def invoke(event: dict[str, Any], context: Any) -> dict[str, Any]:
            try:
                return handler(event, context)
            finally:
                for milliseconds in application().take_zonos_milliseconds():
                    metrics.add_metric("ZonosMilliseconds", MetricUnit.Milliseconds, milliseconds)

        return invoke

    return timing


def count(name: str, times: int = 1) -> None:
    """Add to a metric of this invocation; nothing is emitted for zero."""
    if times:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=times)


def measure(name: str, value: int) -> None:
    """Report how something stands now; zero is news as well."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def count_imports(imports: "Iterable[Imported]") -> None:
    """Count what imports did. What of it a person must know of is counted from the table's stream."""
    for imported in imports:
        is_news = imported.outcome in (Outcome.NEW, Outcome.CHANGED)
        count("OrderImported", imported.outcome is Outcome.NEW)
        source = in_camel_case(str(imported.order.attributes["imported_by"]))
        count(f"OrderImportedBy{source}", imported.outcome is Outcome.NEW)
        count("OrderChanged", imported.outcome is Outcome.CHANGED)
        count("StaleAnswer", imported.outcome is Outcome.STALE)
        count("ReviewStartFailed", imported.review_failure is not None)
        count("ContractChanged", is_news and bool(imported.contract_changes))


def count_failure(cause: type[Exception]) -> None:
    """Count one import that failed for this cause."""
    count_failures({cause.__name__: 1})
    count("BadCredentials", issubclass(cause, BadCredentials))


def count_failures(kinds: Mapping[str, int]) -> None:
    """Count imports that failed, all together and by the class of the error."""
    for kind, times in kinds.items():
        count("ImportFailed", times)
        count(f"ImportFailed{kind if kind in _KINDS else Unforeseen.__name__}", times)


def in_camel_case(name: str) -> str:
    """Return `FRAUD_REVIEW` or `fraud_review` as `FraudReview`."""
    return "".join(word.capitalize() for word in name.split("_"))


def describe_import(imported: "Imported") -> dict[str, Any]:
    """Return what a log line says of an import."""
    order = imported.order
    return {
        "order_id": order.order_id,
        "outcome": imported.outcome,
        "revision": order.revision,
        # A status of another form could be any text.
        "zonos_status": order.zonos_status if is_status(order.zonos_status) else "(not a status)",
        "disposition": order.disposition,
        "hold_reasons": list(order.hold_reasons),
        "contract_changes": list(imported.contract_changes),
        "review_failure": imported.review_failure,
    }
