"""What each parameter accepts and refuses."""

import itertools
import re
from typing import NamedTuple

import pytest

from tests.unit.template.deployed import SAM, TEMPLATE
from tests.unit.test_settings import REQUIRED
from zonos_orders.instants import parse_day
from zonos_orders.settings import Settings


def accepts(parameter: str, value: str) -> bool:
    """Say whether CloudFormation would take this value."""
    rule = TEMPLATE["Parameters"][parameter]
    if "AllowedValues" in rule:
        return value in [str(allowed) for allowed in rule["AllowedValues"]]
    if "AllowedPattern" in rule:
        return re.fullmatch(rule["AllowedPattern"], value) is not None
    return re.fullmatch("[0-9]+", value) is not None and rule["MinValue"] <= int(value) <= rule["MaxValue"]


class Examples(NamedTuple):
    accepted: list[str]
    refused: list[str]


EXAMPLES = {
    "ZonosStoreId": Examples(
        accepted=["1", "999", "1234567890"],
        refused=["", "0", "0999", "99a", "999-1", " 999", "999\n", "\u0669\u0669\u0669"],
    ),
    "ZonosSecretName": Examples(
        accepted=["zonos", "prod/zonos-orders/api_secret", "a+b=c@d.e"],
        refused=["", "a b", "arn:aws:secretsmanager:us-east-1:1:secret:x", "secret?", "x\n", "a" * 129],
    ),
    "ZonosApiUrl": Examples(
        accepted=[
            "https://api.iglobalstores.com",
            "https://api.example:8443",
            "http://localhost",
            "http://127.0.0.1:5000",
            "http://[::1]:5000",
        ],
        refused=[
            "",
            "api.iglobalstores.com",
            "http://api.iglobalstores.com",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
            "https://user@evil.example",
            "https://api.iglobalstores.com/v2",
            "https://api.iglobalstores.com/",
            "https://api.iglobalstores.com\n",
            "ftp://127.0.0.1",
        ],
    ),
    "ShipFromDate": Examples(
        accepted=["all", "20260101", "20261231", "20260228", "20280229", "20260430"],
        refused=[
            "",
            "ALL",
            "2026-01-01",
            "20261301",
            "20260132",
            "20260100",
            "20260229",
            "20260431",
            "19991231",
            "20260101\n",
        ],
    ),
    "TestOrders": Examples(accepted=["hold", "allow"], refused=["", "true", "Hold"]),
    "SensitiveFields": Examples(accepted=["keep", "drop"], refused=["", "true", "Keep", "dropped"]),
    "PersonalDataRetentionDays": Examples(accepted=["0", "1", "3650"], refused=["", "-1", "3651", "never"]),
    "SuccessPage": Examples(accepted=["enabled", "disabled"], refused=["", "true", "Enabled"]),
    "ThankYouUrl": Examples(
        accepted=[
            "",
            "https://shop.example",
            "https://shop.example/thanks?lang=en&x=1#top",
            "https://shop.example?lang=en",
            "http://localhost:3000/thanks",
        ],
        refused=[
            "http://shop.example/thanks",
            "shop.example",
            "javascript:alert(1)",
            "//shop.example",
            "https://",
            "https://user:pass@shop.example/",
            "https://shop.example/a b",
            "https://shop.example/\r\nSet-Cookie: a=b",
            'https://shop.example/"><script>',
        ],
    ),
    "AllowedOrigin": Examples(
        accepted=["", "https://shop.example", "https://shop.example:8443", "http://localhost:3000"],
        refused=[
            "*",
            "http://shop.example",
            "https://shop.example/",
            "https://a.example,https://b.example",
            "https://Shop.example",
            "https://shop.example:99999",
            "https://shop.example:0",
        ],
    ),
    "SuccessPageDomain": Examples(
        accepted=["", "orders.shop.example", "a-b.shop.example"],
        refused=["https://orders.shop.example", "orders", "Orders.shop.example", "-a.example", "a.example/"],
    ),
    "CertificateArn": Examples(
        accepted=["", "arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"],
        refused=["1234abcd", "arn:aws:iam::123456789012:server-certificate/x"],
    ),
    "ShopName": Examples(accepted=["", "Alpine Merino & Söhne"], refused=["a\nb", "x" * 101]),
    "ShopLogoUrl": Examples(
        accepted=["", "https://cdn.shop.example/logo.svg?v=1"],
        refused=["http://shop.example/logo.svg", "data:image/png;base64,x", 'https://shop.example/"><b>'],
    ),
    "ShopColor": Examples(accepted=["#2f5bd7", "#FFFFFF"], refused=["", "red", "#fff", "#2f5bd7;"]),
    "ShopSupport": Examples(
        accepted=["", "help@shop.example", "https://shop.example/help"],
        refused=["help", "mailto:help@shop.example", "http://shop.example/help", "a@b.example\n"],
    ),
    "ShopUrl": Examples(accepted=["", "https://shop.example/"], refused=["shop.example", "javascript:x"]),
    "SuccessPageRateLimit": Examples(accepted=["1", "10000"], refused=["0", "10001"]),
    "SuccessPageBurstLimit": Examples(accepted=["1", "5000"], refused=["0", "5001"]),
    "ReconcileSchedule": Examples(
        accepted=[
            "rate(1 minute)",
            "rate(2 minutes)",
            "rate(15 minutes)",
            "rate(90 minutes)",
            "rate(1 hour)",
            "rate(12 hours)",
            "cron(0/15 * * * ? *)",
            "cron(5,35 * ? * MON-FRI *)",
        ],
        refused=[
            "",
            "15 minutes",
            "rate(0 minutes)",
            "rate(1 minutes)",
            "rate(2 minute)",
            "rate(1 hours)",
            "rate(13 hours)",
            "rate(1 day)",
            "cron(0/15 * * *)",
            "at(2026-01-01T00:00:00)",
        ],
    ),
    "MaxReconcileLagMinutes": Examples(accepted=["5", "60", "1440"], refused=["4", "1441"]),
    "InitialLookbackDays": Examples(accepted=["1", "30", "365"], refused=["0", "366"]),
    "BackfillConcurrency": Examples(accepted=["1", "2", "100"], refused=["0", "101"]),
    "BackfillToleratedFailurePercentage": Examples(accepted=["0", "5", "100"], refused=["-1", "101"]),
    "ImportConcurrency": Examples(accepted=["1", "64"], refused=["0", "65"]),
    "MerchantOrderIds": Examples(accepted=["used", "unused"], refused=["", "true", "Used"]),
    "RefreshDays": Examples(accepted=["1", "14", "90"], refused=["0", "91"]),
    "RefreshCallsPerRun": Examples(accepted=["0", "20", "500"], refused=["-1", "501"]),
    "RecheckBaseSeconds": Examples(accepted=["1", "300", "3600"], refused=["0", "3601", "-1"]),
    "AlarmEmail": Examples(
        accepted=["", "orders@shop.example", "first.last+zonos@mail.shop.example"],
        refused=["shop.example", "a@b", "a@b.example, c@d.example", "a b@c.example", "a@b.example\n"],
    ),
    "KmsKeyArn": Examples(
        accepted=[
            "",
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab",
        ],
        refused=[
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "alias/orders",
            "arn:aws:kms:us-east-1:123456789012:alias/orders",
            "arn:aws:kms:us-east-1:123456789012:key/*",
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd\n",
        ],
    ),
    "LogRetentionDays": Examples(accepted=["1", "30", "3653"], refused=["0", "2", "forever"]),
}


