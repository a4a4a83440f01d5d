"""The book as a tagged PDF, by Typst."""
