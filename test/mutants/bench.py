"""Where one mutant after the other is built and tested: a copy of the sources, and a server."""

import os
import pathlib
import pwd
import re
import shutil
import subprocess
import time

# No column numbers in the objects; what is not initialized is not right by chance.
FLAGS = '-O2 -g0 -w -ftrivial-auto-var-init=pattern'

# What pg_regress gives a server of its own, and no sync.
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = off
shared_buffers = 16MB
max_prepared_transactions = 2
max_connections = 40
log_min_messages = log
"""
PATIENCE = 10   # times what a test takes on the original


def leave_root():
    if os.getuid() == 0:
        user = pwd.getpwnam('nobody')
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    os.environ['HOME'] = '/tmp'


def pg_config(option):
    return subprocess.run([os.environ.get('PG_CONFIG', '/usr/lib/postgresql/15/bin/pg_config'), option],
                          check=True, capture_output=True, text=True).stdout.strip()


def staged_settings(stage):
    """Make a server find what was installed below this folder."""
    if re.match(r'PostgreSQL 1[567]', pg_config('--version')):
        return f"extension_destdir = '{stage}'\n"     # Debian's own patch
    return (f"extension_control_path = '{stage}{pg_config('--sharedir')}:$system'\n"
            f"dynamic_library_path = '{stage}{pg_config('--pkglibdir')}:$libdir'\n")


def make(folder, *targets):
    done = subprocess.run(['make', '-s', 'with_llvm=no', f'COPT={FLAGS}', *targets], cwd=folder, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=dict(os.environ, PG_CONFIG=pg_config('--bindir') + '/pg_config'))
    if done.returncode:
        raise BuildError(done.stdout[-500:])


class BuildError(Exception):
    pass


class Template:
    """What each bench begins with: the sources, built; data folders; how long each test takes."""

    def __init__(self, top, folder):
        self.sources = folder / 'sources'
        self.stage = folder / 'stage'
        self.empty = folder / 'empty'       # a server with nothing in it
        self.ready = folder / 'ready'       # with setup and install, and the isolation tests' desk
        self.seconds = {}
        shutil.copytree(top, self.sources, ignore=shutil.ignore_patterns(
            '.git', 'node_modules', '*.o', '*.so', '*.bc', 'tmp_check', 'output_iso', 'results', '.demo', '__pycache__'))
        make(self.sources, '-j2', 'all')
        make(self.sources, 'install', f'DESTDIR={self.stage}')
        subprocess.run([pg_config('--bindir') + '/initdb', '-D', self.empty, '-A', 'trust', '-N', '--no-locale',
                        '-E', 'UTF8', '--wal-segsize=1'], check=True, stdout=subprocess.DEVNULL)
        # by way of make: the version is put into them there
        listed = subprocess.run(['make', '-s', 'with_llvm=no', '-pn', 'PG_CONFIG=' + pg_config('--bindir') + '/pg_config'],
                                cwd=self.sources, check=False, capture_output=True, text=True).stdout
        self.regress, self.isolation = (re.search(rf'^{name} = (.*)', listed, re.M)[1].split()
                                        for name in ('REGRESS', 'ISOLATION'))


def make_template(top, folder):
    template = Template(top, folder)
    bench = Bench(template, folder / 'first')
    try:
        bench.restore(template.empty)
        for test in ('setup', 'install'):
            bench.must_pass('regress', test)
        bench.must_pass('isolation', 'desk')
        bench.stop(fast=True)
        shutil.move(bench.data, template.ready)
    finally:
        bench.stop()
    return template


class Bench:
    """One of the places where mutants are judged."""
    every = []

    def __init__(self, template, folder):
        Bench.every.append(self)
        self.test = None
        self.template, self.folder = template, folder
        self.sources, self.stage, self.data = folder / 'sources', folder / 'stage', folder / 'data'
        self.process = None
        folder.mkdir()
        for name in ('sources', 'stage'):
            shutil.copytree(getattr(template, name), getattr(self, name), symlinks=True)
        self.library = self.stage / pg_config('--pkglibdir').lstrip('/') / 'ticket_sm.so'

    # --- the server

    def restore(self, data=None):
        """A server as if nothing had happened yet."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        subprocess.run(['cp', '-a', data or self.template.ready, self.data], check=True)
        with open(self.data / 'postgresql.auto.conf', 'a', encoding='utf-8') as conf:
            conf.write(SETTINGS.format(folder=self.folder) + staged_settings(self.stage))
        with open(self.folder / 'log', 'wb') as log:
            self.process = subprocess.Popen([pg_config('--bindir') + '/postgres', '-D', self.data],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        pidfile = self.data / 'postmaster.pid'
        for _ in range(1200):
            if pidfile.exists() and 'ready' in pidfile.read_text(encoding='utf-8'):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError('the server does not start: ' + (self.folder / 'log').read_text(errors='replace')[-500:])

    def stop(self, fast=False):
        if self.process and self.process.poll() is None:
            self.process.send_signal(2 if fast else 3)
            self.process.wait()
        self.process = None

    def abandon(self):
        for process, number in ((self.test, 9), (self.process, 3)):
            if process and process.poll() is None:
                process.send_signal(number)
        if self.process:
            self.process.wait()

    # --- the tests

    def run_test(self, kind, test):
        """Whether it passed, and what it said."""
        pgxs = pathlib.Path(pg_config('--pgxs')).parents[1] / 'test'
        command = [pgxs / ('regress/pg_regress' if kind == 'regress' else 'isolation/pg_isolation_regress'),
                   '--use-existing', '--inputdir=' + ('.' if kind == 'regress' else 'test'), f'--outputdir={self.folder}',
                   '--bindir=' + pg_config('--bindir'), '--dlpath=' + pg_config('--pkglibdir'), f'--host={self.folder}',
                   f'--dbname={"contrib" if kind == "regress" else "isolation"}_regression', test]
        if test in ('setup', 'desk'):
            command.remove('--use-existing')    # they come first, and make the database
        start = time.monotonic()
        limit = 300 + PATIENCE * self.template.seconds.get(test, 0)
        if test in self.template.seconds:
            limit -= 240
        with subprocess.Popen(command, cwd=self.sources, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, start_new_session=True) as process:
            self.test = process
            try:
                said = process.communicate(timeout=limit)[0]
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.communicate()
                return False, 'hangs'
        self.template.seconds.setdefault(test, time.monotonic() - start)
        return process.returncode == 0, said

    def must_pass(self, kind, test):
        good, said = self.run_test(kind, test)
        if not good:
            raise RuntimeError(f'{test} fails on the original:\n{said[-800:]}\n{self.diffs()}')

    def diffs(self):
        diffs = self.folder / 'regression.diffs'
        return diffs.read_text(errors='replace')[:3000] if diffs.exists() else ''

    def run_regress(self, first, tests=None):
        """The first test that fails, or None; those named first go first."""
        done = [*first, 'setup', 'install', 'uninstall']
        for test in first + [test for test in tests or self.template.regress if test not in done]:
            good, said = self.run_test('regress', test)
            if not good:
                return f'{test} hangs' if said == 'hangs' else self.crash() or test
        return None

    def run_isolation(self, tries=2):
        """The same; steps that end at the same time may be told in another order, so once is nothing."""
        for spec in self.template.isolation:
            if spec != 'desk' and not any(self.run_test('isolation', spec)[0] for _ in range(tries)):
                return self.crash() or spec
        return None

    def crash(self):
        said = (self.folder / 'log').read_text(errors='replace')
        return 'the server crashes' if 'terminated by signal' in said or self.process.poll() is not None else None

    # --- the mutant

    def judge(self, mutant, likely, only_likely=False):
        """What kills it; None if it survives."""
        file = self.sources / 'src' / mutant.file
        thing = file.with_suffix('.o')
        source, built = file.read_text(encoding='utf-8'), thing.read_bytes()
        times = [(path, (path.stat().st_atime, path.stat().st_mtime)) for path in (file, thing)]
        try:
            file.write_text(mutant.apply(source), encoding='utf-8')
            try:
                make(self.sources, 'ticket_sm.so')
            except BuildError as error:
                return f'does not build: {error}'
            if thing.read_bytes() == built:
                return 'same code'
            self.install()
            self.restore()
            if only_likely:
                return self.run_regress(likely, likely)
            return self.run_regress(likely) or self.run_isolation() or self.run_whole()
        finally:
            file.write_text(source, encoding='utf-8')
            thing.write_bytes(built)
            for path, when in times:
                os.utime(path, when)

    def run_whole(self):
        """What a server that has nothing yet is made of."""
        self.restore(self.template.empty)
        for test in ('setup', 'install', 'sheet'):
            if not self.run_test('regress', test)[0]:
                return self.crash() or test
        return None

    def install(self):
        new = self.library.with_suffix('.new')
        shutil.copy(self.sources / 'ticket_sm.so', new)
        new.rename(self.library)
