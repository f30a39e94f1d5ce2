"""What KMS answers when it refuses, word for word."""
