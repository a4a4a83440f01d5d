"""Pure functions: arrays or frames in, small result objects out."""
