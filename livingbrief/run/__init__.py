"""From notebooks to a finished report."""
