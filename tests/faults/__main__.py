"""The fault suite: `make faults [TRIALS=n] [TRANSPORT=postgres|rabbitmq|both] [SEED=n]`.

Each violation is printed with its trial, and makes the exit status 1.
"""

import argparse
import asyncio
import secrets
import sys
from typing import get_args

from tests.faults.report import print_report, say
from tests.faults.stack import Stack, TransportName
from tests.faults.trial import Trial, Trials


def main() -> int:
    arguments = argparse.ArgumentParser(prog="make faults", description=__doc__)
    arguments.add_argument("--trials", type=int, default=20, help="on each transport; each has 1 to 3 kills")
    arguments.add_argument("--transport", choices=[*get_args(TransportName), "both"], default="both")
    arguments.add_argument("--seed", default=secrets.token_hex(4), help="of all that is random (default: another one)")
    arguments.add_argument("--first", type=int, default=1, help="number of the first trial")
    chosen = arguments.parse_args()
    say(f"seed {chosen.seed}")
    transports = [name for name in get_args(TransportName) if chosen.transport in (name, "both")]
    trials: list[Trial] = []
    for transport in transports:
        numbers = range(chosen.first, chosen.first + chosen.trials)
        trials += asyncio.run(run(transport, chosen.seed, numbers))
    print_report(trials)
    return 1 if any(trial.violations for trial in trials) else 0


async def run(transport: TransportName, seed: str, numbers: range) -> list[Trial]:
    """The trials of these numbers; after a violation they go on with a new stack, and the old one is kept."""
    done: list[Trial] = []
    while len(done) < len(numbers):
        done += await _run_on_one_stack(transport, seed, numbers[len(done) :])
    return done


async def _run_on_one_stack(transport: TransportName, seed: str, numbers: range) -> list[Trial]:
    stack, done = Stack(transport), list[Trial]()
    try:
        trials = Trials(stack, seed)
        await trials.begin()
        for number in numbers:
            done.append(await trials.run(number))
            say(done[-1].line())
            if done[-1].violations:
                break
    finally:
        await stack.stop()
    if not done[-1].violations:
        stack.discard()
        return done
    for violation in done[-1].violations:
        say(f"  {violation}")
    say(f"  seed {seed}, trial {done[-1].number}; logs and data are kept in {stack.folder}")
    return done


if __name__ == "__main__":
    sys.exit(main())
