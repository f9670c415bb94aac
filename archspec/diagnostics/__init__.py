"""What archspec says about a spec, and how it is printed."""
