"""The Sphinx side: prose filled from results, and the Typst builder for the PDF."""
