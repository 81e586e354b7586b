"""The loading of an instance, in which nothing becomes garbage: imported first, `done` when all is loaded.

What is loaded stays. To look through it for garbage takes a twelfth of a start, and each later collection of
all generations as long again (docs/benchmarks.md).
"""

import gc

gc.disable()


def done() -> None:
    """Collect garbage from now on, of what is made from now on."""
    gc.freeze()
    gc.enable()
