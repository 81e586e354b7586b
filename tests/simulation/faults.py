"""What goes wrong in a simulated world: how often, chosen by the seed; and how often it did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

# Kinds of faults with the highest rate at which a seed may choose them, per opportunity.
AWS_CALL = {  # per call of DynamoDB or Step Functions
    "AWS call throttled": 0.05,
    "AWS call lost before it took effect": 0.03,
    "AWS call took effect, its answer was lost": 0.03,
    "AWS call repeated after a lost answer": 0.03,
    "AWS call slow": 0.02,
}
ZONOS_CALL = {  # per call of Zonos
    "Zonos refused the connection": 0.05,
    "Zonos was silent": 0.05,
    "Zonos's answer was cut off": 0.05,
    "Zonos answered late": 0.15,
    "Zonos answered 500": 0.05,
    "Zonos answered 429": 0.05,
    "Zonos answered with a page": 0.05,
    "Zonos answered with something else": 0.05,
    "Zonos answered with an older state": 0.1,
    "Zonos answered more than the limit": 0.05,
}
INVOCATION = {  # per invocation of a function
    "process killed": 0.15,
    "clock an hour off": 0.15,
    "clock days off": 0.02,
}
LIFE = {  # per order, redirect, scheduled run or hand-over
    "redirect dropped": 0.9,
    "redirect repeated": 0.4,
    "redirect delayed": 0.4,
    "redirect raced": 0.8,
    "order poisoned": 0.25,
    "order not yet known": 0.3,
    "order dates odd": 0.1,
    "order numbered elsewhere": 0.2,
    "status moved back and forth": 0.6,
    "edited without a status change": 0.3,
    "two reconciliations at once": 0.3,
    "stranger's redirect": 0.5,
    "hand-made run": 0.1,
    "warehouse killed": 0.2,
    "event refused": 0.2,
}
PERIODS = {  # per simulated day: begins then, and lasts seconds to days
    "Zonos down": 0.4,
    "AWS down": 0.2,
    "wrong secret": 0.15,
    "table restored to yesterday": 0.1,
}
KINDS: Sequence[str] = [*AWS_CALL, *ZONOS_CALL, *INVOCATION, *LIFE, *PERIODS]


@dataclass(frozen=True)
class Period:
    """A time during which something does not work. Seconds."""

    begins: float
    ends: float
    kind: str


class Faults:
    """The faults of one seed. `happens` says whether one happens now, and counts it."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.rates = {
            kind: highest * random.random() ** 2 if random.random() < 0.6 else 0.0
            for kinds in (AWS_CALL, ZONOS_CALL, INVOCATION, LIFE, PERIODS)
            for kind, highest in kinds.items()
        }
        self._aws, self._zonos = self._dice(AWS_CALL), self._dice(ZONOS_CALL)
        self.is_calm = False
        self.counts: Counter[str] = Counter()

    def happens(self, kind: str) -> bool:
        if self.is_calm or self._random.random() >= self.rates[kind]:
            return False
        self.counts[kind] += 1
        return True

    def of_aws_call(self) -> str | None:
        return self._throw(self._aws)

    def of_zonos_call(self) -> str | None:
        return self._throw(self._zonos)

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.is_calm = True

    def _dice(self, kinds: Mapping[str, float]) -> Sequence[tuple[float, str]]:
        total, thresholds = 0.0, []
        for kind in kinds:
            if self.rates[kind]:
                total += self.rates[kind]
                thresholds.append((total, kind))
        return thresholds

    def _throw(self, thresholds: Sequence[tuple[float, str]]) -> str | None:
        if self.is_calm or not thresholds:
            return None
        thrown = self._random.random()
        if thrown >= thresholds[-1][0]:
            return None
        kind = next(kind for threshold, kind in thresholds if thrown < threshold)
        self.counts[kind] += 1
        return kind
