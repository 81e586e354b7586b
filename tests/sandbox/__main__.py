"""`make run`: the whole system on this machine, with a story to watch and then to try by hand."""

import argparse
import os
import sys
import time
from contextlib import ExitStack

from tests.sandbox.board import Board
from tests.sandbox.parameters import WrongParameter
from tests.sandbox.report import News, orders_table
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.story import GO_LIVE, mistakes, play, untold
from tests.sandbox.zonos_simulator import ZonosSimulator

_SECRET = "sandbox-secret"
_RECHECK_SECONDS = 2
_RECONCILE_SECONDS = 20


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the story")
    parser.add_argument("--success-page", choices=["enabled", "disabled"], default="enabled")
    arguments = parser.parse_args()
    store_id, secret = os.environ.get("ZONOS_STORE_ID"), os.environ.get("ZONOS_SECRET")
    if store_id and secret:
        from tests.sandbox.real_api import show_real_orders  # noqa: PLC0415 - the story runs without the package

        try:
            return show_real_orders(store_id, secret, os.environ.get("ZONOS_API_URL"), say)
        except WrongParameter as exc:
            say(str(exc))
            return 2
    if store_id or secret:
        say("To read a real account set ZONOS_STORE_ID and ZONOS_SECRET; to watch the story unset both.")
        return 2
    return run_story(arguments.success_page, once=arguments.once)


def run_story(success_page: str, *, once: bool) -> int:
    """Play the story, show the orders, and stay up unless `once`. Returns the exit code."""
    with ExitStack() as running:
        simulator = running.enter_context(ZonosSimulator(secret=_SECRET))
        board = None if once else running.enter_context(Board(simulator))

        def tell(line: str) -> None:
            say(line)
            if board is not None:
                board.tell(line)

        if board is not None:
            say(f"\n  Watch it all live:  {board.url}\n")
        tell("Starting the simulated Zonos and AWS, and deploying template.yaml …")
        sandbox = running.enter_context(
            Sandbox(
                parameters(simulator, success_page),
                _SECRET,
                reconcile_every=None if once else _RECONCILE_SECONDS,
            )
        )
        if board is not None:
            board.watch(sandbox)
        simulator.world.success_url = sandbox.page_url
        story = play(sandbox, simulator, tell)
        say("\nThe orders, read back from DynamoDB:\n")
        say(orders_table(sandbox.orders(), sandbox.loops()))
        wrong = mistakes(sandbox, story) + untold(sandbox, story)
        for line in wrong:
            tell(f"WRONG: {line}")
        tell("" if wrong else f"\nAll {len(story)} orders are where they belong.")
        if board is not None:
            _stay_up(simulator, sandbox, board)
    return 1 if wrong else 0


def parameters(simulator: ZonosSimulator, success_page: str) -> dict[str, str]:
    """Return the template's parameters for the sandbox: its own addresses, and short times."""
    return {
        "ZonosStoreId": simulator.world.store_id,
        "ZonosSecretName": "zonos",
        "ZonosApiUrl": simulator.url,
        "ShipFromDate": GO_LIVE.strftime("%Y%m%d"),
        "SuccessPage": success_page,
        "RecheckBaseSeconds": str(_RECHECK_SECONDS),
    }


def _stay_up(simulator: ZonosSimulator, sandbox: Sandbox, board: Board) -> None:
    say(f"\nTry it by hand; the reconciliation runs every {_RECONCILE_SECONDS} s. Ctrl-C ends.")
    board.tell(f"It has ended. Now it is your turn; the reconciliation runs every {_RECONCILE_SECONDS} s.")
    say(f"  The board:          {board.url}   (everything on one page, live)")
    say(f"  Buy:                {simulator.url}/checkout")
    say(f"  Zonos's admin side: {simulator.url}/admin   (release, hold, cancel, break down)")
    if sandbox.page_url:
        say(f"  The success page:   {sandbox.page_url}?orderId=999-100")
    outputs = sandbox.stack.outputs
    say(
        f"  Any AWS client:     export {' '.join('='.join(pair) for pair in sandbox.aws_environment.items())}"
    )
    say(f"  The table, the bus: {outputs['OrdersTableName']}, {outputs['OrdersBusName']}")
    desk = f"aws lambda invoke --function-name {outputs['OrderDeskFunctionName']}"
    say(f"  The order desk:     {desk} --payload fileb://events/desk_status.json /dev/stdout")
    account = (
        f"ZONOS_STORE_ID={simulator.world.store_id} ZONOS_SECRET={_SECRET} ZONOS_API_URL={simulator.url}"
    )
    say(f"  The doctor:         {account} make doctor")
    say("                      (commands go into a second terminal, in this folder)")
    say("Orders as they change, and the events on the bus:")
    news = News()
    news.of(sandbox)
    try:
        while True:
            time.sleep(1)
            for line in news.of(sandbox):
                say(line)
    except KeyboardInterrupt:
        say("\nStopping.")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
