"""What becomes of the texts that the clients type, told apart from the library:
by Python's own tables, and of what is not seen only what chooser.py types.
"""

import re
import unicodedata

LINES = ('descripcion', 'motivo', 'nota', 'respuesta', 'respuesta_cliente', 'mensaje', 'comentario')
LINE = ('nombre', 'empresa_departamento', 'asunto', 'solicitante_nombre')
ADDRESS = ('email', 'solicitante_email')

BREAK = '\r\n|[\n\v\f\r\x85\u2028\u2029]'
UNSEEN = '\u200b\ufeff\xad\u200e\u202e'
JOINERS = '\u200d\ufe0f'
PUNYCODE = {'xn--and-6ma2c.example': 'ñandú.example'}


class Refusal(Exception):
    """22023"""


def is_blank(char):
    return unicodedata.category(char) == 'Zs' or char == '\t'


def normal(field, value):
    """The text as it is kept, None if nothing of it is seen; or Refusal."""
    ends = ''.join(c for c in set(value) if is_blank(c) or c in UNSEEN or re.match(BREAK, c))
    value = value.strip(ends).lstrip(ends + JOINERS)
    while value and value[-1] in JOINERS and value.rstrip(JOINERS)[-1:] in ends:
        value = value.rstrip(JOINERS).rstrip(ends)
    if any(unicodedata.category(c) == 'Cc' and c != '\t' and not re.match(BREAK, c) for c in value):
        raise Refusal
    if field in LINES:
        value = re.sub(BREAK, '\n', value)
    elif re.search(BREAK, value) or field in ADDRESS and any(is_blank(c) or c in UNSEEN + JOINERS for c in value):
        raise Refusal
    else:
        gone = UNSEEN if field in LINE else UNSEEN + JOINERS
        value = ''.join(' ' if is_blank(c) else c for c in value if c not in gone)
    value = unicodedata.normalize('NFC', value)
    if field in ADDRESS:
        local, at, domain = value.partition('@')
        value = local + at + PUNYCODE.get(domain.lower(), domain)
    return value or None


def seen(value):
    """How many characters of a text are seen, or blanks."""
    return sum(c not in UNSEEN + JOINERS for c in value)


def dress(rng, field, value):
    """A text otherwise typed: what becomes of it is the same, or nearly."""
    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice(('\xa0', '\ufeff', ' \u200b', '\r\n')) + value + rng.choice(('\u200e', '\u3000 ', '\r', '\u2028'))
    if kind == 1:
        return unicodedata.normalize('NFD', value)
    if kind == 2:
        return value.replace(' ', rng.choice(('\xa0', '\t', '\u2009')))
    if kind == 3 and field in LINES:
        return value.replace(' ', rng.choice(('\r\n', '\r', '\x0b', '\u2028')), 1)
    if kind == 4 and field not in ADDRESS:
        middle = len(value) // 2
        return value[:middle] + rng.choice(UNSEEN + JOINERS) + value[middle:]
    return value
