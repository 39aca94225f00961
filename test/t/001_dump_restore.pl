# A dump of two mesas, worked in and extended by their owner, comes back whole
# in another database and in another cluster; and work goes on there.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use PostgreSQL::Test::Utils;
use Test::More;

time_limit(180);

my $origin = new_node('origin');
$origin->start;
$origin->safe_psql('postgres', 'CREATE DATABASE casa');
make_desks($origin);
no_members($origin, 'casa', 'origin');
$origin->safe_psql('casa', q{
	CALL trabajar(200, 'ana', 'marta', 'rosa', 'vera');
	SELECT ticket_sm.fn_vincular(a.ticket_uuid, b.ticket_uuid, 'duplicado', 'lo mismo') FROM helpdesk.ticket a, helpdesk.ticket b
		WHERE a.ticket_label LIKE '%-00011' AND b.ticket_label LIKE '%-00012';
	SET ticket_sm.mesa = 'norte';
	CALL trabajar(40, 'jefe', 'norma', 'nora', 'nadia');});
# what is to end by itself
$origin->safe_psql('casa', q{
	SET ticket_sm.mesa = 'norte';
	SELECT (ticket_sm.fn_pausar(ticket_uuid, 'Falta una pieza.', hasta => now() + interval '9 days')).estado
	FROM norte.ticket WHERE estado = 'ASIGNADO' ORDER BY ticket_label LIMIT 1;
	SELECT (ticket_sm.fn_resolver(ticket_uuid)).estado FROM norte.ticket WHERE estado = 'ASIGNADO' ORDER BY ticket_label LIMIT 1;
	DO $$
	DECLARE
		t norte.ticket;
	BEGIN
		SELECT * INTO t FROM norte.ticket WHERE estado = 'RESUELTO' ORDER BY ticket_label LIMIT 1;
		SET LOCAL ROLE nadia;
		PERFORM ticket_sm.fn_calificar(t.ticket_label, t.solicitante_email, 4, 'Bien.');
	END $$;
	UPDATE norte.configuracion SET cierre_automatico = 5, cierre_calendario = 'CO';});
# files: large, small, one content twice, one taken away
$origin->safe_psql('casa', q{
	SELECT ticket_sm.fn_adjuntar(t.ticket_uuid, n, convert_to(repeat(n, tam), 'UTF8') || '\\x00ff0a5c'::bytea, publico => tam = 1)
	FROM (SELECT ticket_uuid FROM helpdesk.ticket WHERE abierto ORDER BY ticket_label LIMIT 3) t,
		(VALUES ('año "nuevo".txt', 1), ('grande.bin', 200000)) AS v(n, tam);
	SELECT ticket_sm.fn_retirar_adjunto(a.ticket_uuid, a.adjunto_id, 'Sin querer') FROM helpdesk.adjunto a
	WHERE a.archivo = 'grande.bin' ORDER BY a.ticket_uuid LIMIT 1;});
is_clean($origin, 'casa', $_, "$_ is in order before the dump") for qw(helpdesk norte);
is($origin->safe_psql('casa', q{
	SELECT string_agg(DISTINCT operacion::text, ' ' ORDER BY operacion::text) FROM helpdesk.historial}),
	'actualizar adjuntar archivar asignar cancelar crear pausar reabrir reclasificar resolver responder retirar_adjunto transferir vincular',
	'every operation is in the history');

my $dir = PostgreSQL::Test::Utils::tempdir;
my %before = (
	dump => dump_text($origin, 'casa'),
	map { $_ => mesa_rows($origin, 'casa', $_) } qw(helpdesk norte));
my $source = $origin->connstr('casa');
command_ok([ 'pg_dump', '-f', "$dir/plain.sql", '-d', $source ], 'plain dump');
command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom.dump", '-d', $source ], 'custom dump');
command_ok([ 'pg_dumpall', '--roles-only', '-f', "$dir/roles.sql", '-d', $source ], 'dump of the roles');

