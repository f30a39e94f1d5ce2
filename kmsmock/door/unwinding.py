"""What puts back what a world changed, wherever a timeout or Ctrl-C strikes."""

from __future__ import annotations

from collections.abc import Callable

Step = Callable[[], object]


class Unwinding:
    """Steps that put something back, the last first; all of them are taken, whichever of them fails.

    A step is added before what it undoes is done, and may be taken twice: one that was interrupted begins again, for
    nobody knows how far it came.
    """

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)

    def add(self, step: Step) -> None:
        """The step that is taken before all those that were added so far."""
        self._steps.append(step)

    def close(self) -> None:
        """Take all steps that are left. Raises what the first that failed raised, after the last."""
        problems: list[BaseException] = []
        while self._steps:
            try:
                self._take(problems)
            except BaseException as interrupt:  # between two steps
                problems.append(interrupt)
        if problems:
            raise problems[0]

    def _take(self, problems: list[BaseException]) -> None:
        while self._steps:
            step = self._steps[-1]
            for _ in range(2):
                try:
                    step()
                    break
                except BaseException as problem:
                    problems.append(problem)
            self._steps.pop()
