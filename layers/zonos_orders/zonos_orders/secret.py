"""The API secret, from AWS Secrets Manager."""

import json
import threading
from functools import cached_property

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from zonos_orders.aws import CLIENT_CONFIG, aws_errors
from zonos_orders.clock import Clock
from zonos_orders.errors import AwsRefused, AwsUnavailable, BadCredentials

_REMEMBERED_SECONDS = 900
_FRESH_SECONDS = 10.0


class ApiSecret:
    """The secret `name`, remembered for a quarter of an hour; safe to share between threads."""

    def __init__(self, name: str, clock: Clock, provider: SecretsProvider | None = None) -> None:
        self._name = name
        self._clock = clock
        self._given_provider = provider
        self._lock = threading.Lock()
        self._fetched_at = self._failed_at = float("-inf")
        self._last: str | None = None
        self._unavailable: AwsUnavailable | None = None

    @cached_property
    def _provider(self) -> SecretsProvider:
        return self._given_provider or SecretsProvider(boto_config=CLIENT_CONFIG)

    def current(self) -> str:
        """Return the secret as remembered. BadCredentials when there is none that could be right.

        While Secrets Manager cannot be asked, the last secret serves on, and without one the failure is
        remembered for ten seconds: many threads do not wait for the same silence one after the other.
        """
        with self._lock:
            if self._unavailable and self._clock.monotonic() - self._failed_at < _FRESH_SECONDS:
                if self._last is None:
                    raise self._unavailable
                return self._last
            try:
                return self._read(force=False)
            except AwsUnavailable as exc:
                self._unavailable, self._failed_at = exc, self._clock.monotonic()
                if self._last is None:
                    raise
                return self._last

    def refresh(self) -> str:
        """Return the secret fetched afresh, or just fetched by another thread for the same reason."""
        with self._lock:
            is_fresh = self._clock.monotonic() - self._fetched_at < _FRESH_SECONDS
            return self._read(force=not is_fresh)

    def _read(self, *, force: bool) -> str:
        try:
            with aws_errors("read the API secret"):
                value = self._fetch(force=force)
        except AwsRefused as exc:
            raise BadCredentials(f"the API secret cannot be read from Secrets Manager ({exc})") from exc
        if force:
            self._fetched_at = self._clock.monotonic()
        try:
            self._last = _plain(value)
        except BadCredentials:
            # Whoever mends it is not kept waiting.
            self._provider.clear_cache()  # type: ignore[no-untyped-call]  # powertools gives it no types
            raise
        self._unavailable = None
        return self._last

    def _fetch(self, *, force: bool) -> object:
        try:
            return self._provider.get(self._name, max_age=_REMEMBERED_SECONDS, force_fetch=force)
        except GetParameterError as exc:
            # The provider wraps every cause into one class: the cause says what can be done.
            raise exc.__context__ or exc from None


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
