"""The wire: botocore's service models, requests decoded by them, answers encoded by them."""
