"""README's chapter "With an ORM": its code blocks, by language, and its sentences."""

import os
import re

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')

with open(os.path.join(TOP, 'README.md'), encoding='utf-8') as file:
    CHAPTER = file.read().split('\n## With an ORM\n')[1].split('\n## ')[0]


def block(mark):
    """The one code block that has this in it."""
    found = [text for text in re.findall(r'```\w*\n(.*?)```', CHAPTER, re.S) if mark in text]
    assert len(found) == 1, f'{len(found)} blocks with {mark!r}'
    return found[0]


class Tap:
    """Tests one after the other, as TAP."""

    def __init__(self):
        self.count = self.failed = 0

    def check(self, good, name, why=''):
        self.count += 1
        self.failed += not good
        print(f'{"ok" if good else "not ok"} {self.count} - {name}')
        if not good and why:
            print('# ' + str(why).replace('\n', '\n# '))

    def equal(self, got, expected, name):
        self.check(got == expected, name, f'got {got!r}, expected {expected!r}')

    def done(self):
        print(f'1..{self.count}')
        raise SystemExit(1 if self.failed or not self.count else 0)
