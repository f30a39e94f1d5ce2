"""What KMS answers about grants."""

from __future__ import annotations

from collections.abc import Sequence

from kmsmock.errors import AwsError, validation


def invalid_grant_token() -> AwsError:
    return AwsError("InvalidGrantTokenException")


def invalid_grant_id() -> AwsError:
    return AwsError("InvalidGrantIdException")


def grant_not_found(grant_id: str) -> AwsError:
    # Unverified text; the code was measured for RevokeGrant with an id that no grant has.
    return AwsError("NotFoundException", f"Grant ID {grant_id} not found")


def grant_identifiers_missing() -> AwsError:
    return validation("Grant token OR (grant ID, key ID) must be specified")


def arn_not_valid(arn: str) -> AwsError:
    return AwsError("InvalidArnException", f"ARN is not valid: {arn}")


def grant_principal_required() -> AwsError:
    # Unverified text; that one of the two is needed follows from the model, which requires neither.
    return validation("Exactly one of GranteePrincipal and GranteeServicePrincipal must be specified.")


def grant_source_arn_required() -> AwsError:
    # Unverified text; the rule is documented.
    return validation("A SourceArn grant constraint is required when GranteeServicePrincipal is specified.")


def grant_retiring_required() -> AwsError:
    # Unverified text; the rule is documented.
    return validation("A retiring principal is required when GranteeServicePrincipal is specified.")


def two_retiring_principals() -> AwsError:
    # Unverified text.
    return validation("RetiringPrincipal and RetiringServicePrincipal cannot both be specified.")


def principal_not_valid(arn: str) -> AwsError:
    return AwsError("InvalidArnException", f"ARN does not refer to a valid principal: {arn}")


def dead_principal(subject: str) -> AwsError:
    # As recorded: with a full stop for the parameters of CreateGrant, without one for the filter of ListGrants.
    stop = "." if subject.endswith("Principal") else ""
    return AwsError("InvalidArnException", f"{subject} does not refer to a valid principal{stop}")


def two_constraints() -> AwsError:
    return validation("More than one constraint supplied")


def grant_of_create_grant_alone() -> AwsError:
    return validation("Grants must not contain only the CreateGrant operation.")


def grant_constraint_too_large() -> AwsError:
    # Unverified text; the limits (8 pairs, values of 384 characters) are documented.
    return validation("A grant constraint may have at most 8 pairs, with values of at most 384 characters.")


def grant_operations_not_supported(
    operations: Sequence[str], key_kind: str, usage: str, valid: Sequence[str]
) -> AwsError:
    return validation(
        f"Operations [{', '.join(operations)}] are not supported when creating a grant for a {key_kind} KMS key "
        f"with key usage {usage}. Valid operations are [{', '.join(valid)}]"
    )


def grant_context_not_supported() -> AwsError:
    return validation("EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.")


def grant_quota(limit: int, usage: int) -> AwsError:
    # Unverified text, worded like the recorded alias quota.
    return AwsError(
        "LimitExceededException",
        f"Grants per key quota for this account in this region is {limit}, current usage is {usage}.",
    )


def grantee_quota(limit: int, usage: int) -> AwsError:
    # Unverified text, worded like the recorded alias quota; AWS has no such quota any more.
    return AwsError(
        "LimitExceededException",
        f"Grants for a given principal per key quota for this account in this region is {limit}, current usage is "
        f"{usage}.",
    )
