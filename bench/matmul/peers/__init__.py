"""Other libraries, a module each that is a process of its own: serve.py says what it
answers. They run in an environment that bench/run makes (environment.py)."""
