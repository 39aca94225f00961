"""The SLA clock as the design describes it: business time, policies, deadlines.

Nothing here is clever: open time is found by going through the days one by
one, and where a clock stands by going through all that has happened to it.
Instants and lengths are whole microseconds, counted from 1970.
"""

from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple, Optional
from zoneinfo import ZoneInfo

SECOND = 10**6
HOUR = 3600 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
BREACH, WITHDRAWN = 100, 0


def usec(value):
    """Of a time or a length."""
    if isinstance(value, datetime):
        value -= EPOCH
    return value and value // timedelta(microseconds=1)


def when(instant):
    return None if instant is None else EPOCH + timedelta(microseconds=instant)


def length(amount):
    return None if amount is None else timedelta(microseconds=amount)


# --- business time -----------------------------------------------------------

class Calendar:
    """Hours of the week, 1 is Monday, and those of special dates, in seconds."""

    def __init__(self, zone, week, special):
        self.zone = ZoneInfo(zone)
        self.week = week            # day -> [(from, to)]
        self.special = special      # date -> [(from, to)]
        self.known, self.sums, self.ends = {}, {}, {}

    def offset(self, second):
        return round(datetime.fromtimestamp(second, self.zone).utcoffset().total_seconds())

    def instant(self, day, second):
        """Of a time on the clock on the wall.  One that the clock skips is when
        it skips; one that it shows twice is the second time."""
        wall = datetime(day.year, day.month, day.day) + timedelta(seconds=second)
        naive = round((wall - datetime(1970, 1, 1)).total_seconds())
        last = None
        for second in sorted({naive - self.offset(naive + hours * 3600) for hours in (-26, 0, 26)}):
            if second + self.offset(second) == naive:
                last = second
        if last is None:
            low, high = naive - 26 * 3600, naive + 26 * 3600
            while high - low > 1:       # the first that shows more
                middle = (low + high) // 2
                low, high = (low, middle) if middle + self.offset(middle) > naive else (middle, high)
            last = high
        return last * SECOND

    def opening(self, day):
        """When it is open that belongs to a date, as instants."""
        if day not in self.known:
            hours = self.special.get(day, self.week.get(day.isoweekday(), ()))
            spans = [(self.instant(day, a), self.instant(day, b)) for a, b in sorted(hours)]
            self.known[day] = [(a, b) for a, b in spans if a < b]
        return self.known[day]

    def local(self, instant):
        return datetime.fromtimestamp(instant // SECOND, self.zone).replace(tzinfo=None)

    def openings(self, start, most=40000):
        """All that end at an instant or later."""
        day = self.local(start).date() - timedelta(days=2)
        for _ in range(most):
            for a, b in self.opening(day):
                if b >= start:
                    yield a, b
            day += timedelta(days=1)
        raise ValueError('the calendar is not open for long enough')

    def add(self, start, amount):
        if (start, amount) not in self.ends:
            self.ends[start, amount] = self.count_on(start, amount)
        return self.ends[start, amount]

    def elapsed(self, start, end):
        if end < start:
            return -self.elapsed(end, start)
        if (start, end) not in self.sums:
            self.sums[start, end] = self.count(start, end)
        return self.sums[start, end]

    def count_on(self, start, amount):
        for a, b in self.openings(start):
            a = max(a, start)
            if amount <= b - a and (amount or a <= b):
                return a + amount
            amount -= b - a
        return None

    def count(self, start, end):
        total = 0
        for a, b in self.openings(start):
            if a >= end:
                # hours of a later date do not begin earlier
                return total
            total += min(b, end) - max(a, start)
        return total

    def days(self, start, count):
        """The open time up to the same time of day, so many open dates later."""
        start = self.add(start, 0)
        local = self.local(start)
        day, second = local.date(), (local - datetime(local.year, local.month, local.day)).seconds
        if second == 0 and start % SECOND == 0 and self.elapsed(start, start + 1) == 0:
            day, second = day - timedelta(days=1), 86400
        while count:
            day += timedelta(days=1)
            count -= bool(self.opening(day))
        # the fraction goes with it, but not over a skip
        goal = self.instant(day, second) + start % SECOND
        if start % SECOND and self.instant(day, second + 1) == self.instant(day, second):
            goal = self.instant(day, second)
        return self.elapsed(start, goal)

    def to_close(self, start, amount):
        """The open time up to the last closing of the date on which so much is used up."""
        end = self.add(start, amount)
        closings = [b for _, b in self.opening(self.local(end - 1).date())]
        return self.elapsed(start, max(closings + [end]))


class Always:
    """Round the clock."""

    @staticmethod
    def add(start, amount):
        return start + amount

    @staticmethod
    def elapsed(start, end):
        return end - start


# --- policies and what comes due ---------------------------------------------

class Policy(NamedTuple):
    version: int                # of the policy, as tickets keep it
    target: str
    criteria: dict              # categoria, area, tipo, prioridad; those that it names
    hours: Optional[float]
    days: Optional[int]
    calendar: str
    warnings: tuple
    to_close: bool = False


class Due(NamedTuple):
    target: str
    percent: int
    deadline: int


class Columns(NamedTuple):
    policy: str
    calendar: str
    goal: str
    deadline: str
    told: str
    missed: str


COLUMNS = {
    'atencion': Columns('atencion_politica', 'atencion_calendario', 'atencion_objetivo',
                        'atencion_limite', 'atencion_aviso', 'atencion_incumplido_en'),
    'resolucion': Columns('sla_politica', 'sla_calendario', 'sla_objetivo',
                          'fecha_limite_sla', 'sla_aviso', 'sla_incumplido_en'),
}
GRANTED = [field for columns in COLUMNS.values() for field in columns[:3]]
TOLD = [columns.told for columns in COLUMNS.values()]
DEADLINES = [columns.deadline for columns in COLUMNS.values()]
OWN = ['sla_horas', 'sla_restante', 'atendido_en'] + [f for c in COLUMNS.values() for f in c]
RESTS = {'PAUSADO': 'pausa', 'RESUELTO': 'fin', 'CANCELADO': 'fin', 'ARCHIVADO': 'fin'}


class Where(NamedTuple):
    """Where the resolution clock is."""
    clock: str
    deadline: int
    spent: int
    used_up: bool               # in a run that has ended


class Clockwork:
    """What a Desk knows of the clock."""

    def __init__(self):
        self.policies = {}      # politica_id -> Policy
        self.warnings_of = {}   # version of a policy -> percentages
        self.warnings = (75,)   # without a policy
        self.current = {}       # calendar -> its last version
        self.calendars = {None: Always}         # version -> Calendar
        self.clock_runs_in_pause = False
        self.priorities = {}

    # --- replaying -----------------------------------------------------------

    def clock_in(self, state):
        clock = RESTS.get(state, 'corre')
        return 'corre' if clock == 'pausa' and self.clock_runs_in_pause else clock

    @staticmethod
    def happened(log):
        return [(usec(event['ocurrido_en']), event['reloj']) for event in log]

    def replay(self, calendar, goal, events):
        """The deadline is when the goal is used up if the clock runs on; and
        when that has passed while it ran, the deadline is that for ever."""
        clock, start, spent, deadline, passed = 'pausa', None, 0, None, False
        for instant, then in events:
            if then == clock:
                continue
            if clock == 'corre':
                passed = passed or instant > deadline
                spent += calendar.elapsed(start, instant)
            if not passed and (then == 'corre' or (clock, then) == ('pausa', 'fin')):
                deadline = calendar.add(instant, goal - spent)
            clock, start = then, instant
        return Where(clock, deadline, spent, passed)

    def place(self, row, events):
        """Enter where the resolution clock is."""
        calendar, goal = self.calendars[row['sla_calendario']], usec(row['sla_objetivo'])
        where = self.replay(calendar, goal, events)
        row['fecha_limite_sla'] = None if where.clock == 'pausa' else when(where.deadline)
        row['sla_restante'] = None if where.clock == 'corre' else length(goal - where.spent)
        return where

    @staticmethod
    def clock_of(row):
        if row['fecha_limite_sla'] is None:
            return 'pausa'
        return 'corre' if row['sla_restante'] is None else 'fin'

    def pending(self, row, target):
        """Whether it can still be missed."""
        columns, clock = COLUMNS[target], self.clock_of(row)
        if row[columns.missed]:
            return False
        if target == 'resolucion':
            return clock == 'corre'
        return bool(row['atencion_limite']) and not row['atendido_en'] and clock != 'fin'

    # --- targets -------------------------------------------------------------

    def policy_for(self, target, row):
        """The most specific one: by category, area, type, priority."""
        best, weight = None, None
        for policy in self.policies.values():
            named = policy.criteria
            if policy.target != target or any(
                    row[f].upper() != v.upper() if f == 'categoria' else row[f] != v
                    for f, v in named.items()):
                continue
            heavy = [f in named for f in ('categoria', 'area', 'tipo', 'prioridad')]
            if weight is None or heavy > weight:
                best, weight = policy, heavy
        return best

    def grant(self, row, target):
        """Policy, calendar and length of the target that there is for a ticket now."""
        policy = self.policy_for(target, row)
        if policy is None:
            if target == 'atencion':
                return None, None, None
            return None, None, length(self.priorities[row['prioridad']] * HOUR)
        version = self.current[policy.calendar]
        goal = self.calendars[version].days(usec(row['fecha_creacion']), policy.days) \
            if policy.days else round(policy.hours * 3600) * SECOND
        if policy.to_close:
            goal = self.calendars[version].to_close(usec(row['fecha_creacion']), goal)
        return policy.version, version, length(goal)

    def give(self, row, target, granted):
        columns = COLUMNS[target]
        row[columns.policy], row[columns.calendar], row[columns.goal] = granted
        row[columns.told] = None
        if target == 'resolucion':
            row['sla_horas'] = -(-usec(row['sla_objetivo']) // HOUR)
        elif not row['atendido_en']:
            row['atencion_limite'] = row['atencion_objetivo'] and when(
                self.calendars[row['atencion_calendario']].add(
                    usec(row['fecha_creacion']), usec(row['atencion_objetivo'])))

    def regrant(self, operation, old, new, target):
        """Whether reclasificar or recalcular gives another target; if so, it is given."""
        columns = COLUMNS[target]
        if target == 'atencion' and (old['atencion_incumplido_en'] or old['atendido_en']):
            return False
        granted = self.grant(new, target)
        had = tuple(old[field] for field in columns[:3])
        if granted == had:
            return False
        if operation == 'reclasificar' and granted[0] == had[0] and (
                granted[0] or old['prioridad'] == new['prioridad']):
            return False
        self.give(new, target, granted)
        return True

    # --- what happens to a ticket --------------------------------------------

    def begin(self, row, now):
        """The columns of a new ticket."""
        row.update(dict.fromkeys(OWN))
        for target in COLUMNS:
            self.give(row, target, self.grant(row, target))
        self.place(row, [(usec(now), self.clock_in(row['estado']))])
        return {f: [None, as_json(row[f])] for f in GRANTED if row[f] is not None}

    def breaches(self, row, now):
        """Targets that were missed before now, and of which nobody has told."""
        return [Due(target, BREACH, usec(row[columns.deadline]))
                for target, columns in COLUMNS.items()
                if self.pending(row, target) and now > row[columns.deadline]]

    def thresholds(self, row, target):
        columns = COLUMNS[target]
        percents = self.warnings_of[row[columns.policy]] if row[columns.policy] else self.warnings
        return sorted(p for p in set(percents) if p > (row[columns.told] or 0))

    def spent(self, row, log, target, now):
        """Of a target."""
        calendar = self.calendars[row[COLUMNS[target].calendar]]
        if target == 'atencion':
            return calendar.elapsed(usec(row['fecha_creacion']), now)
        where = self.replay(calendar, usec(row['sla_objetivo']), self.happened(log))
        if where.clock != 'corre':
            return where.spent
        return where.spent + calendar.elapsed(max(i for i, _ in self.last_run(log)), now)

    def last_run(self, log):
        events = self.happened(log)
        starts = [(i, c) for n, (i, c) in enumerate(events)
                  if c == 'corre' and (n == 0 or events[n - 1][1] != 'corre')]
        return starts[-1:]

    def warnings_due(self, row, log, now):
        """The last warning of each target that is due: it has overtaken the others."""
        due = []
        for target, columns in COLUMNS.items():
            if not self.pending(row, target):
                continue
            goal = usec(row[columns.goal])
            spent = self.spent(row, log, target, usec(now))
            reached = [p for p in self.thresholds(row, target) if goal * p // 100 <= spent]
            if reached:
                due.append(Due(target, reached[-1], usec(row[columns.deadline])))
        return due

    def next_due(self, row, log, now):
        """The first instant at which there will be something to tell, if any."""
        found = []
        for target, columns in COLUMNS.items():
            if not self.pending(row, target):
                continue
            found.append(usec(row[columns.deadline]))
            calendar = self.calendars[row[columns.calendar]]
            spent = self.spent(row, log, target, usec(now))
            for percent in self.thresholds(row, target):
                left = usec(row[columns.goal]) * percent // 100 - spent
                found.append(calendar.add(usec(now), left) if left > 0 else usec(now))
        return min(found, default=None)

    @staticmethod
    def mark(row, due):
        """The row once it is told, and what the history says of that."""
        columns, new = COLUMNS[due.target], dict(row)
        new[columns.told] = due.percent or None
        if due.percent in (BREACH, WITHDRAWN):
            new[columns.missed] = when(due.deadline) if due.percent == BREACH else None
        return new, {f: [as_json(row[f]), as_json(new[f])]
                     for f in (columns.told, columns.missed) if row[f] != new[f]}

    @staticmethod
    def told_of(old, new, late):
        """What the history says of warnings taken back and of the end; of a target
        that comes due after it, the event after it tells."""
        later = {COLUMNS[due.target].told for due in late}
        return {f: [as_json(old[f]), as_json(new[f])] for f in TOLD + ['resuelto_en', 'cerrado_en']
                if old[f] != new[f] and f not in later}

    # --- breaches that never were ----------------------------------------------

    def missed(self, row, target, now):
        """Whether a target is, by what the row says."""
        if target == 'atencion':
            return bool(row['atencion_limite']) and (row['atendido_en'] or now) > row['atencion_limite']
        if self.clock_of(row) == 'corre':
            return now > row['fecha_limite_sla']
        return (usec(row['sla_restante']) or 0) <= 0

    @staticmethod
    def may_withdraw(operation, columns, missed, log):
        """Whether a breach may be: the target was given after it, or ADMIN has
        recalculated and nobody has given the ticket another class or area."""
        told = max(n for n, e in enumerate(log) if columns.missed in (e['sla'] or {}))
        given = max(n for n, e in enumerate(log[:told]) if n == 0 or set(columns[:3]) & set(e['sla'] or {}))
        moved = any(e['operacion'] == 'reclasificar' or e['area_antes'] != e['area_despues'] for e in log[told + 1:])
        return log[given]['ocurrido_en'] > missed or operation == 'recalcular' and not moved

    def withdrawals(self, operation, old, new, log, now):
        """Breaches that are none by the targets there are now; a first response
        is given that one then."""
        found = []
        for target in ('resolucion', 'atencion'):
            columns, row = COLUMNS[target], dict(new)
            if not old[columns.missed]:
                continue
            if target == 'atencion':
                row['atendido_en'] = None
                self.give(row, target, self.grant(row, target))
                row['atendido_en'] = new['atendido_en']
            if not self.missed(row, target, now) and self.may_withdraw(operation, columns, old[columns.missed], log):
                found.append(Due(target, WITHDRAWN, usec(old[columns.missed])))
                new.update({f: row[f] for f in (columns if target == 'atencion' else ()) if f != columns.missed})
        return found

    def act(self, operation, old, new, log, now, admin):
        """What an operation does to the clock: the columns of `new`, what of it
        is recorded, the breaches that come to light by it or are withdrawn, and
        whether it is an event: a recalcular that gives nothing is none."""
        clock = self.clock_in(new['estado']) if operation != 'recalcular' else self.clock_of(old)
        if operation == 'asignar':
            new['atendido_en'] = new['atendido_en'] or now
        given = []
        if operation in ('reclasificar', 'recalcular'):
            given = [target for target in COLUMNS if self.regrant(operation, old, new, target)]
        where = self.place(new, [*self.happened(log), (usec(now), clock)])
        withdrawn = []
        if admin and operation in ('reclasificar', 'recalcular'):
            withdrawn = self.withdrawals(operation, old, new, log, now)
        noted = {f: [as_json(old[f]), as_json(new[f])]
                 for f in GRANTED + DEADLINES if old[f] != new[f]}
        own = operation != 'recalcular' or any(f in noted for f in GRANTED)
        late = []
        if where.used_up and clock != 'corre' and 'resolucion' in given and not new['sla_incumplido_en']:
            late = [Due('resolucion', BREACH, where.deadline)]
        if given:
            late += self.breaches(new, now)
        return noted if any(f in noted for f in GRANTED) else {}, late + withdrawn, own

    def explain(self, row, log, now):
        """What fn_sla_explicar must say, without the reasons: for each stretch
        target, from, to, state, whether it counts, time, sum, goal, left, deadline."""
        rows, goal = [], usec(row['atencion_objetivo'])
        if goal is not None:
            start, end = usec(row['fecha_creacion']), usec(row['atendido_en'])
            if end is None and not row['abierto']:
                end = usec(log[-1]['ocurrido_en'])
            spent = self.calendars[row['atencion_calendario']].elapsed(start, end or usec(now))
            rows.append(('atencion', when(start), when(end), log[0]['estado_despues'], True, length(spent),
                         length(spent), length(goal), length(goal - spent), row['atencion_limite']))
        goal, calendar = usec(row['sla_objetivo']), self.calendars[row['sla_calendario']]
        stretches, events = [], self.happened(log)
        for number, event in enumerate(log):
            what = event['estado_despues'], event['reloj']
            if not stretches or stretches[-1][1] != what:
                stretches.append((number, what))
        total = 0
        for index, (number, (state, clock)) in enumerate(stretches):
            start, last = events[number][0], index == len(stretches) - 1
            end = None if last else events[stretches[index + 1][0]][0]
            time = calendar.elapsed(start, usec(now) if last else end) if clock == 'corre' else 0
            total += time
            where = self.replay(calendar, goal, events[:number + 1])
            rows.append(('resolucion', when(start), when(end), state, clock == 'corre', length(time),
                         length(total), length(goal), length(goal - total),
                         None if clock == 'pausa' else when(where.deadline)))
        return rows


def as_json(value):
    """As the history's columns sla and cambios have it."""
    if isinstance(value, datetime):
        text = value.astimezone(timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%f').rstrip('0').rstrip('.')
        return text + '+00:00'
    if isinstance(value, timedelta):
        total = usec(value)
        text = f'{total // HOUR:02}:{total // (60 * SECOND) % 60:02}:{total // SECOND % 60:02}'
        return text + f'.{total % SECOND:06}'.rstrip('0').rstrip('.')
    return None if value is None else str(value)
