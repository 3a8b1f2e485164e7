"""The parts of bench/gpu: those that need numpy alone, and those that need torch and a GPU."""
