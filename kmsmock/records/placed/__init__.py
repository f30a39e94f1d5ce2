"""Records that are put into moto as they stand somewhere else: names, ids and documents stay what they are."""
