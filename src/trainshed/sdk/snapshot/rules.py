"""The rules of ignore files, exactly as git reads them.

Source: gitignore(5); git's ``dir.c`` and ``wildmatch.c`` for the corners (tests compare with ``git``). Names are bytes
here, as in git: ``?`` is one byte. A rule says something about one entry; that a folder left out takes everything below
with it is the walk's doing. (Libraries that match whole paths get ``*`` followed by ``!*/`` wrong.)
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Pattern, Set, Tuple

from trainshed.contract.tuples import NamedTuple

_SPECIAL = re.compile(rb"[*?\[\\]")
_CLASSES: Dict[bytes, Set[int]] = {
    b"alnum": {c for c in range(128) if chr(c).isalnum()},
    b"alpha": {c for c in range(128) if chr(c).isalpha()},
    b"blank": {9, 32},
    b"cntrl": {*range(32), 127},
    b"digit": set(range(48, 58)),
    b"graph": set(range(33, 127)),
    b"lower": set(range(97, 123)),
    b"print": set(range(32, 127)),
    b"punct": {c for c in range(33, 127) if not chr(c).isalnum()},
    b"space": {9, 10, 11, 12, 13, 32},
    b"upper": set(range(65, 91)),
    b"xdigit": set(b"0123456789abcdefABCDEF"),
}


class _Never(Exception):
    """A pattern that is broken matches nothing."""


class Rule(NamedTuple):
    """One line of an ignore file.

    Attributes:
        source: the file, relative to the source folder.
        line: counted from 1.
        text: as written.
        keeps: the line begins with ``!``.
        folders_only: it ends with a slash.
        by_name: it holds no other slash: the entry's name counts, not its path.
        literal: what it must equal, when it has no wildcard.
        suffix: what the name must end with, for ``*.pyc`` and the like.
        regex: otherwise.
    """

    source: str
    line: int
    text: str
    keeps: bool
    folders_only: bool
    by_name: bool
    literal: Optional[bytes]
    suffix: Optional[bytes]
    regex: Optional[Pattern[bytes]]

    def matches(self, path: bytes, name: bytes, *, is_folder: bool) -> bool:
        """Whether the line is about this entry; ``path`` is relative to the ignore file's folder."""
        if self.folders_only and not is_folder:
            return False
        subject = name if self.by_name else path
        if self.literal is not None:
            return subject == self.literal
        if self.suffix is not None:
            return subject.endswith(self.suffix)
        return self.regex is not None and self.regex.fullmatch(subject) is not None


class RuleFile:
    """The rules of one ignore file.

    Args:
        content: of the file.
        source: its name relative to the source folder, forward slashes.
    """

    def __init__(self, content: bytes, source: str) -> None:
        self.source = source
        self.base = source.rpartition("/")[0].encode("utf-8", "surrogateescape")
        self.rules = tuple(parse(content, source))
        by_name = [rule for rule in self.rules if rule.by_name]
        by_path = [rule for rule in self.rules if not rule.by_name]
        self._names = frozenset(rule.literal for rule in by_name if rule.literal is not None)
        self._suffixes = tuple(rule.suffix for rule in by_name if rule.suffix is not None)
        self._name_regex = _either(by_name)
        self._paths = frozenset(rule.literal for rule in by_path if rule.literal is not None)
        self._path_regex = _either(by_path)
        self._by_path = bool(by_path)

    def last_match(self, path: bytes, name: bytes, *, is_folder: bool) -> Optional[Rule]:
        """The last line about an entry; ``path`` is relative to the source folder. Most entries have none: that is
        found out at once.
        """
        if self._by_path and self.base:
            path = path[len(self.base) + 1 :]
        if not self._may_match(path, name):
            return None
        for rule in reversed(self.rules):
            if rule.matches(path, name, is_folder=is_folder):
                return rule
        return None

    def _may_match(self, path: bytes, name: bytes) -> bool:
        if name in self._names or (self._suffixes and name.endswith(self._suffixes)):
            return True
        if self._name_regex is not None and self._name_regex.fullmatch(name):
            return True
        if not self._by_path:
            return False
        return path in self._paths or bool(self._path_regex is not None and self._path_regex.fullmatch(path))


def parse(content: bytes, source: str) -> List[Rule]:
    """The rules of an ignore file, in order; comments and empty lines are none."""
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    rules = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.endswith(b"\r"):
            line = line[:-1]
        if line and not line.startswith(b"#"):
            rule = _rule(_without_trailing_spaces(line), source, number)
            if rule is not None:
                rules.append(rule)
    return rules


def _without_trailing_spaces(line: bytes) -> bytes:
    end, at = len(line), 0
    spaces_from: Optional[int] = None
    while at < end:
        if line[at] == 0x20:
            spaces_from = at if spaces_from is None else spaces_from
        else:
            spaces_from = None
            at += line[at] == 0x5C  # a backslash takes the next byte with it
            if at >= end:
                return line
        at += 1
    return line if spaces_from is None else line[:spaces_from]


