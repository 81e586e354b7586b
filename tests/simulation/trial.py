"""One seed: some days in which everything goes wrong, then peace, then judgement."""

import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from tests.simulation.faults import Faults, Period
from tests.simulation.peace import HOUR, Peace
from tests.simulation.people import decide_something
from tests.simulation.processes import FOREVER
from tests.simulation.promises import DAY
from tests.simulation.simulation import START, Deployment
from tests.simulation.warehouse import ask_around
from tests.simulation.zonos import POISONS
from zonos_orders.instants import day_of, shift_day

_KNOWN = (
    "IGLOBAL_ORDER_IN_PROCESS",
    "IGLOBAL_FRAUD_REVIEW",
    "IGLOBAL_ORDER_ON_HOLD",
    "IGLOBAL_ORDER_CANCELLED",
    "IGLOBAL_ORDER_CANCELED",
    "IGLOBAL_LABELS_PROCESSING",
    "VENDOR_PREPARING_ORDER",
    "VENDOR_CANCELLATION_REQUEST",
    "VENDOR_END_OF_DAY_COMPLETE",
    "IGLOBAL_SOMETHING_NEW",
)
_QUARTER = 900
_INTERVALS = (_QUARTER, HOUR, 2 * HOUR, 2 * HOUR, 3 * HOUR, 3 * HOUR, 4 * HOUR, 4 * HOUR, 6 * HOUR, 6 * HOUR)
_LONG_REVIEWS = 0.03  # of the seeds: long enough for reviews to expire
_LAST_BLOWS = 0.2  # of the seeds
_SILENT_LISTS = 7  # one of so many seeds has lists that name no statuses
_WRITES_BY_ITSELF = 0.2  # of the seeds
_DECIDES = 0.3  # of the rest
_LISTENS = 0.2  # of the seeds: every write costs an invocation
_ERASES_BY_AGE = 0.04  # of the seeds: each run looks at a hundred days
_ASKS = 0.3  # of what the merchant's systems do
_BACKFILLS = 0.25  # of what is imported by hand
_HARD_TO_READ = {"orderDate": "03/15/2016"}, {"orderStatusDate": None}, {"orderStatusDate": 1_458_081_402}


@dataclass(frozen=True)
class Result:
    """What became of a seed: `broken` promises in words, empty when all held."""

    seed: int
    days: float
    broken: tuple[str, ...]
    faults: Counter[str] = field(default_factory=Counter)
    invocations: int = 0
    side_effects: int = 0
    writes: int = 0
    seconds: float = 0.0  # of the processor


