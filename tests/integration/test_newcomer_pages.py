"""README, the first day, deploying, architecture: what they name is there, and what they count is so."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.sandbox.parameters import check_parameters
from tests.sandbox.rules import check_rules
from tests.sandbox.sam_template import ROOT
from tests.unit.template.deployed import SAM, WITH_PAGE

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
NEW = [
    ROOT / "README.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("first-day", "deploying", "architecture")),
]
PACKAGE = ROOT / "layers/zonos_orders/zonos_orders"
README = NEW[0].read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_its_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([\w./-]*)(?:#([\w-]+))?\)", page.read_text(encoding="utf-8"))
    targets = [((page.parent / path) if path else page, anchor) for path, anchor in links]
    if page.name != "README.md":  # whose files another test looks for
        assert [path for path, _ in targets if not path.exists()] == []
    named = [(path, anchor) for path, anchor in targets if anchor and path.exists()]
    assert [(path, anchor) for path, anchor in named if anchor not in anchors(path)] == []


@pytest.mark.parametrize("page", NEW, ids=lambda page: page.name)
def test_its_commands_name_what_there_is(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)(?=[\s`]|$)", text)) - {"roles"} <= targets
    assert set(re.findall(r"--stack-name ([\w-]+)", text)) <= {"zonos-orders"}
    assert set(re.findall(r"<(\w+Name)>", text)) <= SAM["Outputs"].keys()
    assert set(re.findall(r"sam remote invoke (\w+)", text)) <= SAM["Resources"].keys()


@pytest.mark.parametrize("page", NEW, ids=lambda page: page.name)
def test_its_settings_are_ones_that_the_template_takes(page: Path) -> None:
    named = re.findall(r"\b([A-Z][a-z][A-Za-z]+)=(rate\([^)]*\)|[\w/.@-]+)", page.read_text(encoding="utf-8"))
    for name, value in named:
        check_parameters({name: SAM["Parameters"][name]}, {name: value})
    needed = {"ZonosStoreId": "999", "ZonosSecretName": "zonos/api-secret", "ShipFromDate": "20260131"}
    check_rules(SAM, needed | dict(named))


def test_the_readme_counts_what_is_deployed() -> None:
    kinds = Counter(resource["Type"].removeprefix("AWS::") for resource in WITH_PAGE["Resources"].values())
    words = {"two": 2, "seven": 7, "a": 1, "an": 1}
    (sentence,) = re.findall(r"It makes (.*?)\.\s", README)
    counted = re.findall(
        r"(\w+) (tables|functions|HTTP API|schedule|state machines|event bus|queues|bucket|dashboard|alarms)",
        sentence,
    )
    assert {name: words.get(count) or int(count) for count, name in counted} == {
        "tables": kinds["DynamoDB::Table"],
        "functions": kinds["Lambda::Function"],
        "HTTP API": kinds["ApiGatewayV2::Api"],
        "schedule": kinds["Scheduler::Schedule"],
        "state machines": kinds["StepFunctions::StateMachine"],
        "event bus": kinds["Events::EventBus"],
        "queues": kinds["SQS::Queue"],
        "bucket": kinds["S3::Bucket"],
        "dashboard": kinds["CloudWatch::Dashboard"],
        "alarms": kinds["CloudWatch::Alarm"],
    }
    deploying = NEW[2].read_text(encoding="utf-8")
    assert f"| CloudWatch alarms | alarm and month | {kinds['CloudWatch::Alarm']} |" in deploying


@pytest.mark.parametrize("page", [*PAGES, ROOT / "template.yaml"], ids=lambda page: page.name)
def test_the_secret_is_typed_into_no_command_and_left_in_no_file(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "ZONOS_SECRET=" not in text
    assert set(re.findall(r"--secret-string ([^\s`]+)", text)) <= {"file:///dev/stdin"}


def test_the_modules_and_folders_of_the_architecture_are_there() -> None:
    text = NEW[3].read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w./-]+(?:\.py|/))`", text))
    places = (ROOT, PACKAGE)
    assert len(named) > 40
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_the_architecture_names_every_folder_of_tests() -> None:
    folders = NEW[3].read_text(encoding="utf-8").split("\n## Folders\n")[1].split("\n## ")[0]
    inside = [path.parent.name for path in (ROOT / "tests").glob("*/__init__.py")]
    assert [name for name in inside if not re.search(rf"\b{name}\b", folders)] == []


def test_the_first_deployment_alone_is_made_without_rollback() -> None:
    config = (ROOT / "samconfig.toml").read_text(encoding="utf-8")
    assert "disable_rollback" not in config
    update = NEW[2].read_text(encoding="utf-8").split("## Update")[1].split("\n## ")[0]
    assert "--disable-rollback" not in update
