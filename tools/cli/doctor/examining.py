"""Makes the checks side by side, each with its time limit; what a check raises becomes its finding."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.doctor.check import SIGNS, Check, Examined, Finding, State, wrong

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """A check that was made.

    check: the check
    finding: what it found
    seconds: how long it took
    """

    check: Check
    finding: Finding
    seconds: float


async def examine(checks: Sequence[Check], examined: Examined, *, tell: Tell) -> list[Result]:
    """The results in the order of the checks; `tell` is given a line as each one ends."""
    done = 0

    async def made(check: Check) -> Result:
        nonlocal done
        result = await _made(check, examined)
        done += 1
        tell(f"{done} of {len(checks)}: {SIGNS[result.finding.state]} {check.name}, {result.seconds:.1f} s")
        return result

    return list(await asyncio.gather(*map(made, checks)))


def healthy(results: Sequence[Result]) -> bool:
    """Whether nothing is wrong; what people should know counts as healthy."""
    return all(result.finding.state is not State.WRONG for result in results)


async def _made(check: Check, examined: Examined) -> Result:
    began = time.perf_counter()
    finding = await _found(check, examined)
    return Result(check, finding, time.perf_counter() - began)


async def _found(check: Check, examined: Examined) -> Finding:
    from chassis.errors import Misconfigured
    from cli.connections import told
    from cli.errors import CommandError

    try:
        async with asyncio.timeout(check.seconds):
            return await told(check.look(examined), lambda: examined.environ)
    except TimeoutError:
        return wrong(f"no answer in {check.seconds:.0f} s", check.remedy)
    except (CommandError, Misconfigured) as error:
        return wrong(str(error), check.remedy)
    except Exception as error:  # noqa: BLE001 one check that fails keeps nobody from the others
        return wrong(f"it could not be looked at: {type(error).__name__}", check.remedy)
