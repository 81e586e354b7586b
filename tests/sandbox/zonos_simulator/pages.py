"""The checkout page of the buyer and the admin page of Zonos's staff: plain forms, no script."""

import math
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.sandbox.zonos_simulator import page_html
from tests.sandbox.zonos_simulator.faults import FAULTS
from tests.sandbox.zonos_simulator.http_messages import Answer, Request, html_answer, html_error, redirect
from tests.sandbox.zonos_simulator.orders import VENDOR_STATUSES, UnknownOrderError
from tests.sandbox.zonos_simulator.world import PURCHASES, World

LONGEST_FAULT_SECONDS = 3600


def answer(world: World, request: Request) -> Answer:
    """Answer whatever is not the API."""
    page = PAGES.get((request.method, request.path))
    return page(world, _form(request)) if page else html_error(404, "There is no such page.")


def _checkout(world: World, _: dict[str, str]) -> Answer:
    return html_answer(200, page_html.checkout())


def _buy(world: World, form: dict[str, str]) -> Answer:
    kind = form.get("kind", "")
    if kind not in PURCHASES:
        return html_error(400, "Choose one of the ways to pay.")
    order_id = world.pay(kind)
    if kind == "close_tab":
        return html_answer(200, page_html.paid(order_id, "Order paid, tab closed: the shop was not told."))
    if world.success_url is None:
        return html_answer(200, page_html.paid(order_id, "Thank you. This is Zonos's own success page."))
    return redirect(_with_order_id(world.success_url, order_id))


def _admin(world: World, _: dict[str, str]) -> Answer:
    return html_answer(200, page_html.admin(world.orders(), world.fault_on()))


def _change_order(world: World, form: dict[str, str]) -> Answer:
    actions: dict[str, Callable[[str], None]] = {
        "release": world.release,
        "hold": world.hold,
        "cancel": world.cancel,
        "edit": world.edit,
    }
    action, order_id = form.get("action", ""), form.get("order_id", "")
    try:
        if action in actions:
            actions[action](order_id)
        elif action in VENDOR_STATUSES:
            world.set_status(order_id, action)
        else:
            return html_error(400, "There is no such action.")
    except UnknownOrderError:
        return html_error(404, "There is no such order.")
    return redirect("/admin")


def _break_down(world: World, form: dict[str, str]) -> Answer:
    kind = form.get("kind", "")
    if kind not in FAULTS:
        return html_error(400, "There is no such fault.")
    try:
        seconds = float(form["seconds"]) if "seconds" in form else None
    except ValueError:
        seconds = math.nan
    if seconds is not None and not 0 <= seconds <= LONGEST_FAULT_SECONDS:
        return html_error(400, f"Seconds go from 0 to {LONGEST_FAULT_SECONDS}.")
    world.break_down(kind, seconds=seconds)
    return redirect("/admin")


def _recover(world: World, _: dict[str, str]) -> Answer:
    world.recover()
    return redirect("/admin")


def _start(world: World, _: dict[str, str]) -> Answer:
    return redirect("/checkout")


PAGES: dict[tuple[str, str], Callable[[World, dict[str, str]], Answer]] = {
    ("GET", "/"): _start,
    ("GET", "/checkout"): _checkout,
    ("POST", "/checkout"): _buy,
    ("GET", "/admin"): _admin,
    ("POST", "/admin/order"): _change_order,
    ("POST", "/admin/break-down"): _break_down,
    ("POST", "/admin/recover"): _recover,
}


def _form(request: Request) -> dict[str, str]:
    fields = parse_qs(request.body.decode("utf-8", "replace"))
    return {name: values[0] for name, values in fields.items()}


def _with_order_id(url: str, order_id: str) -> str:
    """Add the order id to the merchant's address, behind a query that it may have of its own."""
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode({"orderId": order_id})]))
    return parts._replace(query=query).geturl()
