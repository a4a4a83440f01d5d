"""Rules, verdicts, findings, and where prose judges."""
