"""Whole configurations: right ones, every kind of wrong one, and all mistakes at once."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.config import (
    Config,
    ConsoleConfig,
    DaemonConfig,
    GatewayConfig,
    HookConfig,
    PortAddress,
    RoleConfig,
    Source,
    assemble,
    keys,
    load,
    sources,
)
from com1d.errors import ConfigError


DEMO = PortAddress("demo", "")
NAME = (
    "must have a name of 1 to 63 ASCII letters, digits, dots, underscores and hyphens that "
    "begins with a letter or a digit"
)
PORT = (
    "must be serial:/dev/ttyS0, pipe:/path, listen:/path, pty:/dev/pts/7, unix:/path, "
    "tcp:host:port, telnet:host:port, rfc2217:host:port, exec:/path or demo:"
)
RATE = "must be a standard line rate such as 9600 or 115200"
MISSING = 'is missing; it can be "pipe:/path", for example'

CONSOLES = "it belongs in [defaults], [templates.NAME] or [consoles.NAME]"
WILD = "must not have the field"
FIELD = (
    "there are {name}, {vm}, {uuid}, {vmid} and, for the parts of a path that was found, {1} to {9}"
)
SINGLE = "must not have a brace without its other one: fields are {name}"
EITHER = 'must have one of glob = "/run/qemu/*/com1.sock", uri = "qemu:///system" and proxmox = "/"'

WRONG = [
    (
        (
            "[discover.a]\nglob = '/x/*'\nserial = 1\nname = '{2}'\nqmp = '/q/{vmid}'\n"
            "[discover.b]\nuri = 'qemu:///system'\nqemu_log = '/l/{1}'\nserial = 4\n"
            "[discover.c]\nproxmox = '/'\nname = 'vm'\n"
            "[consoles.d]\nport = 'unix:/x/{uuid}'"
        ),
        [
            (
                "consoles.d: has no {uuid}, which libvirt, Proxmox or a path with the UUID in it "
                "tells of VMs that are found"
            ),
            "discover.a.serial: is for uri and proxmox: a glob has the port in its path",
            'discover.a.name = "{2}": has no {2}, which is that * of a glob',
            'discover.a.qmp = "/q/{vmid}": has {vmid}, which only VMs of Proxmox have',
            "discover.b.serial = 4: must be a whole number from 0 to 3",
            'discover.b.qemu_log = "/l/{1}": has no {1}, which is that * of a glob',
            'discover.c.name = "vm": must be a name with a field in it, such as "{2}" or "{name}"',
        ],
    ),
    (
        "[defaults]\nport = 'demo:'\n[consoles.a]\nparity = 'even'\n[consoles.b]\nflow = 'soft'",
        [
            'consoles.a.parity = "even": is for serial: and rfc2217: alone, and this one is demo:',
            'consoles.b.flow = "soft": must be "none", "rtscts" or "xonxoff"',
        ],
    ),
    (
        (
            "[defaults]\nport = 'unix:/{vmId}'\nqemu_log = '/{Name}'\n"
            "[consoles.a]\ncontrol = 'qmp:/{name}{}'\n[discover.b]\nuri = 'qemu:///system'\n"
            "qmp = '/{name}/{uid}'"
        ),
        [
            f'defaults.port = "unix:/{{vmId}}": {WILD} {{vmId}} in it; {FIELD}',
            f'defaults.qemu_log = "/{{Name}}": {WILD} {{Name}} in it; {FIELD}',
            f'consoles.a.control = "qmp:/{{name}}{{}}": {WILD} {{}} in it; {FIELD}',
            f'discover.b.qmp = "/{{name}}/{{uid}}": {WILD} {{uid}} in it; {FIELD}',
        ],
    ),
    (
        (
            "defaults.port = 'pipe:/run/{name'\nconsoles.z.control = 'qmp:/{name}}'\n"
            "[discover.z]\nglob = '/*/c'\nname = '{1}-{vm'"
        ),
        [
            f'defaults.port = "pipe:/run/{{name": {SINGLE}',
            f'consoles.z.control = "qmp:/{{name}}}}": {SINGLE}',
            f'discover.z.name = "{{1}}-{{vm": {SINGLE}',
        ],
    ),
    ("metrics = 1", ["metrics: unknown key here; it belongs in [daemon]"]),
    ("daemon = 1", ["daemon = 1: must be a table: [daemon]"]),
    ("defaults = []", ["defaults = []: must be a table: [defaults]"]),
    ("[[consoles]]", ["consoles = […]: must be a table: [consoles]"]),
    ("consoles.a = 'demo:'", ['consoles.a = "demo:": must be a table: [consoles.a]']),
    ("[roles]\nrole = 'owner'", ["roles = {…}: must be tables: [[roles]]"]),
    ("roles = [3]", ["roles#1 = 3: must be a table: [[roles]]"]),
    ("[console.a]", ["console: unknown key; did you mean consoles?"]),
    (
        "'a\\n' = 1",
        [
            (
                '"a\\\\n": unknown key; here can be daemon, defaults, templates, consoles, roles, '
                "gateways, discover, hooks"
            )
        ],
    ),
    ("[daemon]\nmax_client = 1", ["daemon.max_client: unknown key; did you mean max_clients?"]),
    (
        "[daemon]\nmax_clients = 0",
        ["daemon.max_clients = 0: must be a whole number from 1 to 65536"],
    ),
    (
        "[daemon]\nlog_dir = 'logs'",
        ['daemon.log_dir = "logs": must be an absolute path, without .. or control characters'],
    ),
    (
        "[daemon]\nlog_total = '1KiB'\nlog_keep = '5min'\nlog_key = 'secret'",
        [
            'daemon.log_total = "1KiB": must be a size from "1MiB" to "1048576GiB", or 0 for off',
            'daemon.log_keep = "5min": must be a time from "1h" to "3650d", in ms, s, min, h or d',
            (
                'daemon.log_key = "secret": must be the path of a file, such as '
                '"/etc/com1d/log.key", or a systemd credential, such as "credential:com1d-log"'
            ),
        ],
    ),
    (
        "[consoles.'audit-1.jsonl']\nport = 'demo:'",
        [
            (
                'consoles."audit-1.jsonl": must have another name: the audit\'s files in log_dir '
                "have this"
            )
        ],
    ),
    (
        "[consoles.a]\nport = 'demo:'\nqemu_log = 'x'",
        ['consoles.a.qemu_log = "x": must be an absolute path, without .. or control characters'],
    ),
    ("[consoles.a]", [f"consoles.a.port: {MISSING}"]),
    ("[consoles.a]\nport = ''", [f'consoles.a.port = "": {PORT}']),
    (
        "[consoles.a]\nport = 'demo:'\npaste_limit = 65537",
        ["consoles.a.paste_limit = 65537: must be a whole number from 1 to 65536"],
    ),
    (
        "[consoles.a]\nport = 'demo:'\nlog_size = '1KiB'",
        ['consoles.a.log_size = "1KiB": must be a size from "64KiB" to "1024GiB", or 0 for off'],
    ),
    (
        "[consoles.a]\nport = 'demo:'\nscrollback = 2024-05-01",
        ['consoles.a.scrollback = 2024-05-01: must be a size from "4KiB" to "64MiB"'],
    ),
    (
        "[consoles.a]\nport = 'demo:'\npipe_size = 0",
        ['consoles.a.pipe_size = 0: must be a size from "4KiB" to "64MiB"'],
    ),
    (
        "[consoles.a]\nport = 'demo:'\n[consoles.a.b]",
        [f"consoles.a.b: unknown key; here can be {', '.join(keys.NAMED)}"],
    ),
    ("[consoles.'']\nport = 'demo:'", [f'consoles."": {NAME}']),
    ("[consoles._a]\nport = 'demo:'", [f"consoles._a: {NAME}"]),
    ("[consoles.'a/b']\nport = 'demo:'", [f'consoles."a/b": {NAME}']),
    ("[consoles.'ä']\nport = 'demo:'", [f'consoles."ä": {NAME}']),
    (f"[consoles.{'a' * 64}]\nport = 'demo:'", [f"consoles.{'a' * 64}: {NAME}"]),
    (
        "[consoles.'a.observe']\nport = 'demo:'",
        [
            (
                'consoles."a.observe": must have a name without .observe at its end, as '
                "observers' sockets have"
            )
        ],
    ),
    (
        "[consoles.a]\nport = 'pipe:/x'\n[consoles.b]\nport = 'pipe:/x'",
        ['consoles.b.port = "pipe:/x": is already taken by consoles.a.port'],
    ),
    (
        "[defaults]\nport = 'pipe:/x'\n[consoles.a]\n[consoles.b]",
        ['consoles.b.port = "pipe:/x": is already taken by consoles.a.port'],
    ),
    (
        f"[daemon]\nruntime_dir = '/{'r' * 39}'\n[consoles.{'a' * 45}]\nport = 'demo:'",
        [
            (
                f"consoles.{'a' * 45}: must have a name of at most 44 characters in this "
                "runtime_dir: the path of a Unix socket has at most 107 bytes"
            )
        ],
    ),
    (
        f"[daemon]\nruntime_dir = '/{'r' * 90}'\n[consoles.a]\nport = 'demo:'",
        [
            (
                f'daemon.runtime_dir = "/{"r" * 58}…": must be at least 8 bytes shorter: the path '
                "of a Unix socket in it has at most 107"
            )
        ],
    ),
    (
        "[[roles]]",
        [
            "roles#1.principal: is missing",
            "roles#1.role: is missing",
            "roles#1.scope: is missing",
        ],
    ),
    (
        (
            "[[roles]]\nprincipal = 'uid:0'\nrole = 'owner'\nscope = '*'\n"
            "[[roles]]\nprincipal = 'root'\nrole = 'admin'\nscope = ''\nhost = 1"
        ),
        [
            (
                'roles#2.principal = "root": must be "user:NAME", "group:NAME", "uid:N", "gid:N" '
                'or "everyone"'
            ),
            'roles#2.role = "admin": must be "reader", "contributor" or "owner"',
            (
                'roles#2.scope = "": must be a glob over console names, such as "web*", over sets, '
                'such as "set:web", or "*" for all'
            ),
            "roles#2.host: unknown key; here can be principal, role, scope",
        ],
    ),
    (
        "[daemon]\nrequire_mfa = 'yes'",
        ['daemon.require_mfa = "yes": must be true or false, without quotes'],
    ),
    ("gateways = {}", ["gateways = {}: must be tables: [[gateways]]"]),
    (
        (
            "[discover]\na = 1\n[discover.b]\n[discover.c]\nglob = '/x/*'\nuri = 'q:///'\n"
            "[discover.d]\nglob = '/x/*'\nqmp = '/{name}'\ncontrol = 'exec:/x'\nport = 'demo:'\n"
            "[discover.e]\nuri = 'qemu:///x'\ncontrol = 'qmp:/y'\n[discover.'f g']\n"
            "[discover.g]\nglob = '/x/*'\n[discover.h]\nglob = 'x*'"
        ),
        [
            "discover.a = 1: must be a table: [discover.a]",
            f"discover.b: {EITHER}",
            f"discover.c: {EITHER}",
            f"discover.d.port: unknown key here; {CONSOLES}",
            "discover.d.qmp: must not stand beside control, which says the same",
            'discover.e.control = "qmp:/y": must have {name} in it',
            (
                'discover."f g": must have a name of 1 to 63 ASCII letters, digits, dots, '
                "underscores and hyphens that begins with a letter or a digit"
            ),
            'discover.h.glob = "x*": must be an absolute path, without .. or control characters',
            'discover.g.glob = "/x/*": is already that of discover.d.glob',
        ],
    ),
    (
        f"[defaults]\nport = 'listen:/{'x' * 90}/{{name}}'\n[consoles.{'y' * 17}]",
        [
            (
                f"consoles.{'y' * 17}: must have a path of at most 107 bytes, as all Unix sockets; "
                f"/{'x' * 90}/{'y' * 17} has 109"
            )
        ],
    ),
    (
        (
            "[consoles]\na = {port = 'demo:', instance = 1}\n"
            "b = {port = 'demo:', set = 's', instance = 1}\n"
            "c = {port = 'demo:', set = 's', instance = 1}"
        ),
        [
            "consoles.a.instance = 1: needs a set to be an instance of",
            "consoles.c.instance = 1: is already taken in set s, by consoles.b.instance",
        ],
    ),
    (
        (
            "[[gateways]]\n[[gateways]]\nuid = 1\nuser = 'a'\n[[gateways]]\nuid = -1\n"
            "[[gateways]]\nuser = '7'\n[[gateways]]\ngroup = 'web'"
        ),
        [
            'gateways#1: must have either user = "com1-web" or uid = 990',
            'gateways#2: must have either user = "com1-web" or uid = 990',
            "gateways#3.uid = -1: must be a whole number from 0 to 4294967294",
            (
                'gateways#4.user = "7": must be the name of a user, such as "com1-web"; '
                "a number goes to uid"
            ),
            "gateways#5.group: unknown key; here can be user, uid",
            'gateways#5: must have either user = "com1-web" or uid = 990',
        ],
    ),
    (
        (
            "[[hooks]]\nstate = 'sac'\n[[hooks]]\nrun = ['/n']\nwhen = 1\nstate = 'sac'\n"
            "[[hooks]]\nstate = 'sac'\nrun = ['notify']\n[[hooks]]\nstate = 'sac'\nrun = '/n -x'"
        ),
        [
            "hooks#1.run: is missing",
            "hooks#2.when: unknown key; here can be state, run, scope",
            (
                "hooks#3.run = […]: must be an absolute path and arguments, such as "
                '["/usr/local/bin/notify", "ops"]'
            ),
            (
                'hooks#4.run = "/n -x": must be an absolute path and arguments, such as '
                '["/usr/local/bin/notify", "ops"]'
            ),
        ],
    ),
    (
        "[defaults]\nbaud = 1\n[consoles.a]\nport = 'demo:'\n[consoles.b]\nport = 'demo:'",
        [f"defaults.baud = 1: {RATE}; the nearest is 50"],
    ),
    (
        "[defaults]\nport = 'pipe:/x'\n[consoles.a]\n[consoles.b]\nport = 'x'\nparity = 'even'",
        [f'consoles.b.port = "x": {PORT}'],
    ),
    ("[defaults]\nport = 'x'\n[consoles.a]", [f'defaults.port = "x": {PORT}']),
]


def source(text, file="com1d.toml"):
    return sources.parse(text.encode(), file)


def problems(*found):
    """Give the lines that refuse these sources."""
    with pytest.raises(ConfigError) as refusal:
        assemble(found)
    return str(refusal.value).splitlines()


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_a_wrong_file_gets_exactly_these_lines(text, expected):
    """Each mistake is one line with the file, the key, the value and what was expected."""
    assert [f"com1d.toml: {line}" for line in expected] == problems(source(text))


def test_all_problems_come_at_once():
    """Files that are wrong each in its own way are refused with all their lines, file by file."""
    wrong = [case for case in WRONG if "[consoles" not in case[0] and "[daemon" not in case[0]]
    found = [source(text, f"{number}.toml") for number, (text, _) in enumerate(wrong)]
    expected = [f"{n}.toml: {line}" for n, (_, lines) in enumerate(wrong) for line in lines]
    broken = sources.parse(b"[", "broken.toml")

    assert [*expected, str(broken.problem)] == problems(*found, broken)


def test_all_problems_of_one_file_come_at_once():
    """One file can be wrong in every table, and none hides another."""
    text = """
        colour = 1
        [daemon]
        metrics = 0
        colour = 1
        [defaults]
        baud = 1
        [consoles.a]
        port = "x"
        [consoles.b]
        port = "pipe:/x"
        [consoles.c]
        port = "pipe:/x"
        [[roles]]
    """
    expected = [
        "colour",
        "daemon.metrics",
        "daemon.colour",
        "defaults.baud",
        "consoles.a.port",
        "roles#1.principal",
        "roles#1.role",
        "roles#1.scope",
        "consoles.c.port",
    ]

    assert expected == [line.split()[1].rstrip(":") for line in problems(source(text))]


def test_nothing_means_the_defaults():
    """An empty file is a daemon with its defaults, no console and no roles."""
    assert Config(DaemonConfig(), {}, ()) == assemble([source("")])


def test_every_key_arrives():
    """Each key of each table is in the configuration as the value that was written."""
    text = """
        [daemon]
        runtime_dir = "/r"
        state_dir = "/s"
        log_dir = "/l"
        log_total = "1GiB"
        log_keep = "2d"
        log_key = "credential:k"
        metrics = "[::1]:1"
        socket_group = "g"
        max_clients = 1
        audit_required = false
        require_boot_diagnostics = false
        require_mfa = true
        [consoles.a]
        port = "pipe:/a"
        control = "qmp:/q"
        guest = "windows"
        keys = "vt-utf8"
        baud = 9600
        paste_limit = 1
        scrollback = "4KiB"
        log_size = 0
        qemu_log = "/var/log/{name}.log"
        pipe_size = 65536
        require_mfa = true
        on_disconnect = "lock"
        idle_timeout = "15min"
        [[roles]]
        principal = "group:ops"
        role = "reader"
        scope = "a*"
        [[roles]]
        principal = "uid:7"
        role = "owner"
        scope = "*"
        [[gateways]]
        user = "com1-web"
        [[gateways]]
        uid = 7
        [[hooks]]
        state = "kernel-panic"
        run = ["/n/notify", "ops"]
        scope = "set:web"
        [[hooks]]
        state = "bugcheck"
        run = ["/n/./notify"]
    """
    paths = Path("/r"), Path("/s"), Path("/l")
    daemon = DaemonConfig(
        *paths, ("::1", 1), "g", 1, False, False, True,
        log_total=1 << 30, log_keep=172800, log_key="credential:k",
    )  # fmt: skip
    port = PortAddress("pipe", "/a")
    console = ConsoleConfig(
        "a", port, "qmp:/q", "windows", "vt-utf8", 9600, 1, 4096, 0, 65536, True,
        on_disconnect="lock", idle_timeout=900, qemu_log=Path("/var/log/a.log"),
    )  # fmt: skip
    roles = (RoleConfig("group", "ops", "reader", "a*"), RoleConfig("uid", 7, "owner", "*"))

    gateways = GatewayConfig("com1-web"), GatewayConfig(7)

    hooks = (
        HookConfig("kernel-panic", ("/n/notify", "ops"), "set:web"),
        HookConfig("bugcheck", ("/n/notify",)),
    )

    config = Config(daemon, {"a": console}, roles, gateways, hooks=hooks)
    assert config == assemble([source(text)])


def test_consoles_inherit_from_defaults():
    """A console takes a key from its own table, else from [defaults], else the built-in value."""
    text = """
        [defaults]
        port = "demo:"
        baud = 9600
        guest = "linux"
        [consoles.a]
        [consoles.b]
        guest = "auto"
        port = "pipe:/b"
    """
    consoles = assemble([source(text)]).consoles

    assert ConsoleConfig("a", DEMO, baud=9600, guest="linux") == consoles["a"]
    assert ConsoleConfig("b", PortAddress("pipe", "/b"), baud=9600) == consoles["b"]


def test_tables_may_be_spread_over_files():
    """Different keys of [daemon] and [defaults], consoles and roles add up over the files."""
    role = '[[roles]]\nprincipal = "uid:{}"\nrole = "owner"\nscope = "*"\n'
    main = source("[daemon]\nlog_dir = '/l'\n" + role.format(1) + "[consoles.b]\nport = 'demo:'")
    more = source(
        "[daemon]\nstate_dir = '/s'\n[defaults]\nbaud = 50\n"
        + role.format(2)
        + "[consoles.a]\nport = 'demo:'",
        "conf.d/a.toml",
    )
    config = assemble([main, more])

    assert DaemonConfig(log_dir=Path("/l"), state_dir=Path("/s")) == config.daemon
    assert [("b", 50), ("a", 50)] == [(name, one.baud) for name, one in config.consoles.items()]
    assert [1, 2] == [one.principal for one in config.roles]


def test_what_is_set_in_two_files_is_refused():
    """No file overrides another: the second one is refused, even where both say the same."""
    text = "[daemon]\nlog_dir = '/l'\n[defaults]\nbaud = 50\n[consoles.a]\nport = 'demo:'\n"
    expected = [
        "b: daemon.log_dir: is already set in a",
        "b: defaults.baud: is already set in a",
        "b: consoles.a: is already set in a",
    ]

    assert expected == problems(source(text, "a"), source(text, "b"))


def test_long_names_that_begin_alike_are_two():
    """Names that look the same when shown shortened are still told apart."""
    text = "[consoles.'{}']\nport = 'demo:'"
    long = "a b" * 30

    assert 2 == len(
        problems(source(text.format(long + "1"), "a"), source(text.format(long + "2"), "b"))
    )


def test_a_number_too_long_to_print_is_refused():
    """TOML's hexadecimal numbers can be longer than Python prints decimal ones."""
    [line] = problems(source(f"[defaults]\nscrollback = 0x{'f' * 5000}"))

    assert line.startswith("com1d.toml: defaults.scrollback = 0xffff")


