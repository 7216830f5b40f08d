"""The boot diagnostics log on the disk: `library` is the way in, one for the host.

::

    in the daemon                                          in the process that writes
    Library   what the daemon starts and asks              Scribe    obeys the daemon's messages
    Store     one console's: a reader of its ring          Archive   all logs, the host's quota
    Rounds    gather, send, hear how it went    ────────▶  Shelf     one console's segments
    Past      what is kept, to be asked                    Segment   three files, open for writing
    Window    one request's look at the files              Files     what changes the disk
"""
