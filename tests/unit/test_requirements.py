"""Every package that the project installs is pinned to one version and known by its content."""

import re
from pathlib import Path

import pytest

from tests.sandbox.sam_template import ROOT

FOLDERS = ("functions", "layers", "tests")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("requirements*.txt"))
PINNED = re.compile(
    r"[a-z0-9][a-z0-9.-]*(\[[a-z0-9, -]+\])?==[A-Za-z0-9.+!]+( ; [^;]+?)?( --hash=sha256:[0-9a-f]{64})+"
)


def unpinned(requirements: str) -> list[str]:
    """Return the requirements that could bring in something else than what was looked at."""
    lines = re.sub(r"\\\n\s*", "", requirements).splitlines()
    return [line for line in lines if line and not line.startswith("#") and not PINNED.fullmatch(line)]


def test_all_lists_of_packages_are_known() -> None:
    assert {str(path.relative_to(ROOT)) for path in FILES} == {
        "layers/dependencies/requirements.txt",
        "tests/requirements-audit.txt",
        "tests/requirements-pip.txt",
        "tests/requirements-vendor-client.txt",
        "tests/requirements.txt",
        "tests/sandbox/requirements.txt",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_package_has_one_version_and_its_hashes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "==" in text
    assert unpinned(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "requests",
        "requests>=2.34.2 --hash=sha256:" + 64 * "0",
        "requests==2.34.2",
        "requests==2.34.2 --hash=sha256:" + 63 * "0",
        "requests==2.34.* --hash=sha256:" + 64 * "0",
        "requests @ https://example.com/requests.whl --hash=sha256:" + 64 * "0",
        "--extra-index-url https://example.com/simple",
        "-e .",
    ],
)
def test_what_is_not_pinned_is_found(line: str) -> None:
    assert unpinned(f"# Packages\nidna==3.20 \\\n    --hash=sha256:{64 * 'a'}\n{line}\n") == [line]


def test_whatever_the_makefile_installs_is_checked_by_its_hash() -> None:
    makefiles = [ROOT / "Makefile", *(ROOT / "layers").glob("*/Makefile")]
    recipes = "\n".join(one.read_text(encoding="utf-8") for one in makefiles).replace("\\\n", "")
    installs = [line for line in recipes.splitlines() if "pip install" in line]
    assert len(installs) >= 6
    assert [line for line in installs if "--require-hashes" not in line] == []
    (layer,) = [line for line in installs if "--target" in line]
    assert "--only-binary :all:" in layer  # building from source would run its code where one deploys
