"""Thousands of redirects with made-up numbers cost Zonos little, and no buyer an order."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random

from tests.hostile.canned_zonos import CannedZonos
from tests.integration.functions import JSON, Functions
from tests.tally import Tally
from tests.world import STORE, TestClock, World

FLOOD = 10_000
FLOOD_WHILE_DOWN = 700
A_SECOND = 10  # so many redirects come each second, besides those for which Zonos is waited
# Of one instance: ten unknown ids, each asked for twice, then a minute's rest.
CALLS_A_MINUTE = 20
RECORDS_A_MINUTE = 10
CANARY = "kanari@example.com"


def made_up(redirects: int) -> Iterator[str]:
    """Queries with made-up order ids in every spelling, and with what else advertising adds to a link."""
    random = Random(20261118)
    for _ in range(redirects):
        number = random.randint(10_000, 10**9)
        spelling = random.choice([f"{STORE}-{number}", str(number), f"00{number}", f"{STORE}-0{number}"])
        yield f"utm_source={CANARY}&orderId={spelling}"


def flood(functions: Functions, queries: Iterable[str]) -> Counter[int]:
    """Send them all; count the answers by their code. Nothing that is printed is more than a state."""
    codes: Counter[int] = Counter()
    for query in queries:
        functions.printed = ""
        codes[functions.redirect(query, JSON)["statusCode"]] += 1
        assert CANARY not in functions.printed
        assert functions.printed.count("\n") <= 2  # one line of the log, one of metrics
        functions.world.clock.pass_time(1 / A_SECOND)
    return codes


def minutes_begun(clock: TestClock, began: int) -> int:
    return (clock.now_ms() - began) // 60_000 + 1


def test_a_flood_of_made_up_numbers(
    world: World, functions: Functions, clock: TestClock, tally: Tally
) -> None:
    before = world.zonos.pay()
    functions.redirect(f"orderId={before}")
    world.zonos.reset_calls()
    began = clock.now_ms()
    queries = made_up(FLOOD)
    codes = flood(functions, islice(queries, FLOOD // 2))
    asked = -1
    while asked != world.zonos.calls():  # until the brake is on
        asked = world.zonos.calls()
        codes += flood(functions, islice(queries, 1))

    bought = world.zonos.pay()
    assert functions.redirect(f"orderId={bought}", JSON)["statusCode"] == 404  # told that it is safe
    assert functions.redirect(f"orderId={before}", JSON)["statusCode"] == 200
    codes += flood(functions, queries)

    assert codes == {404: FLOOD}
    assert world.zonos.calls() <= CALLS_A_MINUTE * minutes_begun(clock, began)
    assert (world.order_ids(), world.executions(), world.failures()) == ({before}, {}, {})

    summary = functions.reconcile()

    assert (summary["outcome"], summary["recovered"]) == ("clean", 1)
    assert world.order_ids() == {before, bought}
    assert world.order(bought)["disposition"] == "READY"
    assert functions.redirect(f"orderId={bought}", JSON)["statusCode"] == 200
    tally.count("redirects of a flood", FLOOD)


def test_a_flood_while_zonos_is_down(
    world: World, zonos: CannedZonos, clock: TestClock, tally: Tally
) -> None:
    functions = Functions(world)
    zonos.is_down = True
    began = clock.now_ms()

    codes = flood(functions, made_up(FLOOD_WHILE_DOWN))

    assert codes == {200: FLOOD_WHILE_DOWN}  # any of them may have paid
    assert 0 < len(world.failures()) <= RECORDS_A_MINUTE * minutes_begun(clock, began)
    assert sum(zonos.calls.values()) <= 3 * RECORDS_A_MINUTE * minutes_begun(clock, began)  # three tries each
    assert (world.order_ids(), world.executions()) == (set(), {})

    zonos.is_down = False
    zonos.details = {"999-7": b'{"order": {"orderId": "999-7", "orderStatus": "IGLOBAL_ORDER_IN_PROCESS"}}'}
    zonos.list_orders("999-7")
    summary = functions.reconcile()

    assert (summary["outcome"], summary["imported_new"]) == ("clean", 1)
    assert (world.order_ids(), world.failures()) == ({"999-7"}, {})  # made-up numbers are forgotten
    tally.count("redirects of a flood", FLOOD_WHILE_DOWN)
