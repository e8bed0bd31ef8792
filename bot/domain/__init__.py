"""What Balm decides. Pure: values in, values out; no clock, no input or output, no edge library."""
