"""A look at a real account, reading only: its last days, imported into a simulated AWS in memory."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.sandbox.parameters import check_parameters
from tests.sandbox.read_only import ReadOnlyGate
from tests.sandbox.report import orders_table
from tests.sandbox.sam_template import load_template
from tests.sandbox.sandbox import RECONCILIATION, Sandbox
from zonos_orders.http_transport import HttpTransport
from zonos_orders.zonos_client import Transport

_DAYS: Final = 7  # today's included, and one that the reconciliation adds at the beginning of a window
_CONNECTIONS: Final = 16


def show_real_orders(
    store_id: str,
    secret: str,
    api_url: str | None,
    say: Callable[[str], None],
    transport: Transport | None = None,
) -> int:
    """Import the last seven days of a store and show them without personal data.

    The functions run with the address of a gate that lets only `orderDetail` and `orderNumbers` out; they
    themselves reach nothing but this machine. `api_url` None is the template's own. Returns the exit code.
    """
    declared = load_template()["Parameters"]
    zonos = {"ZonosStoreId": store_id, "ZonosApiUrl": api_url or declared["ZonosApiUrl"]["Default"]}
    check_parameters({name: declared[name] for name in zonos}, zonos)
    since = (datetime.now(UTC) - timedelta(days=_DAYS - 1)).strftime("%Y%m%d")
    with closing(ReadOnlyGate(transport or HttpTransport(_CONNECTIONS), zonos["ZonosApiUrl"])) as gate:
        parameters = {
            "ZonosStoreId": store_id,
            "ZonosSecretName": "zonos",
            "ZonosApiUrl": gate.url,
            "ShipFromDate": "all",
            "SuccessPage": "disabled",
        }
        with Sandbox(parameters, secret) as sandbox:
            say(
                f"Reading the last {_DAYS} days of store {store_id} into memory; nothing is changed anywhere."
            )
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
    is_well = summary["outcome"] == "clean" and not summary["failed"]
    if not is_well:
        say("  make doctor says what is wrong, and what to do")
    return 0 if is_well else 1
