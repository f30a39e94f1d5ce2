"""moto's backups of tables: the one that DynamoDB makes by itself when it archives a table."""

from __future__ import annotations

from datetime import datetime


def archive(account: str, region: str, name: str, when: datetime) -> str:
    """The ARN of a backup of a table as it was when it was archived; nobody could write to it since."""
    from moto.dynamodb.models import dynamodb_backends
    from moto.dynamodb.models.table import Backup

    backend = dynamodb_backends[account][region]
    backup = Backup(account, region, name, backend.get_table(name))
    backup.creation_date_time = when.replace(tzinfo=None)
    backup.identifier = backup._make_identifier()
    backend.backups[backup.arn] = backup
    return str(backup.arn)
