"""The two kinds of custom key stores."""

HSM = {
    "CloudHsmClusterId": "cluster-abcdefghijk",
    "KeyStorePassword": "kmsPswd12",
    "TrustAnchorCertificate": "certificate",
}


XKS = {
    "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
    "XksProxyConnectivity": "PUBLIC_ENDPOINT",
    "XksProxyUriEndpoint": "https://proxy.example.com",
    "XksProxyUriPath": "/kms/xks/v1",
    "XksProxyAuthenticationCredential": {"AccessKeyId": "A" * 20, "RawSecretAccessKey": "B" * 43},
}
