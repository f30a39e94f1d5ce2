"""Parameters that CDK's own tools give when they deploy: where assets are, and which bootstrap an account has.

A template alone does not tell them, and nobody's access hangs on them ("Legacy stack synthesizer", AWS CDK).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_ASSET = re.compile(r"AssetParameters([0-9a-f]{8,64})(S3Bucket|S3VersionKey|ArtifactHash|ImageName)?")
_FORMS: Mapping[str | None, str] = {
    "S3Bucket": "cdktoolkit-stagingbucket-asset",
    "S3VersionKey": "assets/||{hash}.zip",
    "ImageName": "aws-cdk/assets:{hash}",
}
_VERSION = "/cdk-bootstrap/"
_NEWEST = "30"
"""More than any rule of a template asks for."""


def given_by_cdk(name: str, declared: Mapping[str, Any]) -> str | None:
    """What stands for such a parameter; None for every other."""
    found = _ASSET.match(name)
    if found is not None:
        return _FORMS.get(found[2], "{hash}").format(hash=found[1])
    return _NEWEST if str(declared.get("Default") or "").startswith(_VERSION) else None
