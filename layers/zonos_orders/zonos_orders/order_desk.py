"""The order desk: where the merchant's own systems take orders over, ask about them and report on them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from zonos_orders import zonos_writes
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import WriteContention, ZonosError, ZonosOrdersError, describe
from zonos_orders.hand_over import (
    BY,
    Objection,
    is_told,
    take_over,
    what_objects_to_progress,
    what_objects_to_shipping,
)
from zonos_orders.import_order import Imported, ImportOrder
from zonos_orders.merge import Outcome
from zonos_orders.orders_table import OrdersTable
from zonos_orders.status import ShippingPolicy
from zonos_orders.stored_order import StoredOrder
from zonos_orders.write_back import WriteBack
from zonos_orders.zonos_api import Call
from zonos_orders.zonos_client import ZonosClient

_ATTEMPTS = 3
_LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """What the desk did or found. `agreed`: it is so, or may be so; else `objections` says why not.

    `order` is the order as it stands now, None when there is none. `imports`: what the looks at Zonos did.
    `failure`: what went wrong on the way, in our own words.
    """

    order_id: str
    agreed: bool
    objections: tuple[str, ...] = ()
    order: StoredOrder | None = None
    imports: tuple[Imported, ...] = ()
    failure: str | None = None


class OrderDesk:
    """Everything here may be asked again: a repeated wish finds its own effect."""

    def __init__(
        self,
        zonos: ZonosClient,
        orders: OrdersTable,
        import_order: ImportOrder,
        write_back: WriteBack,
        policy: ShippingPolicy,
        clock: Clock,
    ) -> None:
        self._zonos = zonos
        self._orders = orders
        self._import = import_order
        self._write_back = write_back
        self._policy = policy
        self._clock = clock

    def take_over(self, order_id: str, number: str, deadline: Deadline, *, force: bool = False) -> DeskAnswer:
        """Take an order over under the merchant's own number, and tell Zonos the number.

        Of two who want it one gets it. Zonos not being told makes nothing undone: the reconciliation goes on
        telling it. Raises AwsError, and WriteContention when others were faster three times.
        """
        stored = self._orders.get(order_id)
        for _ in range(_ATTEMPTS):
            if stored is None:
                return DeskAnswer(order_id, agreed=False, objections=(Objection.NOT_IMPORTED,))
            decision = take_over(stored, number, self._policy, self._clock.now_ms(), force=force)
            standing = decision.order and self._orders.replace(stored.revision, decision.order)
            if standing is decision.order:
                after = standing or stored
                if decision.objections:
                    return DeskAnswer(order_id, agreed=False, objections=decision.objections, order=after)
                return self._told(after, deadline)
            stored = standing
        raise WriteContention("other writers were faster three times in a row")

    def may_ship(self, order_id: str, deadline: Deadline) -> DeskAnswer:
        """Say whether a parcel of this order may leave now: what is stored, after a look at Zonos.

        No when Zonos cannot be asked. The look is written down like any other. Raises AwsError.
        """
        looked = self._look(order_id, deadline)
        if looked.objections or looked.order is None:
            return looked
        objections = what_objects_to_shipping(looked.order)
        return replace(looked, agreed=not objections, objections=objections)

    def set_status(self, order_id: str, status: str, deadline: Deadline) -> DeskAnswer:
        """Tell Zonos how far the merchant got: one of `VENDOR_STATUSES`. Raises AwsError."""
        call = zonos_writes.update_vendor_order_status(order_id, status)
        return self._progress(order_id, call, deadline, status=status)

    def set_tracking(self, order_id: str, numbers: Sequence[str], deadline: Deadline) -> DeskAnswer:
        """Tell Zonos the tracking numbers of an order. Raises AwsError."""
        call = zonos_writes.set_shipment_tracking(order_id, numbers)
        return self._progress(order_id, call, deadline)

    def _told(self, taken: StoredOrder, deadline: Deadline) -> DeskAnswer:
        if taken.is_written_back:
            return DeskAnswer(taken.order_id, agreed=True, order=taken)
        try:
            told = self._write_back(taken, BY, deadline)
        except ZonosOrdersError as exc:  # recorded, and tried again by the reconciliation
            return DeskAnswer(taken.order_id, agreed=True, order=taken, failure=describe(exc))
        return DeskAnswer(taken.order_id, agreed=True, order=told)

    def _look(self, order_id: str, deadline: Deadline) -> DeskAnswer:
        """Look at Zonos; the answer objects when that taught nothing."""
        stored = self._orders.get(order_id)
        if stored is None:
            return DeskAnswer(order_id, agreed=False, objections=(Objection.NOT_IMPORTED,))
        try:
            imported = self._import(order_id, BY, deadline.at_most(_LOOK_SECONDS))
        except (ZonosError, WriteContention) as exc:
            return DeskAnswer(
                order_id,
                agreed=False,
                objections=(Objection.ZONOS_DID_NOT_SAY,),
                order=stored,
                failure=describe(exc),
            )
        if imported.outcome is Outcome.STALE:
            objections = (Objection.ZONOS_DID_NOT_SAY,)
            return DeskAnswer(
                order_id, agreed=False, objections=objections, order=stored, imports=(imported,)
            )
        return DeskAnswer(order_id, agreed=True, order=imported.order, imports=(imported,))

    def _progress(
        self, order_id: str, call: Call, deadline: Deadline, *, status: str | None = None
    ) -> DeskAnswer:
        looked = self._look(order_id, deadline)
        if looked.objections or looked.order is None or is_told(looked.order, status):
            return looked
        objections = what_objects_to_progress(looked.order, changes_status=status is not None)
        if objections:
            return replace(looked, agreed=False, objections=objections)
        try:
            self._zonos.tell(call, deadline.at_most(_LOOK_SECONDS))
        except ZonosError as exc:
            said = (Objection.ZONOS_DID_NOT_SAY,)
            return replace(looked, agreed=False, objections=said, failure=describe(exc))
        with suppress(ZonosOrdersError):  # told it is; the next reconciliation sees the new status
            after = self._import(order_id, BY, deadline.at_most(_LOOK_SECONDS))
            return replace(looked, order=after.order, imports=(*looked.imports, after))
        return looked
