# A mesa on a subscriber of logical replication and on a hot standby: rows
# arrive as they were judged at the source, edits of the machine are obeyed by
# sessions there, and what only reads works.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use PostgreSQL::Test::Utils;
use Test::More;

time_limit(180);

my $source = new_node('source', allows_streaming => 'logical');
$source->start;
$source->safe_psql('postgres', "CREATE EXTENSION ticket_sm; $PEOPLE $WORK SET search_path = helpdesk; $DESK
	INSERT INTO prioridad VALUES ('VIP', 9, 1);");
$source->safe_psql('postgres', q{CALL trabajar(30, 'ana', 'marta', 'rosa', 'vera')});

logical();
standby();

done_testing();

sub logical
{
	my $target = new_node('target');
	$target->start;
	# the roles and the empty tables come in a dump
	my ($schema) = run_command([ 'pg_dump', '--schema-only', '-d', $source->connstr('postgres') ]);
	$target->safe_psql('postgres', "CREATE ROLE $_") for qw(ticket_admin ticket_mesa ticket_area ticket_publico);
	$target->safe_psql('postgres', $PEOPLE . ($schema =~ s/^\\(un)?restrict .*\n//mgr));

	$source->safe_psql('postgres', 'CREATE PUBLICATION mesa FOR TABLES IN SCHEMA helpdesk');
	$target->safe_psql('postgres', "CREATE SUBSCRIPTION mesa CONNECTION '" . $source->connstr . " dbname=postgres' PUBLICATION mesa");
	$target->wait_for_subscription_sync($source, 'mesa');
	same_rows($target, 'logical: the first copy');
	# sequences are not replicated
	my $found = q{SELECT string_agg(DISTINCT problema, ' ') FROM ticket_sm.fn_verificar()};
	is($target->safe_psql('postgres', $found), 'secuencia', 'logical: the first copy is in order, but for its sequences');

	my $rosa = Desk::Psql->new($target->connstr('postgres'));
	$rosa->ask('SET ROLE rosa');
	my $pause = q{BEGIN; SELECT estado FROM ticket_sm.fn_pausar((SELECT ticket_uuid FROM helpdesk.ticket
		WHERE estado = 'ASIGNADO' AND area = 'REDES' LIMIT 1), 'falta una pieza'); ROLLBACK};
	is($rosa->ask($pause), 'PAUSADO', 'logical: a session on the subscriber knows the machine');

	my $catch_up = sub { $source->wait_for_catchup('mesa') };
	$source->safe_psql('postgres', q{DELETE FROM helpdesk.transicion WHERE operacion = 'pausar'});
	$catch_up->();
	is($rosa->ask($pause), 'ERROR:  PT409', 'logical: an edit of transicion that arrives is obeyed');
	$source->safe_psql('postgres', q{INSERT INTO helpdesk.transicion VALUES ('pausar', 'ASIGNADO', 'PAUSADO');
		DELETE FROM helpdesk.permiso WHERE operacion = 'pausar' AND rol = 'AREA'});
	$catch_up->();
	is($rosa->ask($pause), 'ERROR:  42501', 'logical: one of permiso');
	$source->safe_psql('postgres', q{TRUNCATE helpdesk.permiso});
	$source->safe_psql('postgres', q{INSERT INTO helpdesk.permiso
		SELECT o, r FROM unnest(enum_range(NULL, 'consultar'::ticket_sm.ticket_operation)) o, unnest(enum_range(NULL::ticket_sm.ticket_role)) r});
	$catch_up->();
	is($rosa->ask($pause), 'PAUSADO', 'logical: TRUNCATE and all anew');
	$source->safe_psql('postgres', q{UPDATE helpdesk.agente SET activo = false WHERE usuario_bd = 'rosa'});
	$catch_up->();
	is($rosa->ask($pause), 'ERROR:  42501', 'logical: an agent switched off');
	$source->safe_psql('postgres', q{UPDATE helpdesk.agente SET activo = true, area = 'SISTEMAS' WHERE usuario_bd = 'rosa'});
	$catch_up->();
	is($rosa->ask(q{SELECT string_agg(DISTINCT area, ' ') FROM helpdesk.ticket}), 'SISTEMAS', 'logical: and moved to another area');
	$source->safe_psql('postgres', q{UPDATE helpdesk.agente SET area = 'REDES' WHERE usuario_bd = 'rosa'});

	# what the subscriber's machine would refuse was allowed at the source
	$target->safe_psql('postgres', 'CREATE TABLE public.machine AS TABLE helpdesk.transicion; DELETE FROM helpdesk.transicion');
	$source->safe_psql('postgres', q{CALL trabajar(20, 'ana', 'marta', 'rosa', 'vera')});
	$catch_up->();
	is($target->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_subscription_stats WHERE apply_error_count > 0}), '0',
		'logical: rows are applied without being judged again');
	is($target->safe_psql('postgres', $found), 'secuencia', 'logical: all is in order, but for the sequences');
	$rosa->quit;

	$target->safe_psql('postgres', 'DROP SUBSCRIPTION mesa');
	$target->safe_psql('postgres', 'INSERT INTO helpdesk.transicion TABLE public.machine');
	my ($sequences) = slurp_file("$FindBin::RealBin/../../README.md") =~ /Sequences are not replicated.*?```sql\n(.*?)```/s;
	$target->safe_psql('postgres', $sequences);
	$target->safe_psql('postgres', q{CALL trabajar(10, 'ana', 'marta', 'rosa', 'vera')});
	is_clean($target, 'postgres', 'helpdesk', 'logical: the subscriber takes over, all is in order');
	$target->stop;
	return;
}

sub standby
{
	$source->backup('base');
	my $standby = PostgreSQL::Test::Cluster->new('standby');
	$standby->init_from_backup($source, 'base', has_streaming => 1);
	$standby->start;
	$source->wait_for_catchup($standby);
	same_rows($standby, 'standby');
	is_clean($standby, 'postgres', 'helpdesk', 'standby: fn_verificar');

	my ($ticket, $label, $email) = split /\|/, $source->safe_psql('postgres', q{
		SELECT ticket_uuid, ticket_label, solicitante_email FROM helpdesk.ticket WHERE estado = 'ASIGNADO' AND area = 'REDES' LIMIT 1});
	my $vera = Desk::Psql->new($standby->connstr('postgres'));
	$vera->ask('SET ROLE vera');
	is($vera->ask("SELECT estado FROM ticket_sm.fn_consultar('$label', '$email')"), 'ASIGNADO', 'standby: fn_consultar');
	is($vera->ask("SELECT ticket_sm.fn_consultar('$label', 'otra\@correo.example')"), 'ERROR:  PT404', 'standby: and its refusal');
	my $rosa = Desk::Psql->new($standby->connstr('postgres'));
	$rosa->ask('SET ROLE rosa');
	is($rosa->ask("SELECT ticket_sm.fn_ticket('$ticket') -> 'ticket' ->> 'estado'"), 'ASIGNADO', 'standby: fn_ticket');
	is($rosa->ask('SELECT count(*) > 0 FROM helpdesk.bandeja'), 't', 'standby: the queue');
	is($rosa->ask(q{SELECT string_agg(ticket_uuid::text, ' ') FROM ticket_sm.fn_bandeja(tamano => 500)}),
		$rosa->ask(q{SELECT string_agg(ticket_uuid::text, ' ' ORDER BY fecha_creacion, ticket_uuid) FROM helpdesk.bandeja}),
		'standby: fn_bandeja');
	is($rosa->ask(q{SELECT string_agg(ticket_uuid::text, ' ') FROM ticket_sm.fn_bandeja(orden => 'limite', tamano => 500)}),
		$rosa->ask(q{SELECT string_agg(ticket_uuid::text, ' ' ORDER BY fecha_limite_sla, CASE WHEN fecha_limite_sla IS NULL THEN fecha_creacion END, ticket_uuid) FROM helpdesk.bandeja}),
		'standby: fn_bandeja by deadline');
	my $half = q{ticket_sm.fn_bandeja(orden => 'creacion', tamano => 2)};
	is($rosa->ask(qq{SELECT count(*) FROM (SELECT * FROM $half UNION ALL
		SELECT * FROM ticket_sm.fn_bandeja(orden => 'creacion', tamano => 500, despues => (SELECT max(cursor) FROM $half))) AS b}),
		$rosa->ask('SELECT count(*) FROM helpdesk.bandeja'), 'standby: and its pages');
	is($rosa->ask("SELECT ticket_sm.fn_pausar('$ticket', 'falta una pieza')"), 'ERROR:  25006', 'standby: nothing is changed');
	is($rosa->ask("SELECT count(*) FROM ticket_sm.fn_maquina() WHERE operacion = 'pausar'"), '1', 'standby: fn_maquina');

	$source->safe_psql('postgres', q{DELETE FROM helpdesk.transicion WHERE operacion = 'pausar';
		UPDATE helpdesk.agente SET area = 'SISTEMAS' WHERE usuario_bd = 'rosa'});
	$source->wait_for_catchup($standby);
	is($rosa->ask("SELECT count(*) FROM ticket_sm.fn_maquina() WHERE operacion = 'pausar'"), '0',
		'standby: an edit of the machine is seen');
	is($rosa->ask("SELECT ticket_sm.fn_ticket('$ticket')"), 'ERROR:  42501', 'standby: and that of an agent');
	$source->safe_psql('postgres', q{INSERT INTO helpdesk.transicion VALUES ('pausar', 'ASIGNADO', 'PAUSADO');
		UPDATE helpdesk.agente SET area = 'REDES' WHERE usuario_bd = 'rosa'});
	$source->wait_for_catchup($standby);

	$source->stop;
	$standby->promote;
	is($rosa->ask("SELECT estado FROM ticket_sm.fn_pausar('$ticket', 'falta una pieza')"), 'PAUSADO',
		'promoted: the same session works on');
	$standby->safe_psql('postgres', q{CALL trabajar(10, 'ana', 'marta', 'rosa', 'vera')});
	is_clean($standby, 'postgres', 'helpdesk', 'promoted: all is in order');
	$_->quit for $vera, $rosa;
	$standby->stop;
	return;
}

sub same_rows
{
	my ($node, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok(mesa_rows($node, 'postgres', 'helpdesk') eq mesa_rows($source, 'postgres', 'helpdesk'), "$what has every row");
}
