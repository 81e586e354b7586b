"""The API secret, from AWS Secrets Manager."""

import json
import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Protocol

from zonos_orders.aws import aws_errors
from zonos_orders.clock import Clock
from zonos_orders.errors import AwsRefused, AwsUnavailable, BadCredentials

_REMEMBERED_SECONDS = 900
_FRESH_SECONDS = 10.0
_NEVER = float("-inf")


class SecretsClient(Protocol):
    """The one call of boto3's `secretsmanager` client that is used."""

    def get_secret_value(self, *, SecretId: str) -> Mapping[str, Any]:  # noqa: N803 - boto3's
        """Return the secret's current version."""


class ApiSecret:
    """The secret `name`, remembered for a quarter of an hour; safe to share between threads.

    Its client is made when it is first read.
    """

    def __init__(self, client: Callable[[], SecretsClient], name: str, clock: Clock) -> None:
        self._make_client = client
        self._name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._last: str | None = None
        self._unavailable: AwsUnavailable | None = None
        self._read_at = self._refreshed_at = self._failed_at = _NEVER

    @cached_property
    def _client(self) -> SecretsClient:
        return self._make_client()

    def current(self) -> str:
        """Return the secret as remembered. BadCredentials when there is none that could be right.

        While Secrets Manager cannot be asked, the last secret serves on; without one, AwsUnavailable.
        """
        with self._lock:
            if self._last and self._is_within(_REMEMBERED_SECONDS, self._read_at):
                return self._last
            try:
                return self._read()
            except AwsUnavailable:
                if self._last is None:
                    raise
                return self._last

    def refresh(self) -> str:
        """Return the secret fetched afresh, or just fetched by another thread for the same reason.

        Raises BadCredentials and AwsUnavailable.
        """
        with self._lock:
            if self._last and self._is_within(_FRESH_SECONDS, self._refreshed_at):
                return self._last
            secret = self._read()
            self._refreshed_at = self._clock.monotonic()
            return secret

    def _is_within(self, seconds: float, since: float) -> bool:
        return self._clock.monotonic() - since < seconds

    def _read(self) -> str:
        # A failure is remembered: many threads do not wait for the same silence one after the other.
        if self._unavailable and self._is_within(_FRESH_SECONDS, self._failed_at):
            raise self._unavailable
        try:
            with aws_errors("read the API secret"):
                answer = self._client.get_secret_value(SecretId=self._name)
        except AwsUnavailable as exc:
            self._unavailable, self._failed_at = exc, self._clock.monotonic()
            raise
        except AwsRefused as exc:
            raise BadCredentials(f"the API secret cannot be read from Secrets Manager ({exc})") from exc
        # What cannot be right is not remembered: whoever mends it is not kept waiting.
        self._read_at = self._refreshed_at = _NEVER
        self._last = _plain(answer.get("SecretString"))
        self._read_at = self._clock.monotonic()
        return self._last


def _plain(value: object) -> str:
    """Return the secret out of the secret's string: the string itself, or JSON with a key `secret`."""
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith("{"):
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = None
        inner = parsed.get("secret") if isinstance(parsed, dict) else None
        text = inner.strip() if isinstance(inner, str) else ""
    if not text:
        raise BadCredentials("the API secret is empty, or is JSON without a text under the key secret")
    return text
