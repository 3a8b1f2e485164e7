"""One module per check of utils/lint."""
