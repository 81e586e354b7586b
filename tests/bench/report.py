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
is a median as well; a range behind it is the middle half of the values, or of seconds from the least to the greatest. Only ratios mean anything elsewhere. {versions}.
The last column measures a row again: `make bench ONLY=redirect`, or a part of its name, which then writes nothing.

| what | goal | measured | | `ONLY=` |
|---|---|---|---|---|
"""
_TAIL = """
## How to read it

- A **floor** is the least code that makes the same calls, over `boto3.client("dynamodb")` and `requests.Session()` as they come (`tests/bench/floors.py`); a redirect's does not look first whether
  the order is there. Only a backlog's has our clients' settings, and so the connections that 16 workers need. It writes what an import writes, which its event brings in DynamoDB's form, and reads what a repetition reads. A redirect's row tells
  the ratio to a floor with our clients' settings as well, and does not go by it: they are a part of what was taken out. A **peer** is what a merchant would write in
  an afternoon (a: the vendor's own client, one order after the other, `put_item`) or what the plug-ins do (b: fetch every order of the
  last week again in each run). Peers are sampled, and scaled to the size of the row (`tests/bench/peers.py`).
- Everything is on loopback: Zonos is a small server of its own process that answers with prepared bytes (`tests/bench/outside.py`), the
  tables are in DynamoDB Local. boto3's optional `awscrt` is kept out, as Lambda has none.
- *Start-up*: a fresh interpreter imports `app` with its wiring; processor time, since it waits for nothing, without the interpreter's end. The floor looks for garbage as Python does by itself. *Whole*: the first invocation under Lambda's runtime client
  and emulator, of an event that needs no call to anybody, from what `sam build` made; the floor is a function beside the same layers.
- *Review*: beside its looks a loop takes two transitions, for its beginning and its end.
- *Nothing new*: without the rolling refresh, which adds as many calls to a run as `RefreshCallsPerRun` says.
- *Growth*: the largest figure against the smallest, wherever they stand. Judged by the function's own processor time, as the clock also counts the emulator of the
  table and the machine's other users. Of known orders, less what a run takes that lists a hundred: its queries, whatever they find; and of three instances
  in turn, as one can be a tenth quicker than another for as long as it lives.
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
- *Whether missing orders were erased is looked up for a hundred at once*: a backlog makes 2 calls an order instead of 3. Since it is for a whole run, and not for its first 5,000, one
  of 10,000 takes 2.7 ms of the processor for each instead of 3.4 (`import_many.py`).
- *The threads of calls with a deadline are kept* (`threads.py`), and the write of a new order removes nothing: a redirect takes 2.30 × instead of 2.58 × a floor of that day, which
  kept the answer as one text, and a repeated one 1.36 × a GetItem of that text instead of 1.45 ×.
- *A list is read in half the time* (`listing.py`): 50,000 entries in 49 ms instead of 87.
- *While an instance loads, nothing is looked through for garbage* (`loading.py`), and later not what was loaded: a start-up of the reconciliation takes 1.11 × the floor instead of 1.23 ×,
  a redirect's 1.01 × instead of 1.17 × (medians of 25 turns, with and without).
- *A day is read in pages of 4,000* (`orders_table.py`): while one day's page is parsed those of others come. Nothing new among 50,000 takes 0.61 s instead of 0.76 (medians of 9, side by side).
- *An order is measured while it is encoded* (`attribute_values.py`), and the texts of the success page are escaped once: encoding takes 101 µs instead of 151, escaping 2.6 µs a page instead of 10.2.
- *DynamoDB alone checks what it is sent* (`aws.py`): botocore walks through the hundreds of values of an order to check them first. A redirect takes 7.3 ms instead of 7.8, and a new order in a
  backlog, with the next change, 2.9 to 3.3 ms of the processor instead of 3.4 to 3.8.
- *A listing is compared with the table page by page* (`comparison.py`), and nothing is kept of what agrees: 100,000 known orders take 0.95 s of the processor instead of 1.03.

## What was short, and how close it is

No machine is like another, or alone. Of the rows that have been short, whole runs say, each on one machine:

| row | 2026-11-29, two runs | 2026-11-30, a slow machine | 2026-11-30, two runs elsewhere | the run of this page, on the same machine |
|---|---|---|---|---|
| start-up of the reconciliation | 1.19, 1.23 × (before `loading.py`) | 1.06 × | 1.11, 1.11 × | 1.11 × |
| redirect at 0 ms | 1.57, 1.60 × | 1.64 × | 1.65, 1.64 × | 1.71 × |
| redirect at 50 ms | 1.07 × (of the second) | 1.14 × | 1.07, 1.07 × | 1.08 × |
| repeat redirect | 1.19, 1.15 × | 1.15 × | 1.23, 1.23 × | 1.27 × |
| growth of known orders | 25, 30 % | 13 % | 17.3, 15.1 % | 13 % |
| backlog against peer (a) | 13.8 × faster (of the second) | 9.4 × (the floor itself 11 ×) | 14.2, 14.2 × | 15.3 × |

The redirects of this table are held against a floor with our clients' settings, which the rows went by until this run. By that floor two would be *short* now: 1.71 × at 0 ms, and 1.27 × of a repetition; without
botocore's checks both sides take half a millisecond less, and what is left weighs more. That the rows are *met* comes of the other floor: by clients as they come it was 1.58 and 1.14 × (measured apart) before
those checks went as well, and is 1.44 and 1.16 × now. Why the rows go by that one is in `docs/decisions.md`.
The slow machine took one and a half to three times as long for everything (19 min in all); costs and scale would come out of such a day at $19.05 for
a thousand orders a month, and at 3.1 million orders a month for one deployment.

- *Redirect at 0 ms*, before botocore's checks went: of 7.5 ms, stamped one after the other, 4.4 were the two calls of the floor with our settings, and 1.9 the read whether the order is there, which spares Zonos every repetition and which the floor does not make. 1.0 was ours: encoding the order 0.18
  (0.05 less since), the log line 0.16, handing work to threads and back 0.2 with both deadlines, reading the answer 0.11, metrics 0.10, merging 0.08, and what no stamp tells. One thread instead of two took 0.2 ms off, and is not safe (`docs/decisions.md`).
- *Repeat redirect*, before as well: its read and the floor's were the same, 1.6 to 1.8 ms. The 0.4 on top are the thread by which the page keeps its deadline of seven seconds (0.2), the log line (0.15) and metrics (0.08); kept on one processor, where a thread finds its caches warm, it is 1.18 ×.
- *Growth of known orders* is of 10 to 17 % from run to run, so that a run may call it short. For an order among 100,000 the pages' parser takes 5.8 µs instead of the 5.4 for one among 10,000, comparing takes 0.3 and reading the list 0.2 more: memory that no cache holds. The collector of garbage,
  the kernel, the interpreter's switching of threads, the allocator and how many days are read at once change nothing; larger pages cost more, smaller ones as much in calls as they save.
- *Start-up of the backfill* was 1.08 × on the morning of the day of this page and 1.18 × later, with one small module more. The same work takes 12,900 to 15,900 page faults, and up to 40 ms, as the memory of the
  interpreter happens to lie when the regular expressions of `urllib3.util.url` are compiled; which function meets that changes with any line of code.
- *Growth of new orders* came out at 8, 12 and 14 % in the runs on record since it was last short (20 % on 2026-11-28): a run of a hundred pays what any run does for fewer.
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
