"""What runs torch: generated modules are built, and held against the facts. Imported only where that is asked for."""
