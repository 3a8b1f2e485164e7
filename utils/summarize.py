#!/usr/bin/env python3
"""Reads the reports that utils/check collected and prints what they say.

For each <name>.xml (lit's xunit report) it prints the failing tests and the
skipped ones grouped by reason, for which it runs a GoogleTest that skipped itself
once more; lint.json adds one test per lint check, and where it is missing lint has crashed, unless --no-lint says that it did not run. The last
line is "N passed, N failed, N skipped"; the exit status is 0 only without
failures.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

# lit's own words for tests that --filter left out; they are not part of the run.
NOT_SELECTED = "Test not selected"
# lit reports a GoogleTest that called GTEST_SKIP as if a user had interrupted it,
# and keeps nothing of what the test said.
GTEST_SKIPPED = "User interrupt"
# A test that takes longer to skip itself than this many seconds runs after all.
SKIP_SECONDS = 60
# Tests that take longer than this many seconds are named, the slowest ones only.
SLOW_SECONDS = 10
SLOW_SHOWN = 5


def ask_gtest(build, folder, name):
    """What a GoogleTest says when it skips itself. `folder` ends with the names of
    its executable and suite; either may hold slashes: Random/Suite, Case/7."""
    parts = folder.split("/")
    for end in range(1, len(parts)):
        executable = pathlib.Path(build, "unittests", *parts[:end])
        if executable.is_file():
            break
    else:
        return None
    test = "/".join(parts[end:]) + "." + name
    try:
        said = subprocess.run(
            [executable, f"--gtest_filter={test}"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SKIP_SECONDS,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    start, end = re.escape(f"[ RUN      ] {test}"), re.escape(f"[  SKIPPED ] {test}")
    match = re.search(rf"^{start}\n.*?: Skipped\n(.*?)^{end}\b", said, re.M | re.S)
    return " ".join(match.group(1).split()) if match else None


def read_suite(path, build):
    """Returns (passed, failed, skipped, slow): names, names, {reason: names} and
    [(seconds, name)] of the slowest tests, longest first."""
    passed, failed, skipped, times = [], [], {}, []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        suite, _, folder = case.get("classname").partition(".")
        # GoogleTest's folders come with a "." that xunit spells "_".
        folder = f"{folder}/".replace("/_/", "/").rstrip("/")
        name = f"{suite} :: {folder}/{case.get('name')}"
        times.append((float(case.get("time", 0)), name))
        skip = case.find("skipped")
        if case.find("failure") is not None:
            failed.append(name)
        elif skip is None:
            passed.append(name)
        elif not skip.get("message").startswith(NOT_SELECTED):
            reason = skip.get("message")
            if reason == GTEST_SKIPPED:
                said = build and ask_gtest(build, folder, case.get("name"))
                reason = "Skipped by the test itself" + (f": {said}" if said else "")
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
    parser.add_argument(
        "--build", type=pathlib.Path, help="the folder of builds, to ask skipped GoogleTests"
    )
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
            build = options.build and options.build / name
            good, bad, skips, slow = read_suite(report, build)
        passed += len(good)
        failed += len(bad)
        skipped += sum(map(len, skips.values()))
        # lit also fails without a failing test: a broken configuration, an
        # executable it cannot list. Never let that pass for green.
        broken = int(status.read_text()) != 0 and not bad
        if broken or not good:
            failed += 1
            print(f"FAILED suite {name}: no test has that name, or lit did not finish")
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
