"""The event loop's parts: polling, ticks, timers, inotify, listening sockets, threads."""
