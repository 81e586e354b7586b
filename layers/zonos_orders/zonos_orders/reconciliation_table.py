"""The Reconciliation table in DynamoDB: watermark, lease, failures, reviews and the last run.

Key `kind` + `id`. Nothing in it decides about an order: losing all of it costs time, not orders.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from zonos_orders.attribute_values import Encoder, plain_value
from zonos_orders.aws import aws_errors, batch_get, error_code, in_time
from zonos_orders.clock import Clock, Deadline

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.literals import ReturnValueType
    from mypy_boto3_dynamodb.type_defs import UpdateItemOutputTypeDef

T = TypeVar("T")
_KNOW_NO_RECORD = ("success_redirect", "recheck", "order_desk")
_CLOCKS_DIFFER_MS = 60_000
_AHEAD_MS = 3_600_000  # what is later than this was noted by a clock that was ahead, and is overwritten


@dataclass(frozen=True, slots=True)
class Failure:
    """An order that could not be imported, or not be told to Zonos. Times are epoch ms.

    `strikes` counts the failures that were the order's own, and so lengthen its pause. `reported_by`: who
    reported it first. `listed_status`: what the listing said when its status disagreed, else empty.
    `was_listed`: Zonos has named it, so it is an order, and no number that somebody made up.
    `first_failed_at` is known of what was read.
    """

    order_id: str
    error: str
    strikes: int
    reported_by: str
    last_failed_at: int
    next_attempt_at: int
    listed_status: str = ""
    was_listed: bool = False
    first_failed_at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Review:
    """What the review loop of an order last noted. Times are epoch ms."""

    generation: int
    next_look_at: int


@dataclass(frozen=True, slots=True)
class Run:
    """The newest scheduled run. Times are epoch ms; `lag_from` as `note_run` returns it."""

    started_at: int
    lag_from: int
    summary: Mapping[str, Any]


class ReconciliationTable:
    """Reads and conditional writes. Every method raises AwsUnavailable or AwsRefused."""

    def __init__(self, client: "DynamoDBClient", table_name: str, clock: Clock) -> None:
        self._client = client
        self._table = table_name
        self._clock = clock

    def watermark(self, store_id: str) -> str | None:
        """Return the UTC day `yyyymmdd` of the last clean reconciliation, None before the first."""
        with aws_errors("read the watermark"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key("watermark", store_id), ConsistentRead=True
            )
        item = answer.get("Item")
        return item["day"]["S"] if item else None

    def raise_watermark(self, store_id: str, day: str) -> None:
        """Move the watermark to `day`; it never falls."""
        self._update("watermark", store_id, {"day": day}, "attribute_not_exists(#day) OR #day < :day")

    def take_lease(self, owner: str, now_ms: int, expires_at: int) -> bool:
        """Take the lease for `owner` until `expires_at` (ms). False while another owner holds it.

        One that outlasts what is asked for now was taken by a clock that is ahead, and is not believed: its
        owner may have been killed, and nobody else would reconcile until then.
        """
        answer = self._update(
            "lease",
            "reconcile",
            {"owner": owner, "expires_at": expires_at},
            "attribute_not_exists(#owner) OR #expires_at <= :now OR #expires_at > :latest OR #owner = :owner",
            now=now_ms,
            latest=expires_at + _CLOCKS_DIFFER_MS,
        )
        return answer is not None

    def release_lease(self, owner: str) -> None:
        """Give the lease back, unless somebody else holds it by now."""
        self._delete("lease", "reconcile", "#owner = :owner", owner=owner)

    def refresh_place(self, store_id: str) -> tuple[str, str] | None:
        """Return where the rolling refresh is: the day and the id of the last order; None before it began."""
        with aws_errors("read the refresh"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key("refresh", store_id), ConsistentRead=True
            )
        item = _plain(answer.get("Item", {}))
        return (item["day"], item["order_id"]) if item else None

    def move_refresh(self, store_id: str, seen: tuple[str, str] | None, place: tuple[str, str]) -> None:
        """Move the refresh from where it was seen to `place`, unless another run has moved it meanwhile."""
        condition = "attribute_not_exists(#day)"
        been: dict[str, Any] = {}
        if seen:
            condition = "#day = :seen_day AND #order_id = :seen_order_id"
            been = {"seen_day": seen[0], "seen_order_id": seen[1]}
        self._update("refresh", store_id, {"day": place[0], "order_id": place[1]}, condition, **been)

    def note_failure(self, failure: Failure, kind: str = "failure") -> None:
        """Record that an order could not be imported; its attempts are counted here, its strikes are not.

        `kind`, here and below: which work it is that failed, `failure` for imports, `write_back` for numbers
        that Zonos does not know yet.

        The reconciliation alone knows the record so far: what others report leaves its strikes and its pace
        as they are, or a review loop's looks would make each failure the first one.
        """
        pace = {"strikes": failure.strikes, "next_attempt_at": failure.next_attempt_at}
        knows_the_record = failure.reported_by not in _KNOW_NO_RECORD
        kept = (
            "" if knows_the_record else "".join(f", #{one} = if_not_exists(#{one}, :{one})" for one in pace)
        )
        self._update(
            kind,
            failure.order_id,
            {
                "error": failure.error,
                "last_failed_at": failure.last_failed_at,
                "listed_status": failure.listed_status,
                **({"was_listed": True} if failure.was_listed else {}),  # once it was, it stays so
                **(pace if knows_the_record else {}),
            },
            "attribute_not_exists(#last_failed_at) OR #last_failed_at <= :last_failed_at"
            " OR #last_failed_at > :believable",
            also="#first_failed_at = if_not_exists(#first_failed_at, :last_failed_at)"
            ", #reported_by = if_not_exists(#reported_by, :reported_by)"
            f", #attempts = if_not_exists(#attempts, :zero) + :one{kept}",
            strikes=failure.strikes,
            next_attempt_at=failure.next_attempt_at,
            believable=failure.last_failed_at + _AHEAD_MS,
            reported_by=failure.reported_by,
            zero=0,
            one=1,
        )

    def failures(self, deadline: Deadline | None = None, kind: str = "failure") -> dict[str, Failure]:
        """Return every open failure by order id; AwsUnavailable when there is more to read at `deadline`."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="kind = :kind",
            ExpressionAttributeValues={":kind": {"S": kind}},
        )
        with aws_errors("read the failures"):
            items = [_plain(item) for page in in_time(pages, deadline) for item in page["Items"]]
        return {
            item["id"]: Failure(
                order_id=item["id"],
                error=item.get("error", ""),
                strikes=int(item.get("strikes", 0)),
                reported_by=item.get("reported_by", ""),
                last_failed_at=int(item.get("last_failed_at", 0)),
                next_attempt_at=int(item.get("next_attempt_at", 0)),
                listed_status=item.get("listed_status", ""),
                was_listed=item.get("was_listed", False),
                first_failed_at=int(item.get("first_failed_at", 0)),
            )
            for item in items
        }

    def clear_failure(self, failure: Failure, kind: str = "failure") -> None:
        """Close a failure, unless it has failed again since it was read."""
        self._delete(kind, failure.order_id, "#last_failed_at = :seen", seen=failure.last_failed_at)

    def note_review(
        self, order_id: str, generation: int, outcome: str, now_ms: int, next_look_at: int
    ) -> None:
        """Note that the review of this generation has looked, and when it looks next."""
        self._update(
            "review",
            order_id,
            {
                "generation": generation,
                "outcome": outcome,
                "last_looked_at": now_ms,
                "next_look_at": next_look_at,
            },
            "attribute_not_exists(#generation) OR #generation <= :generation",
        )

    def reviews(self, order_ids: Iterable[str], deadline: Deadline | None = None) -> dict[str, Review]:
        """Return what is noted of the reviews of these orders; AwsUnavailable as above."""
        items = batch_get(
            self._client,
            self._table,
            [_key("review", order_id) for order_id in dict.fromkeys(order_ids)],
            "id, generation, next_look_at",
            self._clock,
            deadline,
        )
        return {
            item["id"]: Review(int(item.get("generation", 0)), int(item.get("next_look_at", 0)))
            for item in map(_plain, items)
        }

    def note_run(self, started_at: int, summary: Mapping[str, Any], *, is_clean: bool = False) -> int | None:
        """Keep the summary of the newest scheduled run.

        Returns when the last clean run began, in ms, this one included; before the first clean run, when the
        first of all began. None when a newer run has been noted.
        """
        lag_from = ":started_at" if is_clean else "if_not_exists(#lag_from, :started_at)"
        answer = self._update(
            "run",
            "reconcile",
            {"started_at": started_at, "summary": dict(summary)},
            "attribute_not_exists(#started_at) OR #started_at <= :started_at OR #started_at > :believable",
            also=f"#lag_from = {lag_from}",
            returns="ALL_NEW",
            believable=started_at + _AHEAD_MS,
        )
        if answer is None:
            return None
        return int(_plain(answer.get("Attributes", {})).get("lag_from", started_at))

    def last_run(self) -> Run | None:
        """Return the newest scheduled run, None before the first."""
        with aws_errors("read the last run"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key("run", "reconcile"), ConsistentRead=True
            )
        item = _plain(answer.get("Item", {}))
        if not item:
            return None
        started_at = int(item["started_at"])
        return Run(started_at, int(item.get("lag_from", started_at)), item["summary"])

    def _update(
        self,
        kind: str,
        item_id: str,
        attributes: Mapping[str, Any],
        condition: str,
        *,
        also: str = "",
        returns: "ReturnValueType" = "NONE",
        **more_values: Any,
    ) -> "UpdateItemOutputTypeDef | None":
        """SET attributes under a condition and return the answer; None when the condition does not hold."""
        update = (
            "SET " + ", ".join(f"#{name} = :{name}" for name in attributes) + (f", {also}" if also else "")
        )
        values = {f":{name}": value for name, value in {**attributes, **more_values}.items()}
        return self._conditionally(
            f"write the {kind}",
            lambda: self._client.update_item(
                TableName=self._table,
                Key=_key(kind, item_id),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=_names(update + condition),
                ExpressionAttributeValues=_typed(values),
                ReturnValues=returns,
            ),
        )

    def _delete(self, kind: str, item_id: str, condition: str, **values: Any) -> None:
        self._conditionally(
            f"delete the {kind}",
            lambda: self._client.delete_item(
                TableName=self._table,
                Key=_key(kind, item_id),
                ConditionExpression=condition,
                ExpressionAttributeNames=_names(condition),
                ExpressionAttributeValues=_typed({f":{name}": value for name, value in values.items()}),
            ),
        )

    def _conditionally(self, action: str, write: Callable[[], T]) -> T | None:
        with aws_errors(action):
            try:
                return write()
            except ClientError as exc:
                if error_code(exc) != "ConditionalCheckFailedException":
                    raise
        return None


def _key(kind: str, item_id: str) -> Any:
    return {"kind": {"S": kind}, "id": {"S": item_id}}


def _names(expression: str) -> dict[str, str]:
    return {f"#{name}": name for name in re.findall(r"#([a-z_]+)", expression)}


def _typed(values: Mapping[str, Any]) -> Any:
    return {name: Encoder().typed(value) for name, value in values.items()}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain_value(value) for name, value in item.items()}
