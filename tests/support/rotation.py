"""What the tests of rotation look at."""

from datetime import datetime, timedelta, timezone

import pytest

START = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)
AWAY = "eu-west-1"
SLOW = pytest.mark.kmsmock(delays={"RotateKeyOnDemand": timedelta(minutes=8)})


def days(number):
    return START + timedelta(days=number)


def status(kms, key):
    shown = kms.get_key_rotation_status(KeyId=key)
    del shown["ResponseMetadata"]
    return shown


def off(key):
    return {"KeyId": key, "KeyRotationEnabled": False}


def on(key, period, due):
    return {"KeyId": key, "KeyRotationEnabled": True, "RotationPeriodInDays": period, "NextRotationDate": due}


def dates(kms, key):
    """Dates and kinds of the rotations that are over."""
    return [(item["RotationDate"], item["RotationType"]) for item in kms.list_key_rotations(KeyId=key)["Rotations"]]


def automatic(*numbers):
    return [(days(number), "AUTOMATIC") for number in numbers]


def current(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]


def materials(kms, key):
    listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    return [(item["KeyMaterialId"], item["KeyMaterialState"]) for item in listed]
