"""Faults planted into a copy of the package, to see that the simulation finds them.

The first ten are what the shipped integrations get wrong (the vendor's clients and plug-ins), the others are
the mistakes that this design could make.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import zonos_orders

PACKAGE = Path(zonos_orders.__file__).parent


@dataclass(frozen=True)
class Plant:
    """A mistake: `edits` are (module, what it says, what it is made to say).

    `breaks` is a promise, or several, with commas, any of which may be the first that is seen to break.
    """

    name: str
    breaks: str
    edits: tuple[tuple[str, str, str], ...]

    def into(self, folder: Path) -> None:
        """Copy the package into `folder`, with the mistake in it."""
        copy = folder / PACKAGE.name
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for module, right, wrong in self.edits:
            file = copy / f"{module}.py"
            code = file.read_text(encoding="utf-8")
            assert code.count(right) == 1, f"{self.name}: {module} does not say {right!r} just once"
            file.write_text(code.replace(right, wrong), encoding="utf-8")


def _plant(name: str, breaks: str, *edits: tuple[str, str, str]) -> Plant:
    return Plant(name, breaks, edits)


PLANTS = (
    _plant(
        "catch-up import is commented out",
        "no order is lost",
        (
            "import_listed",
            "candidates = comparison.candidates(waiting)",
            "candidates: list[Candidate] = []",
        ),
    ),
    _plant(
        "CANCELED is misspelt",
        "never shipped by mistake",
        ("status", '    "IGLOBAL_ORDER_CANCELED": (Disposition.CANCELLED, None),\n', ""),
    ),
    _plant(
        "written back as imported before it is stored",
        "settles",
        (
            "import_order",
            "            standing = self._orders.replace(",
            "            self._zonos.mark(order_id, deadline)\n            standing = self._orders.replace(",
        ),
        (
            "zonos_client",
            "    def _canonical(self",
            "    def mark(self, order_id, deadline):\n"
            '        key = {"orderId": order_id, "merchantOrderId": "imported"}\n'
            '        self._ask(Call("/v1/updateMerchantOrderId", 1000, key), deadline)\n\n'
            "    def _canonical(self",
        ),
        (
            "order_list",
            "order_numbers(since_date=since, through_date=through, statuses=True)",
            "order_numbers(since_date=since, missing_merchant_order_id=True, statuses=True)",
        ),
    ),
    _plant(
        "check, then create, without a condition",
        "never twice",
        ("orders_table", "                ConditionExpression=condition,\n", ""),
    ),
    _plant(
        "every new order is ready to process",
        "never shipped by mistake",
        (
            "merge",
            '{"disposition": assessment.disposition, "hold',
            '{"disposition": assessment.disposition if before else "READY", "hold',
        ),
    ),
    _plant(
        "an HTTP failure is read as no orders",
        "no order is lost",
        (
            "order_list",
            "        except (AnswerTooLarge, ZonosTooSlow):\n",
            "        except Exception:\n            return Listing({})\n"
            "        except (AnswerTooLarge, ZonosTooSlow):\n",
        ),
    ),
    _plant(
        "every order is fetched again on every run",
        "bounded",
        ("comparison", "if listed == status:", "if not order_id:"),
    ),
    _plant(
        "a bad order blocks those behind it",
        "settles",
        (
            "import_many",
            "        except Exception as exc:\n            batch.failed",
            "        except AwsError as exc:\n            batch.failed",
        ),
    ),
    _plant(
        "discounts are dropped",
        "stored exactly",
        (
            "order",
            "            content=content,\n",
            "            content={**content, "
            '"items": [i for i in content["items"] if i["unitPrice"] > 0]},\n',
        ),
    ),
    _plant(
        "nothing can be imported by hand",
        "no order is lost",
        (
            "reconcile",
            "            return self._by_hand(request, in_time)\n",
            "            return Summary(RunOutcome.CLEAN)\n",
        ),
    ),
    _plant(
        "a stale overwrite: no new fetch after a refused write",
        "never backwards",
        (
            "import_order",
            "        for _ in range(_ATTEMPTS):\n            fetched = self._fetch(order_id, deadline)\n",
            "        fetched = self._fetch(order_id, deadline)\n        for _ in range(_ATTEMPTS):\n",
        ),
    ),
    _plant(
        "a loop is not superseded",
        "never twice",
        (
            "recheck",
            "if stored is None or execution != execution_name(order_id, stored.review_generation):",
            "if stored is None:",
        ),
    ),
    _plant(
        "the watermark is moved too early",
        "no order is lost",
        (
            "reconcile",
            "        summary = self._import_listed(listing, days_between(since, today)",
            "        self._table.raise_watermark(self._store_id, today)\n"
            "        summary = self._import_listed(listing, days_between(since, today)",
        ),
    ),
    _plant(
        "a generation is lost",
        "never backwards",
        ("merge", 'kept = ["review_generation", "review_started_at"]', 'kept = ["review_started_at"]'),
    ),
    _plant(
        "a lease is never released",
        "bounded",
        (
            "reconciliation_table",
            '        self._delete("lease", "reconcile", "#owner = :owner", owner=owner)\n',
            "        return\n",
        ),
    ),
    # Beyond the fifteen.
    _plant(
        "a watermark of a day to come is believed",
        "no order is lost, settles",
        ("reconcile", "shift_day(min(watermark or today, today), -", "shift_day(watermark or today, -"),
        (
            "reconcile",
            "return last is None or day_of(last.lag_from) != today",
            "return (watermark or '') < today",
        ),
    ),
    _plant(
        "a next attempt that is days away is waited for",
        "settles",
        (
            "failures",
            "return not now_ms < failure.next_attempt_at <= now_ms + _LONGEST_PAUSE_MS + _CLOCKS_DIFFER_MS",
            "return failure.next_attempt_at <= now_ms",
        ),
    ),
    _plant(
        "what the merchant has taken over is handed over again",
        "never shipped by mistake",
        ("merge", " and not StoredOrder(item).taken_over:", ":"),
    ),
    _plant(
        "the redirect imports nothing",
        "no order is lost",
        (
            "confirm_order",
            "            if self._unknown_ids.is_on:\n",
            "            if order_id:\n",
        ),
    ),
    _plant(
        "the redirect tells the buyer that AWS has failed",
        "never silent",
        (
            "confirm_order",
            "        except Exception as exc:\n",
            "        except ZonosError as exc:\n",
        ),
        ("confirm_order", "import OrderNotFound,", "import ZonosError, OrderNotFound,"),
    ),
    _plant(
        "the lease of a clock that is ahead is believed",
        "settles",
        ("reconciliation_table", " OR #expires_at > :latest", ""),
        ("reconciliation_table", "            latest=expires_at + _CLOCKS_DIFFER_MS,\n", ""),
    ),
    _plant(
        "a bad order is tried again without a pause",
        "bounded",
        ("failures", "return int(min(_FIRST_PAUSE_MS", "return 0 * int(min(_FIRST_PAUSE_MS"),
    ),
    _plant(
        "a dry run writes",
        "dry",
        ("import_order", "if dry_run or not decision.writes:", "if not decision.writes:"),
    ),
    _plant(
        "an older state of Zonos's is taken for a newer one",
        "never backwards",
        ("merge", "if stored is not None and _is_older(fetched, stored):", "if False:"),
    ),
    _plant(
        "a review that could not be started is forgotten",
        "never twice",
        (
            "reviews",
            "        if review is None or review.generation != held.review_generation:\n"
            "            return True\n",
            "        if review is None:\n            return False\n",
        ),
    ),
    # The hand-over, the events, and what people decide.
    _plant(
        "a number that one answer of Zonos's lacks is forgotten",
        "never twice",
        (
            "merge",
            'if ours and ("taken_over_at" in before or not number):',
            'if ours and "taken_over_at" in before:',
        ),
        (
            "orders_table",
            '_NEVER_REMOVED = {"merchant_order_id", "taken_over_at"}',
            '_NEVER_REMOVED = {"taken_over_at"}',
        ),
    ),
    _plant(
        "another number takes an order over again",
        "never twice",
        ("hand_over", "if stored.merchant_order_id and not is_same and not force:", "if False:"),
    ),
    _plant(
        "Zonos is told a number before it is stored",
        "settles",
        (
            "order_desk",
            "            standing = decision.order and ",
            "            if decision.order and not decision.objections:\n"
            "                self._told(decision.order, deadline)\n"
            "            standing = decision.order and ",
        ),
    ),
    _plant(
        "what Zonos does not confirm counts as told",
        "settles",
        ("zonos_writes", 'if not answer.get("success"):', "if False:"),
    ),
    _plant(
        "a number is told only once",
        "settles",
        ("write_back", "left = waiting.keys() - self._tell(turns,", "left = waiting.keys() - self._tell([],"),
    ),
    _plant(
        "whether a parcel may leave is said from the table alone",
        "never shipped by mistake",
        (
            "order_desk",
            "        looked = self._look(order_id, deadline)\n"
            "        if looked.objections or looked.order is None:\n"
            "            return looked\n"
            "        objections = what_objects_to_shipping(",
            "        looked = DeskAnswer(order_id, True, order=self._orders.get(order_id))\n"
            "        if looked.objections or looked.order is None:\n"
            "            return looked\n"
            "        objections = what_objects_to_shipping(",
        ),
    ),
    _plant(
        "a cleared match is lifted whoever the buyer is now",
        "never shipped by mistake",
        (
            "clearance",
            'return bool(cleared.get("fingerprint")',
            'return True or bool(cleared.get("fingerprint")',
        ),
    ),
    _plant(
        "a buyer is cleared whom only the look at Zonos has brought",
        "never shipped by mistake",
        ("supervision", " or not is_seen:", ":"),
    ),
    _plant(
        "what was erased comes back with a restored table",
        "never leaking",
        ("erasures", "place = self._finish(place, deadline, swept)", "pass"),
    ),
    _plant(
        "a batch of changes is let go when some of it cannot be told",
        "never silent",
        (
            "publish_changes",
            "first_failed=records[min(failed)].sequence_number if failed else None",
            "first_failed=None",
        ),
    ),
    _plant(
        "an event tells the order",
        "never leaking",
        ("order_events", '"revision": order.revision,', '"revision": order.revision, "order": str(order),'),
    ),
    _plant(
        "a list without statuses is taken for one without changes",
        "settles",
        (
            "reconcile",
            "if is_first:\n                    self._ask",
            "if not self:\n                    self._ask",
        ),
    ),
    _plant(
        "the refresh looks at the same orders again and again",
        "settles",
        ("refresh", "if looked and looked[-1] != seen:", "if False:"),
    ),
)
