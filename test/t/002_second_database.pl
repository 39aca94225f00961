# The extension in several databases of a cluster, at the same moment too; in
# one where a schema helpdesk stands already; in other encodings; and dropped
# and made again.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use Test::More;

time_limit(120);

my $node = new_node('main');
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(uno dos tres cuatro);

# In two databases at the same moment, when the roles do not exist yet.
my $uno = Desk::Psql->new($node->connstr('uno'));
my $dos = Desk::Psql->new($node->connstr('dos'));
is($uno->ask('BEGIN; CREATE EXTENSION ticket_sm'), '', 'made in the first database, not committed');
$dos->send('CREATE EXTENSION ticket_sm');
$node->poll_query_until('postgres', q{
	SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = 'dos' AND wait_event_type = 'Lock'})
  or die 'the second database did not wait';
is($uno->ask('COMMIT'), '', 'the first database commits');
is($dos->receive, '', 'the second database has waited for the roles, and is made');
works($node, $_, "$_: works") for qw(uno dos);

is($uno->ask(q{BEGIN; SELECT ticket_sm.crear_mesa('este', 'este1', 'este2', 'este3', 'este4')}), '',
	'a mesa with roles of its own, not committed');
$dos->send(q{SELECT ticket_sm.crear_mesa('este', 'este1', 'este2', 'este3', 'este4')});
$node->poll_query_until('postgres', q{
	SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = 'dos' AND wait_event_type = 'Lock'})
  or die 'the second database did not wait';
is($uno->ask('ROLLBACK'), '', 'the first database gives up');
is($dos->receive, '', 'the second database makes the roles itself');

# Once the roles exist.
is($node->safe_psql('tres', 'CREATE EXTENSION ticket_sm'), '', 'a third database finds the roles');
works($node, 'tres', 'tres: works');
is($node->safe_psql('uno', 'SELECT count(*) FROM helpdesk.ticket'), '1', 'tickets stay in their database');

# A schema helpdesk that is another's.
$node->safe_psql('cuatro', 'CREATE SCHEMA helpdesk; CREATE TABLE helpdesk.ticket (id integer)');
is($node->safe_psql('cuatro', 'CREATE EXTENSION ticket_sm'), '', 'a schema helpdesk is left alone');
is($node->safe_psql('cuatro', q{SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'helpdesk'::regnamespace}),
	'ticket', 'nothing is made in it');
my $cuatro = Desk::Psql->new($node->connstr('cuatro'));
like($cuatro->ask('SELECT ticket_sm.fn_maquina()'), qr/^ERROR:  3F000/, 'it is no mesa');
is($cuatro->ask(q{SELECT ticket_sm.crear_mesa('mostrador')}), '', 'a mesa of another name can be made');
is($cuatro->ask(q{SET ticket_sm.mesa = 'mostrador'; SELECT count(*) > 20 FROM ticket_sm.fn_maquina()}), 't', 'and used');
$cuatro->quit;

# Another encoding: what is hashed is UTF-8 all the same; where nobody knows what bytes mean, it is refused.
$node->safe_psql('postgres', "CREATE DATABASE $_->[0] TEMPLATE template0 ENCODING '$_->[1]' LOCALE 'C'")
  for [ latin => 'LATIN1' ], [ sin => 'SQL_ASCII' ];
my $sin = Desk::Psql->new($node->connstr('sin'));
is($sin->ask('CREATE EXTENSION ticket_sm'), 'ERROR:  0A000', 'SQL_ASCII is refused');
is($sin->ask(q{SELECT count(*) FROM pg_namespace WHERE nspname IN ('ticket_sm', 'helpdesk')}), '0', 'and nothing is made');
$sin->quit;
is($node->safe_psql('latin', 'CREATE EXTENSION ticket_sm'), '', 'LATIN1 is not');
$node->safe_psql('latin', q{SET client_encoding = 'UTF8';
	INSERT INTO helpdesk.agente (agente_id, nombre, email, rol, area)
	VALUES ('00000000-0000-4000-8000-000000000001', 'Íñigo Muñoz', 'inigo@correo.example', 'MESA', 'MESA');
	SELECT ticket_sm.fn_crear_ticket(nombre => 'Begoña Añón', email => 'b@correo.example', tipo => 'QUEJA', categoria => 'señal',
		descripcion => '¡Sin señal, y «nadie» contesta!', prioridad => 'ALTA', empresa_departamento => '', clave_idempotencia => 'ñ');
	SELECT ticket_sm.fn_asignar(ticket_uuid, '00000000-0000-4000-8000-000000000001', motivo => 'Él sabrá.') FROM helpdesk.ticket;
	SELECT ticket_sm.fn_actualizar(ticket_uuid, 'Llamó: ¿mañana?', 'Estará mañana.') FROM helpdesk.ticket;
	UPDATE helpdesk.ticket SET asunto = 'Señal', telefono = '1 ½'});
