"""Facts as a table for people (`terminal`) and as a report for programs (`report`)."""
