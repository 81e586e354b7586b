"""The processes of a benchmark: DynamoDB Local, Zonos, and instances of functions, floors and peers."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import IO, TYPE_CHECKING, Any, Self

import requests

from tests.bench.outside import FIRST, STORE, day_offset
from tests.dynamodb_local import DynamoDbLocal
from tests.sandbox.sam_template import ROOT, load_template
from zonos_orders.instants import day_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DAY_MS = 86_400_000
READY = "IGLOBAL_ORDER_IN_PROCESS"
ORDERS, RECONCILIATION = "OrdersTable", "ReconciliationTable"
_accounts = count(1)


@dataclass(frozen=True)
class Run:
    """One invocation. `seconds` by the wall, `cpu` of the instance's own; `started_cpu`: of its start.

    `counts`: what was printed, and when counting what AWS was asked."""

    seconds: float
    cpu: float
    started_cpu: float
    peak_mb: float
    counts: dict[str, float]
    metrics: list[str]
    answer: Any


class Instance:
    """A context manager: a running `tests.bench.instance`."""

    def __init__(self, name: str, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.instance", name],
            env=env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.metrics: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        _pipe(self._process.stdin).close()
        self._process.wait(30)
        _pipe(self._process.stdout).close()

    def __call__(self, event: Any, seconds: float = 900) -> Run:
        """Invoke once; `seconds` are left to the invocation."""
        pipe = _pipe(self._process.stdin)
        pipe.write(json.dumps({"event": event, "seconds": seconds}) + "\n")
        pipe.flush()
        line = _pipe(self._process.stdout).readline()
        if not line:
            raise RuntimeError("the instance has ended")
        run = Run(**json.loads(line))
        self.metrics.update(run.metrics)
        return run


class Account:
    """Empty tables of the real template, and the environment with which an instance finds them."""

    def __init__(self, stage: "Stage", **env: str) -> None:
        self._stage = stage
        name = f"bench{next(_accounts)}"
        self.client: DynamoDBClient = stage.dynamodb.client(name)
        for table in (ORDERS, RECONCILIATION):
            properties = load_template()["Resources"][table]["Properties"]
            keys = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
            wanted: Any = {key: properties[key] for key in keys if key in properties}
            self.client.create_table(TableName=table, **wanted)
        self._env = {
            "AWS_ACCESS_KEY_ID": name,
            "AWS_ENDPOINT_URL_DYNAMODB": stage.dynamodb.endpoint,
            **{f"AWS_ENDPOINT_URL_{one}": stage.url for one in ("SECRETS_MANAGER", "SFN", "EVENTBRIDGE")},
            "ZONOS_API_URL": stage.url,
            "ORDERS_TABLE": ORDERS,
            "RECONCILIATION_TABLE": RECONCILIATION,
            **env,
        }

    def instance(self, name: str, *, counts: bool = False) -> Instance:
        """Start an instance; with `counts` it counts what it asks of AWS, which takes time itself."""
        env = {**base_env(), **self._env, **({"BENCH_COUNTS": "1"} if counts else {})}
        instance = self._stage.running.enter_context(Instance(name, env))
        self._stage.instances.append(instance)
        return instance

    def know(self, numbers: Sequence[int], order_date: int, *, held: bool = False) -> None:
        """Store orders as known, READY or HELD. What is compared is in the index, so the orders are small."""
        item = _held if held else _item

        def store(start: int) -> None:
            puts: Any = [{"PutRequest": {"Item": item(n, order_date)}} for n in numbers[start : start + 25]]
            self.client.batch_write_item(RequestItems={ORDERS: puts})

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(store, range(0, len(numbers), 25)))

    def set_watermark(self, day: str) -> None:
        key = {"kind": {"S": "watermark"}, "id": {"S": STORE}}
        self.client.put_item(TableName=RECONCILIATION, Item={**key, "day": {"S": day}})


class Stage:
    """A context manager: everything runs until it ends."""

    def __init__(self) -> None:
        self.running = ExitStack()
        self.instances: list[Instance] = []
        self.now = time.time_ns() // 1_000_000
        self.today = day_of(self.now)

    def __enter__(self) -> Self:
        self.dynamodb = self.running.enter_context(DynamoDbLocal())
        self.url = self.running.enter_context(_outside())
        return self

    def __exit__(self, *_exc: object) -> None:
        self.running.close()

    def zonos(
        self,
        *,
        latency_ms: int = 0,
        listed: int = 0,
        status: str = READY,
        pad: int = 0,
        order_pad: int = 0,
        bare: bool = False,
        fresh: bool = False,
    ) -> None:
        """Set up what Zonos answers. The listed orders begin with number FIRST.

        They were made at the beginning of today and of the two days before; `fresh`: just now, and then.
        """
        date = self.now if fresh else self.now - self.now % _DAY_MS
        setup = {
            "latency_ms": latency_ms,
            "listed": [FIRST, listed],
            "status": status,
            "order_date": date,
            "pad": pad,
            "order_pad": order_pad,
            "bare": bare,
        }
        requests.post(f"{self.url}/setup", json=setup, timeout=60).raise_for_status()

    def zonos_calls(self) -> int:
        """Return how often Zonos was asked since it was set up."""
        calls: int = requests.post(f"{self.url}/calls", json={}, timeout=60).json()
        return calls

    def account(self, **env: str) -> Account:
        return Account(self, **env)

    def written_by_an_import(self) -> dict[str, Any]:
        """Return all attributes but the key of an order as an import leaves it, in DynamoDB's form."""
        account, order_id = self.account(), f"{STORE}-{FIRST}"
        account.instance("success_redirect")({"rawQueryString": f"orderId={order_id}", "headers": {}})
        item: dict[str, Any] = dict(
            account.client.get_item(TableName=ORDERS, Key={"order_id": {"S": order_id}})["Item"]
        )
        del item["order_id"]
        return item


