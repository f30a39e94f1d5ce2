"""What botocore does to the calls of every client and the shorter ways leave out, each name with its reason."""

from __future__ import annotations

from collections.abc import Mapping

LEFT_OUT: Mapping[str, str] = {
    "botocore.auth:SigV4Auth.canonical_request": "left out: nobody checks what it is for",
    "botocore.auth:SigV4Auth.signature": "left out: nobody checks what it is for",
    "botocore.auth:SigV4Auth.string_to_sign": "left out: nobody checks what it is for",
    "botocore.client:ClientCreator._default_s3_presign_to_sigv2": "left out: for presigned URLs",
    "botocore.client:ClientCreator._default_signer_to_sigv4": "left out: it chooses a signature",
    "botocore.handlers:_handle_200_error": "left out: looks at an answer of S3",
    "botocore.handlers:_handle_request_validation_mode_member": "left out: nothing of KMS has checksums",
    "botocore.handlers:_set_auth_scheme_preference_signer": "left out: nothing is signed",
    "botocore.handlers:_set_extra_headers_for_unsigned_request": "left out: for unsigned requests",
    "botocore.handlers:_update_status_code": "left out: looks at an answer of S3",
    "botocore.handlers:add_recursion_detection_header": "left out where no Lambda function runs",
    "botocore.handlers:add_retry_headers": "left out: a header about attempts",
    "botocore.handlers:disable_signing": "left out: it chooses a signature",
    "botocore.handlers:generate_idempotent_uuid": "left out: nothing of KMS has a token",
    "botocore.handlers:handle_expires_header": "left out: looks at an answer of S3",
    "botocore.handlers:inject_api_version_header_if_needed": "left out: KMS discovers no endpoints",
    "botocore.handlers:remove_arn_from_signing_path": "left out: for the signature alone",
    "botocore.handlers:set_operation_specific_signer": "left out: nothing is signed",
    "botocore.retries.standard:MaxAttemptsSeeder.seed_max_attempts": "left out: a header about attempts",
    "botocore.retries.standard:RetryHandler.needs_retry": "left out but after an error",
    "botocore.retries.standard:RetryQuotaChecker.release_retry_quota": "asked on every way",
    "botocore.retryhandler:RetryHandler.__call__": "left out but after an error",
    "botocore.useragent:UserAgentString.rebuild_and_replace_user_agent_handler": "left out: it says it again",
    "botocore.utils:S3ExpressIdentityResolver.resolve_s3express_identity": "left out: chooses credentials",
    "botocore.utils:S3RegionRedirectorv2.redirect_from_error": "left out: looks at an answer of S3",
}
"""The handlers that every client has and that the short way does without, as far as a version has them."""