def _rule(line: bytes, source: str, number: int) -> Optional[Rule]:
    text = line.decode("utf-8", "replace")
    keeps = line.startswith(b"!")
    pattern = line[1:] if keeps else line
    folders_only = pattern.endswith(b"/")
    if folders_only:
        pattern = pattern[:-1]
    by_name = b"/" not in pattern
    if pattern.startswith(b"/"):
        pattern = pattern[1:]
    if not pattern:
        return None
    literal = suffix = regex = None
    if not _SPECIAL.search(pattern):
        literal = pattern
    elif by_name and pattern[:1] == b"*" and not _SPECIAL.search(pattern[1:]):
        suffix = pattern[1:]
    else:
        try:
            regex = re.compile(translate(pattern, by_name=by_name), re.DOTALL)
        except _Never:
            return None
    return Rule(source, number, text, keeps, folders_only, by_name, literal, suffix, regex)


def translate(pattern: bytes, *, by_name: bool) -> bytes:
    """The regular expression of a pattern, for ``fullmatch``.

    Raises:
        _Never: the pattern is broken (an open bracket, a trailing backslash) and matches nothing.
    """
    # git compares what stands before the first wildcard by itself and matches the rest as a pattern of its own: a "**"
    # right there counts as standing at a beginning, whatever stands before it.
    found = _SPECIAL.search(pattern)
    start = found.start() if found and not by_name else 0
    parts = [re.escape(pattern[:start])]
    at = start
    while at < len(pattern):
        byte = pattern[at : at + 1]
        if byte == b"*":
            part, at = _stars(pattern, start, at, by_name=by_name)
        elif byte == b"?":
            part, at = b"." if by_name else b"[^/]", at + 1
        elif byte == b"[":
            part, at = _bracket(pattern, at, by_name=by_name)
        elif byte == b"\\":
            if at + 1 >= len(pattern):
                raise _Never
            part, at = re.escape(pattern[at + 1 : at + 2]), at + 2
        else:
            part, at = re.escape(byte), at + 1
        parts.append(part)
    return b"".join(parts)


def _stars(pattern: bytes, start: int, at: int, *, by_name: bool) -> Tuple[bytes, int]:
    end = at
    while pattern[end : end + 1] == b"*":
        end += 1
    if by_name:
        return b".*", end
    stands_alone = (at == start or pattern[at - 1 : at] == b"/") and (
        end == len(pattern) or pattern[end : end + 1] == b"/" or pattern[end : end + 2] == b"\\/"
    )
    if end - at < 2 or not stands_alone:
        return b"[^/]*", end
    if pattern[end : end + 1] == b"/":
        return b"(?:.*/)?", end + 1
    return b".*", end


def _bracket(pattern: bytes, at: int, *, by_name: bool) -> Tuple[bytes, int]:
    at += 1
    negated = pattern[at : at + 1] in (b"!", b"^")
    at += negated
    wanted: Set[int] = set()
    before: Optional[int] = None
    first = True
    while first or _byte(pattern, at) != 0x5D:
        first = False
        before, at = _bracket_item(pattern, at, before, wanted)
    members = set(range(256)) - wanted if negated else wanted
    members -= set() if by_name else {0x2F}
    if not members:
        raise _Never
    return b"[" + b"".join(b"\\x%02x" % member for member in sorted(members)) + b"]", at + 1


def _bracket_item(pattern: bytes, at: int, before: Optional[int], wanted: Set[int]) -> Tuple[Optional[int], int]:
    """Add one item of a bracket to ``wanted``; gives the byte that a following ``-`` begins at, and what comes next."""
    byte = _byte(pattern, at)
    if byte == 0x5C:
        byte = _byte(pattern, at + 1)
        wanted.add(byte)
        return byte, at + 2
    if byte == 0x2D and before is not None and pattern[at + 1 : at + 2] not in (b"", b"]"):
        last = _byte(pattern, at + 1)
        at += 2
        if last == 0x5C:
            last = _byte(pattern, at)
            at += 1
        wanted.update(range(before, last + 1))
        return None, at
    if pattern[at : at + 2] == b"[:":
        end = pattern.find(b"]", at + 2)
        if end < 0:
            raise _Never
        if end > at + 2 and pattern[end - 1 : end] == b":":
            name = pattern[at + 2 : end - 1]
            if name not in _CLASSES:
                raise _Never
            wanted.update(_CLASSES[name])
            return None, end + 1
    wanted.add(byte)
    return byte, at + 1


def _byte(pattern: bytes, at: int) -> int:
    if at >= len(pattern):
        raise _Never
    return pattern[at]


def _either(rules: List[Rule]) -> Optional[Pattern[bytes]]:
    patterns = [rule.regex.pattern for rule in rules if rule.regex is not None]
    return re.compile(b"|".join(b"(?:%s)" % pattern for pattern in patterns), re.DOTALL) if patterns else None
