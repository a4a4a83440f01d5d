"""The publishers' layouts: recognised by their header, read into the package's tables."""
