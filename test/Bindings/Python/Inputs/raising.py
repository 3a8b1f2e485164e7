"""What calls of lowbit.numerics that fail say."""

import re


def says(pattern, call, error=ValueError):
    try:
        call()
    except error as raised:
        assert re.search(pattern, str(raised)), raised
    else:
        raise AssertionError(f"nothing raised for: {pattern}")
