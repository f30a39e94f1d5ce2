"""moto's records: read, and told what they should say. Nothing here replaces anything in moto."""
