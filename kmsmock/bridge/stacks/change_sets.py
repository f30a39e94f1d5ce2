"""Stacks made and changed by change sets, as ``cdk deploy`` and ``sam deploy`` do: with outputs, exports and rollback.

moto makes their resources and leaves it at that ("Updating stacks using change sets", CloudFormation user guide).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from kmsmock.bridge.stacks import rollback
from kmsmock.bridge.stacks.kms_resources import ResourceFailed

Method = Callable[..., Any]


def executing(execute: Method) -> Method:
    """ExecuteChangeSet: the stack has its template and outputs, and goes back if a resource is refused."""

    @wraps(execute)
    def execute_change_set(backend: Any, change_set_name: str, stack_name: str | None = None) -> None:
        change_set = backend.describe_change_set(change_set_name)
        stack, before = change_set.stack, change_set.stack.template
        stack.resource_map.cross_stack_resources = backend.exports
        try:
            execute(backend, change_set_name, stack_name)
        except ResourceFailed as failure:
            change_set.execution_status = "EXECUTE_FAILED"
            if change_set.change_set_type == "CREATE":
                rollback.undo_creation(stack, failure)
            else:
                rollback.undo_update(stack, failure, before)
            return
        _complete(backend, stack, change_set)

    return execute_change_set


def _complete(backend: Any, stack: Any, change_set: Any) -> None:
    for export in stack.exports:
        backend.exports.pop(export.name, None)
    stack._parse_template()
    stack.description = stack.template_dict.get("Description")
    if change_set.parameters:
        stack.parameters = change_set.parameters
    if change_set.tags:
        stack.tags = change_set.tags
    stack.output_map = stack._create_output_map()
    for export in stack.exports:
        backend.exports[export.name] = export
