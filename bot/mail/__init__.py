"""E-mail: the way to people whom no chat reaches, in one direction (extra `email`)."""