my $fresh = new_node('fresh');
$fresh->start;
my ($out, $err) = run_command([ 'psql', '-Xq', '-f', "$dir/roles.sql", '-d', $fresh->connstr('postgres') ]);
# the superuser who runs this is there already
is(join("\n", grep { !/role "[^"]*" already exists/ } split /\n/, $err), '', 'roles restored into another cluster');

for my $node ($origin, $fresh)
{
	for my $format (qw(plain custom))
	{
		my $where = $format . ' in ' . ($node == $origin ? 'the same cluster' : 'another cluster');
		$node->safe_psql('postgres', "CREATE DATABASE $format TEMPLATE template0");
		my $target = $node->connstr($format);
		my @restore = $format eq 'plain'
			? ('psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/plain.sql", '-d', $target)
			: ('pg_restore', '--exit-on-error', '-j2', '-d', $target, "$dir/custom.dump");
		command_ok(\@restore, "$where: restored");
		same_as_before($node, $format, $where);
		goes_on($node, $format, $where);
	}
}

done_testing();

# Two mesas, which their owner has made his own.
sub make_desks
{
	my ($node) = @_;
	# made by another superuser than the one who will restore it
	$node->safe_psql('casa', "CREATE ROLE duena SUPERUSER; SET ROLE duena; CREATE EXTENSION ticket_sm; $PEOPLE $WORK
		SET search_path = helpdesk; $DESK");
	$node->safe_psql('casa', qq{
		SELECT ticket_sm.crear_mesa('norte', 'norte_admin', 'norte_mesa', 'norte_area', 'norte_publico');
		CREATE ROLE jefe LOGIN IN ROLE norte_admin;
		CREATE ROLE norma LOGIN IN ROLE norte_mesa;
		CREATE ROLE nora LOGIN IN ROLE norte_area;
		CREATE ROLE nadia LOGIN IN ROLE norte_publico;
		ALTER ROLE jefe SET ticket_sm.mesa = 'norte';
		SET search_path = norte; $DESK
		UPDATE norte.agente SET usuario_bd = 'nora' WHERE usuario_bd = 'rosa';
		UPDATE norte.configuracion SET prefijo = 'NOR', zona_horaria = 'America/Bogota', digitos = 3;
		INSERT INTO norte.prioridad VALUES ('VIP', 9, 1);});
	$node->safe_psql('casa', q{
		INSERT INTO helpdesk.prioridad VALUES ('VIP', 9, 1);
		-- a machine of its own
		DELETE FROM helpdesk.permiso WHERE operacion = 'cancelar' AND rol = 'MESA';
		INSERT INTO helpdesk.transicion VALUES ('pausar', 'NUEVO', 'PAUSADO');
		-- columns, an index, a trigger, a view and a table of its own
		ALTER TABLE helpdesk.ticket ADD COLUMN sede text DEFAULT 'centro',
			ADD COLUMN largo integer GENERATED ALWAYS AS (length(descripcion)) STORED;
		ALTER TABLE helpdesk.agente ADD COLUMN turno text;
		CREATE INDEX ticket_sede ON helpdesk.ticket (sede);
		CREATE FUNCTION public.poner_sede() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			NEW.sede := 'sede ' || (NEW.version % 3);
			RETURN NEW;
		END $$;
		CREATE TRIGGER poner_sede BEFORE INSERT OR UPDATE ON helpdesk.ticket
			FOR EACH ROW EXECUTE FUNCTION public.poner_sede();
		CREATE VIEW helpdesk.por_sede AS
			SELECT sede, estado, count(*) FROM helpdesk.ticket GROUP BY sede, estado;
		GRANT SELECT ON helpdesk.por_sede TO ticket_mesa;
		CREATE TABLE helpdesk.encuesta (ticket_uuid uuid PRIMARY KEY REFERENCES helpdesk.ticket, puntos integer);
		CREATE FUNCTION public.pedir_encuesta() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			INSERT INTO helpdesk.encuesta VALUES (NEW.ticket_uuid, 5);
			RETURN NULL;
		END $$;
		CREATE TRIGGER pedir_encuesta AFTER UPDATE OF estado ON helpdesk.ticket
			FOR EACH ROW WHEN (NEW.estado = 'ARCHIVADO') EXECUTE FUNCTION public.pedir_encuesta();});
	return;
}

# A plain dump as text, but for what is random in it, for the order of rows,
# which are put where there is room, and for the owner of the extension, who is
# whoever restores it.
sub dump_text
{
	my ($node, $db) = @_;
	my ($text) = run_command([ 'pg_dump', '-d', $node->connstr($db) ]);
	$text =~ s/^(COPY .*?;\n)(.*?)^(?=\\\.$)/$1 . join "", sort split m{^}m, $2/gmse;
	return $text =~ s/^\\(un)?restrict .*\n//mgr =~ s/(; Schema: ticket_sm; Owner: ).*/$1/gr;
}

sub same_as_before
{
	my ($node, $db, $where) = @_;
	same_text(mesa_rows($node, $db, $_), $before{$_}, "$where: every row of $_") for qw(helpdesk norte);
	# tables, indexes, triggers, policies, views, grants, comments, functions' grants
	same_text(dump_text($node, $db), $before{dump}, "$where: dumped again it is the same dump");
	no_members($node, $db, $where);
	is_clean($node, $db, $_, "$where: $_ is in order") for qw(helpdesk norte);
	return;
}

sub no_members
{
	my ($node, $db, $where) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is($node->safe_psql($db, q{
		SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ticket_sm')
		AND classid <> 'pg_event_trigger'::regclass
		AND (pg_identify_object(classid, objid, objsubid)).schema IS DISTINCT FROM 'ticket_sm'
		AND (pg_identify_object(classid, objid, objsubid)).name IS DISTINCT FROM 'ticket_sm'}),
		'', "$where: no part of a mesa is a member of the extension");
}

sub goes_on
{
	my ($node, $db, $where) = @_;
	$node->safe_psql($db, q{CALL trabajar(30, 'ana', 'marta', 'rosa', 'vera')});
	$node->safe_psql($db, q{
		SET ticket_sm.mesa = 'norte';
		CALL trabajar(10, 'jefe', 'norma', 'nora', 'nadia');});
	is($node->safe_psql($db, q{
		SET ticket_sm.mesa = 'norte';
		SET ticket_sm.desfase_reloj = '60d';
		BEGIN;
		SELECT string_agg(DISTINCT operacion::text, ' ' ORDER BY operacion::text) FROM ticket_sm.fn_sla_barrer(100000) WHERE objetivo IS NULL;
		ROLLBACK;
		SELECT promedio FROM norte.satisfaccion WHERE calificadas = 1;}), "archivar reabrir\n4.00", "$where: a pause ends, what is resolved is closed, a rating counts");
	is_clean($node, $db, $_, "$where: $_ is in order after more work") for qw(helpdesk norte);
	is($node->safe_psql($db, q{
		SELECT 'helpdesk', max(ultimo) FROM helpdesk.contador;
		SELECT 'norte', max(ticket_label) LIKE 'NOR-____-050', max(ultimo) FROM norte.ticket, norte.contador;
		SELECT 'surveys', count(*) FROM helpdesk.encuesta;
		SELECT 'places', count(DISTINCT sede) FROM helpdesk.ticket WHERE version > 1;}),
		"helpdesk|230\nnorte|t|50\nsurveys|23\nplaces|3", "$where: labels, triggers and columns go on");

	# as people who log in, not by SET ROLE
	my %answers = (
		'ana asks the machine' => [ 'ana', 'SELECT count(*) FROM ticket_sm.fn_maquina()', qr/^\d+$/ ],
		'ana verifies' => [ 'ana', 'SELECT count(*) FROM ticket_sm.fn_verificar()', qr/^0$/ ],
		'marta may not cancel here' => [ 'marta',
			q{SELECT ticket_sm.fn_cancelar((SELECT ticket_uuid FROM helpdesk.ticket WHERE estado = 'ASIGNADO' LIMIT 1), 'motivo')},
			qr/42501/ ],
		'marta pauses a new one here' => [ 'marta',
			q{SELECT estado FROM ticket_sm.fn_pausar((SELECT ticket_uuid FROM helpdesk.ticket WHERE estado = 'NUEVO' LIMIT 1), 'motivo')},
			qr/^PAUSADO$/ ],
		'rosa sees her area only' => [ 'rosa',
			q{SELECT string_agg(DISTINCT area, ' ') FROM helpdesk.ticket}, qr/^REDES$/ ],
		'vera may not assign' => [ 'vera', q{SELECT ticket_sm.fn_asignar(gen_random_uuid())}, qr/42501/ ],
		'vera reads no tickets' => [ 'vera', q{SELECT count(*) FROM helpdesk.ticket}, qr/42501/ ],
		'vera creates' => [ 'vera', q{SELECT estado FROM ticket_sm.fn_crear_ticket(nombre => 'Vera', email => 'v@correo.example',
			tipo => 'queja', categoria => 'red', descripcion => 'nada funciona', prioridad => 'baja')}, qr/^NUEVO$/ ],
		'nora has no business at helpdesk' => [ 'nora', q{SET ticket_sm.mesa = 'helpdesk'; SELECT ticket_sm.fn_maquina()}, qr/42501/ ],
		'norma works at norte' => [ 'norma', q{SET ticket_sm.mesa = 'norte'; SELECT estado FROM ticket_sm.fn_asignar(
			(SELECT ticket_uuid FROM norte.ticket WHERE estado = 'NUEVO' LIMIT 1))}, qr/^ASIGNADO$/ ],
		'jefe lands at norte by a setting of his own' => [ 'jefe', 'SHOW ticket_sm.mesa', qr/^norte$/ ]);
	for my $what (sort keys %answers)
	{
		my ($user, $sql, $expected) = @{ $answers{$what} };
		my $session = Desk::Psql->new($node->connstr($db) . " user=$user");
		like($session->ask($sql), $expected, "$where: $what");
		$session->quit;
	}
	return;
}
