"""What `sam build` made, loaded as Lambda would: with the target's Python, the layers, and boto3 besides."""

import os
import re
import subprocess
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Any

import pytest

from tests.emulated.build import BUILD, skip_or_fail, why_not_usable
from tests.sandbox.sam_template import load_template

FUNCTIONS = tuple(
    name
    for name, resource in load_template()["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
)
AARCH64 = 183  # the ELF header's e_machine
BY_HASH_UNCHECKED = 1  # the flags of bytecode (PEP 552): valid whatever time an unpacked source has

# Imports a handler where only the build, the standard library and what Lambda's runtime brings can be found.
IMPORT_HANDLER = """
import sys, sysconfig
from importlib.machinery import PathFinder

OWN = (sys.argv[1], sysconfig.get_path("stdlib"))
RUNTIME = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}

class OnlyWhatLambdaHas:
    def find_spec(self, name, path=None, target=None):
        if path is None and name not in RUNTIME:
            spec = PathFinder.find_spec(name)
            if spec and spec.origin and not spec.origin.startswith(OWN):
                raise ModuleNotFoundError(f"Lambda would not find {name}", name=name)

sys.meta_path.insert(0, OnlyWhatLambdaHas())
import app
assert callable(app.lambda_handler)
"""


@pytest.fixture(scope="module")
def build() -> Path:
    skip_or_fail(why_not_usable())
    return BUILD


def environment(template: dict[str, Any], function: str) -> dict[str, str]:
    """Resolve a function's environment as a deployment with these parameters would."""
    values = {name: str(body.get("Default", "")) for name, body in template["Parameters"].items()} | {
        "ZonosStoreId": "999",
        "ZonosSecretName": "zonos-orders/api-secret",
        "ShipFromDate": "20260101",
        "OrdersTable": "zonos-orders-OrdersTable-1",
        "ReconciliationTable": "zonos-orders-ReconciliationTable-1",
        "OrdersBus": "zonos-orders-orders",
        "EventsFailureQueue": "https://sqs.us-east-1.amazonaws.com/123456789012/events",
        "AWS::StackName": "zonos-orders",
        "AWS::Partition": "aws",
        "AWS::Region": "us-east-1",
        "AWS::AccountId": "123456789012",
    }

    def resolve(value: Any) -> str:
        if isinstance(value, str):
            return value
        if "Ref" in value:
            return values[value["Ref"]]
        return re.sub(r"\$\{([^}]+)\}", lambda match: values[match[1]], value["Fn::Sub"])

    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    own = template["Resources"][function]["Properties"].get("Environment", {}).get("Variables", {})
    return {name: resolve(value) for name, value in (shared | own).items()}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_built_function_starts_with_the_built_layers(build: Path, function: str, tmp_path: Path) -> None:
    on_path = [build / function, build / "ZonosOrdersLayer/python", build / "DependenciesLayer/python"]
    started = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_HANDLER, str(build)],
        env=environment(load_template(build / "template.yaml"), function)
        | {"PYTHONPATH": os.pathsep.join(map(str, on_path)), "AWS_DEFAULT_REGION": "us-east-1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 0, started.stderr


def test_compiled_files_are_for_the_functions_processor(build: Path) -> None:
    compiled = [file for file in build.rglob("*") if file.is_file() and file.read_bytes()[:4] == b"\x7fELF"]
    foreign = [
        file.name for file in compiled if int.from_bytes(file.read_bytes()[18:20], "little") != AARCH64
    ]
    assert compiled
    assert foreign == []


def test_the_layers_hold_what_the_functions_import(build: Path) -> None:
    dependencies = {path.name for path in (build / "DependenciesLayer/python").iterdir()}
    assert {"requests", "aws_lambda_powertools"} <= dependencies
    # The runtime's own are newer and already there.
    assert not {"boto3", "botocore"} & dependencies


def test_every_module_of_the_layers_comes_with_bytecode_that_lambda_will_use(build: Path) -> None:
    sources = [source for layer in build.glob("*Layer") for source in layer.rglob("*.py")]
    assert len(sources) > 100
    for source in sources:
        bytecode = (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").read_bytes()
        assert bytecode[:4] == MAGIC_NUMBER
        assert int.from_bytes(bytecode[4:8], "little") == BY_HASH_UNCHECKED, source
        assert str(build).encode() not in bytecode  # where it was built is nobody's business
