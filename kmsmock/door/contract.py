"""What the door reads or replaces of Python itself and of PyYAML, each name with its reason."""

from __future__ import annotations

from kmsmock.foreign.contract import Contract

STANDARD_LIBRARY = Contract(
    "Python",
    {
        "concurrent.futures:ThreadPoolExecutor.submit": "REPLACED: work acts as whoever gave it to the executor",
        "http.client:HTTPConnection._tunnel_host": "whether a connection goes to a proxy",
        "http.client:HTTPConnection.connect": "REPLACED: behind a host of AWS is no socket but the world",
        "http.client:HTTPSConnection.connect": "REPLACED: likewise",
        "multiprocessing.context:Process._start_method": "whether a child has the world in its memory",
        "multiprocessing.forkserver:": "what forks children that do not inherit the world",
        "multiprocessing.forkserver:ForkServer": "one that has another environment than that of before the world",
        "multiprocessing.forkserver:ForkServer._preload_modules": "what the suite wants it to import",
        "multiprocessing.forkserver:ForkServer._stop": "the end of the world",
        "multiprocessing.forkserver:_forkserver": "the one of before the world",
        "multiprocessing.forkserver:connect_to_new_process": "REPLACED while a child starts",
        "multiprocessing.process:BaseProcess.start": "REPLACED: children do not reach AWS",
        "os:system": "REPLACED: likewise",
        "socket:socket.connect": "REPLACED: addresses of AWS on every machine are not reached",
        "socket:socket.connect_ex": "REPLACED: likewise",
        "socket:getaddrinfo": "REPLACED: hosts of AWS have no address",
        "sqlite3:adapters": "SET: dates are found in it even if it was filled while time stood still",
        "subprocess:Popen.__init__": "REPLACED: children do not reach AWS",
        "threading:Thread.start": "REPLACED: a thread acts as whoever started it",
    },
)
"""Documented, most of it; but nobody promises that it can be replaced."""

_HANDLERS = "pydantic._internal._generate_schema:GenerateSchema"
PYDANTIC = Contract(
    "pydantic",
    {
        _HANDLERS: "what makes the schema of a model",
        f"{_HANDLERS}._handlers": "SET: as the adapters of sqlite3",
    },
    optional=frozenset({_HANDLERS, f"{_HANDLERS}._handlers"}),
)
"""Looked at when somebody has imported it."""

PYYAML = Contract(
    "PyYAML",
    {
        "yaml.representer:BaseRepresenter": "what every dumper's representer comes from",
        "yaml.representer:BaseRepresenter.yaml_representers": "SET: as the adapters of sqlite3",
    },
)
"""Looked at when somebody has imported it."""
