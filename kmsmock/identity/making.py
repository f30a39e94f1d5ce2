"""Users and roles in the making: IAM calls, taken back if one of them is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Protocol


class Given(Protocol):
    """A policy: the JSON of a document or the ARN of a managed one, and a name if it has one."""

    @property
    def text(self) -> str: ...
    @property
    def arn(self) -> str: ...
    @property
    def name(self) -> str: ...


class Making:
    """One new user or role (``kind``). Leaving the block with an exception deletes all that was made in it."""

    def __init__(self, iam: Any, kind: str, name: str) -> None:
        self.iam = iam
        self._kind = kind
        self._name = name
        self._undo = ExitStack()

    def __enter__(self) -> Making:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._undo.close()

    def call(self, do: str, undo: str, only: Mapping[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """An IAM call, and the one that takes it back; ``only`` are the parameters of the first alone."""
        answer: dict[str, Any] = getattr(self.iam, do)(**params, **(only or {}))
        self._undo.callback(getattr(self.iam, undo), **params)
        return answer

    def boundary(self, policy: Given | None) -> str:
        """The ARN of the permissions boundary, made if it came as a document; empty for none."""
        if policy is None or policy.arn:
            return "" if policy is None else policy.arn
        created = self.iam.create_policy(PolicyName=f"{self._name}-boundary", PolicyDocument=policy.text)
        arn = str(created["Policy"]["Arn"])
        self._undo.callback(self.iam.delete_policy, PolicyArn=arn)
        return arn

    def give(self, policies: Sequence[Given]) -> None:
        """Put the documents and attach the managed policies."""
        who = {f"{self._kind.title()}Name": self._name}
        for number, policy in enumerate(policies, 1):
            if policy.arn:
                attached = {**who, "PolicyArn": policy.arn}
                self.call(f"attach_{self._kind}_policy", f"detach_{self._kind}_policy", None, **attached)
            else:
                named = {**who, "PolicyName": policy.name or f"policy-{number}"}
                document = {"PolicyDocument": policy.text}
                self.call(f"put_{self._kind}_policy", f"delete_{self._kind}_policy", document, **named)
