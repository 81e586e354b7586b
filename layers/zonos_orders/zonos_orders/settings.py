"""The deployment's settings, read from the environment once, when an instance starts."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from zonos_orders.instants import day_start_ms
from zonos_orders.shop import DEFAULT_COLOR, Shop
from zonos_orders.status import ShippingPolicy

_T = TypeVar("_T")
_UNNAMED = Shop()
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class WrongSetting(ValueError):
    """A setting is missing or wrong; the message names the variable and what is expected of it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the template sets on every function; `template.yaml` describes each for people."""

    store_id: str
    secret_name: str
    api_url: str
    orders_table: str
    reconciliation_table: str
    review_loop_arn: str
    policy: ShippingPolicy
    thank_you_url: str
    recheck_base_seconds: int
    initial_lookback_days: int
    import_concurrency: int
    drop_sensitive: bool = False
    uses_merchant_order_ids: bool = False
    refresh_days: int = 14
    refresh_calls_per_run: int = 20
    orders_bus: str = ""  # this and the next on the function that publishes alone
    events_failure_queue: str = ""
    personal_data_retention_days: int = 0
    shop: Shop = _UNNAMED
    allowed_origin: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read all settings; WrongSetting names the first that is missing or wrong."""

        def read(name: str, parse: Callable[[str], _T], expected: str, default: str | None = None) -> _T:
            value = env.get(name, default)
            if value is None:
                raise WrongSetting(f"the environment variable {name} is missing: {expected}")
            try:
                return parse(value)
            except ValueError as exc:
                raise WrongSetting(f"the environment variable {name} is wrong: {expected}") from exc

        policy = ShippingPolicy(
            ship_from_ms=read("SHIP_FROM_DATE", _ship_from, "yyyymmdd, or all"),
            allow_test_orders=read("TEST_ORDERS", _one_of("allow", "hold"), "hold or allow", "hold")
            == "allow",
        )
        return cls(
            store_id=read("ZONOS_STORE_ID", _matching(r"[1-9][0-9]{0,9}"), "the store number given by Zonos"),
            secret_name=read("ZONOS_SECRET_NAME", _matching(r"\S+"), "the name of a Secrets Manager secret"),
            api_url=read("ZONOS_API_URL", _api_url, "an https address (http for loopback only)"),
            orders_table=read("ORDERS_TABLE", _matching(r"\S+"), "the name of a table"),
            reconciliation_table=read("RECONCILIATION_TABLE", _matching(r"\S+"), "the name of a table"),
            review_loop_arn=read("REVIEW_LOOP_ARN", _matching(r"arn:\S+"), "the ARN of the state machine"),
            policy=policy,
            thank_you_url=read("THANK_YOU_URL", _optional_url, "empty or an https address", ""),
            recheck_base_seconds=read("RECHECK_BASE_SECONDS", _between(1, 3600), "1 to 3600 s", "300"),
            initial_lookback_days=read("INITIAL_LOOKBACK_DAYS", _between(1, 365), "1 to 365 days", "30"),
            import_concurrency=read("IMPORT_CONCURRENCY", _between(1, 64), "1 to 64", "16"),
            drop_sensitive=read("SENSITIVE_FIELDS", _one_of("keep", "drop"), "keep or drop", "keep")
            == "drop",
            uses_merchant_order_ids=read(
                "MERCHANT_ORDER_IDS", _one_of("used", "unused"), "used or unused", "unused"
            )
            == "used",
            refresh_days=read("REFRESH_DAYS", _between(1, 90), "1 to 90 days", "14"),
            refresh_calls_per_run=read("REFRESH_CALLS_PER_RUN", _between(0, 500), "0 to 500", "20"),
            orders_bus=read("ORDERS_BUS", _matching(r"\S*"), "the name of an event bus", ""),
            events_failure_queue=read("EVENTS_FAILURE_QUEUE", _optional_url, "the address of a queue", ""),
            personal_data_retention_days=read(
                "PERSONAL_DATA_RETENTION_DAYS", _between(0, 3650), "0 to 3650 days", "0"
            ),
            shop=Shop(
                name=read("SHOP_NAME", _matching(r".{0,100}"), "a name of 100 characters at most", ""),
                logo_url=read("SHOP_LOGO_URL", _optional_url, "empty or an https address", ""),
                color=read("SHOP_COLOR", _matching("#[0-9A-Fa-f]{6}"), "a colour as #rrggbb", DEFAULT_COLOR),
                support=read("SHOP_SUPPORT", _support, "empty, an e-mail address or an https address", ""),
                url=read("SHOP_URL", _optional_url, "empty or an https address", ""),
            ),
            allowed_origin=read("ALLOWED_ORIGIN", _origin, "empty or an https address without a path", ""),
        )


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(pattern)
        return value

    return parse


def _one_of(*allowed: str) -> Callable[[str], str]:
    return _matching("|".join(allowed))


def _between(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(_matching("[0-9]+")(value))
        if not least <= number <= most:
            raise ValueError(value)
        return number

    return parse


def _ship_from(value: str) -> int | None:
    return None if value == "all" else day_start_ms(value)


def _url(value: str) -> str:
    """The secret travels to this address, so plain http may not leave the machine."""
    parts = urlsplit(value)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    has_user = "@" in parts.netloc
    if not is_safe or not parts.hostname or has_user or parts.port == 0 or re.search(r"\s", value):
        raise ValueError("not a safe address")
    return value


def _api_url(value: str) -> str:
    """Paths are appended to it."""
    if re.search("[?#]", value):
        raise ValueError("not an address without a query")
    return _url(value)


def _optional_url(value: str) -> str:
    return _url(value) if value else ""


def _support(value: str) -> str:
    is_mail = re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{3,}", value)
    return value if is_mail else _optional_url(value)


def _origin(value: str) -> str:
    parts = urlsplit(_optional_url(value))
    # As a browser writes it, or it never matches.
    if value and (value != f"{parts.scheme}://{parts.netloc}".lower() or value.endswith(":443")):
        raise ValueError("more than an origin")
    return value
