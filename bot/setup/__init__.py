"""Between the command line and the program: starting it, showing it, setting it up."""
