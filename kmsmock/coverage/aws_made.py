"""Policies that nobody wrote: AWS's own, and those that it gives to what is made without one."""

from __future__ import annotations

import re

from kmsmock.iam import Source

_NAMES = re.compile(
    r"AWSServiceRoleFor"  # roles of services
    r'|^inline policy "AdministratorAccess" of role '  # what Organizations gives to its role in a new account
    r"|^none of "  # where there is no service control policy
)
_IDS = re.compile(r"key-default-1|auto-|__default_policy_ID")
"""The Id of default key policies, of those of AWS managed keys, of those of topics."""


def is_aws_made(source: Source) -> bool:
    """Whether AWS made a policy that no line of the suite is known to have written."""
    return source.fixed or _IDS.match(source.policy.id) is not None or _NAMES.search(source.name) is not None
