"""`make setup`: asks for what has no default, explains each question, refuses what is wrong, then deploys.

`sam deploy --guided` asks for every parameter there is and explains none. The words here are the template's
own, and so are the rules: nothing is said twice.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import boto3

from tests.sandbox.parameters import WrongParameter, check_parameters
from tests.sandbox.rules import check_rules
from tests.sandbox.sam_template import ROOT, load_template

WRONG: Final = 2
PYTHON: Final = "python3.13"  # what the layers are built with
_ASKED_TOO: Final = ("AlarmEmail",)  # it has a default, and without it nobody hears of anything
_GIVEN: Final = re.compile(r"([A-Za-z]+)=(.*)", re.DOTALL)


def main(
    arguments: Sequence[str],
    ask: Callable[[str], str],
    say: Callable[[str], None],
    run: Callable[[list[str]], int],
) -> int:
    """Ask, check, build and deploy; return the exit code. `arguments` are parameters as `Name=value`."""
    if missing := _missing():
        say(missing)
        return WRONG
    template = load_template()
    try:
        given = _read(arguments)
        for name, body in template["Parameters"].items():
            if name not in given and ("Default" not in body or name in _ASKED_TOO):
                given[name] = _answer(name, body, ask, say)
        check_parameters(template["Parameters"], given)
        check_rules(template, given)
    except WrongParameter as exc:
        say(f"Nothing was made: {exc}.".replace("..", "."))
        return WRONG
    deploy = deploy_command({name: value for name, value in given.items() if value})
    say("\nShould the deployment fail, mend the cause and say this again; it goes on where it stopped:")
    say(f"  {shlex.join(deploy)}\n")
    return run(["sam", "build"]) or run(deploy)


def deploy_command(parameters: Mapping[str, str]) -> list[str]:
    """Return the first deployment. What was made stays when something fails, so that it can be repeated."""
    # SAM splits at spaces and takes quotes for its own.
    quoted = [f'{name}="{value.replace(chr(34), chr(92) + chr(34))}"' for name, value in parameters.items()]
    return ["sam", "deploy", "--disable-rollback", "--parameter-overrides", *quoted]


def _missing() -> str:
    """Say what the tools lack, before anything is asked or built; empty when they lack nothing."""
    session = boto3.Session()
    if session.region_name is None:
        return "Choose a region first, for example: export AWS_DEFAULT_REGION=us-east-1"
    if session.get_credentials() is None:
        return "There are no AWS credentials here: `aws configure`, or `aws sso login`, makes some."
    # SAM builds in a folder of its own, where what a version manager keeps for this one does not count.
    probe = ["sh", "-c", f"cd / && {shlex.quote(PYTHON)} -m pip --version"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        return (
            f"`sam build` needs {PYTHON} with pip, from any folder: `cd / && {PYTHON} -m pip --version`. "
            "Once it is there, `make clean` and say this again."
        )
    return ""


def _read(arguments: Sequence[str]) -> dict[str, str]:
    given = {}
    for argument in arguments:
        found = _GIVEN.fullmatch(argument)
        if not found:
            raise WrongParameter("parameters are given as Name=value, for example SuccessPage=disabled")
        given[found[1]] = found[2]
    return given


def _answer(name: str, body: Mapping[str, Any], ask: Callable[[str], str], say: Callable[[str], None]) -> str:
    """Ask until the answer is one that the template allows."""
    say("\n" + textwrap.fill(body["Description"], 100))
    while True:
        value = ask(f"{name}{' (Enter for none)' if 'Default' in body else ''}: ").strip()
        try:
            check_parameters({name: body}, {name: value})
        except WrongParameter:
            say(f"  {body['ConstraintDescription']}")
        else:
            return value


if __name__ == "__main__":
    try:
        sys.exit(
            main(
                sys.argv[1:],
                input,
                lambda line: print(line, flush=True),
                lambda command: subprocess.run(command, cwd=ROOT, check=False).returncode,
            )
        )
    except (EOFError, KeyboardInterrupt):
        sys.exit("\nNothing was made.")
