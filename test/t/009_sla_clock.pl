# The SLA clock across clusters and crashes: the outbox of a restored dump is
# readable, a hot standby explains and reads, and sweeps that are killed tell
# each thing once all the same.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $rounds = $ENV{TSM_LONG} ? 30 : 5;

time_limit(150 + 10 * $rounds);

my $source = new_node('source', allows_streaming => 1);
$source->start;
# far from the beginning: a horizon of here lies beyond a new cluster's transactions
$source->safe_psql('postgres', "CREATE EXTENSION ticket_sm; $PEOPLE $WORK SET search_path = helpdesk; $DESK
	INSERT INTO prioridad VALUES ('VIP', 9, 1);
	INSERT INTO calendario VALUES ('siempre', 'UTC');
	INSERT INTO horario SELECT 'siempre', d, '00:00', '24:00' FROM generate_series(1, 7) d;
	INSERT INTO sla_politica (objetivo, horas, calendario) VALUES ('atencion', 1, 'siempre'), ('resolucion', 4, 'siempre');
	UPDATE configuracion SET eventos = '{crear, avisar, vencer}'");
$source->safe_psql('postgres', q{DO $$ BEGIN FOR i IN 1 .. 3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$});
$source->safe_psql('postgres', q{CALL trabajar(40, 'ana', 'marta', 'rosa', 'vera')});
$source->safe_psql('postgres', q{SET ticket_sm.desfase_reloj = '1h'; SELECT count(*) FROM ticket_sm.fn_sla_barrer();
	SET ticket_sm.desfase_reloj = '40d'; SELECT count(*) FROM ticket_sm.fn_sla_barrer();});
my $events = 'SELECT evento_id, ticket_uuid, version, operacion, ocurrido_en, datos FROM ticket_sm.fn_eventos(0, 10000)';
my $explain = q{SELECT t.ticket_label, x.* FROM helpdesk.ticket t, ticket_sm.fn_sla_explicar(t.ticket_uuid) WITH ORDINALITY x
	WHERE NOT t.abierto OR t.sla_restante IS NOT NULL ORDER BY t.ticket_label, x.ordinality};
my $written = $source->safe_psql('postgres', 'SELECT evento_id, ticket_uuid, version, operacion, ocurrido_en, datos FROM helpdesk.evento ORDER BY evento_id');
cmp_ok(scalar(split /\n/, $written), '>', 60, 'there are events');
$source->poll_query_until('postgres', 'SELECT count(*) = (SELECT count(*) FROM helpdesk.evento) FROM ticket_sm.fn_eventos(0, 10000)');
ok($source->safe_psql('postgres', $events) eq $written, 'they are all readable');

restored();
standby();
killed();

done_testing();

sub restored
{
	my $fresh = new_node('fresh');
	$fresh->start;
	my $dir = PostgreSQL::Test::Utils::tempdir;
	$fresh->safe_psql('postgres', "CREATE ROLE $_") for qw(ticket_admin ticket_mesa ticket_area ticket_publico);
	$fresh->safe_psql('postgres', $PEOPLE);
	command_ok([ 'pg_dump', '-f', "$dir/dump.sql", '-d', $source->connstr('postgres') ], 'dumped');
	command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/dump.sql", '-d', $fresh->connstr('postgres') ], 'restored');
	is($fresh->safe_psql('postgres', 'SELECT bool_and(horizonte > pg_snapshot_xmax(pg_current_snapshot())) FROM helpdesk.evento'), 't',
		'restored: the horizons lie in this cluster\'s future');
	ok($fresh->safe_psql('postgres', $events) eq $written, 'restored: and the events are readable');
	ok($fresh->safe_psql('postgres', $explain) eq $source->safe_psql('postgres', $explain), 'restored: what has ended is explained as before');
	is_clean($fresh, 'postgres', 'helpdesk', 'restored: all is in order');
	my $last = $fresh->safe_psql('postgres', 'SELECT max(evento_id) FROM helpdesk.evento');
	$fresh->safe_psql('postgres', q{CALL trabajar(10, 'ana', 'marta', 'rosa', 'vera')});
	$fresh->poll_query_until('postgres', "SELECT count(*) >= 10 FROM ticket_sm.fn_eventos($last)");
	is($fresh->safe_psql('postgres', "SELECT count(*) = (SELECT count(*) FROM helpdesk.evento WHERE evento_id > $last) FROM ticket_sm.fn_eventos($last)"),
		't', 'restored: new ones follow');
	is_clean($fresh, 'postgres', 'helpdesk', 'restored: all is in order after more work');
	$fresh->stop;
	return;
}

sub standby
{
	$source->backup('base');
	my $standby = PostgreSQL::Test::Cluster->new('standby');
	$standby->init_from_backup($source, 'base', has_streaming => 1);
	$standby->start;
	$source->wait_for_catchup($standby);
	ok($standby->safe_psql('postgres', $explain) eq $source->safe_psql('postgres', $explain), 'standby: fn_sla_explicar');
	$standby->poll_query_until('postgres', 'SELECT count(*) = (SELECT count(*) FROM helpdesk.evento) FROM ticket_sm.fn_eventos(0, 10000)');
	ok($standby->safe_psql('postgres', $events) eq $written, 'standby: fn_eventos');
	is($standby->safe_psql('postgres', 'SELECT count(*) > 0 FROM helpdesk.sla_tiempos'), 't', 'standby: metrics');
	my $ana = Desk::Psql->new($standby->connstr('postgres'));
	is($ana->ask('SELECT ticket_sm.fn_sla_barrer()'), 'ERROR:  25006', 'standby: nothing is swept');

	# a transaction of the primary that is open holds the reader up there too
	my $open = Desk::Psql->new($source->connstr('postgres'));
	my $create = q{SELECT estado FROM ticket_sm.fn_crear_ticket(nombre => 'Eva', email => 'eva@correo.example', tipo => 'QUEJA',
		categoria => 'red', descripcion => 'nada funciona', prioridad => 'ALTA')};
	my $last = $source->safe_psql('postgres', 'SELECT max(evento_id) FROM helpdesk.evento');
	is($open->ask("BEGIN; SELECT pg_current_xact_id() IS NOT NULL"), 't', 'standby: a transaction begins');
	is($source->safe_psql('postgres', $create), 'NUEVO', 'standby: another writes an event');
	$source->wait_for_catchup($standby);
	is($ana->ask("SELECT count(*) FROM helpdesk.evento WHERE evento_id > $last; SELECT count(*) FROM ticket_sm.fn_eventos($last)"), "1\n0",
		'standby: the event is there and not given out yet');
	$open->ask('COMMIT');
	$source->wait_for_catchup($standby);
	ok($standby->poll_query_until('postgres', "SELECT count(*) = 1 FROM ticket_sm.fn_eventos($last)"), 'standby: now it is');
	$_->quit for $ana, $open;
	$standby->stop;
	$source->stop;
	return;
}

# Sweeps whose backend is killed with -9, and the server with it.
sub killed
{
	my $node = new_node('killed');
	$node->append_conf('postgresql.conf', 'restart_after_crash = on');
	$node->start;
	$node->safe_psql('postgres', "CREATE EXTENSION ticket_sm; $PEOPLE SET search_path = helpdesk; $DESK
		INSERT INTO sla_politica (objetivo, horas) VALUES ('atencion', 1), ('resolucion', 4);");
	my $cut_short = 0;
	for my $round (1 .. $rounds)
	{
		$node->safe_psql('postgres', q{SELECT ticket_sm.fn_crear_ticket(nombre => 'Eva', email => 'eva@correo.example', tipo => 'QUEJA',
			categoria => 'red', descripcion => 'nada funciona', prioridad => 'ALTA') FROM generate_series(1, 2000)});
		my @sweepers = map { Desk::Psql->new($node->connstr('postgres')) } 1 .. 2;
		my @pids = map { $_->ask("SET ticket_sm.desfase_reloj = '10h'; SELECT pg_backend_pid()") } @sweepers;
		$_->send(join ";\n", ('SELECT count(*) FROM ticket_sm.fn_sla_barrer(20)') x 80) for @sweepers;
		sleep 0.01 + rand 0.08;
		kill 'KILL', $pids[0];
		$_->quit for @sweepers;
		$node->poll_query_until('postgres', 'SELECT true');
		my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM helpdesk.evento');
		$cut_short++ if $before < 4000 * $round;
		$node->safe_psql('postgres', q{SET ticket_sm.desfase_reloj = '10h'; SELECT count(*) FROM ticket_sm.fn_sla_barrer(100000)});
		is($node->safe_psql('postgres', q{SELECT count(*), count(DISTINCT (ticket_uuid, datos ->> 'objetivo')) FROM helpdesk.evento;
			SELECT count(*), count(DISTINCT (ticket_uuid, version)) FROM helpdesk.historial WHERE operacion = 'vencer';}),
			join("\n", (4000 * $round . '|' . 4000 * $round) x 2), "killed, round $round: each breach is told once");
	}
	# on a quick machine some may have been done by then
	cmp_ok($cut_short, '>', 0, "killed: sweeps were cut short in $cut_short rounds of $rounds");
	is_clean($node, 'postgres', 'helpdesk', 'killed: all is in order');
	$node->stop;
	return;
}
