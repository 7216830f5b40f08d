"""Which consoles there are: a model of what is configured and found, against the moves."""

from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from com1d.core.inventory.census import Census


class One(NamedTuple):
    name: str
    needs: tuple[str, ...]
    source: str


NAMES = st.sampled_from("abcd")
NEEDS = st.sets(st.sampled_from("1234"), max_size=2).map(lambda needs: tuple(sorted(needs)))
SOURCES = st.sampled_from(["qemu", "libvirt"])


def census(**configured):
    made = Census(lambda one: one.needs)
    made.configure({name: One(name, tuple(needs), "") for name, needs in configured.items()})
    return made


def find(made, source, name, needs):
    made.find(source, name, One(name, tuple(needs), source))


def names(moves):
    return moves.gone, [one.name for one in moves.come]


def test_a_found_console_comes_and_goes():
    """What is told is what has to be done, once."""
    made = census()
    find(made, "qemu", "web", "1")
    first, again = made.settle(), made.settle()
    made.find("qemu", "web", None)

    assert ([], ["web"]) == names(first)
    assert not again
    assert (["web"], []) == names(made.settle())


def test_a_configured_console_wins_by_name():
    """The found one is not served, and a VM that is the same is no reason to say so."""
    made = census(web="1", db="2")
    find(made, "qemu", "web", "1")
    find(made, "qemu", "db", "9")
    moves = made.settle()

    assert ["db", "web"] == [one.name for one in moves.come]
    assert [("db", "qemu", "the configuration has another console of this name")] == moves.refused


def test_a_configured_console_wins_by_port_and_gives_it_back():
    """A found console that is in its way goes, is told once, and comes back as soon as it can."""
    made = census()
    find(made, "qemu", "web", "1")
    made.settle()
    made.configure({"web01": One("web01", ("1",), "")})
    taken = made.settle()
    quiet = made.settle()
    made.configure({})

    assert (["web"], ["web01"]) == names(taken)
    assert [("web", "qemu", "web01 has its port or control")] == taken.refused
    assert not quiet
    assert (["web01"], ["web"]) == names(made.settle())


def test_of_two_that_were_found_the_first_stays():
    """Its successor takes over when it goes."""
    made = census()
    find(made, "qemu", "web", "1")
    made.settle()
    find(made, "libvirt", "web", "2")
    second = made.settle()
    made.find("qemu", "web", None)

    assert [("web", "libvirt", "qemu has another console of this name")] == second.refused
    assert (["web"], ["web"]) == names(made.settle())


def test_what_cannot_be_a_console_is_said_when_it_changes():
    """The same reason twice is no news."""
    made = census()
    told = []
    for reason in ("too long", "too long", "too short"):
        made.find("qemu", "web", reason)
        told += made.settle().refused

    assert [("web", "qemu", "too long"), ("web", "qemu", "too short")] == told


def test_a_console_that_changed_stops_before_it_starts():
    """Another port is another console, of the same name."""
    made = census()
    find(made, "qemu", "web", "1")
    made.settle()
    find(made, "qemu", "web", "2")

    assert (["web"], ["web"]) == names(made.settle())


class Living(RuleBasedStateMachine):
    """Whatever is told in whatever order, what is served is what should be."""

    @initialize()
    def begin(self):
        self.census = Census(lambda one: one.needs)
        self.configured = {}
        self.found = {}
        self.served = {}

    @rule(wanted=st.dictionaries(NAMES, NEEDS, max_size=3))
    def configure(self, wanted):
        taken = set()
        self.configured = {}
        for name, needs in wanted.items():
            if not taken & set(needs):
                self.configured[name] = One(name, needs, "")
                taken |= set(needs)
        self.census.configure(dict(self.configured))

    @rule(source=SOURCES, name=NAMES, needs=NEEDS)
    def find(self, source, name, needs):
        self.found[source, name] = One(name, needs, source)
        self.census.find(source, name, self.found[source, name])

    @rule(source=SOURCES, name=NAMES)
    def lose(self, source, name):
        self.found.pop((source, name), None)
        self.census.find(source, name, None)

    @rule()
    def settle(self):
        moves = self.census.settle()
        for name in moves.gone:
            del self.served[name]
        for one in moves.come:
            assert one.name not in self.served
            self.served[one.name] = one
        self.check()
        assert not self.census.settle()

    def check(self):
        needs = [need for one in self.served.values() for need in one.needs]
        assert len(needs) == len(set(needs))
        for name, one in self.configured.items():
            assert self.served[name] == one
        for name, one in self.served.items():
            assert one in (self.configured.get(name), *self.found.values())
        for (_, name), one in self.found.items():
            assert name in self.served or set(one.needs) & set(needs)

    @invariant()
    def known(self):
        """Every source can be asked what it has found."""
        for source in ("qemu", "libvirt"):
            mine = {name for by, name in self.found if by == source}
            assert mine == set(self.census.known_by(source))


TestLiving = Living.TestCase
