"""docs/cost.md is what the script makes of the committed figures, and the script adds up."""

import json

import pytest

from tests.bench.cost import PAGE, Scenario, monthly, page
from tests.bench.report import FIGURES
from tests.bench.review import walk
from tests.sandbox.sam_template import ROOT, load_template

COUNTS = json.loads(FIGURES.read_text(encoding="utf-8"))["counts"]


def test_the_page_is_computed_from_the_committed_figures() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(json.loads(FIGURES.read_text(encoding="utf-8")))


def test_the_readme_says_what_a_quiet_shop_pays() -> None:
    month = sum(monthly(COUNTS, Scenario(1_000, 0.0, page=True)).values())
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"[about ${month:.0f} a month](docs/cost.md) at list prices, for 1,000 orders" in readme


def test_a_days_review_costs_what_its_transitions_cost() -> None:
    bill = monthly(COUNTS, Scenario(1_000_000, 0.05, page=True))

    transitions = 50_000 * COUNTS["review_24h"]["transitions"]
    assert bill["Step Functions: transitions of the reviews"] == pytest.approx(transitions * 0.025 / 1000)


def test_a_longer_base_makes_a_review_cheaper_in_proportion() -> None:
    usual, slower = (walk(24 * 3600, base) for base in (300, 900))
    assert usual == walk(24 * 3600) == COUNTS["review_24h"]
    assert slower["transitions"] / usual["transitions"] == pytest.approx(1 / 3, abs=0.03)


def test_the_refresh_is_paid_for_whatever_is_sold() -> None:
    calls = {"run_per_refreshed": COUNTS["use_cases"]["run_per_refreshed"] | {"read_units": 0}}
    without = COUNTS | {"use_cases": COUNTS["use_cases"] | calls}
    reads = [
        monthly(counts, Scenario(1_000, 0.0, page=True))["DynamoDB: reads"] for counts in (COUNTS, without)
    ]
    units = 20 * 4 * 24 * 30 * COUNTS["use_cases"]["run_per_refreshed"]["read_units"]
    assert reads[0] - reads[1] == pytest.approx(units * 0.125 / 1_000_000)


def test_each_order_is_taken_over_and_all_that_changes_is_told() -> None:
    free = COUNTS["use_cases"]["take_over"] | {"write_units": 0}
    without = COUNTS | {"use_cases": COUNTS["use_cases"] | {"take_over": free}}
    paid, unpaid = (monthly(counts, Scenario(1_000_000, 0.0, page=True)) for counts in (COUNTS, without))
    units = COUNTS["use_cases"]["take_over"]["write_units"]
    assert paid["DynamoDB: writes"] - unpaid["DynamoDB: writes"] == pytest.approx(units * 0.625)
    imported, taken_over, later = COUNTS["use_cases"]["publish"]["events"], 2, 2
    assert paid["EventBridge: events"] == pytest.approx(imported + taken_over + later)


def test_without_the_page_its_metrics_and_alarms_are_not_paid_for() -> None:
    line = "CloudWatch: metrics, alarms, dashboard"
    page, none = (monthly(COUNTS, Scenario(1_000, 0.0, page=page))[line] for page in (True, False))
    assert page - none == pytest.approx(0.3 * COUNTS["metric_names_of_page"] + 0.1 * COUNTS["alarms_of_page"])
    assert min(COUNTS["metric_names_of_page"], COUNTS["alarms_of_page"]) > 0


def test_the_alarms_that_are_paid_for_are_the_templates() -> None:
    resources = load_template()["Resources"].values()
    assert COUNTS["alarms"] == sum(one["Type"] == "AWS::CloudWatch::Alarm" for one in resources)


def test_without_the_page_nothing_is_paid_for_an_api() -> None:
    assert monthly(COUNTS, Scenario(1_000, 0.0, page=False))["HTTP API"] == 0


def test_every_reviewed_order_costs_more() -> None:
    totals = [
        sum(monthly(COUNTS, Scenario(100_000, share, page=True)).values()) for share in (0.0, 0.05, 0.2)
    ]

    assert totals == sorted(totals)
