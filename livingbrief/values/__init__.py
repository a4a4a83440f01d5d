"""Values with their status and source, and what results.json holds."""
