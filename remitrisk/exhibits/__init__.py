"""The only ways by which a number, a figure or a table leaves a notebook."""
