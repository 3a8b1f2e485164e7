"""What bench/run is made of: cases, the processes that are measured, rows and tables."""
