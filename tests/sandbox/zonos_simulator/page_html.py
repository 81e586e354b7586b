"""What the pages look like."""

from collections.abc import Iterable
from html import escape

from tests.sandbox.zonos_simulator.faults import FAULTS, Fault
from tests.sandbox.zonos_simulator.orders import VENDOR_STATUSES, Order, java_date
from tests.sandbox.zonos_simulator.world import PURCHASES

NEWEST_SHOWN = 200

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1d2733; background: #eef1f5; margin: 0; }
main { max-width: 62rem; margin: 2rem auto; padding: 1.5rem 2rem; background: #fff; border-radius: 12px;
       box-shadow: 0 2px 12px #1d273322; }
nav a { margin-right: 1rem; color: #3455db; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
label { display: block; padding: .5rem .75rem; margin: .25rem 0; border: 1px solid #d4dae3;
        border-radius: 8px; }
button { font: inherit; font-size: .85rem; padding: .2rem .6rem; margin: .1rem; color: #3455db;
         background: #fff; border: 1px solid #3455db; border-radius: 8px; cursor: pointer; }
button.main { font-size: 1rem; padding: .5rem 2rem; margin-top: .75rem; color: #fff; background: #3455db; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #d4dae3; }
input[type=number] { font: inherit; width: 5rem; }
.wide { overflow-x: auto; }
.fault { padding: .5rem .75rem; background: #ffe9e4; border-radius: 8px; }
"""


def checkout() -> str:
    """Show the buyer's page."""
    ways = "".join(
        f'<label><input type="radio" name="kind" value="{escape(kind)}"{" checked" if kind == "pay" else ""}>'
        f" {escape(label)}</label>"
        for kind, label in PURCHASES.items()
    )
    return _page(
        "Checkout",
        "<p>2 merino jerseys, 1 set of wool socks, duty and taxes paid: <strong>433.42 USD</strong></p>"
        f'<form method="post" action="/checkout">{ways}<button class="main">Place the order</button></form>',
    )


def paid(order_id: str, explanation: str) -> str:
    """Show the end of a purchase that leads back to no shop."""
    return _page(
        "Order paid",
        f"<p>{escape(explanation)}</p><p>Your order number: <strong>{escape(order_id)}</strong></p>",
    )


def admin(orders: list[Order], fault: Fault | None) -> str:
    """Show the orders without personal data, the newest first, and the switches of the API."""
    shown = orders[: -NEWEST_SHOWN - 1 : -1]
    rows = "".join(_row(order) for order in shown)
    return _page(
        "Admin",
        f"{_faults(fault)}<h2>Orders: {len(orders)}</h2>"
        '<div class="wide" tabindex="0"><table>'
        "<tr><th>Order</th><th>Status</th><th>Since</th><th>Actions</th></tr>"
        f"{rows}</table></div>",
    )


def _row(order: Order) -> str:
    marks = [text for text, on in (("test", order.test_order), ("CSL", order.csl_list_match)) if on]
    mark = f" ({', '.join(marks)})" if marks else ""
    return (
        f"<tr><td>{escape(order.order_id)}{mark}</td><td>{escape(order.status)}</td>"
        f"<td>{escape(java_date(order.status_changed_at))}</td>"
        '<td><form method="post" action="/admin/order">'
        f'<input type="hidden" name="order_id" value="{escape(order.order_id)}">'
        f"{_buttons('action', ('release', 'hold', 'cancel', 'edit'))}<br>"
        f"{_buttons('action', VENDOR_STATUSES)}</form></td></tr>"
    )


def _faults(fault: Fault | None) -> str:
    state = (
        "<p>The API works.</p>"
        if fault is None
        else f'<p class="fault">The API {escape(FAULTS[fault.kind][0])} '
        f"({escape(fault.operation or 'every operation')}).</p>"
        '<form method="post" action="/admin/recover"><button class="main">Recover</button></form>'
    )
    kinds = "".join(
        '<tr><td><form method="post" action="/admin/break-down">'
        f'<input type="hidden" name="kind" value="{escape(kind)}">'
        f'<input type="number" name="seconds" aria-label="Seconds" min="0" step="any" value="{seconds:g}"> s '
        f"<button>{escape(kind)}</button> {escape(what)}</form></td></tr>"
        for kind, (what, seconds) in FAULTS.items()
    )
    table = f'<div class="wide" tabindex="0"><table>{kinds}</table></div>'
    return f"<h2>The API</h2>{state}<h2>Break down</h2>{table}"


def _buttons(name: str, values: Iterable[str]) -> str:
    return "".join(f'<button name="{name}" value="{escape(v)}">{escape(v)}</button>' for v in values)


def _page(title: str, content: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)} · simulated Zonos</title><style>{_STYLE}</style></head><body><main>"
        '<nav><a href="/checkout">Checkout</a><a href="/admin">Admin</a></nav>'
        f"<h1>{escape(title)}</h1>{content}</main></body></html>"
    )
