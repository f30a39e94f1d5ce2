"""State machines that are really executed, and the end of their executions."""

import json
import threading

ROLE = "state-machine-role"


def run(account, states, given="{}", role=None, name="machine"):
    """Execute a state machine of these states, first to last, and describe its execution once it has ended."""
    machines = account.client("stepfunctions")
    names = list(states)
    steps = {
        name: {**states[name], **({"Next": names[index + 1]} if index + 1 < len(names) else {"End": True})}
        for index, name in enumerate(names)
    }
    machine = machines.create_state_machine(
        name=name,
        roleArn=role or f"arn:aws:iam::{account.id}:role/{ROLE}",
        definition=json.dumps({"StartAt": names[0], "States": steps}),
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=machine, input=given)["executionArn"]
    for _ in range(6000):
        described = machines.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
        threading.Event().wait(0.01)  # moto executes state machines in threads
    raise TimeoutError(f"the execution of {name} did not end")


def task(resource, **parameters):
    """A state that calls a service."""
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters}
