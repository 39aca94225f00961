# 10,000 calls in one session leave no memory behind, and nothing is planned
# twice; whether they succeed, are refused, or are plain SQL.  The first call of
# a session plans no more than it runs.  Operations that leave the ticket where it
# is are HOT updates, and all of them write little WAL.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use PostgreSQL::Test::Utils;
use Test::More;

my $calls = $ENV{TSM_LONG} ? 100_000 : 10_000;

time_limit($ENV{TSM_LONG} ? 1200 : 180);

my $node = new_node('main');
# its snapshot would keep row versions, and updates from being HOT
$node->append_conf('postgresql.conf', "autovacuum = off\n");
$node->start;
$node->safe_psql('postgres', "CREATE EXTENSION ticket_sm; $PEOPLE SET search_path = helpdesk; $DESK");
$node->safe_psql('postgres', q{
	CREATE FUNCTION public.memory(OUT bytes bigint, OUT plans bigint) LANGUAGE sql SECURITY DEFINER AS
	$$SELECT sum(used_bytes), count(*) FILTER (WHERE name LIKE 'CachedPlan%') FROM pg_backend_memory_contexts$$});

# Kind of call, database role, and statements with the SQLSTATE of those that
# are refused.  $t stands for an assigned ticket, $n for a new one, $l for the
# label of that.
my $new = q{SELECT FROM ticket_sm.fn_crear_ticket(nombre => 'Eva', email => 'eva@correo.example', tipo => 'QUEJA',
	categoria => 'red', descripcion => 'nada funciona', prioridad => 'ALTA', area => 'REDES')};
my @kinds = (
	[ 'creations', 'vera', $new => '' ],
	[ 'repeated creations', 'vera', $new =~ s/\)$/, clave_idempotencia => 'k')/r => '' ],
	[ 'operations', 'marta',
		q{SELECT FROM ticket_sm.fn_pausar($t, 'falta una pieza')} => '',
		q{SELECT FROM ticket_sm.fn_reabrir($t, 'ya llegó')} => '',
		q{SELECT FROM ticket_sm.fn_actualizar($t, nota => 'una nota', respuesta => 'hola')} => '',
		q{SELECT FROM ticket_sm.fn_reclasificar($t, categoria => 'red ' || random(), motivo => 'otra cosa')} => '',
		q{SELECT FROM ticket_sm.fn_asignar($t, '00000000-0000-4000-8000-000000000003')} => '' ],
	[ 'batches', 'marta',
		q{SELECT FROM ticket_sm.fn_ejecutar_lote('actualizar', ARRAY[$t, $n]::uuid[], '{"nota": "una nota"}')} => '',
		q{SELECT FROM ticket_sm.fn_ejecutar_lote('reabrir', ARRAY[$t, $n]::uuid[], '{"motivo": "otra vez"}')} => '',
		q{SELECT FROM ticket_sm.fn_ejecutar_lote('actualizar', ARRAY[$t]::uuid[], '{"nota": "una nota"}', true)} => '' ],
	[ 'reads', 'ana',
		q{SELECT FROM ticket_sm.fn_maquina()} => '',
		q{SELECT FROM ticket_sm.fn_consultar($l, 'eva@correo.example')} => '',
		q{SELECT FROM ticket_sm.fn_verificar($n)} => '',
		q{SELECT FROM ticket_sm.fn_ticket($n)} => '',
		q{SELECT FROM ticket_sm.fn_bandeja(tamano => 5)} => '',
		q{SELECT FROM ticket_sm.fn_bandeja(orden => 'creacion', area => 'REDES', texto => 'nada', tamano => 5)} => '',
		q{SELECT FROM ticket_sm.fn_bandeja(orden => 'limite', area => 'REDES', despues => 'l' || repeat('0', 48), tamano => 5)} => '',
		q{SELECT FROM ticket_sm.fn_sla_explicar($n)} => '',
		q{SELECT FROM ticket_sm.fn_sla_sumar('co', now(), '30:00')} => '',
		q{SELECT FROM ticket_sm.fn_eventos()} => '',
		q{SELECT FROM ticket_sm.fn_sla_barrer()} => '',
		q{SELECT FROM helpdesk.ticket WHERE ticket_uuid = $n} => '' ],
	[ 'refusals', 'rosa',
		q{SELECT FROM ticket_sm.fn_asignar($t)} => '42501',
		q{SELECT FROM ticket_sm.fn_pausar($t)} => '22004',
		q{SELECT FROM ticket_sm.fn_pausar('00000000-0000-4000-8000-000000000009', 'motivo')} => 'PT404',
		q{SELECT FROM ticket_sm.fn_pausar($t, 'motivo', version => 1)} => 'PT412',
		q{SELECT FROM ticket_sm.fn_pausar($n, 'motivo')} => 'PT409',
		q{SELECT FROM ticket_sm.fn_consultar($l, 'otra@correo.example')} => 'PT404',
		$new =~ s/'ALTA'/'NINGUNA'/r => '22023' ],
	[ 'plain SQL', 'none',
		q{UPDATE helpdesk.ticket SET asunto = random()::text WHERE ticket_uuid = $n} => '',
		q{UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = $n} => 'PT409',
		q{UPDATE helpdesk.ticket SET ticket_label = 'x' WHERE ticket_uuid = $n} => '428C9',
		q{DELETE FROM helpdesk.ticket} => '42501' ]);

