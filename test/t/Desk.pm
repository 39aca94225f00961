# Desk.pm - what the TAP tests share: servers that find the extension, a desk
# with people in it, a day's work, and psql at the end of two pipes.
#
# The extension is installed in the server, or staged; then TEMP_CONFIG names
# a file with the settings that make a server find it (test/README.md).

package Desk;

use strict;
use warnings;
use Exporter 'import';
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(new_node $PEOPLE $DESK $WORK is_clean mesa_rows auditor_queries time_limit same_text);

# End the whole test when it hangs: the seconds are generous on a quiet machine,
# and a busy one takes its time.
sub time_limit
{
	my ($seconds) = @_;
	$seconds *= 4;
	$SIG{ALRM} = sub { die "no end after $seconds seconds\n" };
	alarm $seconds;
	return;
}

# Texts of many lines are the same; when not, tell where they part.
sub same_text
{
	my ($got, $expected, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return pass($what) if $got eq $expected;
	my @got = split /\n/, $got;
	my @expected = split /\n/, $expected;
	my ($at) = grep { ($got[$_] // '') ne ($expected[$_] // '') } 0 .. @got + @expected;
	fail($what);
	diag('line ', $at + 1, "\n  got:      ", $got[$at] // '(end)', "\n  expected: ", $expected[$at] // '(end)');
	return;
}

# A server, initialised but not started.
sub new_node
{
	my ($name, %init) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(%init, extra => [ '--no-locale', '--encoding=UTF8' ]);
	$node->append_conf('postgresql.conf', "timezone = 'UTC'\nlog_statement = none\n");
	return $node;
}

# The people, once a cluster.
our $PEOPLE = q{
CREATE ROLE ana LOGIN IN ROLE ticket_admin;
CREATE ROLE marta LOGIN IN ROLE ticket_mesa;
CREATE ROLE rosa LOGIN IN ROLE ticket_area;
CREATE ROLE pablo LOGIN IN ROLE ticket_area;
CREATE ROLE vera LOGIN IN ROLE ticket_publico;
};

# Their desk, once a mesa: set search_path to it.
our $DESK = q{
INSERT INTO area (nombre) VALUES ('REDES'), ('SISTEMAS');
INSERT INTO agente (agente_id, nombre, email, rol, area, usuario_bd) VALUES
	('00000000-0000-4000-8000-000000000001', 'Ana Núñez', 'ana@mesa.example', 'ADMIN', NULL, 'ana'),
	('00000000-0000-4000-8000-000000000002', 'Marta Gil', 'marta@mesa.example', 'MESA', NULL, 'marta'),
	('00000000-0000-4000-8000-000000000003', 'Rosa Peña', 'rosa@mesa.example', 'AREA', 'REDES', 'rosa'),
	('00000000-0000-4000-8000-000000000004', 'Pablo Ruiz', 'pablo@mesa.example', 'AREA', 'SISTEMAS', 'pablo');
};

# A procedure that works n tickets in the mesa of ticket_sm.mesa, each along
# one of ten ways that together take every operation in every role.
our $WORK = q{
CREATE PROCEDURE public.trabajar(n integer, admin name, mesa name, area name, publico name)
LANGUAGE plpgsql AS $$
DECLARE
	t uuid;
	l text;
	rosa CONSTANT uuid := '00000000-0000-4000-8000-000000000003';
BEGIN
	FOR i IN 1 .. n LOOP
		PERFORM set_config('role', (ARRAY[admin, mesa, area, publico])[1 + i % 4], true);
		t := (ticket_sm.fn_crear_ticket(nombre => 'Solicitante Nº ' || i, email => 'sol' || i || '@correo.example',
			tipo => (ARRAY['PETICION', 'QUEJA', 'INCIDENTE'])[1 + i % 3], categoria => 'red',
			descripcion => E'No hay señal;\n\t"urge" \\ ' || i,
			prioridad => (ARRAY['BAJA', 'MEDIA', 'ALTA', 'URGENTE', 'CRITICA'])[1 + i % 5],
			documento => 'CC ' || i, ip => '192.0.2.7', clave_idempotencia => 'k' || i || clock_timestamp())).ticket_uuid;
		CONTINUE WHEN i % 10 = 0;
		PERFORM set_config('role', mesa, true);
		PERFORM ticket_sm.fn_asignar(t, agente_id => rosa, area => 'REDES', motivo => 'le toca');
		CONTINUE WHEN i % 10 = 1;
		PERFORM set_config('role', area, true);
		PERFORM ticket_sm.fn_actualizar(t, nota => 'en ello', respuesta => '¡Vamos!');
		IF i % 10 = 2 THEN
			PERFORM ticket_sm.fn_pausar(t, 'falta una pieza');
			PERFORM set_config('role', mesa, true);
			PERFORM ticket_sm.fn_reabrir(t, 'ya llegó');
		ELSIF i % 10 = 3 THEN
			PERFORM ticket_sm.fn_pausar(t, 'falta una pieza');
		ELSIF i % 10 = 4 THEN
			PERFORM ticket_sm.fn_resolver(t, 'cable cambiado');
			l := ticket_sm.fn_ticket(t) #>> '{ticket,ticket_label}';
			PERFORM set_config('role', publico, true);
			PERFORM ticket_sm.fn_responder(l, 'sol' || i || '@correo.example', E'sigue igual;\n\t"aquí" \\ ' || i, 'm' || i);
		ELSIF i % 10 = 5 THEN
			PERFORM ticket_sm.fn_resolver(t, 'cable cambiado');
			PERFORM set_config('role', admin, true);
			PERFORM ticket_sm.fn_reabrir(t, 'sigue igual');
			PERFORM ticket_sm.fn_archivar(t, 'se deja');
		ELSIF i % 10 = 6 THEN
			PERFORM ticket_sm.fn_cancelar(t, 'duplicado');
		ELSIF i % 10 = 7 THEN
			PERFORM set_config('role', mesa, true);
			PERFORM ticket_sm.fn_transferir(t, 'SISTEMAS', 'no es de redes');
		ELSIF i % 10 = 8 THEN
			PERFORM set_config('role', admin, true);
			PERFORM ticket_sm.fn_reclasificar(t, categoria => 'hardware', prioridad => 'VIP', motivo => 'es el jefe');
			PERFORM ticket_sm.fn_asignar(t);
		ELSE
			PERFORM set_config('role', 'none', true);
			PERFORM set_config('ticket_sm.motivo', 'a mano', true);
			EXECUTE format('UPDATE %I.ticket SET estado = ''PAUSADO'' WHERE ticket_uuid = $1',
				current_setting('ticket_sm.mesa')) USING t;
		END IF;
		PERFORM set_config('role', 'none', true);
		COMMIT;
	END LOOP;
	PERFORM set_config('role', 'none', true);
END $$;
};

# fn_verificar() finds nothing, and labels are dense by our own count too.
sub is_clean
{
	my ($node, $db, $mesa, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $found = $node->safe_psql($db, qq{
		SET ticket_sm.mesa = '$mesa';
		SELECT problema, detalle, ticket_uuid FROM ticket_sm.fn_verificar() LIMIT 20;
		WITH n AS (
			SELECT m[1]::integer AS anio, m[2]::bigint AS n, t.fecha_creacion
			FROM $mesa.ticket t, regexp_match(t.ticket_label, '-(\\d+)-(\\d+)\$') AS m)
		SELECT 'labels of', anio, count(*), min(n), max(n), c.ultimo
		FROM n FULL JOIN $mesa.contador c USING (anio) GROUP BY anio, c.ultimo
		HAVING count(n.n) <> c.ultimo OR max(n.n) <> c.ultimo OR count(DISTINCT n.n) <> c.ultimo
			OR c.ultimo IS NULL;
		SELECT 'history of', t.ticket_label, t.version, count(h.version), max(h.version)
		FROM $mesa.ticket t LEFT JOIN $mesa.historial h USING (ticket_uuid)
		GROUP BY t.ticket_uuid HAVING count(h.version) <> t.version OR max(h.version) <> t.version
		LIMIT 20;});
	return is($found, '', $what);
}

# Every row of every table of a mesa, as text.
sub mesa_rows
{
	my ($node, $db, $mesa) = @_;
	my $tables = $node->safe_psql($db, qq{
		SELECT format('SELECT %L, r::text FROM %I.%I r ORDER BY 2;', relname, '$mesa', relname)
		FROM pg_class WHERE relnamespace = '$mesa'::regnamespace AND relkind = 'r' ORDER BY relname});
	return $node->safe_psql($db, $tables);
}

# The queries by which the README proves a history without our C: of the chain,
# the texts, the tickets.
sub auditor_queries
{
	open my $file, '<:raw', "$FindBin::RealBin/../../README.md" or die "README.md: $!";
	my ($chapter) = do { local $/; <$file> } =~ /^## The history, and how to prove it\n(.*?)^## /ms;
	return $chapter =~ /```sql\n(SELECT \w\.ticket_uuid, \w\.version\n.*?);\n/sg;
}


package Desk::Psql;

use strict;
use warnings;
use POSIX ();

my $END = '--- end of answer ---';

# Open a session.
sub new
{
	my ($class, $connstr) = @_;
	pipe(my $in_read, my $in_write) or die "pipe: $!";
	pipe(my $out_read, my $out_write) or die "pipe: $!";
	my $pid = fork() // die "fork: $!";
	if ($pid == 0)
	{
		POSIX::dup2(fileno($in_read), 0);
		POSIX::dup2(fileno($out_write), 1);
		POSIX::dup2(fileno($out_write), 2);
		exec 'psql', '-XAtq', '-v', 'VERBOSITY=sqlstate', '-d', $connstr
		  or POSIX::_exit(127);
	}
	close $in_read;
	close $out_write;
	$in_write->autoflush(1);
	return bless { in => $in_write, out => $out_read, pid => $pid }, $class;
}

# Send SQL without waiting for what it says.
sub send
{
	my ($self, $sql) = @_;
	local $SIG{PIPE} = 'IGNORE';
	print { $self->{in} } "$sql\n;\n\\echo $END\n";
	return;
}

# What came back, errors as "ERROR:  SQLSTATE"; undef when the session is dead.
sub receive
{
	my ($self) = @_;
	my $answer = '';
	while (defined(my $line = readline $self->{out}))
	{
		if ($line eq "$END\n")
		{
			chomp $answer;
			return $answer;
		}
		$answer .= $line;
	}
	return;
}

sub ask
{
	my ($self, $sql) = @_;
	$self->send($sql);
	return $self->receive;
}

sub quit
{
	my ($self) = @_;
	close $self->{in};
	1 while defined readline $self->{out};
	waitpid $self->{pid}, 0;
	return;
}

1;
