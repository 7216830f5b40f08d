"""The decisions of com1d, without I/O, clock or log: values in, values out."""
