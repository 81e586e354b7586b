"""The loading of an instance, in which little becomes garbage: imported first, `done` when all is loaded.

What is loaded stays, so a start does not look through it for garbage, nor does any invocation
(docs/benchmarks.md has what that saves).
"""

import gc

gc.disable()


def done() -> None:
    """Collect garbage from now on, of what is made from now on."""
    gc.freeze()
    gc.enable()
