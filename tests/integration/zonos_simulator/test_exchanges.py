"""What a watcher sees of the calls: the newest, with answer and time, and nothing that was in them."""

from threading import Thread

from tests.integration.eventually import eventually
from tests.integration.zonos_simulator.calls import SECRET, StillClock, call
from tests.sandbox.zonos_simulator import ZonosSimulator
from tests.sandbox.zonos_simulator.exchanges import KEPT, Exchanges


def test_each_call_is_kept_with_its_answer(zonos: ZonosSimulator, clock: StillClock) -> None:
    zonos.world.pay()
    call(zonos, "/v2/orderDetail", orderId="999-100")
    zonos.world.break_down("status_500")
    call(zonos, "/v1/orderNumbers", sinceOrderId=1)

    newest = zonos.world.exchanges.newest()
    assert [(one.operation, one.order_id, one.status, one.milliseconds) for one in newest] == [
        ("orderNumbers", "", 500, 0),
        ("orderDetail", "999-100", 200, 0),
    ]
    assert newest[0].began == int(clock.now * 1000)
    assert SECRET not in str(newest)
    assert "canary" not in str(newest)


def test_a_call_that_waits_has_no_answer_yet(zonos: ZonosSimulator) -> None:
    zonos.world.pay()
    zonos.world.break_down("silence")
    asking = Thread(target=call, args=(zonos, "/v2/orderDetail"), kwargs={"orderId": 100})
    asking.start()
    (waiting,) = eventually(zonos.world.exchanges.newest)
    assert (waiting.status, waiting.milliseconds) == (None, None)

    zonos.world.recover()
    asking.join()
    assert waiting.status == 200


def test_only_the_newest_are_kept() -> None:
    exchanges = Exchanges(lambda: 0)
    for _ in range(KEPT + 5):
        exchanges.begin("orderDetail", "999-100")
    newest = exchanges.newest()
    assert (len(newest), newest[0].number, newest[-1].number) == (KEPT, KEPT + 5, 6)
