"""The one place where the use cases are put together from the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3

from zonos_orders.aws import CLIENT_CONFIG
from zonos_orders.clock import Clock
from zonos_orders.confirm_order import ConfirmOrder
from zonos_orders.failures import FailureLog
from zonos_orders.http_transport import HttpTransport
from zonos_orders.import_many import ImportMany
from zonos_orders.import_order import ImportOrder
from zonos_orders.orders_table import OrdersTable
from zonos_orders.recheck import Recheck
from zonos_orders.reconcile import Reconcile
from zonos_orders.reconciliation_table import ReconciliationTable
from zonos_orders.review_loops import ReviewLoops
from zonos_orders.reviews import Reviews
from zonos_orders.secret import ApiSecret
from zonos_orders.settings import Settings
from zonos_orders.threads import Threads
from zonos_orders.zonos_client import Secret, Transport, ZonosClient

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class Outside:
    """All that the use cases touch outside this package: a simulation hands in another world."""

    clock: Clock
    threads: Threads
    dynamodb: "DynamoDBClient"
    step_functions: "Callable[[], SFNClient]"
    secret: Secret
    transport: Transport

    @classmethod
    def real(cls, settings: Settings, clock: Clock) -> "Outside":
        """Return the machine, AWS and Zonos."""
        return cls(
            clock,
            Threads(),
            boto3.client("dynamodb", config=CLIENT_CONFIG),
            _step_functions,
            ApiSecret(settings.secret_name, clock),
            HttpTransport(settings.import_concurrency),
        )


class Application:
    """The use cases of one deployment, made once per running instance and kept."""

    def __init__(self, settings: Settings, outside: Outside) -> None:
        self.settings = settings
        self._clock = outside.clock
        self._threads = outside.threads
        self._orders = OrdersTable(outside.dynamodb, settings.orders_table, self._clock)
        self._table = ReconciliationTable(outside.dynamodb, settings.reconciliation_table, self._clock)
        self._failures = FailureLog(self._table, self._clock)
        loops = ReviewLoops(outside.step_functions, settings.review_loop_arn)
        self._reviews = Reviews(loops, self._orders, self._table, settings.recheck_base_seconds, self._clock)
        self._zonos = ZonosClient(
            outside.transport, outside.secret, settings.store_id, settings.api_url, self._clock
        )
        self._import = ImportOrder(
            self._zonos,
            self._orders,
            self._reviews,
            settings.policy,
            self._clock,
            drop_sensitive=settings.drop_sensitive,
        )

    @classmethod
    def from_env(cls) -> "Application":
        """Build from the environment; WrongSetting names the variable that is missing or wrong."""
        settings = Settings.from_env()
        return cls(settings, Outside.real(settings, Clock()))

    @property
    def clock(self) -> Clock:
        """The clock that everything here goes by."""
        return self._clock

    @cached_property
    def confirm_order(self) -> ConfirmOrder:
        """The success redirect's use case."""
        store_id = self.settings.store_id
        return ConfirmOrder(self._import, self._orders, self._failures, store_id, self._clock, self._threads)

    @cached_property
    def reconcile(self) -> Reconcile:
        """The reconciliation."""
        concurrency = self.settings.import_concurrency
        import_many = ImportMany(self._import, self._table, self._failures, concurrency, self._threads)
        return Reconcile(
            self._zonos,
            self._orders,
            self._table,
            self._reviews,
            import_many,
            self.settings.store_id,
            self.settings.initial_lookback_days,
            self._clock,
        )

    @cached_property
    def recheck(self) -> Recheck:
        """One look of a review loop."""
        base_seconds = self.settings.recheck_base_seconds
        return Recheck(self._import, self._orders, self._table, self._failures, base_seconds, self._clock)


def _step_functions() -> "SFNClient":
    return boto3.client("stepfunctions", config=CLIENT_CONFIG)
