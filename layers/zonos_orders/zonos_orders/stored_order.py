"""One item of the Orders table: a public contract that merchants' own code reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zonos_orders.instants import ms_from_iso
from zonos_orders.status import in_review


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order as it stands in the table.

    `attributes` are the item's, with Zonos's `order` map always decoded under `order`, however it is stored.
    """

    attributes: Mapping[str, Any]

    def without_content(self) -> "StoredOrder":
        """Return the same without Zonos's `order` map, by far the largest part."""
        return StoredOrder({name: value for name, value in self.attributes.items() if name != "order"})

    @property
    def order_id(self) -> str:
        """The canonical order id."""
        return str(self.attributes["order_id"])

    @property
    def revision(self) -> int:
        """1 at the import; every write adds one."""
        return int(self.attributes["revision"])

    @property
    def zonos_status(self) -> str:
        """The status as Zonos sent it, empty when it sent none."""
        return str(self.attributes["zonos_status"])

    @property
    def disposition(self) -> str:
        """What the merchant may do."""
        return str(self.attributes["disposition"])

    @property
    def hold_reasons(self) -> Sequence[str]:
        """Why the order is held; empty unless it is."""
        return tuple(self.attributes["hold_reasons"])

    @property
    def status_changed_at(self) -> int | None:
        """Zonos's own time of the last status change, ms; None when it sent no plausible one."""
        value = self.attributes.get("status_changed_at")
        return None if value is None else int(value)

    @property
    def in_review(self) -> bool:
        """Whether a review loop watches this order."""
        return in_review(self.hold_reasons)

    @property
    def review_generation(self) -> int:
        """How many reviews the order has had, the present one included."""
        return int(self.attributes.get("review_generation", 0))

    @property
    def merchant_order_id(self) -> str:
        """The merchant's own order number, empty while it has none."""
        return str(self.attributes.get("merchant_order_id", ""))

    @property
    def taken_over_here(self) -> bool:
        """Whether the merchant has taken the order over from this table."""
        return "taken_over_at" in self.attributes

    @property
    def taken_over(self) -> bool:
        """Whether the merchant has the order already, by this system or by an older way."""
        return self.taken_over_here or self.merchant_order_id != ""

    @property
    def is_written_back(self) -> bool:
        """Whether Zonos knows the number that the order was taken over with."""
        return "write_back_day" not in self.attributes

    @property
    def is_erased(self) -> bool:
        """Whether the order's personal data has been erased, for good."""
        return "erased_at" in self.attributes

    def review_age_ms(self, now_ms: int) -> int:
        """Return how long the present review has lasted, in ms."""
        return max(0, now_ms - ms_from_iso(str(self.attributes["review_started_at"])))
