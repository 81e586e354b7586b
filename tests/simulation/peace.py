"""The faults have stopped: now everything has to settle, within a stated time and to a stated end."""

from tests.simulation.processes import FOREVER
from tests.simulation.promises import DAY, READY, expected
from tests.simulation.simulation import SECRET, TIMEOUTS, Deployment
from tests.simulation.zonos import CANARY
from zonos_orders.instants import day_of
from zonos_orders.order_encoding import decode_item
from zonos_orders.run_summary import RunOutcome

HOUR = 3_600
_LONGEST_PACE = 72  # of a review loop, in times of its base
_REVIEW_ENDS = 31 * DAY
_REFRESHED_AT_MOST = 5  # rounds that are worth their time
_ATTEMPTS = 3  # of one call of Zonos, when it answers 500


class Peace:
    """Nothing goes wrong any more; the schedule goes on."""

    def __init__(self, deployment: Deployment, interval: float) -> None:
        self._deployment = deployment
        self._interval = interval
        self._scheduler = deployment.scheduler
        self._zonos = deployment.zonos
        self._expect = deployment.promises.expect
        self._begin = self._scheduler.now
        self._outcomes: list[RunOutcome] = []

    def come(self) -> None:
        """End every fault, and whatever was still to happen at Zonos."""
        deployment, zonos = self._deployment, self._zonos
        deployment.faults.calm()
        zonos.down.clear()
        deployment.line.down.clear()
        deployment.secrets.wrong.clear()
        deployment.secrets.value = zonos.secret = SECRET
        for facts in zonos.facts.values():
            facts.known_from = min(facts.known_from, self._scheduler.now)
            if facts.poisoned_until < FOREVER:
                facts.poisoned_until = self._scheduler.now
        zonos.is_closed = True

    def judge(self, *, by_hand: bool = True) -> None:
        """Let two reconciliations, the longest wait of a loop and a day's first run pass, and look."""
        begin, interval = self._begin, self._interval
        self._scheduler.at(begin + interval / 2, self._scheduled_run)
        self._scheduler.run_until(begin + 2 * interval)
        self._expect("settles", self._outcomes[1:] == [RunOutcome.CLEAN], f"two runs ended {self._outcomes}")
        self._nothing_is_lost()
        longest_wait = _LONGEST_PACE * self._deployment.settings.recheck_base_seconds
        next_day = (begin // DAY + 1) * DAY + 2 * interval + TIMEOUTS["reconcile"]
        self._scheduler.run_until(max(begin + 2 * interval + longest_wait + TIMEOUTS["reconcile"], next_day))
        self._all_is_settled()
        self._all_is_handed_over()
        self._all_is_fresh()
        self._all_is_told()
        self._what_is_erased_stays_erased()
        self._nothing_is_asked_twice()
        if by_hand:
            self._import_by_hand()

    def _scheduled_run(self) -> None:
        self._scheduler.at(self._scheduler.now + self._interval, self._scheduled_run)
        self._deployment.reconcile({}, lambda _, summary: self._outcomes.append(summary.outcome))

    def _nothing_is_lost(self) -> None:
        for order_id, facts in self._zonos.facts.items():
            is_recent = facts.versions[-1].completed_at / 1000 > self._begin - DAY
            is_there = self._is_stored_or_recorded(order_id)
            text = f"{order_id} is missing after two reconciliations"
            self._expect("no order is lost", is_there or not is_recent, text)

    def _is_stored_or_recorded(self, order_id: str) -> bool:
        deployment = self._deployment
        return (order_id,) in deployment.orders or ("failure", order_id) in deployment.notes

    def _all_is_settled(self) -> None:
        deployment, expect = self._deployment, self._expect
        now = self._scheduler.now
        watermark = deployment.notes.get(("watermark", "999"), {"day": {"S": "none"}})["day"]["S"]
        today = day_of(int(now * 1000))
        expect("no order is lost", watermark >= today or now % DAY < self._interval, f"watermark {watermark}")
        watched: dict[str, list[str]] = {}
        for execution in deployment.loops.executions.values():
            if execution.is_running:
                expect("bounded", now - execution.began < _REVIEW_ENDS, f"{execution.name} still runs")
                watched.setdefault(execution.order_id, []).append(execution.name)
        made_up = {key[1] for key in deployment.notes if key[0] == "failure"} - self._zonos.facts.keys()
        expect("bounded", not made_up, f"{made_up} are on record, and were never bought")
        for order_id in self._zonos.facts:
            self._is_settled(order_id, watched.get(order_id, []))

    def _is_settled(self, order_id: str, loops: list[str]) -> None:
        deployment, expect = self._deployment, self._expect
        facts = self._zonos.facts[order_id]
        state = facts.versions[-1]
        look_back = (deployment.settings.initial_lookback_days - 2) * DAY
        if state.completed_at / 1000 < self._begin - look_back:
            return
        expect("never silent", self._is_stored_or_recorded(order_id), f"{order_id} is on no record")
        if self._scheduler.now < facts.poisoned_until or not self._is_stored_or_recorded(order_id):
            return
        expect("settles", ("failure", order_id) not in deployment.notes, f"{order_id} is still a failure")
        item = deployment.orders.get((order_id,))
        if item is None:
            return
        has = item["zonos_status"]["S"]
        is_over = item["disposition"]["S"] in ("CANCELLED", "COMPLETED")
        if has != state.status and is_over and not self._zonos.list_status_keys:
            return  # nobody asks again, and no list tells
        expect("settles", has == state.status, f"{order_id} is {has}, Zonos says {state.status}")
        if "erased_at" in item:
            return
        # Of the same status, perhaps: an order that came back to it unseen is not fetched again.
        stored = facts.versions[int(item["order"]["M"].get("version", {"N": "1"})["N"]) - 1]
        want = expected(stored, deployment.settings.policy.ship_from_ms or 0)
        want = deployment.promises.with_decisions(want, order_id, decode_item(item), stored)
        name = f"{order_id}-{item.get('review_generation', {'N': '0'})['N']}"
        is_expired = {"S": "REVIEW_EXPIRED"} in item["hold_reasons"]["L"]
        want_loops = [name] if want.in_review and not is_expired else []
        expect("never twice", loops == want_loops, f"{order_id}: loops {loops}, there should be {want_loops}")
        is_ready = item["disposition"]["S"] == READY
        expect("never shipped by mistake", is_ready == (want.disposition == READY), f"{order_id} is {has}")

    def _all_is_handed_over(self) -> None:
        """Every order that may be shipped is taken over, once, and Zonos knows the number."""
        deployment, scheduler, expect = self._deployment, self._scheduler, self._expect
        for warehouse in deployment.warehouses:
            warehouse.work()
            scheduler.run_until(scheduler.now + 60)
            waiting = [one for one in warehouse.reserved if self._is_in_hand(one, warehouse.number(one))]
            expect("settles", not waiting, f"{waiting} were taken over, and nobody packs them")
        left = [order_id for (order_id,), item in deployment.orders.items() if "to_ship_day" in item]
        expect("settles", not left, f"{left} are not handed over")
        outstanding = {
            order_id: item["merchant_order_id"]["S"]
            for (order_id,), item in deployment.orders.items()
            if "write_back_day" in item
        }
        expect("settles", not outstanding, f"{outstanding} are not written back")
        for (order_id,), item in deployment.orders.items():
            if "taken_over_at" in item and "merchant_order_id" in item and order_id in self._zonos.facts:
                number, at_zonos = item["merchant_order_id"]["S"], self._zonos.has_state(order_id)
                text = f"{order_id} is {number}, Zonos knows {at_zonos.merchant_order_id or 'none'}"
                # Of what was told after the backup the next look at the order learns.
                is_as_restored = deployment.promises.restored_as.get(order_id) == item["revision"]["N"]
                expect("settles", at_zonos.merchant_order_id == number or is_as_restored, text)
            twice = [w.number(order_id) for w in deployment.warehouses if order_id in w.released]
            expect("never twice", len(twice) < 2, f"{order_id} was released as {twice}")

    def _is_in_hand(self, order_id: str, number: str) -> bool:
        """Say whether an order is to be shipped by whoever took it over under this number."""
        item = self._deployment.orders.get((order_id,), {})
        is_going = item.get("disposition") in ({"S": "READY"}, {"S": "FULFILLING"})
        return is_going and "taken_over_at" in item and item.get("merchant_order_id") == {"S": number}

    def _all_is_fresh(self) -> None:
        """The refresh has looked at every recent order that is not final, after so many runs."""
        deployment, scheduler = self._deployment, self._scheduler
        calls = deployment.settings.refresh_calls_per_run
        first_day = day_of(round((scheduler.now - deployment.settings.refresh_days * DAY) * 1000))
        waiting = {
            order_id
            for (order_id,), item in deployment.orders.items()
            if item["disposition"]["S"] not in ("CANCELLED", "COMPLETED")
            and "order_day" in item
            and item["order_day"]["S"] > first_day
            and order_id in self._zonos.facts
            and ("failure", order_id) not in deployment.notes
        }
        if not calls or len(deployment.orders) > _REFRESHED_AT_MOST * calls:
            return
        for _ in range(len(deployment.orders) // calls + 2):
            deployment.reconcile({})
            scheduler.run_until(scheduler.now + 60)
        for order_id in waiting:
            content = deployment.orders[(order_id,)]["order"]["M"]
            newest = self._zonos.has_state(order_id)
            is_fresh = "version" not in newest.details() or content.get("version") == {
                "N": str(newest.version)
            }
            is_erased = "erased_at" in deployment.orders[(order_id,)]
            self._expect("settles", is_fresh or is_erased, f"{order_id} has changed, and nobody has looked")

    def _what_is_erased_stays_erased(self) -> None:
        deployment = self._deployment
        for kind, order_id in list(deployment.notes):
            item = deployment.orders.get((order_id,))
            if kind == "erased" and item is not None:
                is_erased = "erased_at" in item and CANARY not in str(item)
                self._expect("never leaking", is_erased, f"{order_id} was erased, and is back")

    def _all_is_told(self) -> None:
        """Whoever listens to the bus knows every order as it stands."""
        deployment = self._deployment
        if not deployment.stream.is_on:
            return
        for (order_id,), item in deployment.orders.items():
            if order_id not in deployment.stream.orders:
                continue  # restored with the table, and as it was
            known = deployment.listener.known.get(order_id, {"revision": 0, "disposition": None})
            is_now = int(item["revision"]["N"]), item["disposition"]["S"]
            was_told = known["revision"], known["disposition"]
            text = f"{order_id} is {is_now}, the bus told {was_told}"
            self._expect("never silent", was_told == is_now, text)

    def _nothing_is_asked_twice(self) -> None:
        """Bad orders are tried about hourly, and a run with nothing new asks nothing."""
        now, facts = self._scheduler.now, self._zonos.facts
        hours = (now - self._begin) / HOUR
        executions = self._deployment.loops.executions.values()
        watched = {execution.order_id for execution in executions if execution.is_running}
        bad = {order_id for order_id in facts if now < facts[order_id].poisoned_until}
        for order_id in bad - watched:
            asked = facts[order_id].asked
            text = f"{order_id} was asked for {asked} times in {hours:.0f} hours"
            self._expect("bounded", asked <= _ATTEMPTS * (1.1 * hours + 4), text)
        # The first may be the first of its day, which looks back; at midnight so is the one after it.
        is_midnight = now % DAY > DAY - 60
        for _ in range(3 if is_midnight else 2):
            process = self._deployment.reconcile({})
            self._scheduler.run_until(self._scheduler.now + 60)
        asked_again = sorted(process.notes.get("asked", set()) - bad)
        is_refresh = len(asked_again) <= self._deployment.settings.refresh_calls_per_run
        self._expect("bounded", is_refresh, f"{asked_again} were asked for, and nothing was new")

    def _import_by_hand(self) -> None:
        """One order, and a day, by hand: each is there when the run has ended."""
        today = day_of(int(self._scheduler.now * 1000))
        for way in ("orderIds", "sinceDate"):
            order_id = self._zonos.buy(status="IGLOBAL_ORDER_IN_PROCESS", begun=self._scheduler.now)
            self._deployment.reconcile(
                {"orderIds": [order_id]} if way == "orderIds" else {"sinceDate": today}
            )
            self._scheduler.run_until(self._scheduler.now + 20)
            is_there = (order_id,) in self._deployment.orders
            self._expect("no order is lost", is_there, f"{order_id} was not imported by hand")
