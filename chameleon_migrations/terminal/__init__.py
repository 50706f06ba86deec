"""What a person sees in a terminal: tables, and one line at Ctrl-C."""
