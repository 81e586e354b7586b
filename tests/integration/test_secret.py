"""The API secret out of a simulated Secrets Manager."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from tests.integration.discreet import raises_discreetly
from tests.world import TestClock
from zonos_orders.aws import CLIENT_CONFIG
from zonos_orders.errors import AwsUnavailable, BadCredentials, ZonosOrdersError
from zonos_orders.secret import ApiSecret

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

OLD, NEW = "canary-old-3f9c", "canary-new-81d2"


class SecretsManager:
    """A simulated Secrets Manager with a client that counts what it is asked."""

    def __init__(self) -> None:
        self.client: SecretsManagerClient = boto3.client("secretsmanager", config=CLIENT_CONFIG)
        self.reads = 0
        self.client.meta.events.register("before-call.secrets-manager.GetSecretValue", self._note_read)

    def holds(self, **value: Any) -> None:
        """Make the secret, or the next version of it."""
        try:
            self.client.create_secret(Name="zonos", **value)
        except self.client.exceptions.ResourceExistsException:
            self.client.put_secret_value(SecretId="zonos", **value)

    def _note_read(self, **_kwargs: Any) -> None:
        self.reads += 1


@pytest.fixture
def manager(aws: None) -> SecretsManager:
    return SecretsManager()


@pytest.fixture
def secret(manager: SecretsManager, clock: TestClock) -> ApiSecret:
    return ApiSecret(lambda: manager.client, "zonos", clock)


# What is in it


@pytest.mark.parametrize(
    "text",
    [
        OLD,
        f"{OLD}\n",
        f"  {OLD}\r\n",
        json.dumps({"secret": OLD}),
        json.dumps({"secret": f"{OLD}\n", "store": 999, "note": "rotated by hand"}, indent=2) + "\n",
    ],
)
def test_the_secret_is_the_text_or_json_with_a_key_secret(
    manager: SecretsManager, secret: ApiSecret, text: str
) -> None:
    manager.holds(SecretString=text)

    assert secret.current() == OLD


@pytest.mark.parametrize(
    "value",
    [
        {"SecretString": " \n"},
        {"SecretString": json.dumps({"password": OLD})},
        {"SecretString": json.dumps({"secret": ""})},
        {"SecretString": json.dumps({"secret": None})},
        {"SecretString": json.dumps({"secret": {"canary": OLD}})},
        {"SecretString": '{"secret": "' + OLD},
        {"SecretBinary": OLD.encode()},
    ],
    ids=["blank", "no key", "empty", "null", "no text", "broken JSON", "binary"],
)
def test_what_cannot_be_a_secret_is_bad_credentials(
    manager: SecretsManager, secret: ApiSecret, value: dict[str, Any]
) -> None:
    manager.holds(**value)

    with raises_discreetly(BadCredentials):
        secret.current()


def test_a_missing_secret_is_bad_credentials(secret: ApiSecret) -> None:
    with raises_discreetly(BadCredentials):
        secret.current()


def test_a_secret_that_was_made_later_is_found(manager: SecretsManager, secret: ApiSecret) -> None:
    with raises_discreetly(BadCredentials):
        secret.current()
    manager.holds(SecretString=OLD)

    assert secret.current() == OLD


def test_a_secret_that_was_mended_is_not_waited_for(
    manager: SecretsManager, secret: ApiSecret, clock: TestClock
) -> None:
    """What cannot be right is not worth remembering for a quarter of an hour."""
    manager.holds(SecretString="{}")
    with raises_discreetly(BadCredentials):
        secret.current()
    manager.holds(SecretString=OLD)
    clock.pass_time(10)

    assert secret.current() == OLD


# Remembered and fetched afresh


def rotate(manager: SecretsManager, secret: ApiSecret) -> None:
    """Let the old secret be remembered, and Secrets Manager hold a new one."""
    manager.holds(SecretString=OLD)
    secret.current()
    manager.holds(SecretString=NEW)


def test_the_secret_is_remembered(manager: SecretsManager, secret: ApiSecret, clock: TestClock) -> None:
    manager.holds(SecretString=OLD)

    for seconds in (0, 1, 898):
        clock.pass_time(seconds)
        assert secret.current() == OLD
    assert manager.reads == 1
    clock.pass_time(1)

    assert secret.current() == OLD
    assert manager.reads == 2


def test_a_rotated_secret_is_fetched_afresh_when_asked_for(
    manager: SecretsManager, secret: ApiSecret
) -> None:
    rotate(manager, secret)

    assert secret.current() == OLD
    assert secret.refresh() == NEW
    assert secret.current() == NEW


def test_one_that_cannot_be_right_is_not_what_is_remembered(
    manager: SecretsManager, secret: ApiSecret
) -> None:
    rotate(manager, secret)
    manager.holds(SecretString="{}")
    with raises_discreetly(BadCredentials):
        secret.refresh()
    manager.holds(SecretString=NEW)

    assert secret.current() == NEW


def test_it_is_fetched_afresh_once_in_ten_seconds(
    manager: SecretsManager, secret: ApiSecret, clock: TestClock
) -> None:
    manager.holds(SecretString=OLD)
    for _ in range(3):
        assert secret.refresh() == OLD
        clock.pass_time(3)
    assert manager.reads == 1
    manager.holds(SecretString=NEW)

    clock.pass_time(1)

    assert secret.refresh() == NEW
    assert manager.reads == 2


def test_threads_that_meet_the_rotation_at_once_share_one_fetch(
    manager: SecretsManager, secret: ApiSecret
) -> None:
    rotate(manager, secret)
    before = manager.reads
    manager.client.meta.events.register("before-call.secrets-manager.GetSecretValue", take_a_moment)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: secret.refresh(), range(8))) == {NEW}

    assert manager.reads == before + 1


# Failures of AWS


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("ThrottlingException", 400, AwsUnavailable),
        ("InternalServiceError", 500, AwsUnavailable),
        ("AccessDeniedException", 400, BadCredentials),
        ("DecryptionFailure", 400, BadCredentials),
    ],
)
def test_an_error_says_whether_it_is_worth_repeating(
    manager: SecretsManager, secret: ApiSecret, code: str, status: int, error: type[ZonosOrdersError]
) -> None:
    with Stubber(manager.client) as stubber:
        for read in (secret.current, secret.refresh):
            stubber.add_client_error("get_secret_value", code, f"because of {OLD}", status)

            with raises_discreetly(error):
                read()


def test_no_way_to_secrets_manager_is_unavailable(manager: SecretsManager, secret: ApiSecret) -> None:
    def unreachable(**_kwargs: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://secretsmanager.us-east-1.amazonaws.com")

    manager.client.meta.events.register("before-call.secrets-manager.GetSecretValue", unreachable)

    with raises_discreetly(AwsUnavailable):
        secret.current()


def test_a_fetch_that_failed_does_not_count_as_fresh(
    manager: SecretsManager, secret: ApiSecret, clock: TestClock
) -> None:
    manager.holds(SecretString=NEW)
    with Stubber(manager.client) as stubber:
        stubber.add_client_error("get_secret_value", "ThrottlingException")
        with raises_discreetly(AwsUnavailable):
            secret.refresh()
    clock.pass_time(10)

    assert secret.refresh() == NEW


def test_the_last_secret_serves_on_while_secrets_manager_cannot_be_asked(
    manager: SecretsManager, secret: ApiSecret, clock: TestClock
) -> None:
    manager.holds(SecretString=OLD)
    assert secret.current() == OLD
    clock.pass_time(901)
    silence(manager)
    assert [secret.current(), secret.current()] == [OLD, OLD]
    assert manager.reads == 2
    clock.pass_time(11)
    assert secret.current() == OLD
    assert manager.reads == 3


@pytest.mark.parametrize("read", [ApiSecret.current, ApiSecret.refresh])
def test_many_threads_do_not_wait_for_the_same_silence_in_turn(
    manager: SecretsManager, secret: ApiSecret, read: Callable[[ApiSecret], str]
) -> None:
    silence(manager)

    def ask(_: int) -> None:
        with raises_discreetly(AwsUnavailable):
            read(secret)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(8)))
    assert manager.reads == 1


def take_a_moment(**_: Any) -> None:
    time.sleep(0.05)


def silence(manager: SecretsManager) -> None:
    def never_answer(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://secretsmanager.us-east-1.amazonaws.com")

    manager.client.meta.events.register_last("before-call.secrets-manager.GetSecretValue", never_answer)
