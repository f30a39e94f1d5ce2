"""Which image a launch or a copy means: one's own, a shared one, one of Amazon's, or none that one may have."""

from __future__ import annotations

from kmsmock.errors import AwsError
from kmsmock.services import Moto
from kmsmock.services.ec2.records import Disks, Image
from kmsmock.services.kms.client import ServiceKms


def check(kms: ServiceKms, image_id: str | None) -> Image | None:
    """The image that a launch may have; None for one that the model does not keep, as Amazon's.

    Raises AuthFailure for another account's that is not shared, InvalidAMIID.NotFound for one that is not here.
    """
    call, records = kms.call, kms.store.records(Disks)
    image = records.images.get(image_id or "")
    if image is None:
        if image_id in records.deregistered:
            raise not_found(str(image_id))
        return None
    if image.region != call.region:
        raise not_found(image.id)
    if records.image(image.id, call.region, call.account) is None:
        raise AwsError("AuthFailure", f"Not authorized for images: [{image.id}]")
    check_available(image)
    return image


def must_be_known(kms: ServiceKms, moto: Moto, image_id: str) -> None:
    """Raise EC2's error for an image that nobody has, at whose attributes moto would look all the same."""
    gone = image_id in kms.store.records(Disks).deregistered
    if gone or not moto("DescribeImages", ImageIds=[image_id])["Images"]:
        raise not_found(image_id)


def not_found(image_id: str) -> AwsError:
    """EC2's answer for an image that does not exist or that the caller cannot see."""
    return AwsError("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")


def check_available(image: Image) -> None:
    """Nothing is made of an image that is on its way, has failed or is disabled."""
    if image.state != "available":
        text = f"The image ID '{image.id}' is not available"  # the code is documented, the text is not
        raise AwsError("InvalidAMIID.Unavailable", text)
