#!/usr/bin/python3
"""test/trip/report.py [--causes] NAME LOG LIBRARY FOLDER - the way of a call through the sources in FOLDER.

Reads what tracer.c has logged of a LIBRARY.  The way begins and ends in the server, which is a place of its own:
whatever is not ours, libc too.  Each function call and each return that lands in another file is a move, so that a
visit to a file costs two.  The server is seen only where it calls us; between two such calls it is taken to have
stayed.  An inline function of a header belongs to the file that calls it.

The route is indented by who called whom.  Visits in a row from one file to another are one line with their number,
but what the server calls: each of its entrances has a line.  Functions stand in the order of their first call.
"""

import argparse
import os
import subprocess
from collections import Counter, namedtuple
from dataclasses import dataclass, field

Function = namedtuple('Function', 'name file')
SERVER = 'server'


@dataclass
class Visit:
    file: str
    parent: 'Visit' = None
    visits: list = field(default_factory=list)  # from here to other files
    functions: Counter = field(default_factory=Counter)  # name -> calls
    times: int = 1

    def enter(self, file):
        self.visits.append(Visit(file, self))
        return self.visits[-1]

    @property
    def entrance(self):
        return next(iter(self.functions), '-')

    def all(self):
        for visit in self.visits:
            yield visit
            yield from visit.all()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--causes', action='store_true')
    for name in ('name', 'log', 'library', 'folder'):
        parser.add_argument(name)
    options = parser.parse_args()
    with open(options.log, encoding='ascii') as log:
        events = [line.split() for line in log]
    functions = resolve({event[1] for event in events}, options.library, options.folder)
    trip = follow(events, functions)
    visits = list(trip.all())
    print(f'{options.name}: {sum(visit.functions.total() for visit in visits)} calls '
          f'of {len(functions)} functions in {len({visit.file for visit in visits} - {SERVER})} files, '
          f'{2 * len(visits)} moves\n')
    if options.causes:
        print_causes(visits)
    print_route(trip)
    print()


def resolve(addresses, library, folder):
    """Address -> Function."""
    addresses = sorted(addresses)
    lines = subprocess.run(['addr2line', '-f', '-e', library], input='\n'.join(addresses), text=True,
                           capture_output=True, check=True).stdout.split('\n')
    return {address: Function(name, os.path.relpath(place.split(':')[0], folder).removesuffix('.c'))
            for address, name, place in zip(addresses, lines[::2], lines[1::2])}


def follow(events, functions):
    """The tree of visits."""
    at = trip = Visit(SERVER)
    stack = []  # of entered functions: where each was called from
    for what, address, caller in events:
        name, file = functions[address]
        called_by_server = what == '+' and caller == '0'
        if at.file == SERVER and at is not trip and not called_by_server:
            at = at.parent  # the server has returned, unseen
        if what == '-':
            at = stack.pop()
            continue
        if called_by_server and at.file != SERVER:
            at = at.enter(SERVER)
        stack.append(at)
        if file != at.file and (called_by_server or not file.endswith('.h')):
            at = at.enter(file)
        at.functions[name] += 1
    if stack:
        raise SystemExit('functions were entered and not left: did the call fail?')
    return trip


def print_causes(visits):
    """Which function is called across files, from which file, and how many moves that makes."""
    causes = Counter((visit.entrance, visit.file, visit.parent.file) for visit in visits)
    print('moves  function                          in                       called from')
    for (function, file, caller), times in causes.most_common():
        print(f'{2 * times:5}  {function:33} {file:24} {caller}')
    print()


def print_route(visit, depth=0):
    for each in merge(visit.visits):
        names = ', '.join(name if calls == 1 else f'{name} {calls}' for name, calls in each.functions.items())
        times = f' x{each.times}' if each.times > 1 else ''
        print(f'{"  " * depth}{each.file}{times}{names and f" ({names})"}')
        print_route(each, depth + 1)


def merge(visits):
    """Visits in a row to one file as one."""
    merged = []
    for visit in visits:
        if not merged or not goes_on(merged[-1], visit):
            merged.append(Visit(visit.file, times=0))
        merged[-1].times += 1
        merged[-1].functions += visit.functions
        merged[-1].visits += visit.visits
    return merged


def goes_on(before, visit):
    return before.file == visit.file and (visit.parent.file != SERVER or before.entrance == visit.entrance)


main()
