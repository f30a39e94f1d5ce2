"""Images that are out of date: they can be used, but others do not come across them ("Deprecate an Amazon EC2 AMI")."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import visible_images
from kmsmock.services.ec2.records import Disks, Image, check_dry_run
from kmsmock.services.kms.client import ServiceKms

_MINUTE = timedelta(minutes=1)


def enable(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """EnableImageDeprecation: from ``DeprecateAt`` on, to the nearest minute; another call sets another date."""
    image, when = _owned(call, kms), call.params["DeprecateAt"]
    if when <= clock.now():
        # that it has to be in the future is documented; code and text are not
        raise AwsError("InvalidParameterValue", "The specified deprecation date must be in the future.")
    check_dry_run(call.params)
    rounded = when + _MINUTE / 2
    image.deprecates = rounded.replace(second=0, microsecond=0)
    return {"Return": True}


def disable(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DisableImageDeprecation."""
    image = _owned(call, kms)
    check_dry_run(call.params)
    image.deprecates = None
    return {"Return": True}


def _owned(call: Call, kms: ServiceKms) -> Image:
    image = kms.store.records(Disks).images.get(call.params["ImageId"])
    if image is None or image.place != (call.account, call.region):
        raise visible_images.not_found(call.params["ImageId"])
    return image


OPERATIONS: dict[str, Advice] = {"DisableImageDeprecation": disable, "EnableImageDeprecation": enable}
