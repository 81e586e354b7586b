"""DynamoDB Local, AWS's own emulator: fetched, verified, started and stopped by the tests.

The jar is inside an npm package of AWS. `npm pack` fetches it once, into a cache that git ignores.
"""

import base64
import hashlib
import os
import shutil
import socket
import subprocess
import tarfile
import time
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, TYPE_CHECKING, Self

import boto3
from botocore.config import Config

from zonos_orders.aws import CLIENT_CONFIG

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PACKAGE = "amplify-dynamodb-simulator@2.9.30"
# As npm publishes it: what is unpacked and run is what was read when this line was written.
INTEGRITY = "sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
CACHE = Path(__file__).resolve().parents[1] / ".cache"

# The functions' own client, but that a busy machine is no fault, and with botocore's check.
PATIENT = CLIENT_CONFIG.merge(Config(connect_timeout=60, read_timeout=60))
_FETCH_SECONDS = 300
_START_SECONDS = 120
_START_ATTEMPTS = 3
# The shell ends Java when our end of its stdin closes: when we say so, and also when we are killed.
_GUARDED = """
exec 3<&0
"$@" 3<&- & java=$!
{ read -r _ <&3; kill "$java"; } & guard=$!
wait "$java"; code=$?
kill "$guard" 2>/dev/null
exit "$code"
"""


class DynamoDbLocalUnavailable(Exception):
    """This machine cannot run DynamoDB Local; the text says what is missing."""


class DynamoDbLocal:
    """A context manager: DynamoDB Local in memory, on a free port.

    Java listens on every interface and cannot be told otherwise; `endpoint` is on loopback. Raises
    DynamoDbLocalUnavailable when Java or npm is missing, the fetch fails, or the emulator does not start.
    """

    def __init__(self, cache: Path = CACHE) -> None:
        self._cache = cache
        self._accounts = count(1)
        self.endpoint = ""

    def __enter__(self) -> Self:
        _require("java", "Java 17")
        folder = unpacked(self._cache)
        for _ in range(_START_ATTEMPTS):
            port = _free_port()
            self._log: IO[bytes] = TemporaryFile()
            self._process = _start(folder, port, self._log)
            if self._is_listening(port):
                self.endpoint = f"http://127.0.0.1:{port}"
                return self
            said = self._stop()
            if "Address already in use" not in said:  # somebody was faster to the port: take another
                break
        raise DynamoDbLocalUnavailable(f"DynamoDB Local did not start: {said[-500:]}")

    def __exit__(self, *_exc: object) -> None:
        self._stop()

    def client(self, account: str | None = None, config: Config = PATIENT) -> "DynamoDBClient":
        """Make a client of an account of its own, without tables, or of the account that is named.

        An account is told by its access key, `[A-Za-z0-9]+`, and region: `AWS_ACCESS_KEY_ID=account` with
        `AWS_ENDPOINT_URL_DYNAMODB=endpoint` gives the same tables to another process.
        """
        return boto3.client(
            "dynamodb",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=account or f"account{next(self._accounts)}",
            aws_secret_access_key="testing",
            config=config,
        )

    def _is_listening(self, port: int) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _stop(self) -> str:
        """Stop the emulator, wait for its end, and return what it said."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=30)
        finally:
            self._log.seek(0)
            said = self._log.read().decode(errors="replace")
            self._log.close()
        return said


def unpacked(cache: Path = CACHE) -> Path:
    """Return the folder of the verified emulator; fetch and unpack it when it is not there yet.

    It comes into the cache whole or not at all, so test runs at the same moment do not meet a half of it.
    """
    # Named after what it is: another version, or another digest, is another folder.
    folder = cache / f"dynamodb-local-{hashlib.sha256((PACKAGE + INTEGRITY).encode()).hexdigest()[:12]}"
    if folder.exists():
        return folder
    _require("npm", "npm")
    cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="unpacking-", dir=cache) as name:
        archive = _fetch(Path(name))
        verify(archive)
        with tarfile.open(archive) as tar:
            members = [m for m in tar if m.name.startswith("package/emulator/")]
            tar.extractall(name, members, filter="data")
        try:
            (Path(name) / "package/emulator").rename(folder)
        except OSError:
            if not folder.exists():  # else another run was faster, with the same content
                raise
    return folder


def verify(archive: Path) -> None:
    """Raise ValueError unless this is the package that was pinned."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != INTEGRITY:
        raise ValueError(f"{PACKAGE} is not what was pinned: {found}")


def _fetch(folder: Path) -> Path:
    npm = ["npm", "pack", PACKAGE, "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        fetched = subprocess.run(npm, cwd=folder, capture_output=True, timeout=_FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired as exc:
        raise DynamoDbLocalUnavailable(f"npm did not fetch {PACKAGE} in {_FETCH_SECONDS} s") from exc
    if fetched.returncode:
        raise DynamoDbLocalUnavailable(f"npm could not fetch {PACKAGE}: exit code {fetched.returncode}")
    (archive,) = folder.glob("*.tgz")
    return archive


def _start(folder: Path, port: int, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    # fmt: off
    java = [
        "java", "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar",
        "-inMemory", "-port", str(port), "-disableTelemetry",
    ]
    # fmt: on
    return subprocess.Popen(
        ["/bin/sh", "-c", _GUARDED, "sh", *java],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        start_new_session=True,  # an interrupt from the keyboard is for the tests, which then stop it
    )


def _free_port() -> int:
    with socket.create_server(("", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _require(program: str, name: str) -> None:
    if shutil.which(program) is None:
        raise DynamoDbLocalUnavailable(f"{name} is not on PATH")


def is_required() -> bool:
    """Say whether its absence is a failure: in CI, whose word is that it was tested."""
    return bool(os.environ.get("CI"))
