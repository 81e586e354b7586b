"""A look at a real account, reading only: its last days, imported into a simulated AWS in memory."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from tests.sandbox.report import orders_table
from tests.sandbox.sandbox import RECONCILIATION, Sandbox
from tests.sandbox.worker import LOOPBACK

_DAYS = 7  # today's included, and one that the reconciliation adds at the beginning of a window


def show_real_orders(store_id: str, secret: str, api_url: str | None, say: Callable[[str], None]) -> int:
    """Import the last seven days of a store and show them without personal data.

    Only `orderDetail` and `orderNumbers` are ever sent: this system has no other call. `api_url` None is
    the template's own. Returns the exit code.
    """
    parameters = {
        "ZonosStoreId": store_id,
        "ZonosSecretName": "zonos",
        "ShipFromDate": "all",
        "SuccessPage": "disabled",
    }
    if api_url:
        parameters["ZonosApiUrl"] = api_url
    since = (datetime.now(UTC) - timedelta(days=_DAYS - 1)).strftime("%Y%m%d")
    with Sandbox(parameters, secret, internet=not _is_loopback(api_url)) as sandbox:
        say(f"Reading the last {_DAYS} days of store {store_id} into memory; nothing is changed anywhere.")
        summary = sandbox.invoke(RECONCILIATION, {"sinceDate": since})
        orders = sandbox.orders()
        if orders:
            say(orders_table(orders, sandbox.loops()))
    say(f"{len(orders)} orders imported, {summary['listed']} listed; outcome: {summary['outcome']}")
    for order_id, failure in summary["orders"].items():
        if order_id not in {order["order_id"] for order in orders}:
            say(f"  {order_id}: {failure}")
    if summary["error"]:
        say(f"  {summary['error']}")
    return 0 if summary["outcome"] == "clean" and not summary["failed"] else 1


def _is_loopback(api_url: str | None) -> bool:
    return api_url is not None and urlsplit(api_url).hostname in LOOPBACK
