"""The promises hold in every simulated world, and are broken in each with a planted fault."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dynamodb_local import DynamoDbLocal
from tests.sandbox.sam_template import ROOT
from tests.simulation.faults import KINDS
from tests.simulation.plants import PACKAGE, PLANTS, Plant
from tests.tally import Tally

SEEDS = 500


def simulate(
    module: str, *arguments: str, package: Path = PACKAGE.parent
) -> subprocess.CompletedProcess[str]:
    """Run in a process of its own: its greenlets, and its many steps, are none of the coverage's business."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{package}{os.pathsep}{ROOT}"},
        timeout=1800,
    )


def test_every_promise_holds_in_every_seed(tally: Tally) -> None:
    ran = simulate("tests.simulation", "--seeds", str(SEEDS))

    assert ran.returncode == 0, ran.stdout + ran.stderr
    totals = re.match(r"([\d,]+) seeds, ([\d,]+) simulated days, .* ([\d,]+) faults", ran.stdout)
    assert totals, ran.stdout
    seeds, days, faults = (int(n.replace(",", "")) for n in totals.groups())
    assert seeds == SEEDS
    tally.count("seeds simulated", seeds)
    tally.count("days simulated", days)
    tally.count("faults simulated", faults)
    never = [kind for kind in KINDS if re.search(rf"^ +0  {re.escape(kind)}$", ran.stdout, re.MULTILINE)]
    assert not never, "these faults never happened"


def test_a_seed_is_the_same_world_each_time() -> None:
    one, two = (simulate("tests.simulation", "--seed", "7") for _ in range(2))

    assert one.returncode == two.returncode == 0, one.stderr + two.stderr
    told = [re.sub(r"[\d.]+ s a week", "", ran.stdout) for ran in (one, two)]
    assert told[0] == told[1]


def test_no_crash_between_two_side_effects_breaks_a_promise(tally: Tally) -> None:
    ran = simulate("tests.simulation.crash_points")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    tally.count("crash points", int(ran.stdout.split()[0]))


def test_the_simulated_dynamodb_answers_every_call_of_a_seed_as_the_real_one(
    dynamodb_local: DynamoDbLocal, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "simulation")  # an account of its own
    ran = simulate("tests.simulation.compared", dynamodb_local.endpoint, "10")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    tally.count("calls of the simulated DynamoDB compared with the real one", int(ran.stdout.split()[0]))


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_planted_fault_is_found(plant: Plant, tmp_path: Path, tally: Tally) -> None:
    plant.into(tmp_path)

    ran = simulate("tests.simulation", "--seeds", str(SEEDS), "--stop", package=tmp_path)

    assert ran.returncode == 1, ran.stdout + ran.stderr
    broken = re.findall(r"^  ([a-z ]+): ", ran.stdout, re.MULTILINE)
    assert set(plant.breaks.split(", ")) & set(broken), ran.stdout
    tally.count("planted faults found by the simulation")
