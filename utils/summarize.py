#!/usr/bin/env python3
"""Reads the reports that utils/check collected and prints what they say.

For each <name>.xml (lit's xunit report) it prints the failing tests and the
skipped ones grouped by reason; lint.json adds one test per lint check, and where
it is missing lint has crashed, unless --no-lint says that it did not run. The last
line is "N passed, N failed, N skipped"; the exit status is 0 only without
failures.
"""

import argparse
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

# lit's own words for tests that --filter left out; they are not part of the run.
NOT_SELECTED = "Test not selected"
# lit reports a GoogleTest that called GTEST_SKIP as if a user had interrupted it.
GTEST_SKIPPED = "User interrupt"
# Tests that take longer than this many seconds are named, the slowest ones only.
SLOW_SECONDS = 10
SLOW_SHOWN = 5


def read_suite(path):
    """Returns (passed, failed, skipped, slow): names, names, {reason: names} and
    [(seconds, name)] of the slowest tests, longest first."""
    passed, failed, skipped, times = [], [], {}, []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        suite, _, folder = case.get("classname").partition(".")
        # GoogleTest's folders come with a "." that xunit spells "_".
        name = f"{suite} :: {folder}/{case.get('name')}".replace("/_/", "/")
        times.append((float(case.get("time", 0)), name))
        skip = case.find("skipped")
        if case.find("failure") is not None:
            failed.append(name)
        elif skip is None:
            passed.append(name)
        elif not skip.get("message").startswith(NOT_SELECTED):
            reason = skip.get("message")
            if reason == GTEST_SKIPPED:
                reason = "Skipped by the test itself"
            skipped.setdefault(reason, []).append(name)
    slow = sorted((time for time in times if time[0] > SLOW_SECONDS), reverse=True)
    return passed, failed, skipped, slow[:SLOW_SHOWN]


def print_failures(log):
    """lit -sv prints each failing test between '****' lines; show just those."""
    text = log.read_text(errors="replace")
    start = text.find("********************")
    print(text[start:] if start >= 0 else text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=pathlib.Path, help="the folder of reports")
    parser.add_argument("--no-lint", action="store_true", help="lint did not run")
    options = parser.parse_args()
    results = options.results
    passed = failed = skipped = 0

    lint = results / "lint.json"
    if lint.exists():
        checks = json.loads(lint.read_text())
        bad = [check for check, findings in checks.items() if findings]
        passed += len(checks) - len(bad)
        failed += len(bad)
        for check in bad:
            print(f"FAILED lint {check}: {len(checks[check])} finding(s), see above")
    elif not options.no_lint:
        failed += 1
        print("FAILED lint: it did not finish, see above")

    for status in sorted(results.glob("*.status")):
        name = status.stem
        log = status.with_suffix(".log")
        report = status.with_suffix(".xml")
        good, bad, skips, slow = [], [], {}, []
        if report.exists():
            good, bad, skips, slow = read_suite(report)
        passed += len(good)
        failed += len(bad)
        skipped += sum(map(len, skips.values()))
        # lit also fails without a failing test: a broken configuration, an
        # executable it cannot list. Never let that pass for green.
        broken = int(status.read_text()) != 0 and not bad
        if broken or not good:
            failed += 1
            print(f"FAILED suite {name}: lit found no tests or did not finish")
        if bad or broken:
            print_failures(log)
        for test in bad:
            print(f"FAILED {name}: {test}")
        for seconds, test in slow:
            print(f"slow in {name}: {seconds:.0f} s: {test}")
        for reason in sorted(skips):
            print(f"skipped in {name}: {len(skips[reason])}: {reason}")
            for test in sorted(skips[reason]):
                print(f"    {test}")

    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
