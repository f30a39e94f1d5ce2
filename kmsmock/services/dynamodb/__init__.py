"""DynamoDB: tables under a key of their own, closed while it is lost ("DynamoDB encryption at rest").

moto keeps tables and items; the records here say under which key a table is in each Region, and who opens it. Tables
that a template of CloudFormation makes, and records of streams, ask for no key.
"""

from __future__ import annotations

from kmsmock.services import Advice
from kmsmock.services.dynamodb import backups, items, policies, tables

PRINCIPAL = "dynamodb.amazonaws.com"

OPERATIONS: dict[str, Advice] = {
    **backups.OPERATIONS,
    **items.OPERATIONS,
    **policies.OPERATIONS,
    **tables.OPERATIONS,
}
