"""Accounts and the principals in them: shortcuts over IAM calls, and clients that sign as somebody."""

from kmsmock.accounts.account import Account
from kmsmock.accounts.principal import Principal

__all__ = ["Account", "Principal"]
