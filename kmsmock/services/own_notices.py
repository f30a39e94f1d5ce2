"""What services tell of themselves where something was lost: metrics of CloudWatch, events on the default bus.

"Monitoring Amazon EventBridge", "Monitoring Amazon SNS topics using CloudWatch", "Amazon EventBridge events for Amazon
EBS". Nobody is asked for permission: a service tells the account that it works for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kmsmock import clock
from kmsmock.identity.credentials import root_of
from kmsmock.records import backends, serving
from kmsmock.records.serving import Run
from kmsmock.services.kms import message_sender
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire.regions import partition_by_name


def count(run: Run, account: str, region: str, namespace: str, name: str, dimensions: Mapping[str, str]) -> None:
    """One more in a metric of a service."""
    named = [{"Name": each, "Value": value} for each, value in dimensions.items()]
    datum = {"MetricName": name, "Dimensions": named, "Timestamp": clock.now(), "Value": 1.0, "Unit": "Count"}
    run("cloudwatch", "PutMetricData", region, {"Namespace": namespace, "MetricData": [datum]}, account)


def announce(
    kms: ServiceKms, place: tuple[str, str], detail_type: str, resources: Sequence[str], detail: Mapping[str, Any]
) -> None:
    """An event of a service (``kms.via``) on the default bus of an account and Region, whose rules pass it on.

    Nothing keeps it, so that where no rule is nobody is told.
    """
    account, region = place
    source = f"aws.{kms.via.partition('.')[0]}"
    events = backends.existing("events", account, region)
    if events is None or not events.event_buses["default"].rules:
        return
    entry = {"Source": source, "DetailType": detail_type, "Resources": list(resources), "Detail": json.dumps(detail)}
    with message_sender.handling(kms):
        run = serving.running_as(kms.store, root_of(account, partition_by_name(region)))
        run("events", "PutEvents", region, {"Entries": [entry]}, account)
