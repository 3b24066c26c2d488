"""A consumer of the Arrow C data interface in ctypes, which knows nothing but its specification."""

import ctypes as c
import struct


class Schema(c.Structure):
    pass


class Array(c.Structure):
    pass


class Stream(c.Structure):
    pass


Schema._fields_ = [
    ("format", c.c_char_p),
    ("name", c.c_char_p),
    ("metadata", c.c_char_p),
    ("flags", c.c_int64),
    ("n_children", c.c_int64),
    ("children", c.POINTER(c.POINTER(Schema))),
    ("dictionary", c.POINTER(Schema)),
    ("release", c.CFUNCTYPE(None, c.POINTER(Schema))),
    ("private_data", c.c_void_p),
]
Array._fields_ = [
    ("length", c.c_int64),
    ("null_count", c.c_int64),
    ("offset", c.c_int64),
    ("n_buffers", c.c_int64),
    ("n_children", c.c_int64),
    ("buffers", c.POINTER(c.c_void_p)),
    ("children", c.POINTER(c.POINTER(Array))),
    ("dictionary", c.POINTER(Array)),
    ("release", c.CFUNCTYPE(None, c.POINTER(Array))),
    ("private_data", c.c_void_p),
]
Stream._fields_ = [
    ("get_schema", c.CFUNCTYPE(c.c_int, c.POINTER(Stream), c.POINTER(Schema))),
    ("get_next", c.CFUNCTYPE(c.c_int, c.POINTER(Stream), c.POINTER(Array))),
    ("get_last_error", c.CFUNCTYPE(c.c_char_p, c.POINTER(Stream))),
    ("release", c.CFUNCTYPE(None, c.POINTER(Stream))),
    ("private_data", c.c_void_p),
]

_pointer = c.pythonapi.PyCapsule_GetPointer
_pointer.restype = c.c_void_p
_pointer.argtypes = [c.py_object, c.c_char_p]

_WIDTHS = {"c": "b", "C": "B", "s": "h", "S": "H", "i": "i", "I": "I", "l": "q", "L": "Q"}


def take(capsule, name, kind):
    """The struct in a capsule, moved out as the specification says."""
    source = kind.from_address(_pointer(capsule, name))
    assert source.release
    moved = kind.from_buffer_copy(source)
    source.release = type(source.release)()
    return moved


def _bytes(address, size):
    return c.string_at(address, size) if size else b""


def column(schema, array):
    """The values, None where there is none."""
    count, form = array.length, schema.format.decode()
    validity, data = array.buffers[0], array.buffers[1]
    if form in ("u", "U"):
        kind = "i" if form == "u" else "q"
        ends = struct.unpack(f"{count + 1}{kind}", _bytes(data, struct.calcsize(kind) * (count + 1)))
        text = _bytes(array.buffers[2], ends[-1])
        values = [text[a:b].decode() for a, b in zip(ends, ends[1:])]
    elif form == "b":
        bits = _bytes(data, (count + 7) // 8)
        values = [bool(bits[n // 8] >> n % 8 & 1) for n in range(count)]
    else:
        kind = {"tsn:UTC": "q", "tdD": "i"}.get(form) or _WIDTHS[form]
        values = list(struct.unpack(f"{count}{kind}", _bytes(data, count * struct.calcsize(kind))))
    if validity:
        bits = _bytes(validity, (count + 7) // 8)
        values = [v if bits[n // 8] >> n % 8 & 1 else None for n, v in enumerate(values)]
    assert values.count(None) == array.null_count
    if schema.dictionary:
        texts = column(schema.dictionary[0], array.dictionary[0])
        values = [None if place is None else texts[place] for place in values]
    return values


def read(schema, array):
    """name -> values of a struct."""
    assert schema.format == b"+s" and schema.n_children == array.n_children
    return {
        schema.children[n][0].name.decode(): column(schema.children[n][0], array.children[n][0])
        for n in range(schema.n_children)
    }


def release(thing):
    thing.release(c.byref(thing))
    assert not thing.release
