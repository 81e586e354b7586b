"""`make doctor`: a read-only check of the credentials, and of what a real account answers."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import Final

from tests.doctor import details, lists, reached
from tests.doctor.account import Account
from tests.doctor.findings import Finding, Mark
from tests.sandbox.sam_template import load_template
from zonos_orders.clock import Clock
from zonos_orders.errors import ZonosError, describe
from zonos_orders.http_transport import HttpTransport
from zonos_orders.instants import day_of, shift_day
from zonos_orders.order import Order
from zonos_orders.order_id import order_number
from zonos_orders.zonos_client import Transport

FINE, ATTENTION, NOT_SET_UP = 0, 1, 2
_DAYS: Final = 30
_ORDERS: Final = 5
_SET_UP: Final = """\
To check a Zonos account, put its store number and API secret into the environment, and run this again:

  export ZONOS_STORE_ID=999
  read -rs ZONOS_SECRET; export ZONOS_SECRET

read -rs waits for you to paste the secret and shows nothing; so it is in no history. ZONOS_API_URL is needed
for trials only. Nothing is changed at Zonos: only the lists and single orders are read."""
_VARIABLES: Final = {"ZONOS_STORE_ID": "ZonosStoreId", "ZONOS_API_URL": "ZonosApiUrl"}


def main(
    environment: Mapping[str, str],
    say: Callable[[str], None],
    transport: Transport | None = None,
    clock: Clock | None = None,
) -> int:
    """Check, tell, and return the exit code: 0 fine, 1 something needs attention, 2 not set up."""
    parameters = load_template()["Parameters"]
    given = {name: environment.get(name, "").strip() for name in ("ZONOS_SECRET", *_VARIABLES)}
    given["ZONOS_API_URL"] = given["ZONOS_API_URL"] or parameters["ZonosApiUrl"]["Default"]
    if not (given["ZONOS_STORE_ID"] and given["ZONOS_SECRET"]):
        say(_SET_UP)
        return NOT_SET_UP
    for variable, parameter in _VARIABLES.items():
        if not re.fullmatch(parameters[parameter]["AllowedPattern"], given[variable]):
            say(f"{variable} is wrong. Expected: {parameters[parameter]['ConstraintDescription']}")
            return NOT_SET_UP
    say(f"Store {given['ZONOS_STORE_ID']} at {given['ZONOS_API_URL']}; reading only.\n")
    account = Account(
        transport or HttpTransport(1),
        given["ZONOS_STORE_ID"],
        given["ZONOS_SECRET"],
        given["ZONOS_API_URL"],
        clock or Clock(),
    )
    findings = examine(account, environment)
    for finding in findings:
        say("\n".join(finding.lines()))
    marks = [finding.mark for finding in findings]
    calls = ", ".join(f"{name} {count}" for name, count in account.calls.items())
    attention = marks.count(Mark.ATTENTION)
    say(f"\nCalls sent: {calls}. {attention} need attention{' (!!)' if attention else ''}.")
    return ATTENTION if Mark.ATTENTION in marks else FINE


def examine(account: Account, environment: Mapping[str, str]) -> list[Finding]:
    """Ask, by at most ten calls, and return the findings: an error of Zonos is one, and ends it."""
    since = shift_day(day_of(account.clock.now_ms()), -_DAYS)
    try:
        bare = account.list(since, statuses=False)
    except ZonosError as exc:
        return [reached.refused(exc, environment)]
    found = [reached.accepted(len(bare.entries), since), lists.shape(bare, statuses=False)]
    try:
        listed = account.list(since)
        found += [
            lists.shape(listed, statuses=True),
            lists.recognised(listed, account.clock.now_ms()),
            lists.prefixes(listed, account.store_id),
        ]
        newest = sorted(listed.listing.statuses or bare.listing.statuses, key=order_number)[-_ORDERS:]
        orders, failed = _fetch(account, newest)
        found += failed
        found += [
            lists.statuses(listed, orders),
            details.decisive(orders),
            details.flags(orders),
            details.unknown_fields(orders),
            details.missing_fields(orders),
            details.agreement(listed, orders),
            lists.test_orders(listed, orders),
            lists.inclusive(account, orders),
            lists.includes_its_order(account, newest),
        ]
    except ZonosError as exc:
        advice = "Run this again; if it stays so, ask Zonos."
        found.append(Finding(Mark.ATTENTION, "Could everything be asked?", f"No: {describe(exc)}.", advice))
    return found


def _fetch(account: Account, order_ids: list[str]) -> tuple[list[Order], list[Finding]]:
    orders, failed = [], []
    for order_id in order_ids:
        try:
            orders.append(account.order(order_id))
        except ZonosError as exc:
            failed.append(f"{order_id}: {describe(exc)}")
    if not failed:
        return orders, []
    advice = "Such orders are recorded as failures and tried again. Tell Zonos the numbers and the causes."
    return orders, [Finding(Mark.ATTENTION, "Can listed orders be fetched?", "\n".join(failed), advice)]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(os.environ, _say))
