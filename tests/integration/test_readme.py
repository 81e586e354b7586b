"""What the README says can be typed."""

import re

from tests.sandbox.sam_template import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_make_targets_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"make ([a-z]+)", README))
    assert named == set(re.findall(r"^(run|backfill|doctor|setup|test|simulate):", makefile, re.MULTILINE))


def test_the_files_and_folders_it_names_are_there() -> None:
    named = re.findall(r"`((?:functions|layers|tests|events|docs)/[\w./-]*)`", README)
    named += re.findall(r"\]\(([\w./-]+)\)", README)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_it_can_be_read_in_two_minutes() -> None:
    assert len(README.splitlines()) <= 120
