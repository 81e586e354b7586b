"""A simulated AWS on loopback: starts the process, makes clients for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import Any, Final

import boto3
from botocore.config import Config

from tests.sandbox.loopback import HOST

REGION: Final = "us-east-1"
ACCOUNT_ID: Final = "123456789012"
CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "sandbox",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
    "AWS_SESSION_TOKEN": "sandbox",
}
_ROOT: Final = Path(__file__).resolve().parents[2]
_CONFIG: Final = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 1})


class SimulatedAws:
    """AWS with nothing in it yet, except that Lambda is somebody else's: it listens at `lambda_port`.

    moto's state machines call their functions at http://localhost:$MOTO_PORT, the port where moto
    supposes itself: naming the Lambda service's port there is what brings those calls to it.
    """

    def __init__(self, *, lambda_port: int) -> None:
        self._lambda_endpoint = f"http://{HOST}:{lambda_port}"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.sandbox.aws_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
                **CREDENTIALS,
                "AWS_DEFAULT_REGION": REGION,
                "MOTO_PORT": str(lambda_port),
                "PYTHONPATH": str(_ROOT),
            },
            start_new_session=True,  # Ctrl-C is for the sandbox, which then ends its processes
        )
        self._endpoint: str | None = None
        self._clients: dict[str, Any] = {}
        self._elsewhere = {"lambda": self._lambda_endpoint}
        self._lock = Lock()
        self._session = boto3.Session(
            CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"], region_name=REGION
        )

    @property
    def endpoint(self) -> str:
        """The address of everything but Lambda; the first call waits until the process is ready."""
        if self._endpoint is None:
            assert self._process.stdout is not None
            port = self._process.stdout.readline().strip()
            if not port:
                message = f"the simulated AWS ended at its start with code {self._process.wait()}"
                raise RuntimeError(message)
            self._endpoint = f"http://{HOST}:{port}"
        return self._endpoint

    def client(self, service: str) -> Any:
        """Return a boto3 client, whose methods boto3 makes at run time."""
        make: Any = self._session.client  # its stubs know literal names only
        with self._lock:
            if service not in self._clients:
                endpoint = self._elsewhere.get(service) or self.endpoint
                self._clients[service] = make(service, endpoint_url=endpoint, config=_CONFIG)
            return self._clients[service]

    def move_tables(self, endpoint: str) -> None:
        """Let another DynamoDB hold the tables, empty as they are: moto's grow slow with every order."""
        here = self.client("dynamodb")
        tables = [here.describe_table(TableName=name)["Table"] for name in here.list_tables()["TableNames"]]
        self._elsewhere["dynamodb"] = endpoint
        del self._clients["dynamodb"]
        for table in tables:
            copied = {key: table[key] for key in ("TableName", "AttributeDefinitions", "KeySchema")}
            if indexes := table.get("GlobalSecondaryIndexes"):
                copied["GlobalSecondaryIndexes"] = [
                    {key: index[key] for key in ("IndexName", "KeySchema", "Projection")} for index in indexes
                ]
            self.client("dynamodb").create_table(**copied, BillingMode="PAY_PER_REQUEST")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
