"""Servers that are made to be killed: started as our own children, so that
nothing of them is left to look alive, in folders that are thrown away."""

import ctypes
import os
import shutil
import signal
import subprocess
import time

import psycopg2
from server import pg_config, staged_settings

SETTINGS = """
listen_addresses = ''
max_connections = 40
shared_buffers = 16MB
dynamic_shared_memory_type = mmap
max_wal_size = 32MB
min_wal_size = 4MB
autovacuum_naptime = 5s
wal_retrieve_retry_interval = 50ms
hot_standby_feedback = off
log_line_prefix = '%m %p %e '
log_min_error_statement = panic
timezone = 'UTC'
ticket_sm.espera_bloqueo = '300ms'
"""
PATIENCE = 300          # seconds for what takes one on a quiet machine
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None)


class Broken(Exception):
    """The server or the harness does not do what every round needs."""


def adopt_orphans():
    """Children of a killed postmaster come to us, to be buried."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(signum):
    LIBC.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)


def until(what, done, patience=PATIENCE):
    give_up = time.monotonic() + patience
    while not done():
        if time.monotonic() > give_up:
            raise Broken(f'no end of waiting for {what}')
        time.sleep(0.03)


def make_template(folder, sql):
    """A data folder that each life begins with a copy of."""
    cluster = Cluster(folder, 'template')
    cluster.tool('initdb', '-D', cluster.data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8',
                 '--no-locale', '--wal-segsize=1')
    with open(cluster.data + '/postgresql.conf', 'a', encoding='utf-8') as conf:
        conf.write(SETTINGS + staged_settings())
    cluster.start()
    connection = cluster.connect()
    connection.cursor().execute(sql)
    connection.close()
    cluster.stop(signal.SIGINT)
    return cluster


class Cluster:
    """One data folder, its postmaster and its log."""

    def __init__(self, folder, name, logs=None):
        self.folder, self.name = folder, name
        self.data = f'{folder}/{name}'
        self.log = f'{logs or folder}/{name}.log'
        self.process = None
        self.settings = []

    def tool(self, program, *arguments):
        done = subprocess.run([f'{pg_config("--bindir")}/{program}', *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise Broken(f'{program}: {done.stdout.decode(errors="replace")}')

    def copy_of(self, other):
        shutil.copytree(other.data, self.data, symlinks=True)
        return self

    def start(self, *settings):
        """Again and again while what is left of the last postmaster still ends."""
        self.settings = list(settings) or self.settings
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            self.spawn()
            while time.monotonic() < give_up and self.process.poll() is None:
                if self.answers():
                    return self
                time.sleep(0.02)
            time.sleep(0.05)
        raise Broken(f'{self.name} does not start: {self.tail()}')

    def spawn(self):
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(
                [pg_config('--bindir') + '/postgres', '-D', self.data, '-k', self.folder, '-p', self.port(),
                 *(word for setting in self.settings for word in ('-c', setting))],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=lambda: die_with_parent(signal.SIGQUIT))         # pylint: disable=W1509

    def port(self):
        """What the socket is called; there is no TCP."""
        return str(10000 + (int(self.name[1:]) if self.name[1:].isdigit() else 0))

    def connect(self, user='postgres', **options):
        connection = psycopg2.connect(host=self.folder, port=self.port(), user=user, dbname='postgres',
                                      sslmode='disable', gssencmode='disable', **options)
        connection.autocommit = True
        return connection

    def answers(self):
        try:
            self.connect().close()
            return True
        except psycopg2.Error:
            return False

    def look(self):
        """A session that reads, and neither waits for a standby nor for ever."""
        return self.connect(options=f'-c synchronous_commit=local -c statement_timeout={PATIENCE}s')

    def rows(self, sql, *arguments):
        connection = self.look()
        try:
            cursor = connection.cursor()
            cursor.execute(sql, arguments)
            return cursor.fetchall()
        finally:
            connection.close()

    def children(self):
        try:
            with open(f'/proc/{self.process.pid}/task/{self.process.pid}/children', encoding='ascii') as file:
                return [int(pid) for pid in file.read().split()]
        except OSError:
            return []

    def serves_client(self, pid):
        try:
            with open(f'/proc/{pid}/cmdline', 'rb') as file:
                return b'[local]' in file.read()
        except OSError:
            return False

    def kill(self, everybody=True):
        """kill -9, of everybody at one moment, as when the power goes: whoever sees the postmaster
        dead gives up waiting for the standby, and shows others what only the primary has.  The
        children of a postmaster that dies alone see it soon."""
        if everybody:
            strike(signal.SIGSTOP, self.process.pid)        # it makes no more children
        victims = self.children()
        if everybody:
            strike(signal.SIGSTOP, *victims)
        strike(signal.SIGKILL, self.process.pid, *(victims if everybody else ()))
        self.process.wait()
        until(f'the end of {self.name}', lambda: all([gone(pid) for pid in victims]))

    def stop(self, signum):
        victims = self.children()
        self.process.send_signal(signum)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Broken(f'{self.name} does not stop: {self.tail()}') from None
        until(f'the end of {self.name}', lambda: all([gone(pid) for pid in victims]))

    def make_standby(self, name):
        other = Cluster(self.folder, name)
        other.tool('pg_basebackup', '-h', self.folder, '-p', self.port(), '-U', 'postgres', '-D', other.data,
                   '-c', 'fast', '-X', 'stream')
        with open(other.data + '/standby.signal', 'wb'):
            pass
        settings = [setting for setting in self.settings if not setting.startswith('primary_conninfo')]
        return other.start(*settings, f'primary_conninfo=host={self.folder} port={self.port()} user=postgres')

    def promote(self):
        self.tool('pg_ctl', 'promote', '-D', self.data, '-w', '-t', str(PATIENCE))

    def remove(self):
        """With its block of shared memory, which the next start would have removed."""
        try:
            with open(self.data + '/postmaster.pid', encoding='ascii') as file:
                LIBC.shmctl(int(file.read().split('\n')[6].split()[1]), 0, None)
        except (OSError, IndexError, ValueError):
            pass
        shutil.rmtree(self.data, ignore_errors=True)

    def end(self):
        """Whatever state it is in."""
        if self.process and self.process.poll() is None:
            self.kill()
        self.remove()

    def tail(self, lines=15):
        with open(self.log, encoding='utf-8', errors='replace') as log:
            return '\n'.join(log.read().splitlines()[-lines:])


def strike(signum, *pids):
    for pid in pids:
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            pass


def gone(pid):
    """Not there any more, or dead and now buried, if it is ours to bury."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as file:
            return file.read().rpartition(')')[2].split()[0] == 'Z'
    except OSError:
        return True
