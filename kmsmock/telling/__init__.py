"""How things are told: whose line asked, in which colours, and as a table. Nothing is imported until it is printed."""
