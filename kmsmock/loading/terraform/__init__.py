"""Plans and states of Terraform, as ``terraform show -json`` prints them ("JSON Output Format", Terraform)."""

from kmsmock.loading.terraform.plan import is_plan, read_plan

__all__ = ["is_plan", "read_plan"]
