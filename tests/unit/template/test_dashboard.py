"""The dashboard: whole, legible, and with the page's widgets only where there is a page."""

import math
import re
from itertools import combinations
from typing import Any

import pytest

from tests.alarms.template_dashboard import DASHBOARDS, metrics, of_kind, widgets
from tests.unit.template.deployed import WITH_PAGE, WITHOUT_PAGE, properties
from zonos_orders.status import HoldReason
from zonos_orders.telemetry import in_camel_case

COLUMNS = 24
either = pytest.mark.parametrize("template", DASHBOARDS.values(), ids=DASHBOARDS.keys())
OF_THE_PAGE = {
    "OrderImportedBySuccessRedirect",
    "RedirectConfirmed",
    "RedirectConfirming",
    "RedirectUnknown",
    "RedirectInvalid",
    "RedirectFailed",
    "RedirectZonosFailed",
    "5xx",
}


def shown(template: Any) -> set[str]:
    return {name for widget in of_kind(template, "metric") for (_, name, _), _ in metrics(widget)}


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "width"), ("y", "height"))
    )


@either
def test_every_widget_has_its_own_place_on_the_grid(template: Any) -> None:
    placed = widgets(template)
    assert len(placed) > 10
    for widget in placed:
        assert 0 <= widget["x"] < widget["x"] + widget["width"] <= COLUMNS
        assert widget["y"] >= 0
        assert widget["height"] >= 3
    assert [pair for pair in combinations(placed, 2) if overlap(*pair)] == []


@either
def test_there_are_no_holes_between_the_widgets(template: Any) -> None:
    placed = widgets(template)
    ends = max(widget["y"] + widget["height"] for widget in placed)
    assert sum(widget["width"] * widget["height"] for widget in placed) == ends * COLUMNS


@either
def test_every_widget_says_what_it_shows_and_of_where(template: Any) -> None:
    titles = [widget["properties"]["title"] for widget in widgets(template)]
    assert len(set(titles)) == len(titles)
    for widget in of_kind(template, "metric"):
        assert widget["region"] == "us-east-1"
        for _, how in metrics(widget):
            assert how["stat"] in ("Sum", "Maximum", "p50", "p90")
            assert (
                math.gcd(how["period"], 900) == 900
            )  # of a state there is one report in a quarter of an hour


def test_without_the_page_its_metrics_are_left_out_and_nothing_else() -> None:
    assert shown(WITH_PAGE) - shown(WITHOUT_PAGE) == OF_THE_PAGE
    assert shown(WITHOUT_PAGE) < shown(WITH_PAGE)


@either
def test_it_shows_every_alarm_that_there_is(template: Any) -> None:
    (widget,) = of_kind(template, "alarm")
    alarms = [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    assert sorted(widget["alarms"]) == sorted(alarms)


def test_every_reason_to_hold_an_order_is_shown() -> None:
    held = {name for name in shown(WITHOUT_PAGE) if name.startswith("Held")}
    assert held == {f"Held{in_camel_case(reason)}" for reason in HoldReason}


def test_the_age_of_every_hold_is_shown() -> None:
    ages = {name for name in shown(WITHOUT_PAGE) if name.startswith("DaysHeld")}
    assert ages == {f"DaysHeld{in_camel_case(reason)}" for reason in HoldReason}


@pytest.mark.parametrize(
    ("subject", "names"),
    [
        ("New orders", {"OrderImportedByReconcile", "OrderImportedBySuccessRedirect"}),
        ("Recovered by the reconciliation", {"OrdersRecovered", "OrdersRecoveredByNumber"}),
        ("Waiting for hand-over", {"WaitingForHandOver", "WriteBacksOutstanding", "PersistentWriteBacks"}),
        ("The oldest review", {"OldestReviewMinutes"}),
        ("Lag of the reconciliation", {"ReconcileLagMinutes"}),
        ("Failures", {"ImportFailed", "PersistentFailures", "WriteBackFailed", "ReviewStartFailed"}),
        ("How long Zonos takes", {"ZonosMilliseconds"}),
        ("Backfill", {"BackfillSlicesDone", "BackfillOrdersImported", "BackfillOrdersFailed"}),
    ],
)
def test_what_is_promised_is_on_the_widget_that_is_named_for_it(subject: str, names: set[str]) -> None:
    (widget,) = [
        one for one in of_kind(WITH_PAGE, "metric") if re.split(r", | \(", one["title"])[0] == subject
    ]
    assert names <= {name for (_, name, _), _ in metrics(widget)}


def test_the_lag_is_shown_beside_the_minutes_that_raise_its_alarm() -> None:
    (lag,) = [
        widget
        for widget in of_kind(WITH_PAGE, "metric")
        if [name for (_, name, _), _ in metrics(widget)] == ["ReconcileLagMinutes"]
    ]
    parameter = WITH_PAGE["Parameters"]["MaxReconcileLagMinutes"]["Default"]
    assert [line["value"] for line in lag["annotations"]["horizontal"]] == [parameter]


def test_it_is_named_after_the_stack_and_its_region() -> None:
    """A dashboard belongs to no region: a second one of the same name would take the place of the first."""
    assert properties("OrdersDashboard")["DashboardName"] == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}
