#!/usr/bin/env python3
"""Checks the directions of includes between rooms, and how every header and source begins.

    tests/includes/check_includes.py [ROOT]

Prints one line for each breach (file:line: what is wrong, what to do) and exits 1 if there is any.
Standard library only. The tables below are the rule; CMakeLists.txt must link the same way, and
that is checked as well.
"""

import pathlib
import re
import sys

# room -> the rooms directly below it. A room may include itself and everything reachable from here.
BELOW = {
    "core": [],
    "model": ["core"],
    "posting": ["model"],
    "record": ["model"],
    "storage": ["core"],
    "journal": ["storage"],
    "history": ["posting", "record", "journal"],
    "engine": ["history"],
    "reporting": ["history"],
    "facade": ["engine", "reporting"],  # include/ledger/*.hpp and src/ledger
    "intake": ["facade"],
    "cli": ["facade", "intake"],
    "adapters": ["facade"],
    "rpc": ["facade"],
    "ledgerd": ["rpc", "intake"],
}

# What only some rooms may include: (pattern of the included path, rooms, remedy).
ONLY_IN = [
    (r"lmdb\.h$", {"storage"}, "go through the classes of the room storage"),
    (r"date/", {"core"}, "go through the class TimeZone in the room core"),
    (r"(capnp|kj)/|.*\.capnp\.h$", {"record", "rpc"}, "go through the codec in the room record"),
    (r"(nlohmann|CLI)/", {"adapters", "intake", "cli", "ledgerd"}, "keep JSON and command lines out of the engine"),
    (r"iostream$", {"cli"}, "the library never prints; take a logger or return a value"),
]

# What no header may include (the .cpp behind it may), but for private ones of the room rpc, which
# stands on the promises of kj; and what no public header may include besides: the installed package
# must not need it.
NEVER_IN_HEADERS = r"lmdb\.h$|(capnp|kj|spdlog|date|CLI)/|.*\.capnp\.h$"
OF_RPC = r"(capnp|kj)/|.*\.capnp\.h$"
NEVER_IN_PUBLIC_HEADERS = r"xxhash\.h$|(openssl|fmt|nlohmann)/"

# posting is pure: the same records give the same state on every machine.
IMPURE_INCLUDES = (
    r"(random|thread|mutex|shared_mutex|condition_variable|future|ctime|time\.h|fstream|"
    r"filesystem|cstdio|cstdlib|unistd\.h)$"
)
IMPURE_CODE = r"_clock::now\b|\b(?:s?rand|time|gettimeofday|clock_gettime)\("

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def reachable(below):
    """room -> itself and all rooms below it."""
    closed = {}

    def visit(room):
        if room not in closed:
            closed[room] = {room}.union(*(visit(lower) for lower in below[room]))
        return closed[room]

    for room in below:
        visit(room)
    return closed


def room_of_path(parts):
    """The room that a path below include/ledger, src or tests belongs to; None where unknown."""
    if len(parts) == 1:
        return "rpc" if parts[0] == "client.hpp" else "facade"
    return "facade" if parts[0] == "ledger" else parts[0] if parts[0] in BELOW else None


