"""Where moto waits for what another thread sends: whoever has the turn gives it up meanwhile."""

from __future__ import annotations

from kmsmock.active import Patches
from kmsmock.model.turns import giving_up


def install_functions(patches: Patches) -> None:
    """A function runs in a container for as long as it likes."""
    from moto.awslambda.models import LambdaFunction

    patches.replace(LambdaFunction, "_invoke_lambda", giving_up(LambdaFunction._invoke_lambda))


def install_queues(patches: Patches) -> None:
    """ReceiveMessage polls for as long as WaitTimeSeconds says; the message comes from elsewhere."""
    from moto.sqs.models import Queue

    patches.replace(Queue, "wait_for_messages", giving_up(Queue.wait_for_messages))


def install_workflows(patches: Patches) -> None:
    """PollForDecisionTask and PollForActivityTask wait a moment before they say that there is none."""
    from moto.swf import models

    patches.replace(models, "sleep", giving_up(models.sleep))
