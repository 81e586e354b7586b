"""docs/coverage.md: every documented field is in one group, and whatever the page names is there."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.documented_order import PATHS
from tests.integration.test_doctor import SETTLED
from tests.sandbox.sam_template import ROOT
from tests.unit.template.deployed import SAM

PAGE = (ROOT / "docs/coverage.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "layers/zonos_orders/zonos_orders"
NAMED = sorted(set(re.findall(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|md|json|asl\.json|yaml))(?:::(\w+))?`", PAGE)))


def found(name: str) -> Path:
    """Return the file that the page means: of the repository, the package or the tests."""
    places = [place / name for place in (ROOT, PACKAGE, ROOT / "tests")]
    return next((place for place in places if place.is_file()), ROOT / name)


@cache
def names_in(file: Path) -> set[str]:
    """Return the functions, classes and constants of a module."""
    names: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_is_named_is_there(file: str, name: str) -> None:
    path = found(file)
    assert path.is_file()
    assert not name or name in names_in(path)


def test_every_documented_field_is_in_one_group() -> None:
    table = PAGE.split("| group | fields | used by | shown by |\n|---|---|---|---|\n")[1].split("\n\n")[0]
    fields = [name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[2])]
    leaves = {re.sub(r"\[index\]", "", path).rpartition(".")[2] for path in PATHS} | {"order"}
    assert [name for name, times in Counter(fields).items() if times > 1] == []
    assert set(fields) == leaves


def test_every_statement_has_a_test() -> None:
    sections = PAGE.split("\n## What the vendor does not document")[0]
    rows = [line for line in sections.splitlines() if re.match(r"\| (?!the page says|group )", line)]
    assert len(rows) > 50
    shown = [re.findall(r"`[\w/]+\.py::test_\w+`", line.rstrip("| ").rpartition("|")[2]) for line in rows]
    assert [row for row, tests in zip(rows, shown, strict=True) if not tests] == []


def test_the_parameters_and_outputs_that_it_names_are_there() -> None:
    named = set(re.findall(r"`template\.yaml` \(`(\w+)`\)", PAGE))
    assert named
    assert named <= SAM["Parameters"].keys() | SAM["Outputs"].keys()


def test_what_is_open_is_asked_by_the_doctor_under_its_own_words() -> None:
    section = PAGE.split("\n## What the vendor does not document")[1]
    asked = {
        question for line in section.splitlines() for question in re.findall(r"\*([A-Z][^*]+\?)\*", line)
    }
    assert asked == set(SETTLED)
