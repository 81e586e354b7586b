"""The table, on the screen and in docs/benchmarks.md; the figures behind it in docs/benchmarks.json."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench.harness import Row
from tests.dynamodb_local import PACKAGE
from tests.sandbox.sam_template import ROOT

PAGE, FIGURES = ROOT / "docs/benchmarks.md", ROOT / "docs/benchmarks.json"
_PACKAGES = ("aws-lambda-powertools", "awslambdaric", "boto3", "requests", "python-iglobal")

_HEAD = """# Benchmarks

Measured on {date} by `make bench`, in one run of {took} on one machine: {machine}. Ours, the floors and the peers take
turns, so that whatever slows the machine slows them alike; a ratio is the median of what the turns say, each for itself. A time
is a median as well; a range behind it is the middle half of the values, or all of them where there are two or three. Only ratios mean anything elsewhere. {versions}.
The last column measures a row again: `make bench ONLY=redirect`, or a part of its name, which then writes nothing.

| what | goal | measured | | `ONLY=` |
|---|---|---|---|---|
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
- *Growth*: the largest figure against the smallest, wherever they stand. Judged by the function's own processor time, as the clock also counts the emulator of the
  table and the machine's other users. Of known orders, less what a run takes that lists a hundred: its queries, whatever they find.
- *Memory*: the largest list is one of 96 MiB whose entries are the smallest that clients of Zonos show, without a status: 2.4 million orders, all missing. The
  order desk also tells how everything stands with 20,000 orders held.
- `docs/benchmarks.json` holds the figures behind the table, and what each use case asked of AWS; `docs/cost.md` and `docs/scale.md` are computed from it.

## What was taken out, and what it saved

Each figure is of the day of its change, before and after it on one machine.

- *Each function loads its own use case only* (`wiring.py`), and the one that publishes does without `requests` and the secret: more than a third of the package's
  modules less for a redirect. `tests/integration/test_start_up.py` keeps it so.
- *The secret is read with boto3 alone* (`secret.py`): powertools' parameters load boto3's resources, an eighth of a whole start-up. Medians of 15: the floor
  833 ms, with powertools' Logger and Metrics 855 ms, with its parameters too 985 ms.
- *The layers bring their bytecode* (`layers/*/Makefile`): Lambda cannot keep what it compiles, so each start compiled every module anew. The redirect's first
  invocation under the emulator takes 0.73 s instead of 1.10 s, the reconciliation's 0.73 s instead of 1.01 s (medians of 9, one run after the other); the layers
  grow from 1.8 to 3.6 MB. `tests/integration/test_built_artefacts.py` keeps it so.
- *A repeated redirect reads the disposition alone*: 3.4 ms of CPU instead of 5.2, as much as a bare GetItem of the whole item takes.
- *An order is encoded in one walk* (`attribute_values.py`), and botocore is given its user agent, which it would put together for every call: 200 redirects under the
  profiler take 14.4 s of CPU instead of 17.8.
- *The days of a window are queried side by side* (`import_listed.py`): 30,000 orders in DynamoDB Local are read in 1.09 s instead of 1.43 s one day after the other, in
  the quietest of three tries.
- *Whether missing orders were erased is looked up for a hundred at once*: a backlog makes 2 calls an order instead of 3.

## What is short, and why

The machine is not alone: three runs of one day, 2026-11-28 (the quickest broke off after these rows), on the same code of the functions gave the backlog 1.33, 1.64 and 1.64 × the floor (12.2, 9.6 and 9.5 ×
faster than the peer), nothing new 123, 112 and 83 × faster, and the reconciliation's start-up 1.19 and 1.37 ×.

- *Redirect and repeat redirect*: before it asks Zonos a redirect reads whether the order is there, which spares Zonos every repetition; the floor does not. That read is
  2 ms of CPU in boto3 and as much in the emulator, which also puts our item into two indexes and takes long over its expressions (an update 8.6 ms, the floor's
  5.3, on 2026-11-28). The rest is validation by botocore of an order's hundred values (kept, see `docs/decisions.md`), a log line, metrics and the two threads of the deadlines.
- *Backlog*: one processor's CPU, as much an order as the row on new orders says, not the waiting. In Lambda it runs on a processor of its own (2 GB).
- *Start-up*: powertools' Logger and Metrics, and what each function loads of its own. On a machine that is not alone the figures of one run differ by a fifth from those
  of the next.
- *Growth*: of known orders the smallest size is the difference of two runs of a tenth of a second; of new orders the largest was measured once, as it takes two minutes.
- *Nothing new against peer (b)*: half of the time is the emulator's, which gives out the index by day in pages.
"""


def show(rows: Sequence[Row]) -> str:
    """Return the table for the screen."""
    wide = max(len(row.what) for row in rows)
    return "".join(
        f"{_word(row):5}  {row.what:{wide}}  {row.measured}\n{'':7}{'':{wide}}  goal: {row.goal}\n"
        for row in rows
    )


def write(rows: Sequence[Row], counts: Mapping[str, Any], seconds: float) -> None:
    """Write the page and the figures; `seconds`: how long it took to measure them."""
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    head = _HEAD.format(date=today, took=minutes(seconds), machine=_machine(), versions=_versions())
    lines = "".join(
        f"| {row.what} | {row.goal} | {row.measured} | *{_word(row)}* | `{row.only}` |\n" for row in rows
    )
    PAGE.write_text(head + lines + _TAIL, encoding="utf-8")
    kept = {
        "date": today,
        "seconds": round(seconds),
        "rows": [{"what": row.what, "met": row.is_met, **row.raw} for row in rows],
        "counts": counts,
    }
    FIGURES.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def minutes(seconds: float) -> str:
    """Show how long something took."""
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s"


def _word(row: Row) -> str:
    return "met" if row.is_met else "short"


def _machine() -> str:
    return f"{os.cpu_count()} cores, {_processor()}, {platform.machine()}, {platform.system()}"


def _processor() -> str:
    """Return the model that Linux names; other systems name the family."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _versions() -> str:
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    java_version = java.split('"')[1] if '"' in java else "none"
    return f"Python {sys.version.split()[0]}, {packages}, DynamoDB Local of {PACKAGE}, Java {java_version}"
