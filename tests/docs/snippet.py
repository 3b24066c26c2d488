#!/usr/bin/env python3
"""Takes the one fenced block of a language out of a Markdown page.

    tests/docs/snippet.py PAGE LANGUAGE OUTPUT

Fails where the page has no such block or more than one, and where a C++ block is longer than the 15
lines that README.md promises. #line makes the compiler name the page's own lines.
"""

import pathlib
import sys

CPP_LINES_MAX = 15


def blocks(text, language):
    """(line number of the first line, lines) of every ```language block."""
    found, current = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if current is None and line.strip() == "```" + language:
            current = (number + 1, [])
        elif current is not None and line.strip() == "```":
            found.append(current)
            current = None
        elif current is not None:
            current[1].append(line)
    if current is not None:
        raise SystemExit(f"the block that begins at line {current[0]} never ends; add ```")
    return found


def only_block(page, language):
    found = blocks(pathlib.Path(page).read_text(encoding="utf-8"), language)
    if len(found) != 1:
        raise SystemExit(f"{page}: {len(found)} blocks of ```{language}, one is wanted")
    return found[0]


def main():
    page, language, output = sys.argv[1:]
    start, lines = only_block(page, language)
    if language == "cpp":
        if len(lines) > CPP_LINES_MAX:
            raise SystemExit(f"{page}:{start}: {len(lines)} lines, {CPP_LINES_MAX} are allowed")
        lines = [f'#line {start} "{page}"'] + lines
    path = pathlib.Path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
