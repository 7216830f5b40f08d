"""What of a running daemon does not go over to the next process by itself, and why."""

from typing import NamedTuple


class Left(NamedTuple):
    """A class that is not carried."""

    reason: str
    """Why not, for each attribute in `rest`."""
    rest: str
    """Names of attributes that do not go over."""
    over: str = ""
    """Names of those that its own `hand_over`, or its owner's, gives to the next process."""
    seldom: bool = False
    """Whether there may be none, as while no path is waited for."""


BY_ITSELF = "the rest is of the configuration, of the process, or made of what goes over"
ANEW = "is made anew, of what is carried"
PROCESS = "belongs to the process: to the kernel, to a thread, to the loop"
CONFIGURED = "is made of the configuration, and of nothing else"
EMPTY = "has nothing while the daemon is handed over, which waits for that"

LEFT = {
    "Access": Left(CONFIGURED, "_board _daemon gateways grants sets"),
    "Alarm": Left(ANEW, "_due _expire _loop _timer"),
    "Api": Left(CONFIGURED, "_house"),
    "Attendance": Left(ANEW, "_of by_entrance vacated"),
    "Audit": Left(
        EMPTY,
        "_batch _chain _closed _closing _data _doomed _failed_at _file _idle _loop _missed "
        "_missed_since _missed_until _news _now _queue _tell _thread _writing failing "
        "required",
    ),
    "AuditEntry": Left("is begun anew with its request", "_tell details"),
    "AuditFile": Left(
        "is opened again: its chain goes on at its last line",
        "_fd _head_fd _head_path key path size",
    ),
    "Bodies": Left(ANEW, "_limit used"),
    "Budget": Left(ANEW, "_held limit used"),
    "Callers": Left("is a cache of names", "_find _hangs_until _names _pending _worker"),
    "Census": Left(
        "is counted anew, of the configuration and what is found",
        "_configured _found _needs _news _owners _present _refused",
    ),
    "Chain": Left("is opened again: its chain goes on at its last line", "_key head"),
    "Changes": Left(PROCESS, "_awake _news _places _watcher paths"),
    "Chronicle": Left(
        "its parts are carried, or have a reason", "_audit _events log refusals tally"
    ),
    "Circuit": Left(
        "is handed over by its `Console`",
        "_changed _commons _config _down _fanout _input _log _qemu_log _up",
        over="port line traffic keeper",
    ),
    "Claim": Left("is handed over by its `PtyLine`", "", over="path"),
    "Connections": Left(
        BY_ITSELF,
        "_door _facilities _gate _note_failure _scrape_door _scrapes",
        over="_open _askers",
    ),
    "Contents": Left(PROCESS, "_place _watcher path tell"),
    "Descriptors": Left("what a killed process has left, which is taken at the start", "_fds"),
    "Directories": Left(PROCESS, "_known _watched inotify"),
    "Directory": Left(PROCESS, "contents identity names openings path watch", seldom=True),
    "Door": Left(
        BY_ITSELF,
        "_accept _changed _left _make _poller _vault _waits lent name trouble",
        over="_listener",
    ),
    "Doors": Left(
        BY_ITSELF,
        "_folders _news _paths _poller _vault _watcher given group left _troubled waits",
        over="_doors",
    ),
    "Ear": Left(
        "hears from the next connection on",
        "_allowance _hear_one _hears _history _loop _queue event_filter names",
        seldom=True,
    ),
    "Entrance": Left(ANEW, "admit console doors site turn"),
    "EventStreams": Left(
        BY_ITSELF,
        "_attendance _due _heartbeat _lingering _loop _now _poller _turn_is_set _views",
        over="_events _end _streams dropped",
    ),
    "ExecLine": Left(
        "its program is no child of the next process",
        "_child _ended _program bulk capacity write_fd",
        over="_pid _pidfd read_fd",
    ),
    "ExecPort": Left(CONFIGURED, "_argv watch"),
    "Fanout": Left(ANEW, "_around _store _told takers"),
    "Farewell": Left(EMPTY, "_began _conversation _over _parts _record leaving"),
    "Feed": Left(BY_ITSELF, "_ended", over="intake outflow"),
    "Flag": Left("nobody waits for it, or who is waited for", "_waiting is_set"),
    "Gate": Left(ANEW, "is_open"),
    "Gears": Left(
        "finds its gear again within some ticks",
        "_bulk _ease _eased_below _patience _pressed_from _pressed_ticks _pressed_to _pressing "
        "_short_reads gear ordinary",
    ),
    "Given": Left(
        "is handed over by its door: the socket that the service manager has made",
        "_sock",
        over="path",
    ),
    "Heartbeat": Left("asks again after its time", "_ask _due _living _timer"),
    "Hooks": Left(BY_ITSELF, "_at_work _hooks _record _running _turns", over="_paces _waiting"),
    "HttpConnection": Left(
        BY_ITSELF,
        "_closed _door _failed _gone _h11 _held _last _loop _poller _request _resumed _sender "
        "_taken _timer _waits",
        over="_body _caller _head _sock _task",
    ),
    "InForce": Left(CONFIGURED, "_api _house _path _population _premises _roster _started config"),
    "Input": Left(
        BY_ITSELF,
        "_alarm _config _discarded _loop _outflow _printed _turned listening",
        over="_hands _lease _pasting pastes",
    ),
    "Keyring": Left(CONFIGURED, "_key"),
    "Labels": Left("are read of their table again", "_free _numbers _size", over="fd"),
    "Lease": Left("is handed over by its `Input`", "done hear", over="holder pastes session"),
    "Library": Left(
        BY_ITSELF,
        "_command _common _folder _keyring _next_worker _prepared _rounds _tidying _workers "
        "_writing due hurry keep now record settle",
        over="_states _stores",
    ),
    "Lingering": Left(BY_ITSELF, "_poller", over="_ends"),
    "ListenLine": Left(BY_ITSELF, "_port _socket bulk capacity write_fd", over="read_fd"),
    "ListenPort": Left(
        BY_ITSELF,
        "_group _line _loop _path _recheck _told turned_away watch",
        over="_inode _socket _unread _unwanted",
    ),
    "Listener": Left(
        "is handed over by its `Door`", "_accept _inode _lent _path _poller", over="_sock"
    ),
    "Log": Left(
        "counts the lines of this minute alone", "_allowances _clock _journal _stream level lines"
    ),
    "Lookout": Left("finds again", "_crowded _keys _names _seen config daemon source task"),
    "Looks": Left("each console has its look again when it goes on", "_clock _due _loop _pausing"),
    "Manager": Left(PROCESS, "_address _usec lent watchdog"),
    "Members": Left(
        "is handed over by its `Seating`",
        "_audience_changed _parts",
        over="audience sessions clients",
    ),
    "Memory": Left(
        "is handed over by its `Console`, as a descriptor", "_turn _words trouble", over="fd"
    ),
    "Metronome": Left(PROCESS, "_beat _fd _loop"),
    "Painter": Left(EMPTY, "_at_work _wanted"),
    "Part": Left("is handed over by its client", "", over="_head _size"),
    "Past": Left(ANEW, "_library _name"),
    "PipeLine": Left(BY_ITSELF, "_closed bulk capacity", over="read_fd write_fd"),
    "PipePort": Left(
        "looks again for what it does not know",
        "_directory _doubt _group _in _made _make _out _size watch",
    ),
    "Poller": Left(
        PROCESS,
        "_again _began _flooding _floods _epoll _holds _loop _ready _rest _rest_of_floods",
    ),
    "Population": Left(
        "finds again; what is found is told beforehand",
        "_aliases _census _config _left_behind _lookouts _news _replaced _roster _site _unseen "
        "_turn _unmade",
    ),
    "Predecessor": Left(PROCESS, "_estate _manager _reload _stop _turn under_way"),
    "Premises": Left(ANEW, "_address _api _callers _doors _page _record _scrapes troubles"),
    "PtyLine": Left(BY_ITSELF, "_closed bulk capacity write_fd", over="_claim _found read_fd"),
    "PtyPort": Left(CONFIGURED, "_path watch"),
    "QmpControl": Left(
        "asks its hypervisor again",
        "_console _limits _link _on_event _path _port _translator _turn _waiting hears",
    ),
    "QmpLink": Left(
        "asks its hypervisor again",
        "_backoff _client _connecting _console _ear _found_port _hear _jitter _lost _path _socket "
        "_sooner _stopped _task _uses birth shared",
    ),
    "Queue": Left(ANEW, "_clients _sessions _table"),
    "Quota": Left("counts the lines of this minute alone", "_most _of _what"),
    "ReadEnd": Left(PROCESS, "_closed _fd _mask _poller _room_wanted _wish on_input on_room"),
    "Recall": Left(
        "is begun anew at its client's cursor",
        "_closed _next _past _pieces _reading _ready _timer _tries",
        seldom=True,
    ),
    "Refusals": Left(BY_ITSELF, "_kinds_of _loop _record _seconds", over="_allowance _runs"),
    "Ring": Left(
        "is handed over by its `Console`, with its memory",
        "_allocate _head",
        over="_base capacity end _storage",
    ),
    "Roster": Left(
        ANEW, "_entrances _fresh _let_in _site _vacancies another consoles guest_group left waits"
    ),
    "Rounds": Left(
        EMPTY,
        "_awaited _bounds _clock _closing _due _failing _folder _fresh_bounds _fresh_uuids "
        "_hurried _in_round _record _settling _start _states _stores _turn _uuids _writer",
    ),
    "Seat": Left(
        "is handed over by its `Succession`",
        "_holder _input _now notify pause_reading resume_reading shown",
        over="typed caution idleness session",
    ),
    "Sender": Left(
        "is given by its stream what it has; an answer is waited for",
        "_bound _broken _fd _listens _moved _poller",
        over="_waiting",
    ),
    "SerialLine": Left(
        "is pyserial's, and made anew around the open device",
        "_bits _closing _extra _has_reader _has_writer _high_water _loop _low_water "
        "_max_out_waiting _max_read_size _poll_wait_time _protocol _protocol_paused _serial "
        "_write_buffer bulk capacity write_fd",
        over="_tty read_fd",
    ),
    "SerialPort": Left(CONFIGURED, "_baud _device _framing _holder _locks watch"),
    "Service": Left(
        "its parts are carried, or have a reason",
        "_api _asked _facilities _keepsake _manager _population _predecessor _reload "
        "_remains _stop _successor _turn access attendance audit board budget callers chronicle "
        "connections consoles doors estate events gauges holds hooks in_force library "
        "lingering poller premises ready record roster tasks ticker upkeep vault watcher",
    ),
    "ServiceLevel": Left("its notes are handed over by the estate", "", over="notes"),
    "Slate": Left("is in the memory of its console", "_kept _lives _name _outlasts _things _vault"),
    "SocketLine": Left(BY_ITSELF, "_socket bulk capacity write_fd", over="read_fd"),
    "Succession": Left(
        BY_ITSELF, "_begin _clients _farewell _parts idle next", over="seated _idle"
    ),
    "Switchboard": Left(
        "its state is handed over by the estate", "_damaged _now _path _writing", over="state"
    ),
    "Talk": Left("bounds what is said within ten seconds", "_notify _parts _sessions _tempo"),
    "TcpPort": Left(CONFIGURED, "_host _patience _port _target watch"),
    "TelnetLine": Left(
        BY_ITSELF,
        "_passing _replying _socket _task _writing bulk capacity write_fd",
        over="_far _near _remote _telnet read_fd",
    ),
    "TelnetPort": Left(CONFIGURED, "_host _patience _port _remote _target watch"),
    "Tempo": Left("bounds what is said within ten seconds", "_times"),
    "Ticker": Left(
        PROCESS,
        "_beats _before _began _behind _brisk _busy _glance _holds _interval _loop _metronome "
        "_next _readings _row _served",
    ),
    "Translator": Left("hears from the next connection on", "_firmware_until _waits_for_resume"),
    "Tty": Left(
        "is handed over by its `SerialLine`, and set as configured",
        "_baudrate _break_state _bytesize _dsrdtr _dtr_state _exclusive _inter_byte_timeout "
        "_parity _port _rs485_mode _rts_state _rtscts _stopbits _timeout _write_timeout _xonxoff "
        "is_open name portstr",
        over="_found fd",
    ),
    "Turn": Left(EMPTY, "_console _taken"),
    "Unfinished": Left(ANEW, "_budget _expired _timer evict pending"),
    "UnixLine": Left(BY_ITSELF, "_path _socket bulk capacity write_fd", over="_file read_fd"),
    "UnixPort": Left(CONFIGURED, "_found _path watch"),
    "Upkeep": Left(
        "its counts are handed over by the estate",
        "_facilities _holds _log",
        over="unlogged_minutes service_level",
    ),
    "Vault": Left(
        "its names are handed over by the `Estate`",
        "_address _full _room _sock _timer _told _waiting",
        over="_kept _inherited labels",
    ),
    "Vm": Left("asks its hypervisor again", "_config _control _news _restarts _tell unserved"),
    "VmNews": Left("asks its hypervisor again", "_allowance _last _loop _tell _timer"),
    "Watcher": Left(PROCESS, "_directories _trouble _troubled"),
    "Wildcard": Left(CONFIGURED, "_entry _hides below deeper root"),
    "Worker": Left(PROCESS, "_jobs _loop _thread"),
    "Works": Left(
        "its operations are resumed by their connections, or waited for",
        "_abandoned _decided _failed _permitted _stopped",
    ),
    "WriteEnd": Left(PROCESS, "_fd _polled _poller on_room"),
    "Writer": Left(PROCESS, "_process _reader _stream"),
    "_Level": Left("finds again", "_above _below _folders _known _owner _root _top _wildcard"),
    "_Stream": Left(
        BY_ITSELF,
        "_caught_up _gone _is_asked _linger _poller _protocol view",
        over="_fd _part _sender caller place",
    ),
    "_Threshold": Left(ANEW, "_entrance _mode _path"),
    "_UnixPlace": Left(ANEW, "_doors _path _prepare"),
    "_View": Left("is looked up anew", "known sees"),
    "directory.Directory": Left("finds again", "_news _pending _retry _top looked tell watcher"),
}
"""By class. A new attribute has to be added here: does it go over, or why does it not?"""
