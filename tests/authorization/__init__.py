"""Who may do what: every layer of IAM and of KMS, through boto3, with AWS's own words."""
