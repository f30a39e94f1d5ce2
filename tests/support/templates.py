"""Templates of CloudFormation."""

import json

DELEGATION = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}


def key(**properties):
    return {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": DELEGATION, **properties}}


def template(**resources):
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}}, "Id": {"Value": {"Ref": "Key"}}}
    return json.dumps({"Resources": resources, "Outputs": outputs if "Key" in resources else {}})
