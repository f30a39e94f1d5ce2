"""How a service uses KMS: as a client, by grants, with data keys, in its own words."""
