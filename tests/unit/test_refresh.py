"""The rolling refresh goes round the days from where it was, and passes each order once."""

import pytest

from zonos_orders.refresh import Place, once_round

DAYS = ["20260101", "20260102", "20260103"]
STORED = {
    "20260101": ["999-1", "999-10", "999-2"],  # as DynamoDB sorts them
    "20260103": ["999-3"],
}
ROUND = [(day, order_id) for day in STORED for order_id in STORED[day]]


def passed(seen: Place | None, stored: dict[str, list[str]] = STORED) -> list[Place]:
    def of_day(day: str, after: str) -> list[tuple[str, str]]:
        return [(order_id, "READY") for order_id in stored.get(day, []) if order_id > after]

    return [place for place, _ in once_round(seen, DAYS, of_day)]


def test_it_begins_with_the_oldest_day() -> None:
    assert passed(None) == ROUND


@pytest.mark.parametrize("n", range(len(ROUND)))
def test_it_goes_on_behind_the_last_and_comes_to_it_last(n: int) -> None:
    assert passed(ROUND[n]) == ROUND[n + 1 :] + ROUND[: n + 1]


@pytest.mark.parametrize("seen", [("20251231", "999-9"), ("20260104", "999-9"), ("20990101", "999-1")])
def test_a_place_outside_of_the_days_is_the_beginning(seen: Place) -> None:
    assert passed(seen) == ROUND


@pytest.mark.parametrize("seen", [("20260101", "999-11"), ("20260101", "999-100")])
def test_a_place_whose_order_is_gone_is_a_place_all_the_same(seen: Place) -> None:
    place = ROUND.index(("20260101", "999-2"))
    assert passed(seen) == ROUND[place:] + ROUND[:place]


def test_a_place_on_a_day_without_orders_is_a_place_all_the_same() -> None:
    assert passed(("20260102", "999-7")) == [ROUND[3], *ROUND[:3]]


def test_new_orders_come_before_those_that_were_passed() -> None:
    stored = {**STORED, "20260103": ["999-3", "999-4"]}
    assert passed(("20260103", "999-3"), stored) == [("20260103", "999-4"), *ROUND]


@pytest.mark.parametrize("seen", [None, ("20260101", "999-10")])
def test_without_orders_nothing_is_passed(seen: Place | None) -> None:
    assert passed(seen, {}) == []


def test_no_more_is_read_than_is_asked_for() -> None:
    read: list[str] = []

    def of_day(day: str, after: str) -> list[tuple[str, str]]:
        read.append(day)
        return [(order_id, "READY") for order_id in STORED.get(day, []) if order_id > after]

    walk = once_round(None, DAYS, of_day)
    assert [next(walk)[0] for _ in range(3)] == ROUND[:3]
    assert read == DAYS[:1]
