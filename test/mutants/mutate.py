"""Mutants of the C sources, made by rules from the text as it stands.

A mutant is one small change to one function, by which it does the wrong thing: a
check that is never made, an operand left out, an off by one.  Nothing here knows
the sources: pgindent's look is enough to find functions and statements in them.
The number of lines never changes, so that a compiler which makes the same code
of both proves that the mutant is none.
"""

import hashlib
import re
from dataclasses import dataclass

# Nothing that a test could see hangs on these: memory, and what cannot happen.
NOT_RULES = re.compile(r'(\(void\) )?(pfree|heap_freetuple|MemoryContext(SwitchTo|Reset|Delete)|list_free|elog|ereport|Assert|'
                       r'CHECK_FOR_INTERRUPTS|va_start|va_end|hash_seq_term|ReleaseSysCache|ReleaseTupleDesc|initStringInfo|'
                       r'table_close|relation_close|UnregisterSnapshot|ExecCloseIndices|InitFunctionCallInfoData)\b')
CANNOT_HAPPEN = re.compile(r'\s*elog\(')
NEUTRAL = {'&&': '1', '||': '0'}
OTHER = {'<': '<=', '<=': '<', '>': '>=', '>=': '>', '==': '!=', '!=': '=='}
EMPTY = {'bool': ['return true;', 'return false;'], 'TsmRefusal *': ['return NULL;']}


@dataclass(frozen=True)
class Mutant:
    """Replace text[start:end] of a file."""
    file: str
    function: str
    line: str           # as it stands, to know the mutant again
    change: str         # what is done to it
    start: int
    end: int
    text: str
    nth: int = 1        # of those that are alike

    @property
    def key(self):
        nth = f' #{self.nth}' if self.nth > 1 else ''
        return f'{self.file}: {self.function}: {self.line} => {self.change}{nth}'

    def rank(self, seed):
        """A place in an order that other changes to the sources leave as it is."""
        return hashlib.sha256(f'{seed} {self.key}'.encode()).hexdigest()

    def apply(self, source):
        lines = source[self.start:self.end].count('\n') - self.text.count('\n')
        return source[:self.start] + self.text + '\n' * lines + source[self.end:]


def blank(source):
    """The source with spaces for comments, texts and what is for the preprocessor."""
    def spaces(match):
        return re.sub(r'[^\n]', ' ', match.group())
    def hollow(match):
        return match.group()[0] + spaces(match)[1:-1] + match.group()[-1]
    code = re.sub(r'/\*.*?\*/', spaces, source, flags=re.S)
    code = re.sub(r'"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\\n])*\'', hollow, code)
    return re.sub(r'^#(.*\\\n)*.*$', spaces, code, flags=re.M)


def functions(code):
    """(name, type, begin and end of the body) of each function."""
    for match in re.finditer(r'^(?P<type>\w[\w *]*)\n(?P<name>\w+)\([^{};]*\)\n\{\n(?P<body>.*?)^\}', code, re.M | re.S):
        kind = re.sub(r'^(static|extern|inline|tsm_noreturn| )+', '', match['type'])
        yield match['name'], kind, match.start('body'), match.end('body')


def closing(code, at):
    """Where the bracket that opens at this place is closed."""
    depth = 0
    for i in range(at, len(code)):
        depth += {'(': 1, ')': -1}.get(code[i], 0)
        if depth == 0:
            return i
    raise ValueError('unbalanced')


