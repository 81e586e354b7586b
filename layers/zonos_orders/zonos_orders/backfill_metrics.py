"""What a slice of a backfill reports: its own progress, and what its imports did, as ever."""

from zonos_orders.backfill import SliceRun
from zonos_orders.merge import Outcome
from zonos_orders.telemetry import count, count_failures, count_imports


def report_slice(run: SliceRun) -> None:
    """Count what one invocation for a slice did, whether or not the slice is done."""
    summary = run.summary
    tally = summary.tally
    count("BackfillSlicesDone", run.done)
    count("BackfillOrdersImported", tally.count(Outcome.NEW) + tally.count(Outcome.CHANGED))
    count("BackfillOrdersFailed", len(tally.failures))
    count("ContractChanged", summary.unreadable + summary.foreign)
    count_imports(tally.imported.values())
    count_failures(tally.failed)


def report_failed_slice() -> None:
    """Count an invocation for a slice that raised, whether or not the state machine tries it again."""
    count("BackfillSliceFailed")
