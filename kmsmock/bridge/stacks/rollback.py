"""What becomes of a stack when KMS refuses one of its resources ("Stack failure options", CloudFormation guide)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from kmsmock.bridge.stacks.encrypted_resources import undoing
from kmsmock.bridge.stacks.kms_resources import ResourceFailed
from kmsmock.call import Call
from kmsmock.records import serving
from kmsmock.services.kms import late

Method = Callable[..., Any]
_BEGAN = {"CREATE_FAILED": "CreateStack", "UPDATE_FAILED": "UpdateStack"}


def failing_creation(create: Method) -> Method:
    """CreateStack succeeds all the same; the stack's events say why, and what was made is deleted again."""

    @wraps(create)
    def create_resources(stack: Any) -> None:
        try:
            create(stack)
        except ResourceFailed as failure:
            undo_creation(stack, failure)

    return create_resources


def failing_exports(create: Method) -> Method:
    """Resources that a stack exports are made before all others, by a look at the export."""

    @wraps(create)
    def create_stack(backend: Any, name: str, *args: Any, **options: Any) -> Any:
        try:
            return create(backend, name, *args, **options)
        except ResourceFailed as failure:
            stack = backend.get_stack(name)
            undo_creation(stack, failure)
            return stack

    return create_stack


def undo_creation(stack: Any, failure: ResourceFailed) -> None:
    """What was made of a new stack is deleted again; its events say why."""
    from moto.cloudformation.parsing import OutputMap

    _tell(stack, failure, "CREATE_FAILED")
    reason = f"The following resource(s) failed to create: [{failure.logical_id}]. Rollback requested by user."
    stack._add_stack_event("ROLLBACK_IN_PROGRESS", resource_status_reason=reason)
    stack.resource_map.delete()
    stack.resource_map._resource_json_map = {}  # moto makes what is missing whenever somebody looks
    stack.output_map = OutputMap(stack.resource_map, {}, stack.stack_id)
    stack._add_stack_event("ROLLBACK_COMPLETE")
    stack.status = "ROLLBACK_COMPLETE"


def failing_update(update: Method) -> Method:
    """UpdateStack succeeds; the stack goes back to the template that it had."""

    @wraps(update)
    def update_stack(stack: Any, template: Any, *args: Any, **options: Any) -> None:
        before = stack.template
        try:
            update(stack, template, *args, **options)
        except ResourceFailed as failure:
            undo_update(stack, failure, before)

    return update_stack


def undo_update(stack: Any, failure: ResourceFailed, before: str) -> None:
    """The stack goes back to a template that it had; its events say why."""
    _tell(stack, failure, "UPDATE_FAILED")
    reason = f"The following resource(s) failed to update: [{failure.logical_id}]. "
    stack._add_stack_event("UPDATE_ROLLBACK_IN_PROGRESS", resource_status_reason=reason)
    stack.template = before
    stack._parse_template()
    _forget_unmade(stack.resource_map, failure.logical_id)
    with undoing():
        stack.resource_map.update(stack.template_dict, stack.parameters)
    stack.output_map = stack._create_output_map()
    stack._add_stack_event("UPDATE_ROLLBACK_COMPLETE")
    stack.status = "UPDATE_ROLLBACK_COMPLETE"


def _forget_unmade(resources: Any, logical_id: str) -> None:
    """A resource that could not be made is not there to be deleted."""
    if logical_id not in resources._parsed_resources:
        resources._resource_json_map = {k: v for k, v in resources._resource_json_map.items() if k != logical_id}


def _tell(stack: Any, failure: ResourceFailed, status: str) -> None:
    asking = serving.current()
    call = Call("cloudformation", _BEGAN[status], {"StackName": stack.name}, asking.caller, stack.region_name)
    outcome = f"rolls back: {failure.logical_id} ({failure.resource_type}) is {status}"
    late.failed(asking.store, call, failure.error, stack.name, outcome)
    from moto.cloudformation.models import Event

    stack.events.append(
        Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=failure.logical_id,
            physical_resource_id="",
            resource_type=failure.resource_type,
            resource_status=status,
            resource_status_reason=failure.reason,
            resource_properties=None,
        )
    )
