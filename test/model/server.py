"""A throw-away PostgreSQL server, and what the test asks of one."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

import psycopg2

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 300
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
statement_timeout = 60s
autovacuum_naptime = 5s
log_min_messages = warning
log_min_error_statement = panic
log_line_prefix = '%e '
timezone = 'America/Lima'
ticket_sm.autenticadores = 'autenticador'
ticket_sm.espera_bloqueo = '30s'
"""


class Server:
    """Started by entering it, stopped and removed by leaving it."""

    settings = SETTINGS
    wrapper = []        # what the postmaster is run by

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix='tsm-model.')
        self.process = None
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        bindir = pg_config('--bindir')
        data = self.folder + '/data'
        subprocess.run([bindir + '/initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-N',
                        '-E', 'UTF8', '--locale=C.UTF-8'], check=True, stdout=subprocess.DEVNULL)
        with open(data + '/postgresql.conf', 'a', encoding='utf-8') as conf:
            conf.write(self.settings.format(folder=self.folder) + staged_settings())
        with open(self.folder + '/log', 'wb') as log:
            self.process = subprocess.Popen([*self.wrapper, bindir + '/postgres', '-D', data],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(300):
            try:
                self.connect('postgres', 'postgres').close()
                return
            except psycopg2.OperationalError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError('the server does not start:\n' + '\n'.join(self.log()))

    def log(self):
        with open(self.folder + '/log', encoding='utf-8', errors='replace') as log:
            return log.read().splitlines()

    def complaints(self):
        """What the log should not have: warnings, crashes, internal errors."""
        return [line for line in self.log() if 'WARNING:' in line or 'PANIC:' in line
                or line.startswith('XX') or 'terminated by signal' in line]

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)     # fast shutdown
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, user, database):
        connection = psycopg2.connect(host=self.folder, user=user, dbname=database)
        connection.autocommit = True
        return connection


def leave_root():
    """PostgreSQL refuses to run as root."""
    if os.geteuid() == 0:
        user = pwd.getpwnam(os.environ.get('SERVER_USER', 'nobody'))
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)


def pg_config(option):
    command = os.environ.get('PG_CONFIG') or '/usr/lib/postgresql/15/bin/pg_config'
    return subprocess.run([command, option], check=True, capture_output=True,
                          text=True).stdout.strip()


def staged_settings():
    """What makes a server find the extension under TSM_STAGE, the DESTDIR of
    `make install`; unless that is set, it must be installed."""
    stage = os.environ.get('TSM_STAGE')
    if not stage:
        return ''
    if int(re.search(r'\d+', pg_config('--version'))[0]) < 18:
        return f"extension_destdir = '{stage}'\n"       # Debian's own
    return (f"extension_control_path = '{stage}{pg_config('--sharedir')}:$system'\n"
            f"dynamic_library_path = '{stage}{pg_config('--pkglibdir')}:$libdir'\n")
