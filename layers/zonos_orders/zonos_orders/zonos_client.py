"""Ask Zonos: the protocol over the transport, with the one layer of retries and the rotating secret."""

import random
from typing import Any, Protocol

from zonos_orders import zonos_api
from zonos_orders.clock import Clock, Deadline
from zonos_orders.errors import BadCredentials, InvalidInput, UnexpectedAnswer, ZonosTooSlow, ZonosUnavailable
from zonos_orders.listing import Listing, read_listing
from zonos_orders.order import Order, own_order_id, own_reference_id
from zonos_orders.order_id import canonical_order_id
from zonos_orders.zonos_api import Call, HttpAnswer, HttpRequest, order_of
from zonos_orders.zonos_writes import check_success

_ATTEMPTS = 3
_FIRST_PAUSE_SECONDS = 0.2


class Transport(Protocol):
    """Whatever can POST within a deadline."""

    def post(self, request: HttpRequest, deadline: Deadline) -> HttpAnswer:
        """Return the answer, whatever its status."""


class Secret(Protocol):
    """Whatever knows the API secret."""

    def current(self) -> str:
        """Return the secret, as remembered."""

    def refresh(self) -> str:
        """Return the secret, fetched afresh."""


class ZonosClient:
    """The calls of the vendor's API for one store."""

    def __init__(
        self, transport: Transport, secret: Secret, store_id: str, base_url: str, clock: Clock
    ) -> None:
        self._transport = transport
        self._secret = secret
        self._store_id = store_id
        self._base_url = base_url
        self._clock = clock

    def order(self, order_id: str, deadline: Deadline) -> Order:
        """Fetch the order with this canonical id.

        Raises OrderNotFound, and whatever else of ZonosError can happen; UnexpectedAnswer also when the
        answer is about another order than asked.
        """
        content = order_of(self._ask(zonos_api.order_detail(order_id=order_id), deadline))
        own = own_order_id(content)
        if own is None:
            raise UnexpectedAnswer("the order in the answer bears no order id")
        if self._canonical(own) != order_id:
            raise UnexpectedAnswer("the answer is about another order than the one asked for")
        return Order.read(content, order_id, self._clock.now_ms())

    def order_id_of_reference(self, reference_id: str, deadline: Deadline) -> str:
        """Find the canonical id of the order that was paid from the merchant's cart `reference_id`."""
        content = order_of(self._ask(zonos_api.order_detail(reference_id=reference_id), deadline))
        if own_reference_id(content) != reference_id:
            raise UnexpectedAnswer("the answer is about another reference than the one asked for")
        return self._canonical(own_order_id(content))

    def orders(self, call: Call, deadline: Deadline) -> Listing:
        """List what an `order_numbers` call asks for."""
        return read_listing(self._ask(call, deadline), self._store_id)

    def tell(self, call: Call, deadline: Deadline) -> None:
        """Make one of the calls of `zonos_writes`; returns when Zonos has confirmed it.

        Raises whatever of ZonosError can happen; after ZonosUnavailable Zonos may have taken it all the same.
        """
        check_success(self._ask(call, deadline))

    def _canonical(self, own: object) -> str:
        try:
            return canonical_order_id(own, self._store_id)
        except InvalidInput as exc:
            raise UnexpectedAnswer("the order in the answer bears no order id of this store") from exc

    def _ask(self, call: Call, deadline: Deadline) -> Any:
        secret = self._secret.current()
        try:
            return self._ask_with(secret, call, deadline)
        except BadCredentials:
            # It may have been rotated since it was remembered.
            fresh = self._secret.refresh()
            if fresh == secret:
                raise
        return self._ask_with(fresh, call, deadline)

    def _ask_with(self, secret: str, call: Call, deadline: Deadline) -> Any:
        request = zonos_api.build_request(call, self._base_url, self._store_id, secret)
        attempt = 0
        while True:
            attempt += 1
            try:
                return zonos_api.read_answer(self._transport.post(request, deadline))
            except ZonosTooSlow:
                raise
            except ZonosUnavailable as exc:
                pause = _pause(attempt, exc.retry_after)
                if attempt == _ATTEMPTS or pause >= deadline.remaining():
                    raise
                self._clock.sleep(pause)


def _pause(attempt: int, retry_after: float | None) -> float:
    """Return seconds: exponential with jitter, longer when Zonos asks for it."""
    backoff: float = _FIRST_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311 - no cryptography
    return max(backoff, retry_after or 0.0)
