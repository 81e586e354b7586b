"""The simulation's DynamoDB beside a real one: every call goes to both, and both have to answer alike.

`python -m tests.simulation.compared ENDPOINT SEED` runs one seed so, and prints how many calls were compared;
exit code 1 when an answer differed.
"""

import random
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from tests.simulation.trial import Trial
from tests.world import create_table

_COMPARED = ("get_item", "update_item", "delete_item", "batch_get_item", "query", "scan")
_TOLD = ("Item", "Items", "Responses", "Attributes")
_deserialize = TypeDeserializer().deserialize


class Compared:
    """Stands where the simulated one stood, and asks the real one first."""

    def __init__(self, simulated: Any, real: Any) -> None:
        self._simulated = simulated
        self._real = real
        self.calls = 0
        self.differences: list[str] = []

    def __getattr__(self, name: str) -> Any:
        simulated = getattr(self._simulated, name)
        if name not in _COMPARED:
            return simulated

        def call(**given: Any) -> Any:
            self.calls += 1
            # A paginator keeps this for itself.
            asked = {key: value for key, value in given.items() if key != "PaginationConfig"}
            expected = _told(lambda: getattr(self._real, name)(**asked))
            answers: list[Any] = []
            try:
                answers.append(simulated(**given))
                return answers[0]
            except ClientError as exc:
                answers.append(exc)
                raise
            finally:
                told = _told(lambda: _again(answers[0]))
                if told != expected:
                    self.differences.append(f"{name} {given}: {expected}, simulated {told}")

        return call


def _again(answer: Any) -> Any:
    if isinstance(answer, ClientError):
        raise answer
    return answer


def _told(call: Callable[[], Any]) -> Any:
    """Return what a caller learns: which items in any order, or why not."""
    try:
        answer = call()
    except ClientError as exc:
        return exc.response["Error"]["Code"], _plain(exc.response.get("Item") or {})
    return [answer.get("Count"), *(_plain(answer[key]) for key in _TOLD if answer.get(key))]


def _plain(told: Any) -> Any:
    """Return items as comparable text: `{"S": "text"}` is a value, and -5.0 is -5."""
    if isinstance(told, list):
        return sorted(_plain(one) for one in told)
    if told and all(isinstance(value, list) for value in told.values()):  # the answers of a batch, by table
        return sorted((table, _plain(items)) for table, items in told.items())
    return str(sorted((name, str(_normal(_deserialize(value)))) for name, value in told.items()))


def _normal(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value.normalize()
    if isinstance(value, dict):
        return {str(key): _normal(member) for key, member in sorted(value.items())}
    if isinstance(value, list):
        return [_normal(member) for member in value]
    return str(value) if isinstance(value, str) else value


def main(endpoint: str, seed: int) -> int:
    real = boto3.client("dynamodb", endpoint_url=endpoint)
    for table in ("OrdersTable", "ReconciliationTable"):
        create_table(real, table)
    random.seed(seed)
    trial = Trial(seed)
    trial.faults.rates["table restored to yesterday"] = 0.0  # a restored table has a new name
    trial.writes_by_itself = False  # who writes into the simulated table alone
    trial.deployment.database = compared = Compared(trial.deployment.database, real)  # type: ignore[assignment]  # a stand-in
    broken = trial.run().broken
    for line in (*broken, *compared.differences[:10]):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{compared.calls} calls compared\n")
    return 1 if broken or compared.differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
