"""Calls to AWS in the words of the template's policies, and whether a role allows them. No pytest, no I/O."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from zonos_orders.settings import Settings

Pair = tuple[str, str]  # an action and a resource, as `template_checks.permissions` writes them
Grants = Mapping[str, Iterable[Pair]]  # by role
Call = tuple[str, Pair]  # the role, and what was asked in its name

_HERE = "${AWS::Region}:${AWS::AccountId}"
_SECRETS = f"arn:${{AWS::Partition}}:secretsmanager:{_HERE}:secret"
_REVIEW_LOOP = f"arn:${{AWS::Partition}}:states:{_HERE}:stateMachine:${{AWS::StackName}}-review"


def asked(settings: Settings, service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield what a call needs; a resource that is not one of the settings' keeps its own name."""
    for resource in _resources(settings, params):
        yield f"{service}:{operation}", resource


def refused(calls: Iterable[Call], grants: Grants) -> list[str]:
    """Say which calls their role does not allow."""
    return [
        f"{role} may not {action} on {resource}"
        for role, (action, resource) in sorted(calls)
        if not any(_allows(grant, (action, resource)) for grant in grants[role])
    ]


def unused(calls: Iterable[Call], grants: Grants) -> list[str]:
    """Say what is allowed although no call needed it."""
    asked_of = {role: {pair for caller, pair in calls if caller == role} for role in grants}
    return [
        f"{role} never needed {action} on {resource}"
        for role, pairs in sorted(grants.items())
        for action, resource in sorted(pairs)
        if not any(_allows((action, resource), pair) for pair in asked_of[role])
    ]


def _allows(grant: Pair, call: Pair) -> bool:
    """IAM's reading: `?` is one character, `*` any text; a grant on a table covers every key in it."""
    pattern = re.escape(grant[1]).replace(r"\?", ".").replace(r"\*", ".*")
    return grant[0] == call[0] and re.fullmatch(f"{pattern}(#.*)?", call[1]) is not None


def _resources(settings: Settings, params: Mapping[str, Any]) -> set[str]:
    names = {
        settings.orders_table: "${OrdersTable.Arn}",
        settings.reconciliation_table: "${ReconciliationTable.Arn}",
        settings.secret_name: f"{_SECRETS}:${{ZonosSecretName}}-AbCdEf",
        settings.review_loop_arn: _REVIEW_LOOP,
        settings.orders_bus: "${OrdersBus.Arn}",
        settings.events_failure_queue: "${EventsFailureQueue.Arn}",
    }
    return {names.get(name, name) + part for name, part in _named(params)}


def _named(params: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield the name that a call gives, and which part of it: an index, or a partition of a table."""
    match params:
        case {"RequestItems": requests}:
            yield from (
                (table, _partition(key)) for table, request in requests.items() for key in request["Keys"]
            )
        case {"TableName": table, "IndexName": index}:
            yield table, f"/index/{index}"
        case {"TableName": table, "Key": key}:
            yield table, _partition(key)
        case {"TableName": table, "ExpressionAttributeValues": {":kind": kind}}:
            yield table, _partition({"kind": kind})
        case {"Entries": [*entries]}:
            yield from ((entry["EventBusName"], "") for entry in entries)
        case {"SecretId": name} | {"stateMachineArn": name} | {"QueueUrl": name}:
            yield name, ""
        case _:
            yield f"what no policy names: {sorted(params)}", ""


def _partition(key: Mapping[str, Any]) -> str:
    return f"#{key['kind']['S']}" if "kind" in key else ""
