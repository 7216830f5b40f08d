"""`com1d import`: the configuration of conserver, ser2net or conman as one of com1d."""
