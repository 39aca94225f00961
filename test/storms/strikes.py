"""What befalls the server in a round.  Each strike is given the storm, whose
clients are at work, and leaves a server that answers.  Whatever ends the server
sends the clients home, who would only knock at its door."""

import random
import signal
import time

from cluster import strike

BUSY = ("SELECT pg_{}_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state = 'active' AND random() < 0.5")


def kill_all(storm):
    """kill -9 of every process"""
    storm.cluster.kill()
    start_again(storm)


def start_again(storm):
    storm.go_home()
    storm.cluster.start()


def kill_postmaster(storm):
    """kill -9 of the postmaster alone; its children go on for a moment"""
    storm.cluster.kill(everybody=False)
    start_again(storm)


def kill_twice(storm):
    """kill -9 of every process, and again in the recovery"""
    storm.cluster.kill()
    storm.go_home()
    storm.cluster.spawn()
    time.sleep(storm.rng.uniform(0.0, 0.25))
    storm.cluster.kill()
    storm.cluster.start()


def kill_one(storm):
    """kill -9 of one process, mostly of a client's; the others are ended by the postmaster"""
    children = storm.cluster.children()
    clients = [pid for pid in children if storm.cluster.serves_client(pid)]
    strike(signal.SIGKILL, storm.rng.choice(clients if clients and storm.rng.random() < 0.8 else children))
    storm.go_on(20)


def immediate(storm):
    """immediate stop"""
    storm.cluster.stop(signal.SIGQUIT)
    start_again(storm)


def fast(storm):
    """fast stop"""
    storm.cluster.stop(signal.SIGINT)
    start_again(storm)


def cancel(storm):
    """pg_cancel_backend of whoever is at work, thirty times"""
    pester(storm, 'cancel')


def terminate(storm):
    """pg_terminate_backend of whoever is at work, thirty times"""
    pester(storm, 'terminate')


def pester(storm, how):
    connection = storm.cluster.look()
    for _ in range(30):
        connection.cursor().execute(BUSY.format(how))
        time.sleep(0.005)
    connection.close()
    storm.go_on(20)


def timeouts(storm):
    """nothing but lock and statement timeouts"""
    storm.go_on(40)


def promote(storm):
    """kill -9 of the primary, and its synchronous standby is promoted"""
    storm.cluster.kill()
    storm.go_home()
    storm.take_over()


def promote_after_restart(storm):
    """the standby is killed and comes back, then the primary is killed and it is promoted"""
    storm.standby.kill()
    time.sleep(storm.rng.uniform(0.0, 0.1))
    storm.standby.start()
    storm.go_on(20)
    promote(storm)


def promote_after_cancel(storm):
    """pg_cancel_backend of whoever is at work or waits for the standby, then the primary is killed"""
    pester(storm, 'cancel')
    promote(storm)


def promote_after_terminate(storm):
    """the same with pg_terminate_backend"""
    pester(storm, 'terminate')
    promote(storm)


ALONE = [kill_all] * 4 + [kill_postmaster] * 2 + [kill_twice, kill_one, kill_one, kill_one, immediate, immediate,
                                                  fast, cancel, cancel, terminate, terminate, timeouts]
WITH_STANDBY = [promote] * 4 + [promote_after_restart] * 2 + [promote_after_cancel, promote_after_terminate]
# a commit may be told without the standby's word, with a warning; so what a reader is shown may go
IMPATIENT = (promote_after_cancel, promote_after_terminate)
