#!/usr/bin/env python3
"""Tests of check_includes.py: each rule is broken once in a tree of its own and must be named."""

import pathlib
import shutil
import tempfile
import unittest

import check_includes

HEADER = "// What it is. Invariant: one.\n#pragma once\n\n"
SOURCE = "// What it is.\n"


class Tree(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        self.write("include/ledger/core/amount.hpp", HEADER)
        self.write("include/ledger/engine/writer.hpp", HEADER)
        self.write("CMakeLists.txt", "ledger_add_room(core USES X)\n"
                                     "ledger_add_room(history DEPENDS posting record journal\n"
                                     "    USES Y)\n")
        self.write(".cmake/tools.cmake", "")
        self.write(".cmake/service.cmake", "")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def breaches(self, name, text):
        self.write(name, text)
        return check_includes.Checker(self.root).run()

    def assert_clean(self, name, text):
        self.assertEqual(self.breaches(name, text), [])

    def assert_breach(self, expected, name, text):
        found = self.breaches(name, text)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{name}:"), found)
        self.assertIn(expected, found[0])

    def test_downward_include_is_fine(self):
        self.assert_clean("include/ledger/model/line.hpp",
                          HEADER + '#include "ledger/core/amount.hpp"\n')

    def test_only_private_headers_of_rpc_speak_kj(self):
        self.assert_clean("src/rpc/mailbox.hpp", HEADER + "#include <kj/async.h>\n")
        self.assert_breach("only in .cpp files", "src/record/wire.hpp",
                           HEADER + "#include <kj/common.h>\n")

    def test_public_headers_of_rpc_do_not_speak_kj(self):
        self.assert_breach("only in .cpp files", "include/ledger/rpc/error.hpp",
                           HEADER + "#include <kj/common.h>\n")

    def test_upward_include(self):
        self.assert_breach("model must not include", "include/ledger/model/line.hpp",
                           HEADER + '#include "ledger/engine/writer.hpp"\n')

    def test_upward_include_of_a_private_header(self):
        self.write("src/engine/queue.hpp", HEADER)
        self.assert_breach("journal must not include", "src/journal/log.cpp",
                           SOURCE + '#include "engine/queue.hpp"\n')

    def test_journal_never_sees_posting(self):
        self.write("include/ledger/posting/machine.hpp", HEADER)
        self.assert_breach("journal must not include", "src/journal/log.cpp",
                           SOURCE + '#include "ledger/posting/machine.hpp"\n')

    def test_a_test_of_a_room_stays_below_it(self):
        self.assert_breach("core must not include", "tests/core/amount_test.cpp",
                           '#include "ledger/engine/writer.hpp"\n')

    def test_facade_is_above_the_engine(self):
        self.assert_clean("include/ledger/ledger.hpp",
                          HEADER + '#include "ledger/engine/writer.hpp"\n')
        self.assert_breach("engine must not include", "src/engine/writer.cpp",
                           SOURCE + '#include "ledger/ledger.hpp"\n')

    def test_missing_header(self):
        self.assert_breach("no such header", "src/core/amount.cpp",
                           SOURCE + '#include "ledger/core/amuont.hpp"\n')

    def test_angle_brackets_and_relative_paths(self):
        self.assert_breach("in quotes", "src/core/amount.cpp",
                           SOURCE + "#include <ledger/core/amount.hpp>\n")
        self.assert_breach("no relative path", "src/core/amount.cpp",
                           SOURCE + '#include "../core/amount.hpp"\n')

    def test_unknown_room(self):
        self.assert_breach("no such room", "src/attic/old.cpp", SOURCE)

    def test_lmdb_belongs_to_storage_sources(self):
        self.assert_clean("src/storage/environment.cpp", SOURCE + "#include <lmdb.h>\n")
        self.assert_breach("only in storage", "src/history/view.cpp",
                           SOURCE + "#include <lmdb.h>\n")

    def test_lmdb_and_spdlog_stay_out_of_headers(self):
        self.assert_breach("only in .cpp", "src/storage/environment.hpp",
                           HEADER + "#include <lmdb.h>\n")
        self.write("src/storage/environment.hpp", HEADER)
        self.assert_breach("only in .cpp", "include/ledger/engine/options.hpp",
                           HEADER + "#include <spdlog/spdlog.h>\n")

    def test_schemas_belong_to_record_sources(self):
        self.write("src/record/batch.capnp", "")
        text = '#include "record/batch.capnp.h"\n#include <kj/array.h>\n'
        self.assert_clean("src/record/codec.cpp", SOURCE + text)
        self.write("src/record/codec.cpp", SOURCE)
        found = self.breaches("include/ledger/history/view.hpp", HEADER + text)
        self.assertEqual(sum("only in record" in line for line in found), 2, found)
        self.assertEqual(sum("only in .cpp" in line for line in found), 2, found)

    def test_private_dependency_in_a_public_header(self):
        self.assert_clean("src/core/hash.hpp", HEADER + "#include <xxhash.h>\n")
        self.assert_breach("not in a public header", "include/ledger/core/hash.hpp",
                           HEADER + "#include <xxhash.h>\n")

    def test_the_library_never_prints(self):
        self.assert_breach("never prints", "src/engine/writer.cpp",
                           SOURCE + "#include <iostream>\n")

    def test_posting_is_pure(self):
        self.assert_breach("posting is pure", "src/posting/machine.cpp",
                           SOURCE + "#include <random>\n")
        self.assert_breach("no clock", "src/posting/machine.cpp",
                           SOURCE + "auto now = std::chrono::system_clock::now();\n")
        self.assert_clean("src/posting/machine.cpp",
                          SOURCE + "// never system_clock::now()\nauto t = posting_time(record);\n")

    def test_opening_paragraph(self):
        self.assert_breach("opens with", "src/core/amount.cpp", "int x;\n")

    def test_pragma_once(self):
        self.assert_breach("#pragma once", "include/ledger/core/money.hpp",
                           "// What it is.\n#include <vector>\n#pragma once\n")

    def test_build_and_table_agree(self):
        self.assert_breach("change both or neither", "CMakeLists.txt",
                           "ledger_add_room(model DEPENDS core storage USES X)\n")


if __name__ == "__main__":
    unittest.main()
