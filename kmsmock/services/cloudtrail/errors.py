"""What CloudTrail says when it refuses. Only the text about bucket and key was recorded, others are unverified."""

from __future__ import annotations

from kmsmock.errors import AwsError


def lookup_attributes(text: str) -> AwsError:
    return AwsError("InvalidLookupAttributesException", text)


def time_range() -> AwsError:
    return AwsError("InvalidTimeRangeException", "The start time must not be after the end time.")


def max_results() -> AwsError:
    return AwsError("InvalidMaxResultsException", "The number of results must be from 1 to 50.")


def next_token() -> AwsError:
    return AwsError("InvalidNextTokenException", "The token is not valid, or the request differs from the first one.")


def event_category(given: str) -> AwsError:
    return AwsError("InvalidEventCategoryException", f"There is no event category {given}.")


def trail_name(text: str) -> AwsError:
    return AwsError("InvalidTrailNameException", text)


def global_events_left_out() -> AwsError:
    text = "Multi-Region trail must include global service events."
    return AwsError("InvalidParameterCombinationException", text)


def trail_exists(name: str, account: str) -> AwsError:
    return AwsError("TrailAlreadyExistsException", f"Trail {name} already exists for customer: {account}")


def trail_not_found(arn: str, account: str) -> AwsError:
    return AwsError("TrailNotFoundException", f"Unknown trail: {arn} for the user: {account}")


def no_bucket(name: str) -> AwsError:
    return AwsError("S3BucketDoesNotExistException", f"S3 bucket {name} does not exist!")


def bucket_policy(name: str) -> AwsError:
    return AwsError("InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {name}")


def key_policy(bucket: str, key: str) -> AwsError:
    text = f"Insufficient permissions to access S3 bucket {bucket} or KMS key {key}."
    return AwsError("InsufficientEncryptionPolicyException", text)


def key_not_found(key: str) -> AwsError:
    text = f"KMS key {key} does not exist, or is in another Region than the S3 bucket."
    return AwsError("KmsKeyNotFoundException", text)


def key_failure(problem: AwsError) -> AwsError:
    return AwsError("KmsException", problem.message)
