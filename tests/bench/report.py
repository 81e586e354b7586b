"""The table, on the screen and in docs/benchmarks.md; the figures behind it in docs/benchmarks.json."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from tests.bench.harness import Row
from tests.sandbox.sam_template import ROOT

PAGE, FIGURES = ROOT / "docs/benchmarks.md", ROOT / "docs/benchmarks.json"
_PACKAGES = ("aws-lambda-powertools", "awslambdaric", "boto3", "requests", "python-iglobal")

_HEAD = """# Benchmarks

Measured on {date} by `make bench`, in one run on one machine: {machine}. Ours, the floors and the peers take
turns, so that whatever slows the machine slows them alike; each figure is a median, with the middle half of the
values behind it. Only ratios mean anything elsewhere. {versions}.

| what | goal | measured | |
|---|---|---|---|
"""
_TAIL = """
## How to read it

- A **floor** is the least code that makes the same calls (`tests/bench/floors.py`); a **peer** is what a merchant would write in
  an afternoon (a: the vendor's own client, one order after the other, `put_item`) or what the plug-ins do (b: fetch every order of the
  last week again in each run). Peers are sampled, and scaled to the size of the row (`tests/bench/peers.py`).
- Everything is on loopback: Zonos is a small server of its own process that answers with prepared bytes (`tests/bench/outside.py`), the
  tables are in DynamoDB Local. boto3's optional `awscrt` is kept out, as Lambda has none.
- *Start-up*: a fresh interpreter imports `app` with its wiring; processor time, since it waits for nothing. *Whole*: the first invocation under Lambda's runtime client
  and emulator, of an event that needs no call to anybody, from what `sam build` made; the floor is a function beside the same layers.
- *Nothing new*: without the rolling refresh, which adds as many calls to a run as `RefreshCallsPerRun` says.
- *Growth of known orders*: less the time of a run that lists nothing.
- `docs/benchmarks.json` holds the figures behind the table, and what each use case asked of AWS; `docs/cost.md` is computed from it.

## What was taken out, and what it saved

- *Each function loads its own use case only* (`wiring.py`): 35 modules of the package instead of 56 for a redirect, 33 for the function that
  publishes, which does without `requests` and the secret. `tests/integration/test_start_up.py` keeps it so.
- *A repeated redirect reads the disposition alone*: 3.4 ms of CPU instead of 5.2, as much as a bare GetItem of the whole item takes.
"""


def show(rows: Sequence[Row]) -> str:
    """Return the table for the screen."""
    wide = max(len(row.what) for row in rows)
    return "".join(
        f"{_word(row):5}  {row.what:{wide}}  {row.measured}\n{'':7}{'':{wide}}  goal: {row.goal}\n"
        for row in rows
    )


def write(rows: Sequence[Row], counts: Mapping[str, Any]) -> None:
    """Write the page and the figures."""
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    head = _HEAD.format(date=today, machine=_machine(), versions=_versions())
    lines = "".join(f"| {row.what} | {row.goal} | {row.measured} | *{_word(row)}* |\n" for row in rows)
    PAGE.write_text(head + lines + _TAIL, encoding="utf-8")
    kept = {
        "date": today,
        "rows": [{"what": row.what, "met": row.is_met, **row.raw} for row in rows],
        "counts": counts,
    }
    FIGURES.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _word(row: Row) -> str:
    return "met" if row.is_met else "short"


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}"


def _versions() -> str:
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    java_version = java.split('"')[1] if '"' in java else "none"
    return f"Python {sys.version.split()[0]}, {packages}, Java {java_version}"