for my $kind (@kinds)
{
	my ($name, $role, @statements) = @$kind;
	# measured after, with a commit for each; and within one transaction
	stays_small($name, $role, $calls, 0, @statements);
	stays_small("$name in one transaction", $role, $calls / 5, 1, @statements);
	plans_nothing($name, $role, @statements);
}
first_touch();
stays_hot();
reads_by_index();
is_clean($node, 'postgres', 'helpdesk', 'all is in order');

done_testing();

# What a session plans at its first call: the statement, the one query that reads
# the desk, who the caller is, and what the operation runs (a creation also draws
# its label, looks whether the row is where the last one left it, and writes the words
# of search; and of it the server checks two foreign keys, by plans before 19).
sub first_touch
{
	my ($t) = split /\|/, $node->safe_psql('postgres', q{SELECT ticket_uuid FROM } . ($new =~ s/^SELECT FROM //r));
	my %plans = (
		q{ticket_sm.fn_maquina()} => 2,
		qq{ticket_sm.fn_actualizar('$t', nota => 'una nota')} => 4,
		qq{ticket_sm.fn_ejecutar_lote('actualizar', ARRAY['$t']::uuid[], '{"nota": "una nota"}')} => 4,
		$new =~ s/^SELECT FROM //r => $node->pg_version->major < 19 ? 7 : 5);
	for my $call (sort keys %plans)
	{
		my $session = Desk::Psql->new($node->connstr('postgres'));
		my $from = -s $node->logfile;
		$session->ask("SET log_planner_stats = on; SET ROLE marta; SELECT FROM $call; RESET ROLE; RESET log_planner_stats");
		my $planned = () = slurp_file($node->logfile, $from) =~ /PLANNER STATISTICS/g;
		is($planned, $plans{$call}, 'first call of a session: plans made by ' . ($call =~ s/\(.*//sr));
		$session->quit;
	}
	return;
}

# Operations, each in a transaction of its own: how many touch no index of the
# ticket's, and what they write to the WAL.  The lists of an agent and of an area
# have an index each, so what hands a ticket on touches those.
sub stays_hot
{
	my @kinds = (
		[ 'operations in their place', 0.99, 850, q{
			PERFORM ticket_sm.fn_pausar(t, 'falta una pieza'); COMMIT;
			PERFORM ticket_sm.fn_actualizar(t, 'una nota'); COMMIT;
			PERFORM ticket_sm.fn_reabrir(t, 'ya llegó'); COMMIT;
			PERFORM ticket_sm.fn_actualizar(t, 'otra nota'); COMMIT;} ],
		[ 'operations that hand on', 0, 1800, q{
			PERFORM ticket_sm.fn_transferir(t, 'SISTEMAS', 'es de otros'); COMMIT;
			PERFORM ticket_sm.fn_asignar(t); COMMIT;
			PERFORM ticket_sm.fn_transferir(t, 'REDES', 'y no de ellos'); COMMIT;
			PERFORM ticket_sm.fn_asignar(t, '00000000-0000-4000-8000-000000000003'); COMMIT;} ]);
	do_work(@$_) for @kinds;
	return;
}

sub do_work
{
	my ($name, $least, $most, $loop) = @_;
	my $counts = q{SELECT pg_stat_get_tuples_updated(t), pg_stat_get_tuples_hot_updated(t), pg_current_wal_insert_lsn() - '0/0'
		FROM (SELECT 'helpdesk.ticket'::regclass) AS t(t)};
	my $work = qq{DO \$do\$
	DECLARE
		t uuid := (SELECT ticket_uuid FROM ticket_sm.fn_crear_ticket(nombre => 'Eva', email => 'eva\@correo.example', tipo => 'QUEJA',
			categoria => 'red', descripcion => repeat('nada funciona ', 15), prioridad => 'ALTA', area => 'REDES'));
	BEGIN
		PERFORM ticket_sm.fn_asignar(t);
		COMMIT;
		FOR i IN 1 .. 150 LOOP $loop END LOOP;
	END \$do\$};
	my $session = Desk::Psql->new($node->connstr('postgres'));
	$session->ask('CHECKPOINT');
	$session->ask($work);		# pages that were not written since
	$session->ask('SELECT pg_stat_force_next_flush()');
	my @before = split /\|/, $session->ask($counts);
	is($session->ask($work), '', "$name: done");
	$session->ask('SELECT pg_stat_force_next_flush()');
	my @after = split /\|/, $session->ask($counts);
	my ($updates, $hot, $bytes) = map { $after[$_] - $before[$_] } 0 .. 2;
	cmp_ok($updates, '>=', 600, "$name: they were counted");
	cmp_ok($hot / $updates, '>=', $least, "$name: $hot of $updates updates are HOT") if $least > 0;
	cmp_ok($bytes / $updates, '<=', $most, "$name: within $most bytes of WAL each, " . int($bytes / $updates));
	$session->quit;
	return;
}

# Pages of the queue, of a table without statistics: what they read of it.
sub reads_by_index
{
	my $counts = q{SELECT sum(idx_tup_read) FILTER (WHERE indexrelname = '%1$s'),
			sum(idx_tup_read) FILTER (WHERE indexrelname <> '%1$s') + (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relid = 'helpdesk.ticket'::regclass)
		FROM pg_stat_user_indexes WHERE relid = 'helpdesk.ticket'::regclass};
	my $marta = Desk::Psql->new($node->connstr('postgres'));
	cmp_ok($marta->ask(q{SELECT count(*) FROM helpdesk.ticket WHERE abierto}), '>', $calls, 'queue: it is long');
	is($marta->ask(q{SELECT count(*) FROM pg_stats WHERE (schemaname, tablename) = ('helpdesk', 'ticket')}), 0, 'queue: without statistics');
	for my $order ([ 'creacion', 'ticket_abierto_idx' ], [ 'limite', 'ticket_orden_idx' ])
	{
		my ($name, $index) = @$order;
		my $read = sub {
			$marta->ask('SELECT pg_stat_force_next_flush()');
			return split /\|/, $marta->ask(sprintf $counts, $index);
		};
		my @before = $read->();
		my $last = $marta->ask("SELECT (array_agg(cursor))[20] FROM ticket_sm.fn_bandeja(orden => '$name', tamano => 20)");
		$marta->ask("SELECT FROM ticket_sm.fn_bandeja(orden => '$name', despues => '$last', tamano => 20)");
		my @after = $read->();
		my ($entries, $others) = map { $after[$_] - $before[$_] } 0, 1;
		cmp_ok($entries, '>=', 40, "queue by $name: two pages of 20 are read from $index");
		cmp_ok($entries, '<', 200, "queue by $name: $entries entries of it");
		is($others, 0, "queue by $name: and nothing else");
	}
	$marta->quit;
	return;
}

# A session in a role, and the statements with tickets of its own put in.
sub start_session
{
	my ($role, @statements) = @_;
	my ($t, $n, $l) = split /\|/, $node->safe_psql('postgres', q{SELECT a.ticket_uuid, b.ticket_uuid, b.ticket_label FROM }
		. ($new =~ s/^SELECT FROM //r) . ' AS a, ' . ($new =~ s/^SELECT FROM //r) . ' AS b');
	$node->safe_psql('postgres', "SELECT ticket_sm.fn_asignar('$t')");
	my $session = Desk::Psql->new($node->connstr('postgres'));
	$session->ask("SET ROLE $role; SET ticket_sm.motivo = 'a mano'");
	return ($session, map { s/\$t/'$t'/r =~ s/\$n/'$n'/r =~ s/\$l/'$l'/r } @statements);
}

# The session's memory and cached plans after some calls and after many; each
# in a transaction of its own, or all of them in one.
sub stays_small
{
	my ($name, $role, $times, $one_transaction, @statements) = @_;
	my ($session, @pieces) = start_session($role, @statements);
	my $loops = $times / (@pieces / 2);
	my $body = '';
	while (my ($sql, $refused) = splice @pieces, 0, 2)
	{
		$sql =~ s/^SELECT FROM/PERFORM * FROM/;
		$body .= $refused eq '' ? "$sql;\n"
			: "BEGIN $sql; RAISE SQLSTATE 'ZZ000'; EXCEPTION WHEN SQLSTATE '$refused' THEN NULL; END;\n";
	}
	my $commit = $one_transaction ? '' : 'COMMIT;';
	# what plpgsql itself keeps goes with each DO
	my $loop = "DO \$do\$ BEGIN FOR i IN 1 .. %d LOOP $body $commit END LOOP; END \$do\$";
	$session->ask('SELECT * FROM public.memory()');
	$session->ask('BEGIN') if $one_transaction;
	my $problems = $session->ask(sprintf $loop, 200);
	my ($before, $plans) = split /\|/, $session->ask('SELECT * FROM public.memory()');
	$problems .= $session->ask(sprintf $loop, $loops);
	my ($after, $plans_after) = split /\|/, $session->ask('SELECT * FROM public.memory()');
	is($problems, '', "$name: done");
	# a transaction remembers some of each row version and trigger (combo CIDs,
	# trigger events); one that forgot to forget a row would have more
	my $each = $one_transaction ? 250 : 2;
	cmp_ok(($after - $before) / $times, '<', $each, "$name: less than $each bytes a call stay, $before before, $after after");
	is($plans_after, $plans, "$name: no more plans than before");
	$session->quit;
	return;
}

# After a while, the server plans no query any more.
sub plans_nothing
{
	my ($name, $role, @statements) = @_;
	my ($session, @pieces) = start_session($role, @statements);
	my $prepare = '';
	my $execute = '';
	while (my ($sql, $refused) = splice @pieces, 0, 2)
	{
		my $number = @pieces;
		$prepare .= "PREPARE p$number AS $sql;\n";
		$execute .= "EXECUTE p$number;\n";
	}
	$session->ask($prepare . $execute x 15);
	my $from = -s $node->logfile;
	$session->ask("RESET ROLE; SET log_planner_stats = on; SET ROLE $role;" . $execute x 20 . 'SELECT');
	my $planned = () = slurp_file($node->logfile, $from) =~ /PLANNER STATISTICS/g;
	is($planned, 1, "$name: in 20 calls nothing is planned but our own SELECT");
	$session->quit;
	return;
}
