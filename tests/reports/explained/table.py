"""All questions, by what they are about."""

from tests.reports.explained import (
    ciphertexts,
    databases,
    disks,
    grants,
    key_policies,
    messages,
    objects,
    permissions,
    services,
)

MODULES = (objects, disks, messages, services, databases, ciphertexts, key_policies, permissions, grants)
QUESTIONS = [each for module in MODULES for each in module.QUESTIONS]
