"""Names of what is tested, opened: simulated, behind a pipe, a socket, a reader."""
