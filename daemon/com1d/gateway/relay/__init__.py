"""WebSockets: frames of browsers and of the daemon are passed on unopened."""
