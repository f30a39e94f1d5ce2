"""What each operation does once it is allowed: one module for each chapter of the KMS API."""
