"""The real use cases in a simulated world: one thread, virtual time, everything driven by a seed."""