def test_load_reads_the_file_and_conf_d(tmp_path: Path):
    """`load` takes the main file and what is beside it, and names the file of each problem."""
    (tmp_path / "conf.d").mkdir()
    main, more = tmp_path / "com1d.toml", tmp_path / "conf.d" / "web.toml"
    main.write_text("[defaults]\nbaud = 9600\n")
    more.write_text("[consoles.web01]\nport = 'demo:'\n")

    assert {"web01": ConsoleConfig("web01", DEMO, baud=9600)} == load(main).consoles

    more.write_text("[consoles.web01]\nport = 'demo:'\nbaud = 9601")
    with pytest.raises(ConfigError) as refusal:
        load(main)

    assert [str(more)] == [problem.file for problem in refusal.value.problems]


KNOWN = [*keys.TABLES, *keys.DAEMON, *keys.NAMED, *keys.ROLE, "a", "web01"]
PIECES = ["demo:", "pipe:/x", "unix:/x.in", "tcp:h:1", "qmp:/x", "64KiB", "", "owner", "uid:0", "*"]
scalars = (
    st.none().map(lambda _: dt.date(2024, 5, 1))
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 9600, 65536, 1 << 70])
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(PIECES)
)
names = st.sampled_from(KNOWN) | st.text(max_size=5)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
tables = st.dictionaries(names, trees, max_size=5) | st.fixed_dictionaries(
    {},
    optional={
        "daemon": st.dictionaries(st.sampled_from([*keys.DAEMON]), scalars),
        "defaults": st.dictionaries(st.sampled_from([*keys.CONSOLE]), scalars),
        "consoles": st.dictionaries(
            names, st.dictionaries(st.sampled_from([*keys.NAMED]), scalars)
        ),
        "templates": st.dictionaries(
            names,
            st.dictionaries(st.sampled_from([*keys.CONSOLE]), scalars)
            | st.fixed_dictionaries({keys.LIKE: names | st.lists(names, max_size=3)}),
        ),
        "roles": st.lists(st.dictionaries(st.sampled_from([*keys.ROLE]), scalars), max_size=3),
    },
)


