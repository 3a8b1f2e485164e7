"""Runs bench/quality with a table of two rows, one of which misses its reference."""

import runpy
import sys
import types

script = sys.argv[1]
sys.argv = [script, "--table", "4"]
space = runpy.run_path(script)
row = __import__("quality_tables.rows", fromlist=["Row"]).Row
table = types.ModuleType("table", "Two rows.")
table.rows = lambda options: [
    row("too low", "gain_db", 4.9, 5, bound=">="),
    row("just there", "gain_db", 5.1, 5, tolerance=0.11),
]
space["main"].__globals__["load_tables"] = lambda: {4: table}
sys.exit(space["main"]())