class Trial:
    """A deployment, its buyers, Zonos's staff and its faults."""

    def __init__(self, seed: int) -> None:
        self.began = time.process_time()
        self.seed = seed
        self.random = random = Random(seed)
        self.faults = Faults(random)
        self.days = random.choice((1, 2, 3, 5, 7))
        self.interval = random.choice(_INTERVALS)
        if self.interval == _QUARTER:
            self.days = min(self.days, 2)  # its many runs take most of the time to simulate
        self.writes_by_itself = random.random() < _WRITES_BY_ITSELF
        self.buyers = random.randint(1, 4) * self.days + 2
        if random.random() < _LONG_REVIEWS:
            self.days, self.interval = 34, 6 * HOUR
        self.deployment = Deployment(
            random,
            self.faults,
            START + random.random() * DAY,
            RECHECK_BASE_SECONDS=random.choice((300, 600, 1200)),
            INITIAL_LOOKBACK_DAYS=random.choice((7, 14, 30)),
            IMPORT_CONCURRENCY=random.choice((1, 2, 4, 16)),
            MERCHANT_ORDER_IDS=random.choice(("used", "unused", "unused")),
            REFRESH_CALLS_PER_RUN=random.choice((0, 0, 0, 2)),
            REFRESH_DAYS=random.choice((2, 4)),
            PERSONAL_DATA_RETENTION_DAYS=2 if random.random() < _ERASES_BY_AGE else 0,
        )
        self.deployment.stream.is_on = random.random() < _LISTENS
        self.promises = self.deployment.promises
        self.zonos = self.deployment.zonos
        if seed % _SILENT_LISTS == 0:
            self.zonos.list_status_keys = None
        self.scheduler = self.deployment.scheduler
        self.invocations: Counter[str] = Counter()

    def run(self) -> Result:
        begin = self.scheduler.now
        self._plan(begin)
        self.scheduler.run_until(begin + self.days * DAY)
        if self.random.random() < _LAST_BLOWS:
            self._last_blow()
        if not self.promises.broken:
            peace = Peace(self.deployment, self.interval)
            peace.come()
            peace.judge()
        return self.result(begin)

    def result(self, begin: float) -> Result:
        return Result(
            self.seed,
            (self.scheduler.now - begin) / DAY,
            tuple(self.promises.broken),
            self.faults.counts,
            sum(self.invocations.values()),
            self.deployment.line.side_effects,
            self.promises.writes,
            time.process_time() - self.began,
        )

    # What happens in the bad days

    def _plan(self, begin: float) -> None:
        random, at = self.random, self.scheduler.at
        at(begin + random.random() * self.interval, self._scheduled_run)
        for _ in range(self.buyers):
            at(begin + random.random() ** 2 * self.days * DAY, self._buyer)
        for _ in range(2 * self.days):
            at(begin + random.random() * self.days * DAY, self._merchant)
        for day in range(self.days):
            self._plan_day(begin + day * DAY)

    def _plan_day(self, begin: float) -> None:
        random, faults = self.random, self.faults
        at = begin + random.random() * DAY
        backup = at - DAY

        def lasting() -> float:
            return at + random.choice((30, 600, 2 * HOUR, DAY, 2.5 * DAY)) * random.random()

        if faults.happens("Zonos down"):
            kinds = ("Zonos refused the connection", "Zonos was silent", "Zonos answered 500")
            kind = random.choice((*kinds, "Zonos answered with a page", "Zonos answered with something else"))
            self.zonos.down.append(Period(at, lasting(), kind))
        if faults.happens("AWS down"):
            service = random.choice(("dynamodb", "states", "events"))
            self.deployment.line.down.append(Period(at, lasting(), service))
        if faults.happens("wrong secret"):
            wrong = random.choice(("unreadable", "old-secret", "", "\n", '{"key": 1}'))
            self.deployment.secrets.wrong.append(Period(at, lasting(), wrong))
        if backup > self.scheduler.now and faults.happens("table restored to yesterday"):
            self.scheduler.at(backup, partial(self._back_up, at))

    def _back_up(self, restored_at: float) -> None:
        tables, name = self.deployment.database.tables, self.deployment.settings.orders_table
        backup = tables[name].copy()
        self.scheduler.at(restored_at, lambda: self.deployment.restore_orders(backup))

    def _scheduled_run(self) -> None:
        if self.faults.is_calm:
            return
        self.scheduler.at(self.scheduler.now + self.interval, self._scheduled_run)
        self._reconcile({})
        if self.faults.happens("two reconciliations at once"):
            self.scheduler.at(self.scheduler.now + self.random.random() * 3, lambda: self._reconcile({}))
        if self.faults.happens("hand-made run"):
            self.scheduler.at(self.scheduler.now + self.random.random() * 3, self._by_hand)

    def _last_blow(self) -> None:
        """Just before the peace, kill a run whose clock is ahead: what it leaves has to be lived with."""
        self.deployment.next_kill = self.random.randint(2, 9), "after"
        self.deployment.next_skew_ms = HOUR * 1000
        self._reconcile({})
        self.scheduler.run_until(self.scheduler.now + 10)

    def _merchant(self) -> None:
        """Take over the orders listed for shipping, or ask about one."""
        if self.writes_by_itself:
            self._write_by_itself()
        elif self.random.random() < _ASKS:
            ask_around(self.deployment, self.random)
        elif self.random.random() < _DECIDES:
            decide_something(self.deployment, self.random)
        else:
            self.random.choice(self.deployment.warehouses).work()

    def _write_by_itself(self) -> None:
        """The merchant's program knows no desk: it writes into the table, a revision more."""
        orders = self.deployment.orders
        for key, item in list(orders.items()):
            if "to_ship_day" in item:
                left = {name: value for name, value in item.items() if name != "to_ship_day"}
                revision = {"N": str(int(item["revision"]["N"]) + 1)}
                orders[key] = {**left, "revision": revision, "taken_over_at": {"S": "2026-03-03T00:00:00Z"}}
                self.deployment.stream.changed(item, orders[key])

    def _by_hand(self) -> None:
        random = self.random
        if random.random() < _BACKFILLS:
            self._backfill()
            return
        known = sorted(self.zonos.facts) or ["999-100"]
        payload = random.choice(
            (
                {"orderIds": random.sample(known, min(3, len(known)))},
                {"orderIds": ["999-4711"]},
                {"sinceDate": day_of(int(self.scheduler.now * 1000) - 2 * DAY * 1000)},
                {"sinceOrderId": random.choice(known)},
                {"recheck": "held"},
                {"referenceIds": ["cart-100", "cart-4711"]},
            )
        )
        self._reconcile({**payload, "dryRun": True} if random.random() < 0.3 else payload)

    def _backfill(self) -> None:
        """Somebody imports a few days again, in the middle of everything."""
        today = day_of(int(self.scheduler.now * 1000))
        since = shift_day(today, -self.random.randint(0, 6))
        self.invocations["backfill"] += 1
        self.deployment.backfill(since, shift_day(since, self.random.randint(0, 3)))

    def _reconcile(self, payload: Mapping[str, Any]) -> None:
        self.invocations["reconcile"] += 1
        self.deployment.reconcile(payload)

    def _buyer(self) -> None:
        random, faults, zonos = self.random, self.faults, self.zonos
        now = self.scheduler.now
        status = _KNOWN[0]
        if random.random() < 0.4:
            status = random.choice(_KNOWN[:2] if random.random() < 0.6 else _KNOWN)
        order_id = zonos.buy(
            status=status,
            begun=now - (random.random() ** 3) * 6 * DAY,
            test_order=random.random() < 0.05,
            csl_list_match=random.random() < 0.05,
        )
        facts = zonos.facts[order_id]
        if faults.happens("order not yet known"):
            facts.known_from = now + random.choice((1, 5, 300, HOUR))
        if faults.happens("order poisoned"):
            facts.poison = random.choice(POISONS)
            facts.poisoned_until = now + random.choice((HOUR, DAY, FOREVER))
        if faults.happens("order dates odd"):
            facts.odd_dates = True
            zonos.edit(order_id, **random.choice(_HARD_TO_READ))
        if faults.happens("order numbered elsewhere"):
            zonos.number_elsewhere(order_id)
        self._redirects(order_id, now)
        self._life(order_id, now)
        if faults.happens("stranger's redirect"):
            stranger = random.choice(("999-4711", "4711", "998-100", order_id, "", "999-1\n"))
            self.scheduler.at(now + random.random() * HOUR, lambda: self._redirect(stranger))

    def _redirects(self, order_id: str, now: float) -> None:
        faults, random = self.faults, self.random
        if faults.happens("redirect dropped"):
            return
        times = [now + 1 + random.random()]
        if faults.happens("redirect delayed"):
            times = [now + random.random() * DAY]
        if faults.happens("redirect repeated"):
            times += [times[0] + random.random() * HOUR for _ in range(random.randint(1, 4))]
        if faults.happens("redirect raced"):
            times += [times[0] + random.random() * 0.2 for _ in range(random.randint(1, 4))]
            for _ in range(random.randint(0, 12)):  # and Zonos itself is at it in the same moment
                self.scheduler.at(times[0] + random.random() * 0.4, partial(self.zonos.edit, order_id))
        for at in times:
            self.scheduler.at(at, lambda: self._redirect(order_id))

    def _redirect(self, order_id: str) -> None:
        self.invocations["redirect"] += 1
        self.deployment.redirect(order_id)

    def _life(self, order_id: str, now: float) -> None:
        """Let Zonos's staff decide, change their minds, and correct addresses."""
        random, faults, at = self.random, self.faults, self.scheduler.at

        def move(status: str) -> None:
            if self.zonos.has_state(order_id).status != status:
                self.zonos.set_status(order_id, status)

        for _ in range(random.randint(0, 2)):
            at(now + random.random() * 2 * DAY, partial(move, random.choice(_KNOWN)))
        if faults.happens("status moved back and forth"):
            when, there = now + random.random() * DAY, random.choice((_KNOWN[1], _KNOWN[2], *_KNOWN))
            pace = random.choice((1, 60, HOUR, 3 * HOUR))
            for n in range(random.randint(2, 6)):
                status = "IGLOBAL_ORDER_IN_PROCESS" if n % 2 else there
                at(when + (n + random.random()) * pace, partial(move, status))
        if faults.happens("edited without a status change"):
            for _ in range(random.randint(1, 3)):
                at(now + random.random() * DAY, partial(self.zonos.edit, order_id))


def run(seed: int) -> Result:
    """Run one seed from beginning to end."""
    random.seed(seed)  # the jitter of the retries
    return Trial(seed).run()