def settle(found):
    """Assemble, and check what a refusal owes to its reader."""
    try:
        config = assemble(found)
    except ConfigError as error:
        refused = error.problems
    else:
        assert isinstance(config, Config)
        return
    assert refused
    assert all(str(problem).isprintable() for problem in refused)
    assert {problem.file for problem in refused} <= {one.file for one in found}


@given(st.lists(tables, max_size=3))
def test_no_structure_is_too_strange(found):
    """Any tables that TOML could hold are a configuration or a refusal in printable lines."""
    settle([Source(f"{number}.toml", table) for number, table in enumerate(found)])


@given(st.binary() | st.text().map(str.encode))
def test_no_text_is_too_strange(data):
    """Any bytes are a configuration or a refusal in printable lines."""
    settle([sources.parse(data, "com1d.toml")])


@given(st.data())
def test_no_slip_of_the_keyboard_is_too_strange(data):
    """A right file with a piece cut out or put in is a configuration or a refusal."""
    text = "\n".join(text for text, _ in WRONG)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    piece = data.draw(st.sampled_from(PIECES) | st.text(max_size=3))

    settle([source(text[:start] + piece + text[end:])])


def test_what_people_call_a_vm_has_a_place_in_its_paths():
    """Where the console is called otherwise; without `vm` it is the console's name."""
    config = assemble(
        [
            source(
                "[defaults]\nport = 'unix:/run/qemu-server/{vm}.serial0'\n"
                "control = 'qmp:/run/qemu-server/{vm}.qmp'\n[consoles.web]\nvm = '100'\n"
                "[consoles.101]"
            )
        ]
    )
    assert ["/run/qemu-server/100.serial0", "/run/qemu-server/101.serial0"] == [
        one.port.target for one in config.consoles.values()
    ]
    assert ["qmp:/run/qemu-server/100.qmp", "qmp:/run/qemu-server/101.qmp"] == [
        one.control for one in config.consoles.values()
    ]
