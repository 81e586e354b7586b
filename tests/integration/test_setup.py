"""`make setup` asks only what it must, explains it, and refuses what is wrong before anything is made."""

import os
import sys
from dataclasses import dataclass, field

import pytest
from samcli.cli.types import CfnParameterOverridesType

from tests.sandbox.sam_template import load_template
from tests.setup.__main__ import WRONG, deploy_command, main

PARAMETERS = load_template()["Parameters"]
ANSWERS = {
    "ZonosStoreId": ["999"],
    "ZonosSecretName": ["zonos/api-secret"],
    "ShipFromDate": ["20260131"],
    "AlarmEmail": [""],
}


@pytest.fixture(autouse=True)
def built_with_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.setup.__main__.PYTHON", sys.executable)  # whichever runs the tests


@dataclass
class Guide:
    """A person at the guide: what is answered, and what was asked, said and run."""

    answers: dict[str, list[str]] = field(
        default_factory=lambda: {name: [*them] for name, them in ANSWERS.items()}
    )
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    ran: list[list[str]] = field(default_factory=list)
    codes: list[int] = field(default_factory=lambda: [0, 0])

    def ask(self, question: str) -> str:
        name = question.partition(":")[0].partition(" ")[0]
        self.asked.append(name)
        return self.answers[name].pop(0)

    def run(self, command: list[str]) -> int:
        self.ran.append(command)
        return self.codes.pop(0)

    def walk(self, *arguments: str) -> int:
        return main(arguments, self.ask, self.said.append, self.run)

    def told(self) -> str:
        return " ".join(" ".join(self.said).split())


def deployed(command: list[str]) -> dict[str, str]:
    """Return the parameters as SAM itself reads them from the command line."""
    after = command[command.index("--parameter-overrides") + 1 :]
    read: dict[str, str] = CfnParameterOverridesType().convert(after, None, None)
    return read


def test_only_what_has_no_default_is_asked_and_who_hears_the_alarms() -> None:
    guide = Guide()
    assert guide.walk() == 0
    required = [name for name, body in PARAMETERS.items() if "Default" not in body]
    assert guide.asked == [*required, "AlarmEmail"]


def test_each_question_is_explained_by_its_description() -> None:
    guide = Guide()
    guide.walk()
    for name in ANSWERS:
        assert " ".join(PARAMETERS[name]["Description"].split()) in guide.told()


def test_it_builds_and_then_deploys_so_that_a_failure_can_be_repeated() -> None:
    guide = Guide()
    guide.walk("ReconcileSchedule=rate(5 minutes)")
    build, deploy = guide.ran
    assert build == ["sam", "build"]
    assert deploy[:3] == ["sam", "deploy", "--disable-rollback"]
    assert deployed(deploy) == {
        "ZonosStoreId": "999",
        "ZonosSecretName": "zonos/api-secret",
        "ShipFromDate": "20260131",
        "ReconcileSchedule": "rate(5 minutes)",
    }
    assert "sam deploy --disable-rollback" in guide.told()


@pytest.mark.parametrize("value", ["rate(5 minutes)", "cron(0 6 * * ? *)", 'A "quoted" shop\'s name', "a=b"])
def test_any_value_reaches_sam_as_it_was_given(value: str) -> None:
    assert deployed(deploy_command({"One": value, "Two": "2"})) == {"One": value, "Two": "2"}


def test_a_wrong_answer_is_refused_with_the_reason_and_asked_again() -> None:
    guide = Guide()
    guide.answers["ZonosStoreId"] = ["999-1", "", "999"]
    assert guide.walk() == 0
    assert guide.asked.count("ZonosStoreId") == 3
    assert guide.said.count(f"  {PARAMETERS['ZonosStoreId']['ConstraintDescription']}") == 2


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("SuccessPage=off", "enabled or disabled."),
        ("ReconcileSchedule=rate(1 hour)", "at least twice the pause"),
        ("Unknown=1", "no parameters Unknown"),
        ("disabled", "Name=value"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_made(given: str, why: str) -> None:
    guide = Guide()
    assert guide.walk(given) == WRONG
    assert why in guide.told()
    assert guide.ran == []


@pytest.mark.parametrize(
    ("lacking", "told"),
    [("AWS_DEFAULT_REGION", "export AWS_DEFAULT_REGION"), ("AWS_ACCESS_KEY_ID", "no AWS credentials")],
)
def test_without_a_region_or_credentials_nothing_is_asked(
    monkeypatch: pytest.MonkeyPatch, lacking: str, told: str
) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv(lacking)
    guide = Guide()
    assert guide.walk() == WRONG
    assert told in guide.told()
    assert (guide.asked, guide.ran) == ([], [])


def test_a_failed_build_deploys_nothing() -> None:
    guide = Guide(codes=[1])
    assert guide.walk() == 1
    assert guide.ran == [["sam", "build"]]


def test_without_the_python_that_builds_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.setup.__main__.PYTHON", "python3.13-of-nobody")
    guide = Guide()
    assert guide.walk() == WRONG
    assert "python3.13-of-nobody with pip" in guide.told()
    assert (guide.asked, guide.ran) == ([], [])
