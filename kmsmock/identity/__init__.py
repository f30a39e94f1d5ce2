"""Who asks: credentials, sessions, directories of users and roles, organizations."""
