"""Rules on numbers, and what they come to: claims of a brief, statements of a report."""
