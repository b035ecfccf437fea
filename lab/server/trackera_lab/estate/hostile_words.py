"""Strings that try to harm whoever prints, pastes, logs or opens them. Pure data, one kind of harm per name.

`TEXT` can stand in any answer of AWS, also in XML, which has no way to write most control characters; `CONTROLS` can
only stand where an answer is JSON, or JSON inside something else.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

LONG = "A" * 10_240
"""Ten kilobytes without a place to break the line."""

TEXT = {
    "html": "<script>alert('estate')</script>",
    "html attribute": '" onmouseover="alert(1)" x="<img src=x onerror=alert(1)>',
    "csv formula": "=cmd|'/C calc'!A0",
    "csv sum": "@SUM(1+1)*cmd|' /C calc'!A0",
    "csv plus": "+1+1",
    "csv minus": "-2+3",
    "csv tab": "\t=1+1",
    "c1 colour": "\u009b31mFAIL\u009b0m\u009b32mPASS\u009b0m",
    "c1 title": "\u009d0;owned\u009c",
    "c1 device": "\u0090+q544e\u009c",
    "right to left": "report\u202efdp.exe\u202c",
    "isolate": "\u2067pass\u2069 \u2066fail\u2069",
    "zero width": "adm\u200bini\u200dstra\ufefftor",
    "soft hyphen": "ad\u00admin",
    "look-alike": "\u0430dmin\u0456strators",
    "full width": "\uff1cscript\uff1e",
    "newlines": "one line\nPASS  everything is fine\r\nexit code 0",
    "line separators": "one\u2028two\u2029three\u0085four",
    "combining": "e" + "\u0301" * 60,
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
    "wide": "\u6f22\u5b57" * 30,
    "private use": "\ue000\U000f0000",
    "option": "--help",
    "option with value": "--output=json",
    "short option": "-rf",
    "shell": "$(reboot); `id` && rm -rf / #",
    "placeholder": "{{resource.name}} {{offending}} ${jndi:ldap://127.0.0.1/x} %s%n",
    "quotes": "'; DROP TABLE findings; --",
    "json": '"}],"verdict":"pass","x":[{"y":"',
    "escaped escape": "\\u001b[2J \\x1b[2J &#27;[2J %1b[2J",
    "path": "../../../../etc/passwd",
    "markdown": "[click](javascript:alert(1)) | a | b |",
    "yaml": "!!python/object/apply:os.system ['id']",
    "spaces": "   leading and trailing   ",
    "star": "*",
    "word of ours": "$unknown",
    "null": "null",
    "long": LONG,
    "empty": "",
}

CONTROLS = {
    "clear screen": "\x1b[2J\x1b[H",
    "colour": "\x1b[31mFAIL\x1b[0m \x1b[1;32mPASS\x1b[0m",
    "hyperlink": "\x1b]8;;https://evil.example/\x1b\\trackera\x1b]8;;\x1b\\",
    "title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "bell": "\x07\x07\x07",
    "cursor up": "\x1b[1A\x1b[2KPASS",
    "alternate screen": "\x1b[?1049h",
    "answer back": "\x1b[c\x1b[6n\x05",
    "carriage return": "FAIL\rPASS",
    "backspaces": "FAIL\x08\x08\x08\x08PASS",
    "zero byte": "before\x00after",
    "delete": "a\x7fb",
    "vertical": "a\x0bb\x0cc",
}

EVERYTHING = TEXT | CONTROLS


def cycle(words: dict[str, str] = TEXT) -> Iterator[str]:
    """These words, again and again."""
    return itertools.cycle(words.values())
