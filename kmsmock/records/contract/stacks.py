"""CloudFormation."""

from __future__ import annotations

from collections.abc import Mapping

STACKS: Mapping[str, Mapping[str, str]] = {
    "moto.cloudformation.models": {
        "ChangeSet.change_set_type": "whether a change set makes a stack",
        "ChangeSet.execution_status": "SET: a change set whose resource was refused",
        "ChangeSet.parameters": "what a stack has after a change set",
        "ChangeSet.stack": "the stack of a change set",
        "ChangeSet.tags": "what a stack has after a change set",
        "CloudFormationBackend": "who reads templates",
        "CloudFormationBackend.create_change_set": "REPLACED: what is no template is refused before it is stored",
        "CloudFormationBackend.create_stack": "REPLACED: a refusal by KMS fails the stack and not the request",
        "CloudFormationBackend.create_stack_set": "REPLACED: likewise",
        "CloudFormationBackend.describe_change_set": "finding a change set",
        "CloudFormationBackend.execute_change_set": "REPLACED: it ends as a stack does, with outputs and rollback",
        "CloudFormationBackend.exports": "SET: what a stack exports after a change set",
        "CloudFormationBackend.get_stack": "the stack that has failed",
        "CloudFormationBackend.stacks": "what depends on a key: the stacks",
        "CloudFormationBackend.update_stack": "REPLACED: likewise",
        "CloudFormationBackend.update_stack_set": "REPLACED: likewise",
        "CloudFormationBackend.validate_template": "REPLACED: likewise",
        "Event": "why a resource failed, in the stack's events",
        "Stack": "a stack",
        "Stack._add_stack_event": "the events of a rollback",
        "Stack._create_output_map": "the outputs after a rollback",
        "Stack._parse_template": "the template that a stack goes back to",
        "Stack.create_resources": "REPLACED: a refusal rolls the stack back",
        "Stack.description": "SET: that of the template of a change set",
        "Stack.events": "the events of a stack",
        "Stack.exports": "what a stack exports after a change set",
        "Stack.output_map": "SET: a stack that was rolled back has no outputs of what is gone",
        "Stack.parameters": "SET: those of a change set",
        "Stack.resource_map": "the resources of a stack",
        "Stack.stack_id": "the events and outputs of a rollback",
        "Stack.status": "SET: how a rollback ended",
        "Stack.tags": "SET: those of a change set",
        "Stack.template": "SET: an update that failed is undone",
        "Stack.template_dict": "the template that a stack goes back to",
        "Stack.update": "REPLACED: a refusal rolls the update back",
        "cloudformation_backends": "the backends of CloudFormation",
        "yaml": "REPLACED: templates are data",
    },
    "moto.cloudformation.responses": {
        "yaml": "REPLACED: templates are data",
    },
    "moto.cloudformation.utils": {
        "yaml_tag_constructor": "the short forms of functions in templates",
    },
    "moto.cloudformation.parsing": {
        "Export.name": "the exports of a stack, by their names",
        "OutputMap": "the outputs after a rollback",
        "ResourceMap._parsed_resources": "whether a resource came to be made",
        "ResourceMap._resource_json_map": "SET: moto would make what is missing whenever somebody looks",
        "ResourceMap.cross_stack_resources": "SET: what a change set imports of other stacks",
        "parse_and_create_resource.logical_resource_id": "the id that a template has for a resource",
        "resource_class_from_type": "REPLACED: keys of templates are the world's, encrypted resources ask KMS",
    },
    "moto.core.common_models": {
        "CloudFormationModel.create_from_cloudformation_json": "REPLACED: principals have their policies",
        "CloudFormationModel.delete_from_cloudformation_json": "REPLACED: likewise; one that was refused goes",
        "CloudFormationModel.update_from_cloudformation_json": "REPLACED: likewise; a change looks at its key",
    },
}
