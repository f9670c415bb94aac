"""Back ends: facts to text, one folder each, independent of each other."""
