"""The one place where the use cases are put together from the settings."""

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
from zonos_orders.zonos_client import ZonosClient

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class Application:
    """The use cases of one deployment, made once per running instance and kept."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self._clock = clock or Clock()
        dynamodb = boto3.client("dynamodb", config=CLIENT_CONFIG)
        self._orders = OrdersTable(dynamodb, settings.orders_table, self._clock)
        self._table = ReconciliationTable(dynamodb, settings.reconciliation_table, self._clock)
        self._failures = FailureLog(self._table, self._clock)
        loops = ReviewLoops(_step_functions, settings.review_loop_arn)
        self._reviews = Reviews(loops, self._orders, self._table, settings.recheck_base_seconds, self._clock)
        secret = ApiSecret(settings.secret_name, self._clock)
        transport = HttpTransport(settings.import_concurrency)
        self._zonos = ZonosClient(transport, secret, settings.store_id, settings.api_url, self._clock)
        self._import = ImportOrder(self._zonos, self._orders, self._reviews, settings.policy, self._clock)

    @classmethod
    def from_env(cls) -> "Application":
        """Build from the environment; WrongSetting names the variable that is missing or wrong."""
        return cls(Settings.from_env())

    @property
    def clock(self) -> Clock:
        """The clock that everything here goes by."""
        return self._clock

    @cached_property
    def confirm_order(self) -> ConfirmOrder:
        """The success redirect's use case."""
        return ConfirmOrder(self._import, self._orders, self._failures, self.settings.store_id, self._clock)

    @cached_property
    def reconcile(self) -> Reconcile:
        """The reconciliation."""
        concurrency = self.settings.import_concurrency
        import_many = ImportMany(self._import, self._table, self._failures, concurrency)
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
