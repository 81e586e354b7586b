"""What the engines of the table tests refuse as AWS does, and what must not be believed of them."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.engines import WRONGLY_ACCEPTED, on_real_engines
from tests.world import create_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY: Any = {"order_id": {"S": "999-1"}}
TEXT: Any = {"S": "text"}
WRITERS = 8


@pytest.fixture(scope="module")
def client(dynamodb: "DynamoDBClient") -> "DynamoDBClient":
    create_table(dynamodb, "OrdersTable")
    return dynamodb


def put(client: "DynamoDBClient", **attributes: Any) -> None:
    client.put_item(TableName="OrdersTable", Item=KEY | attributes)


def update(client: "DynamoDBClient", expression: str, **options: Any) -> None:
    client.update_item(TableName="OrdersTable", Key=KEY, UpdateExpression=expression, **options)


def nested(levels: int) -> Any:
    value = TEXT
    for _ in range(levels):
        value = {"L": [value]}
    return value


REFUSED_BY_AWS: "Mapping[str, Callable[[DynamoDBClient], object]]" = {
    "39 digits": lambda client: put(client, n={"N": "1" * 39}),
    "a number of 1E126": lambda client: put(client, n={"N": "1E126"}),
    "a number of 1E-131": lambda client: put(client, n={"N": "1E-131"}),
    "no number": lambda client: put(client, n={"N": "NaN"}),
    "over 32 levels": lambda client: put(client, n=nested(33)),
    "over 400 KB": lambda client: put(client, n={"S": "x" * 409_600}),
    "a key without a name": lambda client: put(client, n={"M": {"": TEXT}}),
    "an index key of another type": lambda client: put(client, order_day={"N": "20260101"}),
    "an empty index key": lambda client: put(client, order_day={"S": ""}),
    "an index key of another type, by an update": lambda client: update(
        client, "SET order_day = :n", ExpressionAttributeValues={":n": {"N": "20260101"}}
    ),
    "overlapping update paths": lambda client: update(
        client,
        "SET #order = :map, #order.note = :text",
        ExpressionAttributeNames={"#order": "order"},
        ExpressionAttributeValues={":map": {"M": {}}, ":text": TEXT},
    ),
    "one attribute set and removed": lambda client: update(
        client, "SET note = :text REMOVE note", ExpressionAttributeValues={":text": TEXT}
    ),
    "an expression over 4 KB": lambda client: update(
        client,
        "SET " + ", ".join(f"attribute_with_a_long_name_{n} = :text" for n in range(120)),
        ExpressionAttributeValues={":text": TEXT},
    ),
    "a reserved word as a name": lambda client: update(
        client, "SET order = :text", ExpressionAttributeValues={":text": TEXT}
    ),
    "one key twice in a batch": lambda client: client.batch_get_item(
        RequestItems={"OrdersTable": {"Keys": [KEY, KEY]}}
    ),
    "what an index does not project": lambda client: client.query(
        TableName="OrdersTable",
        IndexName="by_day",
        KeyConditionExpression="order_day = :text",
        ExpressionAttributeValues={":text": TEXT},
        ProjectionExpression="history",
    ),
}


@on_real_engines
@pytest.mark.parametrize("what", REFUSED_BY_AWS)
def test_what_aws_refuses_is_refused(
    client: "DynamoDBClient", request: pytest.FixtureRequest, engine: str, what: str
) -> None:
    if what in WRONGLY_ACCEPTED.get(engine, ()):
        reason = f"{engine} accepts it, AWS does not"
        request.applymarker(pytest.mark.xfail(strict=True, raises=pytest.fail.Exception, reason=reason))

    put(client, order={"M": {}})
    with pytest.raises(ClientError) as caught:
        REFUSED_BY_AWS[what](client)

    assert caught.value.response["Error"]["Code"] == "ValidationException"


# moto checks a condition and then writes without a lock: only the emulator can show this.
@pytest.mark.parametrize("engine", ["dynamodb_local"], indirect=True, scope="module")
def test_of_many_writers_at_the_same_moment_one_wins(client: "DynamoDBClient") -> None:
    def takes_the_order(revision: int) -> bool:
        try:
            update(
                client,
                "SET revision = :next",
                ConditionExpression="revision = :expected",
                ExpressionAttributeValues={
                    ":expected": {"N": str(revision)},
                    ":next": {"N": str(revision + 1)},
                },
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    put(client, revision={"N": "0"})
    with ThreadPoolExecutor(WRITERS) as writers:
        for revision in range(25):
            won = list(writers.map(takes_the_order, [revision] * WRITERS))
            assert won.count(True) == 1
