"""The one place where the use cases are put together from the settings.

A class is imported where it is made, so that an instance of a function loads what its own use case needs and
nothing of the others' (docs/benchmarks.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3

from zonos_orders.aws import CLIENT_CONFIG, DYNAMODB_CONFIG
from zonos_orders.clock import Clock
from zonos_orders.orders_table import OrdersTable
from zonos_orders.settings import Settings, WrongSetting
from zonos_orders.threads import Threads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_stepfunctions import SFNClient

    from zonos_orders.backfill import Backfill
    from zonos_orders.confirm_order import ConfirmOrder
    from zonos_orders.desk_status import DeskStatus
    from zonos_orders.erasure_records import ErasureRecords
    from zonos_orders.erasures import Erasures
    from zonos_orders.event_bus import EventsClient
    from zonos_orders.failure_queue import QueueClient
    from zonos_orders.failures import FailureLog
    from zonos_orders.import_listed import ImportListed
    from zonos_orders.import_many import ImportMany
    from zonos_orders.import_order import ImportOrder
    from zonos_orders.order_desk import OrderDesk
    from zonos_orders.order_supervisor import OrderSupervisor
    from zonos_orders.publish_changes import PublishChanges
    from zonos_orders.recheck import Recheck
    from zonos_orders.reconcile import Reconcile
    from zonos_orders.reconciliation_table import ReconciliationTable
    from zonos_orders.refresh import Refresh
    from zonos_orders.reviews import Reviews
    from zonos_orders.second_net import SecondNet
    from zonos_orders.timed_transport import TimedTransport
    from zonos_orders.write_back import WriteBack
    from zonos_orders.zonos_client import Secret, Transport, ZonosClient


@dataclass(frozen=True, slots=True)
class Outside:
    """All that the use cases touch outside this package: a simulation hands in another world.

    What is a callable is made when it is first needed, and once.
    """

    clock: Clock
    threads: Threads
    dynamodb: "DynamoDBClient"
    step_functions: "Callable[[], SFNClient]"
    events: "Callable[[], EventsClient]"
    queue: "Callable[[], QueueClient]"
    secret: "Callable[[], Secret]"
    transport: "Callable[[], Transport]"

    @classmethod
    def real(cls, settings: Settings, clock: Clock) -> "Outside":
        """Return the machine, AWS and Zonos."""
        return cls(
            clock,
            Threads(),
            boto3.client("dynamodb", config=DYNAMODB_CONFIG),
            lambda: boto3.client("stepfunctions", config=CLIENT_CONFIG),
            lambda: boto3.client("events", config=CLIENT_CONFIG),
            lambda: boto3.client("sqs", config=CLIENT_CONFIG),
            lambda: _secret(settings, clock),
            lambda: _transport(settings),
        )


def _secret(settings: Settings, clock: Clock) -> "Secret":
    from zonos_orders.secret import ApiSecret

    return ApiSecret(
        lambda: boto3.client("secretsmanager", config=CLIENT_CONFIG), settings.secret_name, clock
    )


def _transport(settings: Settings) -> "Transport":
    from zonos_orders.http_transport import HttpTransport

    return HttpTransport(settings.import_concurrency)


class Application:
    """The use cases of one deployment, made once per running instance and kept.

    A handler asks for its own while its instance starts: what it needs is loaded before the first event.
    """

    def __init__(self, settings: Settings, outside: Outside) -> None:
        self.settings = settings
        self._clock = outside.clock
        self._outside = outside
        self._threads = outside.threads
        self._orders = OrdersTable(outside.dynamodb, settings.orders_table, self._clock)

    @classmethod
    def from_env(cls) -> "Application":
        """Build from the environment; WrongSetting names the variable that is missing or wrong."""
        settings = Settings.from_env()
        return cls(settings, Outside.real(settings, Clock()))

    @property
    def clock(self) -> Clock:
        """The clock that everything here goes by."""
        return self._clock

    def take_zonos_milliseconds(self) -> list[int]:
        """Return how long Zonos took over each of the latest calls, since this was last asked."""
        return self._transport.take_milliseconds()

    # Use cases

    @cached_property
    def confirm_order(self) -> "ConfirmOrder":
        """The success redirect's use case."""
        from zonos_orders.confirm_order import ConfirmOrder

        store_id = self.settings.store_id
        return ConfirmOrder(self._import, self._orders, self._failures, store_id, self._clock, self._threads)

    @cached_property
    def recheck(self) -> "Recheck":
        """One look of a review loop."""
        from zonos_orders.recheck import Recheck

        base_seconds = self.settings.recheck_base_seconds
        return Recheck(self._import, self._orders, self._table, self._failures, base_seconds, self._clock)

    @cached_property
    def reconcile(self) -> "Reconcile":
        """The reconciliation."""
        return self._reconcile

    @cached_property
    def retry_failures(self) -> "Reconcile":
        """The same, for the order desk."""
        return self._reconcile

    @cached_property
    def backfill(self) -> "Backfill":
        """A slice of a backlog, and the plan of all of them."""
        from zonos_orders.backfill import Backfill

        return Backfill(self._zonos, self._import_listed, self._clock)

    @cached_property
    def order_desk(self) -> "OrderDesk":
        """What the merchant's own systems ask for."""
        from zonos_orders.order_desk import OrderDesk

        policy = self.settings.policy
        return OrderDesk(self._zonos, self._orders, self._import, self._write_back, policy, self._clock)

    @cached_property
    def desk_status(self) -> "DeskStatus":
        """How everything stands."""
        from zonos_orders.desk_status import DeskStatus

        return DeskStatus(self._orders, self._table, self.settings.store_id, self._clock)

    @cached_property
    def order_supervisor(self) -> "OrderSupervisor":
        """What named people decide about single orders."""
        from zonos_orders.order_supervisor import OrderSupervisor

        return OrderSupervisor(
            self._orders, self._import, self._reviews, self._erased, self.settings.policy, self._clock
        )

    @cached_property
    def publish_changes(self) -> "PublishChanges":
        """What tells the bus; WrongSetting where no bus, or no queue for what cannot be told, is named."""
        from zonos_orders.event_bus import EventBus
        from zonos_orders.failure_queue import FailureQueue
        from zonos_orders.publish_changes import PublishChanges

        if not self.settings.orders_bus:
            raise WrongSetting("the environment variable ORDERS_BUS is missing: the name of an event bus")
        if not self.settings.events_failure_queue:
            raise WrongSetting("the environment variable EVENTS_FAILURE_QUEUE is missing: a queue's address")
        bus = EventBus(self._outside.events, self.settings.orders_bus, self._clock)
        queue = FailureQueue(self._outside.queue, self.settings.events_failure_queue)
        return PublishChanges(bus, self._orders, queue, self._clock)

    # What they are made of

    @cached_property
    def _reconcile(self) -> "Reconcile":
        from zonos_orders.reconcile import Reconcile

        return Reconcile(
            self._zonos,
            self._orders,
            self._table,
            self._reviews,
            self._import_many,
            self._import_listed,
            self._second_net,
            self._write_back,
            self._refresh,
            self._erasures,
            self.settings.store_id,
            self.settings.initial_lookback_days,
            self._clock,
        )

    @cached_property
    def _import(self) -> "ImportOrder":
        from zonos_orders.import_order import ImportOrder

        return ImportOrder(
            self._zonos,
            self._orders,
            self._reviews,
            self._erased,
            self.settings.policy,
            self._clock,
            drop_sensitive=self.settings.drop_sensitive,
            keep_days=self.settings.personal_data_retention_days,
        )

    @cached_property
    def _import_listed(self) -> "ImportListed":
        from zonos_orders.import_listed import ImportListed

        return ImportListed(self._orders, self._table, self._import_many, self._clock, self._threads)

    @cached_property
    def _import_many(self) -> "ImportMany":
        from zonos_orders.import_many import ImportMany

        concurrency = self.settings.import_concurrency
        return ImportMany(self._import, self._table, self._failures, self._erased, concurrency, self._threads)

    @cached_property
    def _second_net(self) -> "SecondNet":
        from zonos_orders.order_list import OrderList
        from zonos_orders.second_net import SecondNet

        return SecondNet(
            OrderList(self._zonos),
            self._orders,
            self._table,
            self._import_many,
            self._write_back,
            is_used=self.settings.uses_merchant_order_ids,
        )

    @cached_property
    def _refresh(self) -> "Refresh":
        from zonos_orders.refresh import Refresh

        return Refresh(
            self._orders,
            self._table,
            self._import_many,
            self.settings.store_id,
            self.settings.refresh_days,
            self.settings.refresh_calls_per_run,
            self._clock,
        )

    @cached_property
    def _erasures(self) -> "Erasures":
        from zonos_orders.erasures import Erasures

        keep_days = self.settings.personal_data_retention_days
        return Erasures(self._orders, self._erased, self.settings.policy, keep_days, self._clock)

    @cached_property
    def _write_back(self) -> "WriteBack":
        from zonos_orders.write_back import WriteBack

        return WriteBack(self._zonos, self._orders, self._table, self._clock)

    @cached_property
    def _reviews(self) -> "Reviews":
        from zonos_orders.review_loops import ReviewLoops
        from zonos_orders.reviews import Reviews

        loops = ReviewLoops(self._outside.step_functions, self.settings.review_loop_arn)
        return Reviews(loops, self._orders, self._table, self.settings.recheck_base_seconds, self._clock)

    @cached_property
    def _zonos(self) -> "ZonosClient":
        from zonos_orders.zonos_client import ZonosClient

        settings = self.settings
        return ZonosClient(
            self._transport, self._outside.secret(), settings.store_id, settings.api_url, self._clock
        )

    @cached_property
    def _transport(self) -> "TimedTransport":
        from zonos_orders.timed_transport import TimedTransport

        return TimedTransport(self._outside.transport(), self._clock)

    @cached_property
    def _table(self) -> "ReconciliationTable":
        from zonos_orders.reconciliation_table import ReconciliationTable

        return ReconciliationTable(self._outside.dynamodb, self.settings.reconciliation_table, self._clock)

    @cached_property
    def _failures(self) -> "FailureLog":
        from zonos_orders.failures import FailureLog

        return FailureLog(self._table, self._clock)

    @cached_property
    def _erased(self) -> "ErasureRecords":
        from zonos_orders.erasure_records import ErasureRecords

        return ErasureRecords(self._outside.dynamodb, self.settings.reconciliation_table, self._clock)