def test_every_parameter_has_examples() -> None:
    assert EXAMPLES.keys() == TEMPLATE["Parameters"].keys()


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, examples in EXAMPLES.items() for value in examples.accepted]
)
def test_a_parameter_accepts_what_is_right(name: str, value: str) -> None:
    assert accepts(name, value)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, examples in EXAMPLES.items() for value in examples.refused]
)
def test_a_parameter_refuses_what_is_wrong(name: str, value: str) -> None:
    assert not accepts(name, value)


def test_a_loopback_address_is_the_only_one_without_tls() -> None:
    assert accepts("ZonosApiUrl", "http://127.0.0.1:8080")
    assert not accepts("ZonosApiUrl", "http://127.0.0.1.example.com")


def test_every_day_of_the_calendar_can_be_the_first_to_ship_and_no_other() -> None:
    digits = itertools.product(range(2000, 2100), range(1, 13), range(1, 32))
    wrong = [
        day
        for date in digits
        if accepts("ShipFromDate", day := "{}{:02}{:02}".format(*date)) != is_a_day(day)
    ]
    assert wrong == []


def is_a_day(text: str) -> bool:
    try:
        return bool(parse_day(text))
    except ValueError:
        return False


def test_every_default_is_itself_accepted() -> None:
    defaults = {name: body["Default"] for name, body in TEMPLATE["Parameters"].items() if "Default" in body}
    assert [name for name, value in defaults.items() if not accepts(name, str(value))] == []


def test_the_console_shows_every_parameter_in_a_group() -> None:
    groups = SAM["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    shown = [name for group in groups for name in group["Parameters"]]
    assert sorted(shown) == sorted(TEMPLATE["Parameters"])


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in EXAMPLES for value in EXAMPLES[name].accepted]
)
def test_what_the_template_accepts_no_function_refuses_at_its_start(name: str, value: str) -> None:
    variables = {reference["Ref"]: variable for variable, reference in environment().items()}
    if name in variables:
        Settings.from_env(REQUIRED | {variables[name]: value})


def environment() -> dict[str, dict[str, str]]:
    """The variables of every function that are parameters as they were given."""
    shared = SAM["Globals"]["Function"]["Environment"]["Variables"]
    return {name: value for name, value in shared.items() if isinstance(value, dict) and "Ref" in value}


def test_the_longest_values_fit_into_the_environment_of_a_function() -> None:
    longest = {"ZonosSecretName": 128, "ShopName": 4 * 100, "ThankYouUrl": 400}
    urls = ("ShopLogoUrl", "ShopUrl", "ShopSupport")
    longest |= dict.fromkeys(urls, 200)
    names = sum(len(variable) + 1 for variable in SAM["Globals"]["Function"]["Environment"]["Variables"])
    hosts = 5 * 100  # hosts of 253 characters in all of them would be too much
    assert sum(longest.values()) + names + hosts + 20 * 40 < 4096
