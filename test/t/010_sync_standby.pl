# The lock of the year is held until the commit is flushed, and confirmed as
# synchronous_commit says: nobody sees a label before, nor draws the next one.
# With a real synchronous standby, at every level of synchronous_commit, in
# transactions, procedures and two phases.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use PostgreSQL::Test::Utils;
use Test::More;

time_limit(600);

my $node = new_node('source', allows_streaming => 1);
$node->append_conf('postgresql.conf', q{
max_prepared_transactions = 5
track_commit_timestamp = on
});
$node->start;
$node->safe_psql('postgres', "CREATE EXTENSION ticket_sm; $PEOPLE SET search_path = helpdesk; $DESK
	CREATE TABLE public.other (n integer PRIMARY KEY, m integer UNIQUE DEFERRABLE INITIALLY DEFERRED)");
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->append_conf('postgresql.conf', "synchronous_standby_names = 'standby'");
$node->reload;
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
  or die 'the standby is not synchronous';

my $create = q{SELECT right(ticket_label, 5)::integer FROM ticket_sm.fn_crear_ticket(nombre => 'Eva',
	email => 'eva@correo.example', tipo => 'QUEJA', categoria => 'red', descripcion => 'nada funciona', prioridad => 'ALTA')};
my $waiting = Desk::Psql->new($node->connstr('postgres'));
my $other = Desk::Psql->new($node->connstr('postgres'));
$other->ask(q{SET synchronous_commit = local; SET ticket_sm.espera_bloqueo = '500ms'});
my $label = 0;

is($waiting->ask($create), ++$label, 'the standby is there: an answer comes');
$standby->stop;

for my $level (qw(remote_write on remote_apply))
{
	$waiting->ask("SET synchronous_commit = $level");
	hangs($create, "$level: a creation waits for the standby");
	$label++;
	is($other->ask(qq{SELECT count(*) FROM helpdesk.ticket WHERE ticket_label LIKE '%' || to_char($label, 'FM00000')}),
		'0', "$level: others do not see it yet");
	is($other->ask($create), 'ERROR:  PT423', "$level: the next creation waits");
	answers($label, "$level: the answer comes once the standby is back");
	is($waiting->ask('SHOW synchronous_commit'), $level, "$level: the setting is as it was");
}

$waiting->ask('SET synchronous_commit = on');
is($other->ask($create), ++$label, 'local does not wait');
is($other->ask("SET synchronous_commit = off; $create; SET synchronous_commit = local"), ++$label, 'nor does off');
is($other->ask("SET synchronous_commit = off; BEGIN; SAVEPOINT s; $create; RELEASE s; COMMIT; SET synchronous_commit = local"),
	++$label, 'off with a savepoint neither');

hangs("BEGIN; SAVEPOINT s; $create; ROLLBACK TO s; INSERT INTO public.other VALUES (1, 1); COMMIT",
	'a label drawn in a savepoint that was rolled back: the rest waits');
answers($label + 1, 'and is answered');

hangs("BEGIN; $create; SAVEPOINT s; $create; RELEASE s; COMMIT", 'a transaction of two labels waits');
answers(($label + 1) . "\n" . ($label + 2), 'and is answered');
$label += 2;

hangs("DO \$\$ BEGIN PERFORM * FROM ($create) AS t; COMMIT; PERFORM * FROM ($create) AS t; COMMIT; END \$\$",
	'a COMMIT in the middle of a procedure waits');
is($other->ask($create), 'ERROR:  PT423', 'and the next creation for it');
answers('', 'and is answered after the last');
$label += 2;

hangs("BEGIN; $create; CREATE TABLE public.made (i integer); DROP TABLE public.made; TRUNCATE public.other; COMMIT",
	'one with DDL waits');
answers(++$label, 'and is answered');

# Two phases: the lock goes from one to the other.
hangs("BEGIN; $create; PREPARE TRANSACTION 'p'", 'PREPARE TRANSACTION waits');
is($other->ask($create), 'ERROR:  PT423', 'the next creation waits for the prepared one');
answers(++$label, 'and is answered');
hangs("COMMIT PREPARED 'p'", 'COMMIT PREPARED waits');
answers('', 'and is answered');
is($other->ask($create), ++$label, 'then the next goes on');

# What fails at its commit leaves nothing behind, not even a level of commit.
$other->ask('INSERT INTO public.other VALUES (1, 1)');
is($waiting->ask("BEGIN; $create; INSERT INTO public.other VALUES (2, 1); COMMIT"),
	($label + 1) . "\nERROR:  23505", 'a COMMIT that fails');
is($waiting->ask('SHOW synchronous_commit'), 'on', 'the setting is as it was');
hangs('INSERT INTO public.other VALUES (3, 3)', 'another transaction waits as ever');
answers('', 'and is answered');

# Cancelled, it has committed all the same, and says so.
hangs($create, 'a creation waits');
$node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'});
like($waiting->receive, qr/^WARNING:  01000\n@{[$label + 1]}$/, 'cancelled, it is answered with a warning');
$label++;
is($node->safe_psql('postgres', qq{SELECT count(*) FROM helpdesk.ticket WHERE ticket_label LIKE '%' || to_char($label, 'FM00000')}),
	'1', 'and the ticket is there');

# A request that is repeated.  While the first one waits nobody is told of it, be it under its key or by its label.
my $keyed = $create =~ s/prioridad => 'ALTA'/prioridad => 'ALTA', clave_idempotencia => 'una vez'/r;
my $look_up = sub { "SELECT estado FROM ticket_sm.fn_consultar(to_char(now(), '\"TK-\"YYYY') || to_char($_[0], '\"-\"FM00000'), 'eva\@correo.example')" };
hangs($keyed, 'a creation with a key waits');
is($other->ask($keyed), 'ERROR:  PT423', 'its repetition waits for it');
is($other->ask($look_up->($label + 1)), 'ERROR:  PT404', 'nor is it found by its label');
# Its session is gone before the standby had it: it is there, and nobody was told.
my $left = Desk::Psql->new($node->connstr('postgres'));
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'});
unlike($waiting->receive // '', qr/^\d/m, 'terminated, it is not answered');
$waiting->quit;
$waiting = $left;
$waiting->ask('SET synchronous_commit = on');
hangs($keyed, 'its repetition finds it, and waits for the standby');
answers(++$label, 'and is answered with its label once the standby has it');
is($other->ask($keyed), $label, 'local does not wait');
# Nor does whoever reads events for the world outside.
$node->safe_psql('postgres', q{SET synchronous_commit = local; UPDATE helpdesk.configuracion SET eventos = '{crear}'});
is($other->ask($create), ++$label, 'a creation that did not wait');
hangs('SELECT count(*) FROM ticket_sm.fn_eventos()', 'its event waits for the standby');
answers('1', 'and is told then');
$node->safe_psql('postgres', q{SET synchronous_commit = local; UPDATE helpdesk.configuracion SET eventos = '{}'});

is($node->safe_psql('postgres', q{
	SELECT string_agg(ticket_label, ' ') FROM (
		SELECT ticket_label, pg_xact_commit_timestamp(xmin) < lag(pg_xact_commit_timestamp(xmin)) OVER (ORDER BY ticket_label) AS late
		FROM helpdesk.ticket) AS t WHERE late}), '', 'labels are in the order of the commits');
is($node->safe_psql('postgres', 'SELECT max(ultimo) FROM helpdesk.contador'), $label, 'no label more than those told');
$_->quit for $waiting, $other;
is_clean($node, 'postgres', 'helpdesk', 'all is in order');
$standby->start;
$node->wait_for_catchup($standby);
is_clean($standby, 'postgres', 'helpdesk', 'on the standby, too');

done_testing();

# The statement is sent, and waits for the standby that is away.
sub hangs
{
	my ($sql, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$waiting->send($sql);
	return ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'}), $what);
}

# The standby comes back; the answer is on it when it is told.
sub answers
{
	my ($expected, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'}), '1', "$what: not before");
	$standby->start;
	my $answer = $waiting->receive;
	is($answer, $expected, $what);
	$standby->stop;
	return;
}
