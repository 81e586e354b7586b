"""What two parameters have to do with each other is refused before anything is made."""

import re

import pytest

from tests.sandbox.parameters import WrongParameter
from tests.sandbox.rules import check_rules
from tests.unit.template.deployed import SAM

HOURLY = "rate(1 hour)"
DOMAIN = {
    "SuccessPageDomain": "orders.shop.example",
    "CertificateArn": "arn:aws:acm:us-east-1:1:certificate/1",
}
NEEDED = {"ZonosStoreId": "999", "ZonosSecretName": "zonos", "ShipFromDate": "all"}


def refused(**given: str) -> str:
    """Return why CloudFormation would refuse these parameters; empty when it would not."""
    try:
        check_rules(SAM, NEEDED | given)
    except WrongParameter as exc:
        return str(exc)
    return ""


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"ReconcileSchedule": "rate(5 minutes)"},
        {"ReconcileSchedule": "rate(30 minutes)"},
        {"ReconcileSchedule": HOURLY, "MaxReconcileLagMinutes": "120"},
        {"ReconcileSchedule": "rate(12 hours)", "MaxReconcileLagMinutes": "1440"},
        {"SuccessPage": "disabled"},
        {"ThankYouUrl": "https://shop.example/thanks"},
        DOMAIN,
    ],
)
def test_what_fits_together_is_accepted(given: dict[str, str]) -> None:
    assert refused(**given) == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ReconcileSchedule": HOURLY}, "its default of 60 is too short"),
        ({"ReconcileSchedule": "rate(45 minutes)", "MaxReconcileLagMinutes": "60"}, "twice the pause"),
        ({"ReconcileSchedule": "rate(12 hours)", "MaxReconcileLagMinutes": "720"}, "has to be 1440"),
        ({"SuccessPage": "disabled", "ThankYouUrl": "https://shop.example"}, "needs SuccessPage enabled"),
        ({"SuccessPage": "disabled", **DOMAIN}, "SuccessPageDomain is where the success page is"),
        ({"SuccessPageDomain": "orders.shop.example"}, "belong together"),
        ({"CertificateArn": "arn:aws:acm:us-east-1:1:certificate/1"}, "belong together"),
    ],
)
def test_what_does_not_is_refused_with_the_reason(given: dict[str, str], words: str) -> None:
    assert words in refused(**given)


def test_a_slow_schedule_is_one_whose_double_pause_is_longer_than_the_default() -> None:
    condition = SAM["Rules"]["SlowScheduleNeedsAPatientAlarm"]["RuleCondition"]
    (schedules, _) = condition["Fn::Contains"]
    pattern = SAM["Parameters"]["ReconcileSchedule"]["AllowedPattern"]
    assert [one for one in schedules if not re.fullmatch(pattern, one)] == []
    for schedule in schedules:
        count, unit = schedule.removeprefix("rate(").removesuffix(")").split()
        assert 2 * int(count) * (60 if unit.startswith("hour") else 1) > 60


def test_every_rule_has_an_example() -> None:
    words = {
        assertion["AssertDescription"] for rule in SAM["Rules"].values() for assertion in rule["Assertions"]
    }
    marks = test_what_does_not_is_refused_with_the_reason.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {refused(**given) for given, _ in marks} == words
