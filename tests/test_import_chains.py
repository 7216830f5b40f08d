"""How deep a package is: what a newcomer reads, one module after another, to follow a call."""

from graphlib import CycleError, TopologicalSorter

import grimp


LONGEST_CHAIN = 6
"""Modules of one package, each of which imports the next; a package in it counts as one of them."""

EXCEPTIONS = {
    "com1d.ports.demo": "a machine: line, guest, SAC, channel, shell, commands, boot, texts",
}
"""Packages that may be deeper, and why. One that no longer is has to leave this list."""

GRAPH = grimp.build_graph("com1d", cache_dir=None)


def longest_chain(package: str) -> list[str]:
    """Give the longest chain of imports among a package's own; for a circle, all of them."""
    depth = package.count(".") + 1
    below: dict[str, set[str]] = {}
    for importer in GRAPH.find_descendants(package):
        member = importer.split(".")[depth]
        imported = {
            name.split(".")[depth]
            for name in GRAPH.find_modules_directly_imported_by(importer)
            if name.startswith(f"{package}.")
        }
        below.setdefault(member, set()).update(imported - {member})
    try:
        order = list(TopologicalSorter(below).static_order())
    except CycleError:
        return sorted(below)
    chains: dict[str, list[str]] = {}
    for member in order:
        chains[member] = [member, *max((chains[n] for n in below[member]), key=len, default=[])]
    return max(chains.values(), key=len)


def test_no_package_is_deep():
    """Each package's longest chain is short, or the package has a reason, which still holds."""
    packages = {name.rpartition(".")[0] for name in GRAPH.modules} - {"", "com1d"}
    chains = {package: longest_chain(package) for package in sorted(packages)}
    deep = {package: chain for package, chain in chains.items() if len(chain) > LONGEST_CHAIN}

    assert "com1d.core" in chains
    table = "\n".join(
        f"{package}: {len(chain)}: {' > '.join(chain)}" for package, chain in chains.items()
    )
    assert set(EXCEPTIONS) == set(deep), table
