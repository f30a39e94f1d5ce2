"""What KMS refuses in the parameters of a call before it looks at any key."""

from __future__ import annotations

from typing import Any

from kmsmock import errors
from kmsmock.crypto.specs import KEY_SPECS
from kmsmock.wire import constraints, models

_CONTEXTS = ("EncryptionContext", "SourceEncryptionContext", "DestinationEncryptionContext")
"""Parameters whose values may not be empty; whether their names may be is unverified."""

KNOWN = frozenset({
    "AliasName", "BypassPolicyLockoutSafetyCheck", "CiphertextBlob", "CloudHsmClusterId", "Constraints",
    "CustomKeyStoreId", "CustomKeyStoreName", "CustomKeyStoreType", "CustomerMasterKeySpec", "Description",
    "DestinationEncryptionAlgorithm", "DestinationEncryptionContext", "DestinationKeyId", "DryRun", "DryRunModifiers",
    "EncapsulationAlgorithm", "EncryptedKeyMaterial", "EncryptionAlgorithm", "EncryptionContext", "ExpirationModel",
    "GrantId", "GrantToken", "GrantTokens", "GranteePrincipal", "GranteeServicePrincipal", "ImportToken",
    "ImportType", "IncludeKeyMaterial", "KeyAgreementAlgorithm", "KeyId", "KeyMaterialDescription", "KeyMaterialId",
    "KeyPairSpec", "KeySpec", "KeyStorePassword", "KeyUsage", "Limit", "Mac", "MacAlgorithm", "Marker", "Message",
    "MessageType", "MultiRegion", "Name", "NewCustomKeyStoreName", "NumberOfBytes", "Operations", "Origin",
    "PendingWindowInDays", "Plaintext", "Policy", "PolicyName", "PrimaryRegion", "PublicKey", "Recipient",
    "ReplicaRegion", "ResourceOwners", "RetiringPrincipal", "RetiringServicePrincipal", "RotationPeriodInDays",
    "SharedSecretCiphertextBlob", "Signature", "SigningAlgorithm", "SourceEncryptionAlgorithm",
    "SourceEncryptionContext", "SourceKeyId", "TagKeys", "Tags", "TargetKeyId", "TrustAnchorCertificate", "ValidTo",
    "WrappingAlgorithm", "WrappingKeySpec", "XksKeyId", "XksProxyAuthenticationCredential", "XksProxyConnectivity",
    "XksProxyUriEndpoint", "XksProxyUriPath", "XksProxyVpcEndpointServiceName", "XksProxyVpcEndpointServiceOwner",
})  # fmt: skip
"""The parameters that are modelled. One that a newer botocore has and this has not is refused, not ignored."""


def check(operation: str, params: dict[str, Any]) -> None:
    """Raise ValidationException for every constraint of the model that the parameters break."""
    violations = constraints.violations("kms", operation, params)
    if violations:
        _must_be_in_botocores_model(params)
        raise errors.constraint_violations(violations)
    if not KNOWN.issuperset(params):
        unknown = ", ".join(sorted(params.keys() - KNOWN))
        raise NotImplementedError(f"kmsmock does not model the parameter {unknown} of kms {operation}")
    if any("" in params[name].values() for name in _CONTEXTS if name in params):
        raise errors.validation("Invalid EncryptionContext")


_SPECS = ("CustomerMasterKeySpec", "KeyPairSpec", "KeySpec")


def _must_be_in_botocores_model(params: dict[str, Any]) -> None:
    """Raise OlderLibrary for a spec that kmsmock models and an older botocore has not heard of: AWS has."""
    shape: Any = models.service_model("kms").shape_for("KeySpec")
    for name in _SPECS:
        spec = params.get(name)
        if spec in KEY_SPECS and spec not in shape.enum:
            raise models.lacks(f"the key spec {spec}")