is($node->safe_psql('latin', 'SELECT octet_length(solicitante_nombre) FROM helpdesk.ticket'), '11', 'texts are stored in LATIN1');
is($node->safe_psql('latin', 'SELECT * FROM ticket_sm.fn_verificar()'), '', 'and fn_verificar proves them');
is($node->safe_psql('latin', $_), '', 'as an auditor does in SQL') for auditor_queries();
$node->safe_psql('latin', q{SET client_encoding = 'UTF8'; SET session_replication_role = replica;
	UPDATE helpdesk.historial SET nota = 'Llamo: ¿mañana?' WHERE nota LIKE 'Llamó%'});
is($node->safe_psql('latin', 'SELECT problema FROM ticket_sm.fn_verificar()'), 'hash', 'and one letter that was changed is found');

# Dropping.
my $user = Desk::Psql->new($node->connstr('dos'));
is($user->ask(new_ticket()), 'NUEVO', 'another session uses the extension');
is($dos->ask('DROP EXTENSION ticket_sm'), 'ERROR:  2BP01', 'DROP EXTENSION refuses while a mesa exists');
is($dos->ask('SELECT count(*) FROM helpdesk.ticket'), '2', 'the tickets are there');
$dos->ask('DROP SCHEMA este CASCADE; DROP SCHEMA helpdesk CASCADE');
is($user->ask(new_ticket()), 'ERROR:  3F000', 'without a mesa: no such schema');
is($dos->ask('DROP EXTENSION ticket_sm'), '', 'DROP EXTENSION goes once the mesas are gone');
# a schema that CREATE EXTENSION made for itself is left by any extension
is($dos->ask(q{SELECT count(*) FROM pg_namespace n LEFT JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass
	AND d.refobjid = n.oid WHERE n.nspname = 'helpdesk' OR n.nspname = 'ticket_sm' AND d.objid IS NOT NULL}),
	'0', 'and leaves nothing but its schema, empty');
is($dos->ask('CREATE EXTENSION ticket_sm'), '', 'made again in the same session');
for my $round (1 .. 3)
{
	for my $session ($dos, $user)
	{
		is($session->ask(new_ticket()), 'NUEVO', "round $round: a session that knew the old one creates");
		is($session->ask(q{SELECT estado FROM ticket_sm.fn_asignar((SELECT ticket_uuid FROM helpdesk.ticket
			WHERE estado = 'NUEVO'))}), 'ASIGNADO', "round $round: and assigns");
		is($session->ask(q{UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE estado = 'ASIGNADO'}),
			'ERROR:  22004', "round $round: and is guarded");
		is($session->ask('SELECT count(*) FROM ticket_sm.fn_verificar()'), '0', "round $round: and verifies");
	}
	is($dos->ask('SET client_min_messages = error; BEGIN; DROP SCHEMA helpdesk CASCADE; DROP EXTENSION ticket_sm;
		CREATE EXTENSION ticket_sm; COMMIT'), '', "round $round: all of it made anew in one transaction");
}
is($dos->ask(new_ticket()), 'NUEVO', 'and it works');
$_->quit for $uno, $dos, $user;

done_testing();

sub new_ticket
{
	return q{SELECT estado FROM ticket_sm.fn_crear_ticket(nombre => 'Eva', email => 'eva@correo.example',
		tipo => 'QUEJA', categoria => 'red', descripcion => 'nada funciona', prioridad => 'ALTA')};
}

sub works
{
	my ($node, $db, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is($node->safe_psql($db, 'SET ROLE ticket_publico; ' . new_ticket()), 'NUEVO', $what);
}
