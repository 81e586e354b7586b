"""What `sam build` made, found and compared with what it was made from."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.sam_template import ROOT, load_template
from tests.world import TEMPLATE

BUILD = ROOT / ".aws-sam" / "build"
TARGET = (3, 13)
_MOVED = {"CodeUri", "ContentUri", "DefinitionUri"}  # the properties that the build sets anew


def why_not_usable() -> str:
    """Say why the build cannot be run here; nothing when it can."""
    if not (BUILD / "template.yaml").exists():
        return "nothing is built: run `make sam`"
    if sys.version_info[:2] != TARGET:
        return "the functions are built for another Python than this one"
    if _kept(TEMPLATE) != _kept(load_template(BUILD / "template.yaml")) or _sources() != _built():
        return "the build is not of these sources: run `make sam`"
    return ""


def skip_or_fail(reason: str) -> None:
    """Skip the test when there is a reason to; in CI that is a failure."""
    if reason and os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    if reason:
        pytest.skip(reason)


def _kept(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a build leaves as it is."""
    resources = {
        name: {key: value for key, value in resource.get("Properties", {}).items() if key not in _MOVED}
        for name, resource in template["Resources"].items()
    }
    return {"Parameters": template["Parameters"], "Globals": template["Globals"], "Resources": resources}


def _sources() -> dict[str, bytes]:
    handlers = {
        name: ROOT / resource["Properties"]["CodeUri"] / "app.py"
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    return _contents(handlers, ROOT / "layers/zonos_orders/zonos_orders")


def _built() -> dict[str, bytes]:
    handlers = {path.parent.name: path for path in BUILD.glob("*/app.py")}
    return _contents(handlers, BUILD / "ZonosOrdersLayer/python/zonos_orders")


def _contents(handlers: dict[str, Path], package: Path) -> dict[str, bytes]:
    files = handlers | {path.name: path for path in package.glob("*.py")}
    return {name: path.read_bytes() for name, path in files.items()}
