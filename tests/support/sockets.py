"""Sockets under watch: which addresses a block of a test tried to reach."""

import ipaddress
import socket
from contextlib import contextmanager


class LeftTheProcess(BaseException):
    """Not an Exception: whatever catches errors of the network does not catch this one."""


def _local(address):
    if not isinstance(address, tuple):  # a socket of the file system
        return True
    host = address[0]
    try:
        named = ipaddress.ip_address(host.split("%")[0])
        return named.is_loopback or named.is_unspecified  # a client of 0.0.0.0 reaches this machine
    except ValueError:
        return host in ("localhost", "")


@contextmanager
def watched():
    """The addresses beyond loopback that were connected to, or asked for by name, in the block; none is let through."""
    reached = []
    connect, connect_ex, find = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def checked(address):
        if not _local(address):
            reached.append(address)
            raise LeftTheProcess(address)

    def watched_connect(self, address):
        checked(address)
        return connect(self, address)

    def watched_connect_ex(self, address):
        checked(address)
        return connect_ex(self, address)

    def watched_find(host, *args, **options):
        if host is not None:
            checked((host if isinstance(host, str) else host.decode(), 0))
        return find(host, *args, **options)

    socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = (
        watched_connect,
        watched_connect_ex,
        watched_find,
    )
    try:
        yield reached
    finally:
        socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = connect, connect_ex, find
