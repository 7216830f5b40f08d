"""What the event loop is to com1d: polling, ticks, timers, inotify, listening sockets, threads."""
