"""DynamoDB in memory: as much of the boto3 client as the table adapters use, in microseconds a call.

The table tests run on it as they do on the real engines. It refuses an expression that it does not know.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

Typed = dict[str, Any]  # {"S": "text"}
Item = dict[str, Typed]
Condition = Callable[[Item, Mapping[str, str], Mapping[str, Typed]], bool]


class UnknownExpression(ValueError):
    """None of those that the adapters used when this was written: add it here."""


class Table:
    """The items of a table by their key; an item is replaced and never changed, so a copy is a backup."""

    def __init__(self, key: Sequence[str], indexes: Mapping[str, Sequence[str]]) -> None:
        self.key = tuple(key)
        self.indexes = dict(indexes)
        self.items: dict[tuple[str, ...], Item] = {}

    def key_of(self, item: Mapping[str, Typed]) -> tuple[str, ...]:
        return tuple(item[name]["S"] for name in self.key)

    def copy(self) -> "Table":
        copied = Table(self.key, self.indexes)
        copied.items = dict(self.items)
        return copied


class InMemoryDynamoDB:
    """A client. `written(table, before, after)` is told of every write that took effect."""

    def __init__(self, written: Callable[[str, Item | None, Item | None], object] | None = None) -> None:
        self.tables: dict[str, Table] = {}
        self._written = written or (lambda *_: None)

    def create_table(
        self,
        *,
        TableName: str,
        KeySchema: Sequence[Mapping[str, str]],
        GlobalSecondaryIndexes: Sequence[Mapping[str, Any]] = (),
        **_: Any,
    ) -> None:
        indexes = {
            index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
            for index in GlobalSecondaryIndexes
        }
        self.tables[TableName] = Table([key["AttributeName"] for key in KeySchema], indexes)

    def get_item(self, *, TableName: str, Key: Item, **given: Any) -> dict[str, Any]:
        table = self.tables[TableName]
        item = table.items.get(table.key_of(Key))
        return {"Item": _project(item, given.get("ProjectionExpression"))} if item else {}

    def put_item(self, *, TableName: str, Item: Item) -> dict[str, Any]:
        self._put(TableName, dict(Item))
        return {}

    def update_item(
        self,
        *,
        TableName: str,
        Key: Item,
        UpdateExpression: str,
        **given: Any,
    ) -> dict[str, Any]:
        table = self.tables[TableName]
        before = table.items.get(table.key_of(Key), {})
        self._check(before, given)
        names = given.get("ExpressionAttributeNames", {})
        values = given.get("ExpressionAttributeValues", {})
        item = {**before, **Key}
        for name, value in _sets(UpdateExpression):
            item[names.get(name, name)] = value(before, names, values)
        for name in _removes(UpdateExpression):
            item.pop(names.get(name, name), None)
        self._put(TableName, item)
        return {"Attributes": dict(item)} if given.get("ReturnValues") == "ALL_NEW" else {}

    def delete_item(self, *, TableName: str, Key: Item, **given: Any) -> dict[str, Any]:
        table = self.tables[TableName]
        before = table.items.get(table.key_of(Key), {})
        self._check(before, given)
        if table.items.pop(table.key_of(Key), None):
            self._written(TableName, before, None)
        return {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, request in RequestItems.items():
            table = self.tables[name]
            items = [table.items.get(table.key_of(key)) for key in request["Keys"]]
            found[name] = [_project(item, request.get("ProjectionExpression")) for item in items if item]
        return {"Responses": found, "UnprocessedKeys": {}}

    def query(self, *, TableName: str, KeyConditionExpression: str, **given: Any) -> dict[str, Any]:
        table = self.tables[TableName]
        keys = table.indexes[given["IndexName"]] if "IndexName" in given else table.key
        holds = _condition(KeyConditionExpression)
        values = given["ExpressionAttributeValues"]
        found = [item for item in self._of(table, keys) if holds(item, {}, values)]
        return self._page(found, keys, given)

    def scan(self, *, TableName: str, **given: Any) -> dict[str, Any]:
        table = self.tables[TableName]
        keys = table.indexes[given["IndexName"]] if "IndexName" in given else table.key
        return self._page(self._of(table, keys), keys, given)

    def get_paginator(self, operation: str) -> "_Paginator":
        return _Paginator(getattr(self, operation))

    @staticmethod
    def _of(table: Table, keys: Sequence[str]) -> list[Item]:
        """Return the items that an index holds: those with its keys."""
        return [item for item in table.items.values() if all(key in item for key in keys)]

    @staticmethod
    def _page(items: list[Item], keys: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
        items.sort(key=lambda item: [item[key]["S"] for key in keys])
        page = items[: given.get("Limit")]
        counted: dict[str, Any] = {"Count": len(page)}
        if given.get("Select") == "COUNT":
            return counted
        return counted | {"Items": [_project(item, given.get("ProjectionExpression")) for item in page]}

    @staticmethod
    def _check(before: Item, given: Mapping[str, Any]) -> None:
        condition = given.get("ConditionExpression")
        names = given.get("ExpressionAttributeNames", {})
        values = given.get("ExpressionAttributeValues", {})
        if condition and not _condition(condition)(before, names, values):
            answer: Any = {"Error": {"Code": "ConditionalCheckFailedException"}}
            if before and given.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                answer["Item"] = dict(before)
            raise ClientError(answer, "write")

    def _put(self, name: str, item: Item) -> None:
        table = self.tables[name]
        key = table.key_of(item)
        before = table.items.get(key)
        table.items[key] = item
        self._written(name, before, item)


class _Paginator:
    def __init__(self, operation: Callable[..., dict[str, Any]]) -> None:
        self._operation = operation

    def paginate(self, **given: Any) -> Iterator[dict[str, Any]]:
        yield self._operation(**given)


def _project(item: Item, expression: str | None) -> Item:
    if expression is None:
        return dict(item)
    return {name: item[name] for name in re.split(r", *", expression) if name in item}


def _plain(typed: Typed | None) -> Any:
    if typed is None:
        return None
    ((kind, value),) = typed.items()
    return Decimal(value) if kind == "N" else value


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@cache
def _condition(expression: str) -> Condition:
    """Read alternatives of conjunctions; nothing else is used."""
    alternatives = [[_term(term) for term in part.split(" AND ")] for part in expression.split(" OR ")]
    return lambda item, names, values: any(
        all(term(item, names, values) for term in terms) for terms in alternatives
    )


def _term(text: str) -> Condition:
    if found := re.fullmatch(r"attribute_(not_)?exists\((#?\w+)\)", text):
        negated, name = found.groups()
        return lambda item, names, _: (names.get(name, name) in item) != bool(negated)
    if found := re.fullmatch(r"(#?\w+) (=|<|<=|>|>=) (:\w+)", text):
        name, sign, value = found.groups()
        compare = _COMPARISONS[sign]

        def holds(item: Item, names: Mapping[str, str], values: Mapping[str, Typed]) -> bool:
            have = item.get(names.get(name, name))
            want = values[value]
            return have is not None and have.keys() == want.keys() and compare(_plain(have), _plain(want))

        return holds
    raise UnknownExpression(text)


@cache
def _sets(expression: str) -> list[tuple[str, Callable[..., Typed]]]:
    clause = re.fullmatch(r"SET (.*?)(?: REMOVE .*)?", expression)
    assignments = re.findall(r"#?\w+ = (?:\w+\([^)]*\)|:\w+)(?: \+ :\w+)?", clause[1] if clause else "")
    if not clause or ", ".join(assignments) != clause[1]:
        raise UnknownExpression(expression)
    return [_assignment(one) for one in assignments]


def _assignment(text: str) -> tuple[str, Callable[..., Typed]]:
    if found := re.fullmatch(r"(#?\w+) = (:\w+)", text):
        name, value = found.groups()
        return name, lambda _before, _names, values: values[value]
    found = re.fullmatch(r"(#?\w+) = if_not_exists\((#?\w+), (:\w+)\)(?: \+ (:\w+))?", text)
    if not found:
        raise UnknownExpression(text)
    name, read, default, added = found.groups()

    def assigned(before: Item, names: Mapping[str, str], values: Mapping[str, Typed]) -> Typed:
        value = before.get(names.get(read, read), values[default])
        return {"N": str(int(value["N"]) + int(values[added]["N"]))} if added else value

    return name, assigned


@cache
def _removes(expression: str) -> list[str]:
    clause = re.search(r" REMOVE (.*)", expression)
    return re.split(r", *", clause[1]) if clause else []
