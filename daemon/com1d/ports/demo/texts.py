"""What SAC says, letter for letter, with line feeds; `crlf` makes them what goes over the line.

Sources: public transcripts of Windows Server 2003 to 2022, and ReactOS,
`sdk/include/reactos/mc/sacmsg.mc`. `SAC>` has no blank behind it; `EVENT:` is followed by one blank
or by three, depending on the event.
"""

from typing import Final


PROMPT: Final = "SAC>"

BANNER: Final = """
Computer is booting, SAC started and initialized.

Use the "ch -?" command for information about using channels.
Use the "?" command for general help.


"""

HELP: Final = """\
ch                   Channel management commands.  Use ch -? for more help.
cmd                  Create a Command Prompt channel.
d                    Dump the current kernel log.
f                    Toggle detailed or abbreviated tlist info.
? or help            Display this list.
i                    List all IP network numbers and their IP addresses.
i <#> <ip> <subnet> <gateway> Set IPv4 addr., subnet and gateway.
id                   Display the computer identification information.
k <pid>              Kill the given process.
l <pid>              Lower the priority of a process to the lowest possible.
lock                 Lock access to Command Prompt channels.
m <pid> <MB-allow>   Limit the memory usage of a process to <MB-allow>.
p                    Toggle paging the display.
r <pid>              Raise the priority of a process by one.
s                    Display the current time and date (24 hour clock used).
s mm/dd/yyyy hh:mm   Set the current time and date (24 hour clock used).
t                    Tlist.
restart              Restart the system immediately.
shutdown             Shutdown the system immediately.
crashdump            Crash the system. You must have crash dump enabled.
"""

CHANNEL_HELP: Final = """\
Channel management commands:

ch                   List all channels.

Status Legend: (AB)
A: Channel operational status
    'A' = Channel is active.
    'I' = Channel is inactive.
B: Channel Type
    'V' = VT-UTF8 emulation.
    'R' = Raw - no emulation.

ch -si <#>           Switch to a channel by its number.
ch -sn <name>        Switch to a channel by its name.
ch -ci <#>           Close a channel by its number.
ch -cn <name>        Close a channel by its name.

Press <esc><tab> to select a channel.
Press <esc><tab>0 to return to the SAC channel.
"""

CHANNEL_LIST: Final = """\
Channel List

(Use "ch -?" for information on using channels)

# Status  Channel Name
"""

PREVIEW: Final = """\
Name:                  {name}
Description:           {description}
Type:                  VT-UTF8
Channel GUID:          {guid}
Application Type GUID: {application}

Press <esc><tab> for next channel.
Press <esc><tab>0 to return to the SAC channel.
Use any other key to view this channel.

"""

CHANNEL_SWITCH_XML: Final = """\
<?xml>
<channel-switch>
<name>{name}</name>
<description>{description}</description>
<type>VT-UTF8</type>
<guid>{guid}</guid>
<application-type>{application}</application-type>
</channel-switch>
"""

MACHINE_INFO_XML: Final = """\
<machine-info>
<name>{name}</name>
<guid>{guid}</guid>
<processor-architecture>{architecture}</processor-architecture>
<os-version>{version}</os-version>
<os-build-number>{build}</os-build-number>
<os-product>{product}</os-product>
<os-service-pack>{service_pack}</os-service-pack>
</machine-info>
"""

MORE: Final = "----Press <Enter> for more----\n"
UNRECOGNIZED: Final = "Unrecognized command.  Try the 'help' command for more details.\n"
BAD_PARAMETER: Final = (
    "A parameter was incorrect or missing.  Try the 'help' command for more details.\n"
)
LAUNCHED: Final = "The Command Prompt session was successfully launched.\n"
NO_CMD_YET: Final = """\
Error: Unable to launch a Command Prompt.  The service responsible for launching
       Command Prompt channels has not yet registered.  This may be because the
       service is not yet started, is disabled by the administrator, is
       malfunctioning or is unresponsive.
"""
TOO_MANY_CHANNELS: Final = "The maximum number of channels has been reached.\n"
LOCKED: Final = "Locked access to all Command Prompt channels.\n"
NO_CHANNEL_NAMED: Final = "Error: Could not find a channel with that name.\n"
NO_CHANNEL_NUMBERED: Final = "Error: There is no channel present at the specified index.\n"
SAC_STAYS: Final = "Error: The SAC channel cannot be closed.\n"

CMD_AVAILABLE: Final = "EVENT: The CMD command is now available.\n"
CHANNEL_CREATED: Final = """\
EVENT:   A new channel has been created.  Use "ch -?" for channel help.
Channel: {name}
"""
CHANNEL_CLOSED: Final = """\
EVENT:   A channel has been closed.
Channel: {name}
"""
RESTARTING: Final = "SAC preparing to restart the system.\n"
SHUTTING_DOWN: Final = "SAC preparing to shutdown the system.\n"
GOING_AWAY: Final = """
The SAC will become unavailable soon.  The computer is shutting down.

"""

IDENTITY: Final = """\
           Computer Name: {name}
           Computer GUID: {guid}
  Processor Architecture: {architecture}
          Version Number: {version}
            Build Number: {build}
                 Product: {product}
    Applied Service Pack: {service_pack}
"""
TIME_SINCE_REBOOT: Final = "  Time since last reboot: {hours}:{minutes:02}:{seconds:02}\n"

ADDRESS: Final = "Net: 1, Ip={ip}  Subnet={subnet}  Gateway={gateway}\n"
ADDRESS_SET: Final = "SAC successfully set the IP Address, subnet mask, and gateway.\n"
BAD_IP: Final = "The specified IP address is invalid.\n"
BAD_SUBNET: Final = "The specified subnet mask is invalid.\n"
BAD_GATEWAY: Final = "The specified gateway IP address is invalid.\n"
CLOCK: Final = "Date: {0:%m/%d/%Y}  Time (GMT): {0:%H:%M:%S}:{1:04}\n"
CLOCK_SET: Final = "Date: {0:%m/%d/%Y}  Time (GMT): {0:%H:%M}\n"
BAD_YEAR: Final = "The year is restricted from 1980 to 2099.\n"
THREADS_ON: Final = "Thread information is now ON.\n"
THREADS_OFF: Final = "Thread information is now OFF.\n"
PAGING_ON: Final = "Paging is now ON.\n"
PAGING_OFF: Final = "Paging is now OFF.\n"
KILLED: Final = "SAC successfully terminated the process.\n"
NOT_KILLED: Final = "SAC failed to terminate the process.\n"
LOWERED: Final = "SAC successfully lowered the process priority.\n"
NOT_LOWERED: Final = "SAC failed to lower the process priority.\n"
RAISED: Final = "SAC successfully raised the process priority.\n"
NOT_RAISED: Final = "SAC failed to raise the process priority.\n"
AS_HIGH_AS_IT_GOES: Final = "SAC cannot raise the process priority any higher.\n"
LIMITED: Final = "SAC successfully limited the available process memory.\n"
NOT_LIMITED: Final = "SAC failed to limit the available process memory.\n"


def crlf(text: str) -> str:
    """Turn line feeds into what ends a line on a serial console."""
    return text.replace("\n", "\r\n")
