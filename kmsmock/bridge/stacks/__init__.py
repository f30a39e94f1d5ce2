"""CloudFormation: keys and encrypted resources of templates, and what a refusal does to a stack."""
