"""What a deployed stack consists of, as far as the sandbox runs it: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Function:
    """A Lambda function; `timeout` is in seconds, `memory` in MB, `paths` is its Python path."""

    logical_id: str
    name: str
    arn: str
    handler: str
    timeout: int
    memory: int
    log_group: str
    environment: Mapping[str, str]
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Route:
    """An HTTP API route and the logical id of the function that answers it."""

    method: str
    path: str
    function: str

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Schedule:
    """A schedule's target: a function's logical id and the event that it gets, None for AWS's own."""

    function: str
    event: object | None


@dataclass(frozen=True, kw_only=True)
class StreamMapping:
    """A table's stream as the source of a function's events; `failure_queue` is an ARN."""

    function: str
    stream_arn: str
    starting_position: str
    batch_size: int
    retries: int
    oldest_seconds: int
    bisects: bool
    reports_items: bool
    failure_queue: str


@dataclass(frozen=True)
class Stack:
    """A deployed stack, keyed by logical ids; `outputs` and `physical_ids` are CloudFormation's."""

    functions: Mapping[str, Function]
    routes: tuple[Route, ...]
    schedules: tuple[Schedule, ...]
    state_machines: Mapping[str, str]
    physical_ids: Mapping[str, str]
    outputs: Mapping[str, str]
    streams: tuple[StreamMapping, ...] = ()
