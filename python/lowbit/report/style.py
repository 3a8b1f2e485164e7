# ===- style.py - the look of the page ------------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Style sheet and script of the page; both are part of it."""

STYLE = """
:root { --fg: #1c2733; --bg: #fff; --dim: #5c6b7a; --line: #d8dee4;
  --before: #3b78b5; --after: #d9772b; --rest: #b9c2cb; --card: #f4f6f8; }
@media (prefers-color-scheme: dark) { :root { --fg: #dfe6ec; --bg: #14191f;
  --dim: #93a1af; --line: #323b45; --before: #6ca6de; --after: #eb9a5c;
  --rest: #56616c; --card: #1d242c; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--fg);
  background: var(--bg); margin: 2em auto; max-width: 1200px; padding: 0 1em; }
h1 { font-size: 1.5em; overflow-wrap: anywhere; } h2 { font-size: 1.15em; margin-top: 2em; }
a { color: inherit; }
.cards { display: flex; flex-wrap: wrap; gap: .8em; }
.cards div { background: var(--card); border-radius: 6px; padding: .5em .9em; }
.cards b { display: block; font-size: 1.25em; } .cards span, .note { color: var(--dim); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92em; }
th, td { padding: .25em .7em; border-bottom: 1px solid var(--line); text-align: left;
  white-space: nowrap; }
td.n, th.n { text-align: right; }
th button { font: inherit; font-weight: 600; color: inherit; background: none;
  border: 0; padding: 0; cursor: pointer; }
th[aria-sort=ascending] button::after { content: " \\25B2"; }
th[aria-sort=descending] button::after { content: " \\25BC"; }
td:last-child { white-space: normal; min-width: 12em; }
details { border-bottom: 1px solid var(--line); padding: .35em 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
details[open] > summary { font-weight: 600; }
details > div { padding: .4em 0 .8em 1.2em; } code { overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; } svg text { font-size: 12px; fill: var(--dim); }
svg .before { fill: var(--before); fill-opacity: .6; }
svg .after { fill: var(--after); fill-opacity: .6; } svg .rest { fill: var(--rest); }
svg .axis, svg .grid { stroke: var(--line); fill: none; }
svg .line { stroke: var(--before); fill: none; }
.key::before { content: ""; display: inline-block; width: .8em; height: .8em;
  margin: 0 .35em 0 .8em; background: var(--before); }
.key.after::before { background: var(--after); }
.key.rest::before { background: var(--rest); }
"""

# Sorts by data-v where a cell has it, empty cells last; opens what a link names.
SCRIPT = """
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.firstChild.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = row => {
      const cell = row.cells[column];
      if (!head.classList.contains("n")) return cell.textContent;
      return cell.dataset.v === undefined ? NaN : Number(cell.dataset.v);
    };
    const compare = (a, b) => {
      const x = key(a), y = key(b);
      if (typeof x === "string") return down ? y.localeCompare(x) : x.localeCompare(y);
      if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y);
      return down ? y - x : x - y;
    };
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(compare));
  }));
}
const open = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") {
    target.open = true;
    target.scrollIntoView();
  }
};
addEventListener("hashchange", open);
open();
"""
