"""The situations for the crash points: each prepares a deployment, and does the one thing that is killed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.aws import Execution
from tests.simulation.faults import Period
from tests.simulation.people import clear, erase, release
from tests.simulation.processes import FOREVER, Process
from tests.simulation.promises import DAY
from tests.simulation.simulation import Deployment
from zonos_orders.instants import day_of, iso
from zonos_orders.publish_payloads import StreamRecord

READY, REVIEW, HOLD = "IGLOBAL_ORDER_IN_PROCESS", "IGLOBAL_FRAUD_REVIEW", "IGLOBAL_ORDER_ON_HOLD"
CANCELLED = "IGLOBAL_ORDER_CANCELLED"


@dataclass(frozen=True)
class Situation:
    """`act` begins the one invocation that is killed; `env` is what the deployment is set to."""

    name: str
    prepare: Callable[[Deployment], object]
    act: Callable[[Deployment], Process]
    env: Mapping[str, object] = field(default_factory=dict)


def _buy(deployment: Deployment, *statuses: str, **more: Any) -> list[str]:
    return [
        deployment.zonos.buy(status=status, begun=deployment.scheduler.now, **more) for status in statuses
    ]


def _pass(deployment: Deployment, seconds: float) -> None:
    deployment.scheduler.run_until(deployment.scheduler.now + seconds)


def _reconciled(deployment: Deployment) -> None:
    deployment.reconcile({})
    _pass(deployment, 60)


def _fails(deployment: Deployment, kind: str, seconds: float) -> None:
    """Let Zonos fail from now on."""
    now = deployment.scheduler.now
    deployment.zonos.down.append(Period(now, now + seconds, kind))


def _held(deployment: Deployment) -> None:
    """An order in review, stored, its loop on the way."""
    _buy(deployment, REVIEW)
    _reconciled(deployment)


def _everything(deployment: Deployment) -> None:
    """All that a scheduled run can meet at once."""
    zonos, scheduler = deployment.zonos, deployment.scheduler
    changed, *_ = _buy(deployment, READY, READY)
    burnt, settled = _buy(deployment, HOLD, REVIEW)
    bad, healing = _buy(deployment, READY, READY)
    zonos.facts[bad].poison, zonos.facts[bad].poisoned_until = "answers a page", FOREVER
    zonos.facts[healing].poison = "answers nothing"
    zonos.facts[healing].poisoned_until = scheduler.now + 1200
    _reconciled(deployment)
    # A review that was never started: Step Functions was down when its order came.
    deployment.line.down.append(Period(scheduler.now, scheduler.now + 60, "states"))
    _buy(deployment, REVIEW)
    _reconciled(deployment)
    # One whose loop has ended, though its order is in review still.
    deployment.loops.executions[f"{burnt}-1"].is_running = False
    note = deployment.notes["review", burnt]
    deployment.notes["review", burnt] = {**note, "next_look_at": {"N": "0"}}
    # Numbers that somebody made up while Zonos was down.
    _fails(deployment, "Zonos refused the connection", 30)
    deployment.redirect("999-4711")
    _pass(deployment, 1300)
    zonos.set_status(changed, CANCELLED)
    zonos.set_status(settled, READY)
    _buy(deployment, READY, REVIEW, csl_list_match=True)
    _buy(deployment, READY)


def _many(deployment: Deployment) -> None:
    """More known orders than are worth asking for one by one."""
    _buy(deployment, *[READY] * 50)
    _reconciled(deployment)
    _buy(deployment, READY)


def _unavailable(deployment: Deployment) -> None:
    """Orders that Zonos cannot show now."""
    for order_id in _buy(deployment, READY, READY):
        deployment.zonos.facts[order_id].poison = "answers 500"
        deployment.zonos.facts[order_id].poisoned_until = deployment.scheduler.now + 600
    _buy(deployment, READY)


def _expiring(deployment: Deployment) -> None:
    """A review that began more than thirty days ago."""
    _held(deployment)
    ((key, item),) = deployment.orders.items()
    begun = iso(round((deployment.scheduler.now - 31 * DAY) * 1000))
    deployment.orders[key] = {**item, "review_started_at": {"S": begun}}


def _released(deployment: Deployment) -> None:
    _held(deployment)
    deployment.zonos.set_status("999-100", READY)


def _review_again(deployment: Deployment) -> None:
    """An order that is in its second review, while the loop of the first still runs."""
    _released(deployment)
    _reconciled(deployment)
    deployment.zonos.set_status("999-100", HOLD)
    _reconciled(deployment)


def _zonos_fails(deployment: Deployment) -> None:
    _held(deployment)
    _fails(deployment, "Zonos answered with something else", 300)


def _back_in_review(deployment: Deployment) -> None:
    """Released, unseen, and held again: the look finds a later state of the same review."""
    _held(deployment)
    deployment.zonos.set_status("999-100", HOLD)


def _redirect(order_id: str = "999-100") -> Callable[[Deployment], Process]:
    return lambda deployment: deployment.redirect(order_id)


def _run(**payload: Any) -> Callable[[Deployment], Process]:
    return lambda deployment: deployment.reconcile(payload)


def _today(deployment: Deployment) -> Process:
    return deployment.reconcile({"sinceDate": day_of(round(deployment.scheduler.now * 1000))})


def _look(deployment: Deployment) -> Process:
    return deployment.recheck(Execution("999-100", "999-100-1"), lambda *_: None)


def _down_redirect(deployment: Deployment) -> None:
    _buy(deployment, READY)
    _fails(deployment, "Zonos answered 500", 30)


def _not_yet(deployment: Deployment) -> None:
    (order_id,) = _buy(deployment, READY)
    deployment.zonos.facts[order_id].known_from = deployment.scheduler.now + 600


def _ready(deployment: Deployment) -> None:
    _buy(deployment, READY)
    _reconciled(deployment)


def _taken_over(deployment: Deployment) -> None:
    """Taken over while Zonos is down: the number is not written back, and that is on record."""
    _ready(deployment)
    _fails(deployment, "Zonos answered with something else", 30)
    deployment.take_over("999-100", "A-999-100")
    _pass(deployment, 3600)


def _done_after_all(deployment: Deployment) -> None:
    """A number that is written back, though it is on record as one that is not."""
    _taken_over(deployment)
    note = deployment.notes["write_back", "999-100"]
    deployment.take_over("999-100", "A-999-100")
    _pass(deployment, 60)
    deployment.notes["write_back", "999-100"] = note


def _lost_number(deployment: Deployment) -> None:
    """Zonos has confirmed a number, and does not know it any more; a day has begun."""
    _ready(deployment)
    deployment.take_over("999-100", "A-999-100")
    _pass(deployment, 60)
    deployment.zonos.forget_merchant_order_id("999-100")
    _pass(deployment, 12 * 3600)


def _edited(deployment: Deployment) -> None:
    _buy(deployment, READY, READY)
    _reconciled(deployment)
    deployment.zonos.edit("999-100")


def _silent(deployment: Deployment) -> None:
    """A list that names no statuses; one order was cancelled, and a day has begun."""
    deployment.zonos.list_status_keys = None
    _buy(deployment, READY, READY)
    _reconciled(deployment)
    deployment.zonos.set_status("999-100", CANCELLED)
    _pass(deployment, 12 * 3600)


def _decisions(deployment: Deployment) -> None:
    """One order to clear, one from before go-live in review, one that is over."""
    _buy(deployment, READY, csl_list_match=True)
    deployment.zonos.buy(status=REVIEW, begun=deployment.scheduler.now - 5 * DAY)
    _buy(deployment, CANCELLED)
    _reconciled(deployment)


def _erased(deployment: Deployment) -> None:
    """One that was erased, and is back with a restored table; one that was, and is missing; one too old."""
    _decisions(deployment)
    backup = deployment.database.tables[deployment.settings.orders_table].copy()
    deployment.supervise(erase("999-102"))
    deployment.supervise(erase("999-101", force=True))
    _pass(deployment, 60)
    del backup.items["999-101",]
    deployment.restore_orders(backup)


def _zonos_down_and_ready(deployment: Deployment) -> None:
    _ready(deployment)
    _fails(deployment, "Zonos answered 500", 30)


def _take_over(deployment: Deployment) -> Process:
    return deployment.take_over("999-100", "A-999-100")


def _status(deployment: Deployment) -> Process:
    return deployment.ask_status()


def _told(deployment: Deployment) -> Process:
    (item,) = deployment.orders.values()
    return deployment.publish([StreamRecord("1", "999-100", None, item)])


def _not_understood(deployment: Deployment) -> Process:
    """Of an item that somebody else has written."""
    return deployment.publish([StreamRecord("1", "999-100", None, {"order_id": {"S": "999-100"}})])


def _told_again(deployment: Deployment) -> Process:
    return deployment.publish_again(["999-100", "999-4711"])


SITUATIONS = (
    Situation("redirect of an order", lambda d: _buy(d, READY), _redirect()),
    Situation("redirect of an order in review", lambda d: _buy(d, REVIEW), _redirect()),
    Situation("redirect of an order that is stored", _held, _redirect()),
    Situation("redirect before Zonos knows the order", _not_yet, _redirect()),
    Situation("redirect while Zonos is down", _down_redirect, _redirect()),
    Situation("first run of all", lambda d: _buy(d, READY, REVIEW), _run()),
    Situation("run that meets everything", _everything, _run()),
    Situation("run with many known orders", _many, _run()),
    Situation("run with orders that Zonos cannot show", _unavailable, _run()),
    Situation("orders by hand", lambda d: _buy(d, READY, REVIEW), _run(orderIds=["999-100", "999-101"])),
    Situation("a day by hand", lambda d: _buy(d, READY, REVIEW), _today),
    Situation("since an order by hand", lambda d: _buy(d, READY, READY), _run(sinceOrderId="999-100")),
    Situation("references by hand", lambda d: _buy(d, READY), _run(referenceIds=["cart-100", "cart-7"])),
    Situation("held orders by hand", _released, _run(recheck="held")),
    Situation("dry run", _everything, _run(recheck="held", dryRun=True)),
    Situation("look at an order in review", _held, _look),
    Situation("look at an order that changed its hold", _back_in_review, _look),
    Situation("look at a released order", _released, _look),
    Situation("look while Zonos is not understood", _zonos_fails, _look),
    Situation("look at a review that lasts too long", _expiring, _look),
    Situation("look of a superseded loop", _review_again, _look),
    Situation("take-over", _ready, _take_over),
    Situation("take-over while Zonos is down", _zonos_down_and_ready, _take_over),
    Situation("take-over of an order that is not there", lambda _: None, _take_over),
    Situation("take-over that Zonos is told again", _taken_over, _take_over),
    Situation("run with numbers to write back", _taken_over, _run()),
    Situation("run with a number that is on record for nothing", _done_after_all, _run()),
    Situation("run that finds a lost number", _lost_number, _run(), {"MERCHANT_ORDER_IDS": "used"}),
    Situation("run that looks again", _edited, _run(), {"REFRESH_CALLS_PER_RUN": 1}),
    Situation("run that looks back at what no list names", _silent, _run()),
    Situation("may it be shipped", _edited, lambda d: d.may_ship("999-100")),
    Situation("status", _ready, lambda d: d.set_status("999-100", "VENDOR_PREPARING_ORDER")),
    Situation("tracking", _ready, lambda d: d.set_tracking("999-100")),
    Situation("how everything stands", _everything, _status),
    Situation("how a cancelled order stands", _decisions, _status),
    Situation("clear a match", _decisions, lambda d: d.supervise(clear("999-100"))),
    Situation("release into review", _decisions, lambda d: d.supervise(release("999-101"))),
    Situation("erase", _decisions, lambda d: d.supervise(erase("999-102"))),
    Situation("run that finishes erasures", _erased, _run(), {"PERSONAL_DATA_RETENTION_DAYS": 2}),
    Situation("events of a change", _ready, _told),
    Situation("events of a change that is not understood", _ready, _not_understood),
    Situation("events again", _ready, _told_again),
)
