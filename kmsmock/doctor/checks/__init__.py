"""What the doctor looks for, one file a kind: each has the checks (what happens, what to write) and finds them."""