class Maker:
    """Makes the mutants of one file."""

    def __init__(self, file, source):
        self.file, self.source, self.code = file, source, blank(source)
        self.function = ''
        self.mutants, self.seen = [], {}

    def all(self):
        for name, kind, start, end in functions(self.code):
            self.function = name
            self.empty(kind, start)
            for rule in (self.conditions, self.operands, self.comparisons, self.ones, self.swaps,
                         self.statements, self.returns, self.order):
                rule(start, end)
        return self.mutants

    def add(self, start, end, text, change, line=None):
        begin = self.source.rfind('\n', 0, start) + 1
        line = line or ' '.join(self.source[begin:self.source.find('\n', start)].split())
        mutant = Mutant(self.file, self.function, line, change, start, end, text)
        nth = self.seen[mutant.key] = self.seen.get(mutant.key, 0) + 1
        self.mutants.append(Mutant(*list(mutant.__dict__.values())[:-1], nth))

    def is_rule(self, at):
        """Not in the arguments of what only tells of what cannot happen."""
        return not NOT_RULES.match(self.code, self.statement_of(at))

    def statement_of(self, at):
        """Where the statement begins that this is in."""
        begin = max(self.code.rfind(c, 0, at) for c in ';{}') + 1
        while self.code[begin].isspace():
            begin += 1
        return begin

    def empty(self, kind, start):
        for text in EMPTY.get(kind, ()):
            self.add(start, start, text, f'begins with {text[:-1]}', '{')

    def conditions(self, start, end):
        for match in re.finditer(r'\bif \(', self.code[start:end]):
            at = start + match.end() - 1
            last = closing(self.code, at)
            if CANNOT_HAPPEN.match(self.code, last + 1):
                continue
            inside = self.source[at:last + 1]
            self.add(at, last + 1, f'(0 && {inside})', 'never')
            self.add(at, last + 1, f'(1 || {inside})', 'always')

    def operands(self, start, end):
        """a && b: without a, without b."""
        for match in re.finditer(r'&&|\|\|', self.code[start:end]):
            at, sign = start + match.start(), match.group()
            if not self.is_rule(at):
                continue
            for first, last in (self.operand_before(at), self.operand_after(at + 2)):
                text = self.source[first:last]
                # a middle one is beside two signs: take it once
                if first > at and self.code[last:last + 3].strip().startswith(sign):
                    continue
                self.add(first, last, NEUTRAL[sign], 'without ' + ' '.join(text.split()))

    def operand_before(self, at):
        depth, i = 0, at - 1
        while i > 0:
            c = self.code[i]
            if c in ')]':
                depth += 1
            elif c in '([':
                if depth == 0:
                    break
                depth -= 1
            elif depth == 0 and (c in ';{},?:' or self.code[i - 1:i + 1] in ('&&', '||')
                                 or (c == '=' and self.code[i - 1] in ' \t' and self.code[i + 1] in ' \n')
                                 or self.code[i - 5:i + 1] == 'return'):
                break
            i -= 1
        return self.trim(i + 1, at)

    def operand_after(self, at):
        depth, i = 0, at
        while i < len(self.code):
            c = self.code[i]
            if c in '([':
                depth += 1
            elif c in ')]':
                if depth == 0:
                    break
                depth -= 1
            elif depth == 0 and (c in ';{},?:' or self.code[i:i + 2] in ('&&', '||')):
                break
            i += 1
        return self.trim(at, i)

    def trim(self, first, last):
        while self.code[first].isspace():
            first += 1
        while self.code[last - 1].isspace():
            last -= 1
        return first, last

    def comparisons(self, start, end):
        """Off by one; and of what is not the condition of an if, the contrary."""
        for match in re.finditer(r'(?<=\s)([<>]=?|[=!]=)(?=\s)', self.code[start:end]):
            at = start + match.start()
            # past the end of an array anything may happen
            if 'for (' in self.code[self.code.rfind('\n', 0, at):at] and match[1] in ('<', '<='):
                continue
            if match[1] in ('==', '!=') and re.match(r'(else )?if \(', self.code[self.statement_of(at):]):
                continue
            if self.is_rule(at):
                self.add(at, at + len(match.group()), OTHER[match.group()], f'{match.group()} is {OTHER[match.group()]}')

    def ones(self, start, end):
        for match in re.finditer(r'[+-] 1\b(?!\])|\+= 1\b', self.code[start:end]):
            at = start + match.end() - 1
            if self.is_rule(at):
                self.add(at, at + 1, '0', f'{match.group()} is {match.group()[:-1]}0')

    def swaps(self, start, end):
        for match in re.finditer(r'([\w>.-]+(?<!-)) - ([a-zA-Z][\w>.-]*)', self.code[start:end]):
            if self.is_rule(start + match.start()) and '(' not in self.code[start + match.end():start + match.end() + 1]:
                self.add(start + match.start(), start + match.end(), f'{match[2]} - {match[1]}', 'operands of - swapped')
        for match in re.finditer(r'\b(Min|Max)\(', self.code[start:end]):
            other = 'Max' if match[1] == 'Min' else 'Min'
            self.add(start + match.start(), start + match.start() + 3, other, f'{match[1]} is {other}')

    def statements(self, start, end):
        """A call that is left out, or an assignment to what lives on."""
        for match in re.finditer(r'^\t+(?P<it>((\(void\) )?[a-zA-Z*][\w>.\[\]*-]*(\(| [|&+-]?= )[^;{}]*|[\w>.-]+(\+\+|--)|continue|break);)$',
                                 self.code[start:end], re.M):
            first, last = start + match.start('it'), start + match.end('it')
            text = match['it']
            if NOT_RULES.match(text) or re.match(r'(return|for|if|while|switch|else|case|foreach|FOR_COLUMNS)\b', text):
                continue
            if re.match(r'\w+ = ', text) or not self.is_statement(first):
                continue
            self.add(first, last, ';', 'left out')

    def is_statement(self, at):
        """Not the rest of a longer one."""
        before = self.code[:at].rstrip()
        if before[-1] in ';{}' or before.endswith('else') or re.search(r'\b(case \w+|default):$', before):
            return True
        if before[-1] != ')':
            return False
        line = before[before.rfind('\n', 0, self.opening(before)) + 1:].strip()
        return re.match(r'(\} )?(else )?(if|for|while|foreach|FOR_COLUMNS)\b', line) is not None

    def opening(self, before):
        depth = 0
        for i in range(len(before) - 1, -1, -1):
            depth += {')': 1, '(': -1}.get(before[i], 0)
            if depth == 0:
                return i
        raise ValueError('unbalanced')

    def returns(self, start, end):
        for match in re.finditer(r'return (true|false);', self.code[start:end]):
            other = 'false' if match[1] == 'true' else 'true'
            self.add(start + match.start(1), start + match.end(1), other, f'{match[1]} is {other}')

    def order(self, start, end):
        """Two refusals one after the other, the other way round."""
        step = r'\tif \(refusal == NULL[^;]*\n\t\trefusal = [^;]*;\n'
        steps = list(re.finditer(step, self.code[start:end]))
        for one, two in zip(steps, steps[1:]):
            if one.end() == two.start():
                first, middle, last = start + one.start(), start + one.end(), start + two.end()
                self.add(first + 1, last, (self.source[middle:last] + self.source[first:middle])[1:], 'after the next one')


def mutants_of(file, source):
    return Maker(file, source).all()
