"""Checks that pages are well-formed, load nothing, and have working links.

check_page.py FILE...: prints a line for each section and plot.
"""

import pathlib
import sys
from html.parser import HTMLParser

VOID = {"meta", "br"}
# No element that could load or run anything is among them.
KNOWN = set(
    "html head title style body h1 h2 div span b p a ul li table thead tbody tr th td "
    "button details summary code svg text rect path circle script".split()
) | VOID


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.stack, self.ids, self.links, self.scripts = [], [], [], 0
        self.text = []

    def handle_starttag(self, tag, attributes):
        assert tag in KNOWN, tag
        names = [name for name, _ in attributes]
        assert len(set(names)) == len(names), attributes
        for name, value in attributes:
            assert name not in ("src", "srcset", "data", "action"), name
            assert not name.startswith("on"), name
            if name == "id":
                self.ids.append(value)
            if name == "href":
                assert value.startswith("#"), value
                self.links.append(value[1:])
        self.scripts += tag == "script"
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack and self.stack.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        if self.stack and self.stack[-1] in ("h1", "h2", "summary", "title"):
            if self.stack[-1] == "title" and "svg" in self.stack:
                print("plot:" if self.stack[-2] == "svg" else "point:", data)
            else:
                print(f"{self.stack[-1]}:", data)


for path in sys.argv[1:]:
    text = pathlib.Path(path).read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    page.close()
    assert not page.stack, page.stack
    assert len(set(page.ids)) == len(page.ids), page.ids
    assert set(page.links) <= set(page.ids), set(page.links) - set(page.ids)
    assert page.scripts == 1
    for word in ("http:", "https:", "//", "@import", "url("):
        assert word not in text.lower(), word
    print(len(page.ids), "sections with links")
