"""The world at an address: for child processes, other languages and containers.

Nothing of it is imported before a test asks for ``world.endpoint()``.
"""

from kmsmock.endpoint.address import Address
from kmsmock.endpoint.opening import Endpoint

__all__ = ["Address", "Endpoint"]
