"""What com1d decides, without I/O, clock or log: values in, values out."""
