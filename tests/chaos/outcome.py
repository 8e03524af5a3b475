"""What an attack comes to."""

from dataclasses import dataclass


@dataclass
class Outcome:
    """What was measured, in words, and whether what must hold held."""

    measured: str
    held: bool


ATTACKS = {}


def attack(name, tried, needs_postgres=True):
    """Names a function for what holds where it succeeds, and says what is tried."""

    def register(function):
        ATTACKS[name] = (tried, needs_postgres, function)
        return function

    return register
