"""The part of CBOR (RFC 8949) that Smithy's RPC protocol uses: maps, lists, text, bytes, numbers, dates.

Some SDKs speak it to CloudWatch and others, which moto does not; the lab translates at its door.
"""

from __future__ import annotations

import datetime
import struct
from typing import Any

_EPOCH_TAG = 1


def encode(value: Any) -> bytes:
    """Write one value."""
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, (bytes, bytearray)):
        return _head(2, len(value)) + bytes(value)
    if isinstance(value, str):
        text = value.encode()
        return _head(3, len(text)) + text
    if isinstance(value, datetime.datetime):
        return _head(6, _EPOCH_TAG) + encode(float(value.timestamp()))
    if isinstance(value, (list, tuple)):
        return _head(4, len(value)) + b"".join(encode(item) for item in value)
    if isinstance(value, dict):
        return _head(5, len(value)) + b"".join(encode(key) + encode(item) for key, item in value.items())
    raise TypeError(f"cannot write a {type(value).__name__} as CBOR")


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise ValueError("number too large for CBOR")


def decode(data: bytes) -> Any:
    """Read one value; dates become seconds since 1970, as JSON carries them."""
    value, end = _read(data, 0, 0)
    if end != len(data):
        raise ValueError("bytes are left after the CBOR value")
    return value


_BREAK = object()


def _read(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > 100 or at >= len(data):
        raise ValueError("CBOR is cut short or nested too deep")
    major, info = data[at] >> 5, data[at] & 31
    if major == 7:
        return _simple(data, at, info)
    indefinite = info == 31
    number, at = (0, at + 1) if indefinite else _number(data, at, info)
    if major == 0:
        return number, at
    if major == 1:
        return -1 - number, at
    if major in (2, 3):
        return _string(data, at, major, number, indefinite, depth)
    if major == 6:
        return _read(data, at, depth + 1)
    items, at = _items(data, at, None if indefinite else number * (major - 3), depth)
    return (items, at) if major == 4 else (dict(zip(items[::2], items[1::2])), at)


def _number(data: bytes, at: int, info: int) -> tuple[int, int]:
    if info < 24:
        return info, at + 1
    if info > 27:
        raise ValueError("CBOR uses a reserved length")
    size = 1 << (info - 24)
    return int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size


def _string(data: bytes, at: int, major: int, number: int, indefinite: bool, depth: int) -> tuple[Any, int]:
    if indefinite:
        pieces, at = _items(data, at, None, depth)
        return (b"" if major == 2 else "").join(pieces), at
    piece = data[at : at + number]
    if len(piece) != number:
        raise ValueError("CBOR is cut short")
    return (piece if major == 2 else piece.decode()), at + number


def _items(data: bytes, at: int, count: int | None, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    while count is None or len(items) < count:
        item, at = _read(data, at, depth + 1)
        if item is _BREAK:
            if count is None:
                break
            raise ValueError("CBOR breaks off inside a list of known length")
        items.append(item)
    return items, at


def _simple(data: bytes, at: int, info: int) -> tuple[Any, int]:
    fixed = {20: False, 21: True, 22: None, 23: None, 31: _BREAK}
    if info in fixed:
        return fixed[info], at + 1
    formats = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
    if info not in formats:
        raise ValueError("CBOR uses an unknown simple value")
    form, size = formats[info]
    return struct.unpack(form, data[at + 1 : at + 1 + size])[0], at + 1 + size
