"""A storm: rounds of work on one desk, each ended by a strike and looked into.

A life is some rounds with one desk, which then is thrown away, so that looking
into all of it each round stays cheap.  Every third life goes through a new year.
"""

import multiprocessing
import os
import random
import re
import signal
from collections import Counter
from datetime import datetime, timedelta, timezone

import clients
import psycopg2
import strikes
from books import Books
from cluster import Cluster, strike, until

ROUNDS_OF_A_LIFE = 20
STEP = 20 * 60                  # seconds that the tickets' clock moves on in a round
CROWD = ('desk', 'admin', 'public', 'root')
STOCK = """SELECT count(t.ticket_uuid) FROM generate_series(1, %s) AS i, ticket_sm.fn_crear_ticket(nombre => 'Eva Paz',
    email => 'eva@correo.example', tipo => 'QUEJA', categoria => 'red', descripcion => 'No hay internet, k0.' || i,
    prioridad => 'ALTA', clave_idempotencia => 'k0.' || i) AS t"""
BAD_LOG = re.compile(r'PANIC:|TRAP:|terminated by signal (?!9\b|3\b)| XX[0-9A-Z]{3} ')


class Storm:
    """Its template is a data folder that a life begins with."""

    def __init__(self, folder, template, seed, with_standby=False):
        self.folder, self.template = folder, template
        self.library = folder           # where the clients' books and the servers' logs are
        self.rng = random.Random(seed)
        self.with_standby = with_standby
        self.crowd, self.with_reader = CROWD, True
        self.settings = []              # SQL for each session
        self.filler = 'No hay internet, '
        self.server_settings = ['synchronous_standby_names=*'] if with_standby else []
        self.stock = 0                  # tickets that there are from the beginning
        self.befalls = None
        self.cluster = self.standby = self.books = None
        self.life = self.generation = self.rounds_left = 0
        self.totals = Counter()
        self.refusals, self.resolved = Counter(), Counter()

    # --- lives -----------------------------------------------------------------

    def new_cluster(self):
        self.generation += 1
        return Cluster(self.folder, f'c{self.generation}', self.library)

    def begin_life(self):
        self.end_life()
        self.life += 1
        self.rounds_left = ROUNDS_OF_A_LIFE
        self.books = Books()
        now = datetime.now(timezone.utc)
        new_year = datetime(now.year + 1, 1, 1, tzinfo=timezone.utc) - timedelta(seconds=STEP * ROUNDS_OF_A_LIFE / 2)
        self.clock = int((new_year - now).total_seconds()) if self.life % 3 == 0 else 0
        self.cluster = self.new_cluster().copy_of(self.template).start(*self.server_settings)
        if self.stock:
            self.cluster.rows(STOCK, self.stock)

    def end_life(self):
        if self.books:
            counts = self.cluster.rows(
                'SELECT (SELECT count(*) FROM helpdesk.ticket), (SELECT count(*) FROM helpdesk.historial)')[0]
            self.totals.update({'acknowledged': self.books.acknowledged, 'tickets': counts[0], 'events': counts[1]})
            self.refusals.update(self.books.refusals)
            self.resolved.update(self.books.resolved)
        self.abandon()

    def sums(self):
        return self.totals + Counter({f'without an answer and {how}': n for how, n in self.resolved.items()}) + Counter(
            {f'SQLSTATE {code}': n for code, n in self.refusals.items()})

    def abandon(self):
        self.books, self.rounds_left = None, 0
        self.end()

    def end(self):
        for cluster in (self.cluster, self.standby):
            if cluster:
                cluster.end()
        self.cluster = self.standby = None

    # --- a round ----------------------------------------------------------------

    def round(self, number, befalls=None):
        """Returns what befell, how much was acknowledged, and what is wrong."""
        self.befalls = befalls or self.rng.choice(strikes.WITH_STANDBY if self.with_standby else strikes.ALONE)
        if not self.rounds_left:
            self.begin_life()
        self.rounds_left -= 1
        if self.with_standby:
            self.attach_standby()
        before = self.books.acknowledged
        self.move_clock()
        self.work(number)
        wrong = self.look()
        done = self.books.acknowledged - before
        if wrong:
            self.rounds_left = 0        # or it would be told again
        return self.befalls, done, wrong

    def attach_standby(self):
        self.standby = self.cluster.make_standby(self.new_cluster().name)
        until('a standby', lambda: self.cluster.rows(
            "SELECT FROM pg_stat_replication WHERE state = 'streaming' AND "
            "(sync_state = 'sync' OR current_setting('synchronous_standby_names') = '')"))

    def take_over(self):
        """The standby is the primary from now on."""
        self.cluster.remove()
        self.standby.promote()
        self.cluster, self.standby = self.standby, None

    def move_clock(self):
        self.clock += STEP
        self.cluster.rows(f'ALTER DATABASE postgres SET ticket_sm.desfase_reloj = {self.clock}; SELECT')

    def work(self, number):
        """Clients work, the strike comes down, all go home."""
        crowd = self.make_crowd(number)
        self.acknowledged = multiprocessing.Array('L', len(crowd), lock=False)
        self.stop = multiprocessing.Value('b', 0, lock=False)
        self.pids = [clients.start(client, self.acknowledged, index, self.stop) for index, client in enumerate(crowd)]
        try:
            self.go_on(self.rng.randint(20, 100))
            self.befalls(self)
            self.go_home()
        except BaseException:
            strike(signal.SIGKILL, *self.pids)
            raise
        finally:
            for pid in self.pids:
                os.waitpid(pid, 0)
        for index in range(len(crowd)):
            book = self.book(index)
            self.books.take(book)
            os.unlink(book)

    def make_crowd(self, number):
        crowd = []
        careful = self.with_standby and self.befalls not in strikes.IMPATIENT
        kinds = [*self.crowd]
        if self.crowd == CROWD:
            kinds[1] = self.rng.choice(('desk', 'admin', 'area'))
        if self.with_reader and (careful or not self.with_standby):
            kinds.append('reader')
        for index, kind in enumerate(kinds):
            client = clients.Client(self.cluster, kind, f'n{number}.{index}', self.book(index), self.rng.random())
            client.patient, client.seeing = careful, careful or not self.with_standby
            client.keys = f'k{self.life}'
            client.settings, client.filler = self.settings, self.filler
            client.last_event = self.books.read[-1][0] if self.books.read else 0
            crowd.append(client)
        return crowd

    def book(self, index):
        return f'{self.library}/book.{index}'

    def go_on(self, count):
        """Until so much more has been acknowledged."""
        goal = sum(self.acknowledged) + count
        until(f'{count} acknowledged', lambda: sum(self.acknowledged) >= goal)

    def go_home(self):
        self.stop.value = 1

    def look(self):
        until('the end of all sessions', self.alone)
        try:
            wrong = self.books.check(self.session)
        finally:
            self.session.close()
        with open(self.cluster.log, encoding='utf-8', errors='replace') as log:
            bad = [line for line in log.read().splitlines() if BAD_LOG.search(line)]
        if bad:
            wrong['log'] = bad
        for log in os.listdir(self.library):
            if log.endswith('.log'):
                os.truncate(f'{self.library}/{log}', 0)
        return wrong

    def alone(self):
        """A session with the server, when there is no other."""
        try:
            self.session = self.cluster.look()
        except psycopg2.OperationalError:       # it is just starting again
            return False
        cursor = self.session.cursor()
        cursor.execute("SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
        if cursor.rowcount:
            self.session.close()
        return not cursor.rowcount
