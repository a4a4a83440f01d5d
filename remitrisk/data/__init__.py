"""The data package: catalogue, vintages, validated tables, publishers' layouts."""
