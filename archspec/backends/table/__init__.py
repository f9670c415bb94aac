"""Facts as tables (`layers`, `networks`), for people (`terminal`) and other programs (`formats`), and as a report (`report`)."""
