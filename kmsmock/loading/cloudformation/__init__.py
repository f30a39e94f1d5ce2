"""Templates of CloudFormation, and what ``cdk synth`` writes: read without a stack being made."""

from kmsmock.loading.cloudformation.stack import Stack, read_stacks

__all__ = ["Stack", "read_stacks"]