def base_env() -> dict[str, str]:
    """Return what every instance and every fresh interpreter has."""
    return {
        "PATH": os.environ["PATH"],
        # awscrt: a part of the tests' boto3 that Lambda's does not have, and that takes a tenth of a start.
        "PYTHONPATH": os.pathsep.join(
            map(str, (ROOT / "tests/bench/as_on_lambda", ROOT / "layers/zonos_orders", ROOT))
        ),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "POWERTOOLS_SERVICE_NAME": "zonos-orders",
        "POWERTOOLS_METRICS_NAMESPACE": "ZonosOrders",
        "ZONOS_STORE_ID": STORE,
        "ZONOS_SECRET_NAME": "zonos",
        "ZONOS_API_URL": "https://api.iglobalstores.com",
        "ORDERS_TABLE": ORDERS,
        "RECONCILIATION_TABLE": RECONCILIATION,
        "REVIEW_LOOP_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:zonos-orders-review",
        "SHIP_FROM_DATE": "all",
        "ORDERS_BUS": "zonos-orders-orders",
        "EVENTS_FAILURE_QUEUE": "https://sqs.invalid/events",
        "REFRESH_CALLS_PER_RUN": "0",  # its calls are bounded by this parameter; the rest is measured
    }


def order_ids(first: int, how_many: int) -> list[str]:
    return [f"{STORE}-{number}" for number in range(first, first + how_many)]


@contextmanager
def _outside() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.outside"],
        env=base_env(),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield f"http://127.0.0.1:{int(_pipe(process.stdout).readline())}"
    finally:
        _pipe(process.stdin).close()
        process.wait(30)
        _pipe(process.stdout).close()


def _item(number: int, order_date: int) -> dict[str, Any]:
    date = order_date - order_date % _DAY_MS - day_offset(number) * _DAY_MS
    return {
        "order_id": {"S": f"{STORE}-{number}"},
        "revision": {"N": "1"},
        "zonos_status": {"S": READY},
        "disposition": {"S": "READY"},
        "hold_reasons": {"L": []},
        "status_changed_at": {"N": str(date)},
        "order_date": {"N": str(date)},
        "order_day": {"S": day_of(date)},
        "merchant_order_id": {"S": f"M-{number}"},
        "taken_over_at": {"S": "2026-01-01T00:00:00Z"},
    }


def _held(number: int, order_date: int) -> dict[str, Any]:
    item = _item(number, order_date)
    is_held = {
        "disposition": {"S": "HELD"},
        "hold_reasons": {"L": [{"S": "BEFORE_GO_LIVE"}]},
        "held_day": item["order_day"],
    }
    return item | is_held


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
