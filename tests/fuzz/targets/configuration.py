"""The configuration: TOML files, and the roles and rules in them."""

from collections.abc import Sequence

from com1d.access.access import gateways, grants, rules
from com1d.config import Config, assemble
from com1d.config.sources import parse
from com1d.core.access.policy import Peer, Verb, allowed, role_on
from com1d.errors import ConfigError, ConfigProblem


NEXT_FILE = b"\n# next file\n"

PEER = Peer(1000, 1000, frozenset({27}), "anna")

SEEDS = (
    b'[daemon]\nruntime_dir = "/run/com1d"\nmetrics = "127.0.0.1:9521"\nmax_clients = 9\n',
    b'[consoles.web01]\nport = "pipe:/run/a"\nguest = "windows"\ncontrol = "qmp:/run/q"\n',
    b'[consoles."b.c"]\nport = "serial:/dev/ttyS0"\nbaud = 9600\nlog_size = "4MiB"\n',
    b'[defaults]\nscrollback = "64KiB"\npaste_limit = 2048\n' + NEXT_FILE
    + b'[consoles.db]\nport = "tcp:127.0.0.1:4001"\n[consoles.db2]\nport = "tcp:[::1]:4001"\n',
    b'[[roles]]\nprincipal = "uid:1000"\nrole = "contributor"\nscope = "web*"\n',
    b'[[roles]]\nprincipal = "gid:27"\nrole = "owner"\nscope = "*"\n[[gateways]]\nuid = 990\n',
    b"[consoles.a]\nport = 7\nport = 8\n",
    b'[templates.a]\nlike = "b"\nport = "serial:/dev/{name}"\n[templates.b]\nparity = "even"\n'
    + NEXT_FILE + b'[consoles.c]\nlike = ["b", "a"]\nidle_timeout = "1500s"\n',
    b'\xef\xbb\xbf[[roles]]\r\nprincipal = "everyone"\r\nrole = "reader"\r\nscope = "*"\r\n',
    b'[[discover]]\nport = "unix:/run/{name}.sock"\n',
)  # fmt: skip


def target(data: bytes) -> None:
    """Expect one that can be used, or every reason why not, each in one line that prints."""
    files = {f"{number}.toml": text for number, text in enumerate(data.split(NEXT_FILE))}
    problems: Sequence[ConfigProblem] = ()
    try:
        _use(assemble([parse(text, name) for name, text in files.items()]))
    except ConfigError as error:
        problems = error.problems
        assert problems
    for problem in problems:
        assert problem.file in files
        assert str(problem).isprintable()


def _use(config: Config) -> None:
    """Judge a peer by it, as the daemon does for every request."""
    granted = grants(config.roles)
    assert isinstance(gateways(config.gateways), frozenset)
    assert isinstance(rules(config), frozenset)
    for name in config.consoles:
        role = role_on(PEER, name, granted)
        assert not (role is None and any(allowed(role, verb) for verb in Verb))
