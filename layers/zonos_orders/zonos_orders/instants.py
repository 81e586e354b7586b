"""Times as this project writes them: epoch milliseconds, ISO 8601 UTC and `yyyymmdd` UTC days."""

from datetime import UTC, date, datetime, timedelta

MINUTE_MS = 60_000
DAY_MS = 86_400_000


def iso(ms: int) -> str:
    """Return epoch milliseconds as ISO 8601 UTC with milliseconds: `2026-01-31T23:59:59.000Z`."""
    return _utc(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ms_from_iso(text: str) -> int:
    """Return the epoch milliseconds of what `iso` wrote."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def day_of(ms: int) -> str:
    """Return the UTC day `yyyymmdd` of epoch milliseconds."""
    return _day(_utc(ms))


def day_start_ms(day: str) -> int:
    """Return the first millisecond of a UTC day `yyyymmdd`; ValueError when it is no calendar day."""
    start = datetime.combine(parse_day(day), datetime.min.time(), tzinfo=UTC)
    return round(start.timestamp() * 1000)


def parse_day(day: str) -> date:
    """Return the date of `yyyymmdd`, exactly eight ASCII digits; ValueError otherwise."""
    if len(day) != len("yyyymmdd") or not (day.isascii() and day.isdigit()):
        raise ValueError("a day is written yyyymmdd")
    return date(int(day[:4]), int(day[4:6]), int(day[6:]))


def shift_day(day: str, days: int) -> str:
    """Return the day `days` later (earlier when negative)."""
    return _day(parse_day(day) + timedelta(days=days))


def days_between(first: str, last: str) -> list[str]:
    """Return every day from `first` to `last`, both included."""
    count = (parse_day(last) - parse_day(first)).days
    return [shift_day(first, n) for n in range(count + 1)]


def _day(when: date) -> str:
    return f"{when.year:04}{when.month:02}{when.day:02}"


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)
