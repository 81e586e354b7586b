"""What a reconciliation reports: what it did, and how things stand after it."""

from zonos_orders.payloads import ReconcileRequest
from zonos_orders.run_summary import RunOutcome, Summary
from zonos_orders.status import HoldReason
from zonos_orders.telemetry import count, count_failures, count_imports, in_camel_case, measure

_HEARD_OF_ZONOS = (RunOutcome.CLEAN, RunOutcome.INCOMPLETE)


def report_run(summary: Summary, request: ReconcileRequest) -> None:
    """Count what a run did; a dry run did nothing."""
    if request.is_scheduled:
        _report_how_things_stand(summary)
    else:
        count("ReconcileByHand")
        count("BadCredentials", not request.dry_run and summary.outcome is RunOutcome.BAD_CREDENTIALS)
    if not request.dry_run:
        count_imports(summary.tally.imported.values())
        count_failures(summary.tally.failed)
        count("ContractChanged", summary.unreadable + summary.foreign)
    count("OrdersRecovered", summary.recovered)
    count("OrdersRecoveredByNumber", summary.recovered_by_number)
    count("SecondListFailed", summary.catch.error is not None)
    count("NumbersLost", summary.catch.lost)
    count("WriteBackConfirmed", summary.write_backs.confirmed)
    count("WriteBackFailed", summary.write_backs.failed)
    count("OrdersRefreshed", summary.refreshed.looked)
    count("OrderChangedByRefresh", summary.refreshed.changed)
    count("RefreshFailed", summary.refreshed.error is not None)
    count("OrdersErased", summary.swept.erased)
    count("ErasureFailed", summary.swept.failed)
    count("ReviewStartFailed", summary.restarts.failed)
    count("ReviewsRestarted", summary.restarts.restarted)


def _report_how_things_stand(summary: Summary) -> None:
    """Report states, not events: the alarms on them hold until a run says otherwise.

    A run says nothing of what it could not learn.
    """
    outcome = summary.outcome
    count("ReconcileBusy", outcome is RunOutcome.BUSY)
    if outcome is RunOutcome.BUSY:
        return
    count("ReconcileEnded")
    count("ReconcileClean", outcome is RunOutcome.CLEAN)
    count("ReconcileFailed", outcome is not RunOutcome.CLEAN)
    has_bad_credentials = outcome is RunOutcome.BAD_CREDENTIALS
    if has_bad_credentials or outcome in _HEARD_OF_ZONOS:
        measure("BadCredentials", int(has_bad_credentials))
    if summary.lag_minutes is not None and not has_bad_credentials:  # which has an alarm of its own
        measure("ReconcileLagMinutes", summary.lag_minutes)
    if summary.persistent is not None:
        measure("PersistentFailures", summary.persistent)
    if summary.write_backs.outstanding is not None:
        measure("WriteBacksOutstanding", summary.write_backs.outstanding)
    if summary.write_backs.persistent is not None:
        measure("PersistentWriteBacks", summary.write_backs.persistent)
    if summary.waiting_for_hand_over is not None:
        measure("WaitingForHandOver", summary.waiting_for_hand_over)
    held = summary.restarts.held
    if held:
        for reason in HoldReason:
            measure(f"Held{in_camel_case(reason)}", held.reasons.get(reason, 0))
            measure(f"DaysHeld{in_camel_case(reason)}", held.oldest_days.get(reason, 0))
        measure("OldestReviewMinutes", held.oldest_review_minutes)
