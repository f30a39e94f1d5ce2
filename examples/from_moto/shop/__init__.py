"""A shop: what a team writes that has used moto for years. Its tests are in the folder above."""
