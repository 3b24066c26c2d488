"""The Arrow C data interface, by a consumer that knows nothing but its specification."""

import gc

import pytest

import ledger

from arrow_consumer import Array, Schema, Stream, c, read, release, take


@pytest.fixture
def table(books):
    books.pay_all([("text:bank", "text:shop", number + 1) for number in range(30)])
    with books.ledger.view() as view:
        yield view.entries_table(["text:bank", "text:shop"])


def expected(table):
    rows = {}
    for name in table.columns:
        values = table[name]
        if values.dtype.kind == "M":
            numbers = values.view("i8").tolist()
            values = [None if number == -(1 << 63) else number for number in numbers]
        elif values.dtype.kind == "S":
            values = [value.decode() for value in values]
        elif name in ("kind", "side", "ink"):
            values = [value or None for value in values.tolist()]
        else:
            values = values.tolist()
        rows[name] = values
    return rows


def dictionaries(table):
    """Of accounts and currencies, the format of their texts."""
    schema = take(table.__arrow_c_schema__(), b"arrow_schema", Schema)
    children = [schema.children[n][0] for n in range(schema.n_children)]
    formats = {one.name.decode(): one.dictionary[0].format for one in children if one.dictionary}
    release(schema)
    return {name: formats[name] for name in ("account", "currency") if name in formats}


def test_array(table):
    schema, array = table.__arrow_c_array__()
    schema, array = take(schema, b"arrow_schema", Schema), take(array, b"arrow_array", Array)
    wanted = expected(table)
    del table
    gc.collect()
    assert read(schema, array) == wanted
    release(array)
    release(schema)


def test_much_text_has_wide_offsets(books, monkeypatch):
    monkeypatch.setattr(ledger._arrow, "_NARROW_MAX", 5 * 32)
    books.pay("text:bank", "text:shop", 1)
    with books.ledger.view() as view:
        assert dictionaries(view.entries_table("text:bank")) == {"account": b"u"}
        table = view.balances_table(1)
    assert dictionaries(table) == {"account": b"U", "currency": b"u"}
    schema, array = table.__arrow_c_array__()
    schema, array = take(schema, b"arrow_schema", Schema), take(array, b"arrow_array", Array)
    assert read(schema, array)["account"] == expected(table)["account"]
    release(array)
    release(schema)


def test_stream(table):
    stream = take(table.__arrow_c_stream__(), b"arrow_array_stream", Stream)
    schema, array = Schema(), Array()
    assert stream.get_schema(c.byref(stream), c.byref(schema)) == 0
    assert stream.get_next(c.byref(stream), c.byref(array)) == 0
    assert read(schema, array) == expected(table)
    release(array)
    assert stream.get_next(c.byref(stream), c.byref(array)) == 0
    assert not array.release  # the end
    assert stream.get_last_error(c.byref(stream)) is None
    release(stream)
    release(schema)


def test_children_moved_out(table):
    schema, array = table.__arrow_c_array__()
    schema, array = take(schema, b"arrow_schema", Schema), take(array, b"arrow_array", Array)
    child = Array.from_buffer_copy(array.children[0][0])
    array.children[0][0].release = type(child.release)()
    release(array)
    assert c.string_at(child.buffers[1], 4) == b"\0\0\0\0"
    release(child)
    release(schema)


def test_nobody_takes_it(table):
    for _ in range(10):
        table.__arrow_c_array__()
        table.__arrow_c_stream__()
        table.__arrow_c_schema__()
    gc.collect()


def test_bools_and_small_tables(books):
    with books.ledger.view() as view:
        trial = ledger.trial_table(view, 1, ledger.Range(), "CNY")
        schema, array = trial.__arrow_c_array__()
        schema, array = take(schema, b"arrow_schema", Schema), take(array, b"arrow_array", Array)
        assert read(schema, array)["is_group"] == trial["is_group"].tolist()
        release(array)
        release(schema)
        empty = view.balances_table(7)
        schema, array = empty.__arrow_c_array__()
        schema, array = take(schema, b"arrow_schema", Schema), take(array, b"arrow_array", Array)
        assert set(map(len, read(schema, array).values())) == {0}
        release(array)
        release(schema)
        with pytest.raises(TypeError):
            view.balances_table(1, amounts="decimal").__arrow_c_array__()
