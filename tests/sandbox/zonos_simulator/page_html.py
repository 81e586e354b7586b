"""What the pages look like."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from tests.sandbox import words
from tests.sandbox.zonos_simulator.faults import FAULTS, Fault
from tests.sandbox.zonos_simulator.orders import VENDOR_STATUSES, Order, java_date
from tests.sandbox.zonos_simulator.world import PURCHASES

NEWEST_SHOWN = 200

_STYLES = (Path(__file__).parents[1] / "family.css", Path(__file__).with_name("zonos.css"))
_EXPLANATIONS = {
    "pay": "The ordinary case: paid, and back on the shop’s success page.",
    "fraud_review": "Zonos keeps the order back until its staff have decided.",
    "close_tab": "The buyer never comes back: the shop has to find the order by itself.",
    "test_order": "Marked as a test: it must not be shipped.",
    "csl_match": "The buyer is like somebody on a list of denied parties: a person must decide.",
}
_ACTIONS = {
    "release": "Release",
    "hold": "Put on hold",
    "cancel": "Cancel",
    "edit": "Change the address",
}


def checkout() -> str:
    """Show the buyer's page."""
    ways = "".join(
        f'<div class="way"><label><input type="radio" name="kind" value="{escape(kind)}" '
        f'aria-describedby="about-{escape(kind)}"{" checked" if kind == "pay" else ""}>'
        f"{escape(label)}</label>"
        f'<small id="about-{escape(kind)}">{escape(_EXPLANATIONS[kind])}</small></div>'
        for kind, label in PURCHASES.items()
    )
    return _page(
        "Checkout",
        '<div class="panel"><h2>Your cart</h2><dl><dt>2 merino jerseys, 1 set of wool socks</dt><dd></dd>'
        "<dt>Duty and taxes</dt><dd>paid now</dd>"
        '<dt class="sum">Total</dt><dd class="sum">433.42 USD</dd></dl>'
        f'<form method="post" action="/checkout"><fieldset><legend>How it goes on</legend>{ways}</fieldset>'
        '<button class="main wide">Place the order</button></form></div>',
        narrow=True,
    )


def paid(order_id: str, explanation: str) -> str:
    """Show the end of a purchase that leads back to no shop."""
    return _page(
        "Order paid",
        f'<div class="panel"><p>{escape(explanation)}</p>'
        f"<p>Your order number: <strong>{escape(order_id)}</strong></p>"
        '<p><a class="button" href="/checkout">Buy once more</a></p></div>',
        narrow=True,
    )


def admin(orders: list[Order], fault: Fault | None) -> str:
    """Show the orders without personal data, the newest first, and the switches of the API."""
    shown = orders[: -NEWEST_SHOWN - 1 : -1]
    rows = "".join(_row(order) for order in shown)
    table = (
        '<div class="scrolls" tabindex="0" role="group" aria-label="Orders"><table><thead><tr>'
        '<th scope="col">Order</th><th scope="col">Status</th><th scope="col">What Zonos’s staff may do</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    return _page(
        "Admin",
        "<p>What Zonos’s own staff see and do. The shop learns of it only by asking.</p>"
        f'{_api(fault)}<div class="panel"><h2>Orders: {len(orders)}</h2>'
        f"{table if orders else '<p>Nobody has paid yet.</p>'}</div>",
    )


def _row(order: Order) -> str:
    marks = [text for text, on in (("test", order.test_order), ("CSL", order.csl_list_match)) if on]
    mark = "".join(f' <span class="pill warn">{text}</span>' for text in marks)
    statuses = {status: words.status(status).capitalize() for status in VENDOR_STATUSES}
    return (
        f"<tr><td><strong>{escape(order.order_id)}</strong>{mark}</td>"
        f"<td>{escape(words.status(order.status).capitalize())}<br><code>{escape(order.status)}</code><br>"
        f"<small>{escape(java_date(order.status_changed_at))}</small></td>"
        '<td><form method="post" action="/admin/order">'
        f'<input type="hidden" name="order_id" value="{escape(order.order_id)}">'
        f"{_buttons(_ACTIONS)}<details><summary>What a warehouse would tell</summary>"
        f"{_buttons(statuses)}</details></form></td></tr>"
    )


def _api(fault: Fault | None) -> str:
    if fault is not None:
        return (
            '<div class="panel"><h2>The API <span class="pill bad">broken</span></h2>'
            f"<p>The API {escape(FAULTS[fault.kind][0])}; "
            f"broken is {escape(fault.operation or 'every operation')}.</p>"
            '<form method="post" action="/admin/recover"><button class="main">Mend it</button></form></div>'
        )
    kinds = "".join(
        f'<option value="{escape(kind)}">It {escape(what)}</option>' for kind, (what, _) in FAULTS.items()
    )
    return (
        '<div class="panel"><h2>The API <span class="pill good">works</span></h2>'
        '<form class="line" method="post" action="/admin/break-down">'
        f'<label for="kind">Break it:</label><select id="kind" name="kind">{kinds}</select>'
        '<label for="seconds">seconds, where it waits:</label>'
        '<input type="number" id="seconds" name="seconds" min="0" step="any" placeholder="as usual">'
        "<button>Break down</button></form></div>"
    )


def _buttons(labels: Mapping[str, str]) -> str:
    return "".join(
        f'<button name="action" value="{escape(value)}">{escape(label)}</button>'
        for value, label in labels.items()
    )


def _page(title: str, content: str, *, narrow: bool = False) -> str:
    style = "".join(file.read_text(encoding="utf-8") for file in _STYLES)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · simulated Zonos</title><style>{style}</style></head>"
        f"<body><main{' class=narrow' if narrow else ''}>"
        '<nav aria-label="Zonos"><strong>Zonos, simulated</strong>'
        '<a href="/checkout">Checkout</a><a href="/admin">Admin</a></nav>'
        f"<h1>{escape(title)}</h1>{content}</main></body></html>"
    )
