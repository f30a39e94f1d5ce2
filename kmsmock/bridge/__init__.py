"""The bridge from moto to our keys: parts of moto reach straight into its KMS backend, past any request.

While a world is active they find the world's keys there, and the keys that they make are the world's. Nothing is
installed before a request goes to one of the services that reach into KMS, and all is taken back with the last world.
"""
