"""Text to the shallow document model: reader, located tree, names, validation."""
