"""What a start imports: a daemon of one console is up in half a second because it is little."""

import json
import subprocess
import sys

import pytest


PROGRAMS = ("com1d.tools", "com1d.manual", "com1d.frontends", "com1d.gateway")
SERVING = ("com1d.daemon.serving", "com1d.console", "com1d.api", "uvloop", "asyncio")

SELDOM = (
    "structlog", "rich", "pygments", "prometheus_client", "qemu", "libvirt", "serial", "xml",
    "cryptography", "aiohttp", "com1d.control.qmp", "com1d.control.libvirt", "com1d.ports.demo",
    "com1d.ports.serial", "com1d.daemon.discovery.libvirt",
)  # fmt: skip
"""For kinds of ports, of hypervisors or of output that most daemons do not have."""

LIBRARIES = {
    "ahocorasick_rs", "asyncinotify", "h11", "tomli", "uvloop", "wcwidth", "websockets",
}  # fmt: skip
"""All of other people's that a start imports. One more is a matter for ARCHITECTURE.md."""

UNWANTED = (
    "asyncio.__main__", "concurrent.futures.process", "configparser", "decimal", "doctest",
    "ensurepip", "fractions", "html", "http.client", "http.server", "imaplib", "logging.config",
    "logging.handlers", "mailbox", "multiprocessing", "pdb", "pydoc", "runpy", "smtplib",
    "sqlite3", "statistics", "tarfile", "timeit", "tkinter", "unittest", "urllib.request",
    "wsgiref", "xmlrpc",
)  # fmt: skip
"""Large modules of the standard library, each 3 to 30 ms of every start and restart."""

LIGHT = {"com1d.tools", "com1d.tools.importing", "com1d.tools.window"}
"""What the command line needs of the commands' package: names and a unit."""


def imported(names: str) -> list[str]:
    """Give the modules of a new interpreter that has imported `names`."""
    script = f"import json, sys, {names}; json.dump(list(sys.modules), sys.stdout)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return json.loads(done.stdout)


def of(modules: list[str], packages: tuple[str, ...]) -> set[str]:
    """Give those of some packages."""
    return {
        module
        for module in modules
        if any(module == package or module.startswith(f"{package}.") for package in packages)
    }


@pytest.fixture(scope="module")
def serving() -> list[str]:
    return imported("com1d.__main__, com1d.daemon.serving")


def test_serving_imports_no_other_program(serving):
    """The daemon needs none of its offline commands, nor of its frontends."""
    assert LIGHT == of(serving, PROGRAMS)


def test_serving_imports_nothing_that_few_daemons_need(serving):
    """It is imported with the first console, terminal or hypervisor that wants it."""
    assert set() == of(serving, SELDOM)


def test_serving_imports_no_library_that_is_not_listed():
    """Each is imported in every daemon, and by every restart, for which users wait."""
    script = """if True:
        import json, sys
        before = set(sys.modules)
        import com1d.__main__, com1d.daemon.serving
        fresh = {name: sys.modules[name] for name in set(sys.modules) - before}
        found = [
            name.partition(".")[0] for name, module in fresh.items()
            if "-packages" in (getattr(module, "__file__", None) or "")
        ]
        json.dump(found, sys.stdout)
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    found = {name for name in json.loads(done.stdout) if not name.endswith("__mypyc")}

    assert found - {"com1d"} == LIBRARIES


def test_serving_imports_no_large_module_that_it_does_not_need(serving):
    """Whoever needs one of them imports it where it is needed."""
    assert set() == of(serving, UNWANTED)


def test_a_command_imports_nothing_of_serving():
    """`com1d check` and `com1d --help` do not wait for the daemon's modules."""
    assert set() == of(imported("com1d.__main__"), SERVING)