class Checker:
    def __init__(self, root):
        self.root = root
        self.allowed = reachable(BELOW)
        self.breaches = []

    def breach(self, path, line, text):
        self.breaches.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def run(self):
        public = self.root / "include" / "ledger"
        for path in sorted(public.rglob("*.hpp")):
            self.check_file(path, room_of_path(path.relative_to(public).parts), public=True)
        for top in ("src", "tests"):
            base = self.root / top
            for path in sorted(p for p in base.rglob("*") if p.suffix in (".hpp", ".cpp")):
                room = room_of_path(path.relative_to(base).parts)
                if top == "src" or room is not None:
                    self.check_file(path, room, is_test=top == "tests")
        self.check_build()
        return self.breaches

    def check_file(self, path, room, public=False, is_test=False):
        if room is None:
            self.breach(path, 1, "no such room; name it in tests/includes/check_includes.py")
            return
        lines = path.read_text(encoding="utf-8").splitlines()
        is_header = path.suffix == ".hpp"
        if not is_test:
            self.check_opening(path, lines, is_header)
        for number, line in enumerate(lines, 1):
            found = INCLUDE.match(line)
            if found:
                self.check_direction(path, number, room, found[1] == '"', found[2])
                if not is_test:
                    self.check_third_party(path, number, room, is_header, public, found[2])
            elif room == "posting" and not is_test:
                code = line.split("//")[0]
                if re.search(IMPURE_CODE, code):
                    self.breach(path, number, "posting has no clock and no randomness; let the "
                                              "record bring the value")

    def check_opening(self, path, lines, is_header):
        if not lines or not lines[0].startswith("// "):
            self.breach(path, 1, "a file opens with a `// ` paragraph: what it is and which "
                                 "invariant it keeps")
        if is_header:
            code = [line for line in lines if line.strip() and not line.startswith("//")]
            if not code or code[0].strip() != "#pragma once":
                self.breach(path, 1, "`#pragma once` comes right after the opening paragraph")

    def check_direction(self, path, number, room, quoted, included):
        if included.startswith("ledger/"):
            if not quoted:
                self.breach(path, number, f"write \"{included}\" in quotes, as the project does")
            target = room_of_path(included.split("/")[1:])
            exists = (self.root / "include" / included).is_file()
        elif not quoted:
            return
        elif included.startswith("."):
            self.breach(path, number, f"no relative path: \"{included}\"; name the room")
            return
        elif (path.parent / included).is_file():
            return
        else:
            target = room_of_path(included.split("/")) if "/" in included else None
            if target is None:
                return  # a third party's header, or a test's support
            generated = included.endswith(".capnp.h")
            source = self.root / "src" / (included[: -len(".h")] if generated else included)
            exists = source.is_file()
        if not exists:
            self.breach(path, number, f"no such header in this project: {included}")
        if target not in self.allowed[room]:
            below = ", ".join(sorted(self.allowed[room] - {room})) or "no room"
            self.breach(path, number, f"{room} must not include {included} (room {target}); below "
                                      f"{room} lies: {below}")

    def check_third_party(self, path, number, room, is_header, public, included):
        for pattern, rooms, remedy in ONLY_IN:
            if re.match(pattern, included) and room not in rooms:
                self.breach(path, number, f"{included} only in {', '.join(sorted(rooms))}; "
                                          f"{remedy}")
        may_speak_kj = room == "rpc" and not public and re.match(OF_RPC, included)
        if is_header and re.match(NEVER_IN_HEADERS, included) and not may_speak_kj:
            self.breach(path, number, f"{included} only in .cpp files; forward-declare, or hide it "
                                      "behind a small class")
        if public and re.match(NEVER_IN_PUBLIC_HEADERS, included):
            self.breach(path, number, f"{included} not in a public header: the installed package "
                                      "would need it")
        if room == "posting" and re.match(IMPURE_INCLUDES, included):
            self.breach(path, number, f"posting is pure: no <{included}>")

    def check_build(self):
        """CMakeLists.txt links a room to exactly the rooms that BELOW names."""
        for path in (self.root / "CMakeLists.txt", self.root / ".cmake" / "tools.cmake",
                     self.root / ".cmake" / "service.cmake"):
            text = path.read_text(encoding="utf-8")
            for call in re.finditer(r"^\s*ledger_add_room\(([^)]*)\)", text, re.MULTILINE):
                room, *words = call[1].split()
                depends = []
                if "DEPENDS" in words:
                    for word in words[words.index("DEPENDS") + 1 :]:
                        if word.isupper():
                            break
                        depends.append(word)
                line = text.count("\n", 0, call.start()) + 1
                if sorted(depends) != sorted(BELOW.get(room, ["(not in the table)"])):
                    self.breach(path, line, f"{room} DEPENDS {depends}, but check_includes.py says "
                                            f"{BELOW.get(room)}; change both or neither")


def main():
    default = pathlib.Path(__file__).resolve().parents[2]
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else default
    if not (root / "include" / "ledger").is_dir():
        sys.exit(f"{root} is not the project: it has no include/ledger; give the project's root")
    breaches = Checker(root).run()
    for text in breaches:
        print(text)
    print(f"{len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
