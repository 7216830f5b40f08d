"""What Proxmox's files say about VMs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.inventory.proxmox import Vm, names, read


UUID = "6f1c2f0e-6f0c-4c6e-9a51-0d7a3a2b1c11"
WHOLE = f"""\
#Notes of the owner%3A name%3A evil
agent: 1
boot: order=scsi0;net0
cores: 2
memory: 2048
meta: creation-qemu=8.1.5,ctime=1718000000
name: web01
net0: virtio=BC:24:11:00:00:01,bridge=vmbr0
ostype: l26
scsi0: local-lvm:vm-100-disk-0,size=8G
serial0: socket
smbios1: uuid={UUID.upper()}
vmgenid: 11111111-1111-4111-8111-111111111111

[PENDING]
name: web02
serial0: /dev/ttyS0

[before-upgrade]
name: old
ostype: win11
smbios1: uuid=22222222-2222-4222-8222-222222222222
"""


def test_a_whole_file():
    """What is to come, and what was when a snapshot was taken, is not what is."""
    assert Vm("100", "web01", UUID, "linux", 0) == read("100", WHOLE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Vm("7", "7", "", "auto", "it has no serial0: run `qm set VMID --serial0 socket`, "
            "and start it anew")),
        ("serial1: socket\nserial0: /dev/ttyS0\nostype: win2k", Vm("7", "7", "", "auto", 1)),
        ("serial0: /dev/ttyS0\nostype: win10", Vm("7", "7", "", "windows",
            "its serial0 is /dev/ttyS0 of the host; com1d serves `socket`")),
        ("smbios1: base64=1,family=UHJv,uuid=no\nserial3:  socket ", Vm("7", "7", "", "auto", 3)),
        ("name: a\nname: b\nserial0: socket", Vm("7", "a", "", "auto", 0)),
        ("template: 1\nserial0: socket", None),
    ],
)  # fmt: skip
def test_parts_of_files(text, expected):
    """The first port with a socket counts, whatever its number; templates are no VMs."""
    assert expected == read("7", text)


def test_a_name_of_several_is_nobodys_alone():
    """A clone does not take the console of what it was made from, nor the other way round."""
    vms = {
        vmid: Vm(vmid, name, "", "auto", 0)
        for vmid, name in (("100", "web"), ("101", "web"), ("102", "db"))
    }
    assert {"100": "web-100", "101": "web-101", "102": "db"} == names(vms)


@given(st.text())
def test_no_text_is_too_strange(text):
    """A file that is half written, or none of Proxmox's."""
    vm = read("100", text)
    assert vm is None or vm.vmid == "100"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "its serial0 is /dev/ttyS0 of the host; com1d serves `socket`"),
        (1, 1),
        (2, 2),
        (3, "it has no serial3: run `qm set VMID --serial3 socket`, and start it anew"),
    ],
)
def test_another_port_than_the_first(number, expected):
    """Where the table of the discovery says which."""
    text = "serial0: /dev/ttyS0\nserial2: socket\nserial1: socket"
    assert expected == read("100", text, number).serial
