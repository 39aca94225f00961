# A desk in every encoding that a database can have: worked in, and proven by C
# and by the README's SQL; or CREATE EXTENSION refuses.  And a Turkish one, in
# whose locale "i" is not the small letter of "I".

use strict;
use warnings;
use utf8;
use Encode ();
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use PostgreSQL::Test::Utils;
use Test::More;

time_limit(1800);

my $node = new_node('node');
# a Turkish locale of our own, if one can be had
my $locales = PostgreSQL::Test::Utils::tempdir;
my $turkish = system("localedef -i tr_TR -f UTF-8 $locales/tr_TR.UTF-8 >/dev/null 2>&1") == 0;
$ENV{LOCPATH} = $locales if $turkish;
$node->start;
my @proofs = auditor_queries();

# The letters of Spanish are in these; the server can convert all but two to UTF-8.
my %works = map { $_ => 1 } qw(UTF8 LATIN1 LATIN3 LATIN5 LATIN8 LATIN9 WIN1252 WIN1254 WIN1258 EUC_JP EUC_JIS_2004);
my %why = (SQL_ASCII => '0A000', MULE_INTERNAL => '0A000');
# where the bytes 80 to 9F are control characters, as in ISO 8859; elsewhere they are letters, or nothing
my %iso = map { $_ => 1 } qw(LATIN1 LATIN3 LATIN5 LATIN8 LATIN9);

my @encodings = split /\n/, $node->safe_psql('postgres',
	q{SELECT pg_encoding_to_char(n) FROM generate_series(0, 34) AS n WHERE pg_encoding_to_char(n) <> '' ORDER BY n});
is(scalar @encodings, $node->pg_version->major < 19 ? 35 : 34, 'the encodings of servers');     # MULE_INTERNAL is gone from 19
for my $encoding (@encodings)
{
	my $db = lc "db_$encoding";
	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0 ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'");
	my $made = ask($db, 'CREATE EXTENSION ticket_sm');
	if ($works{$encoding})
	{
		is($made, '', "$encoding: a desk");
		work_in($db, $encoding);
	}
	else
	{
		is($made, 'ERROR:  ' . ($why{$encoding} // '22P05'), "$encoding: refused");
	}
	$node->safe_psql('postgres', "DROP DATABASE $db");
}

SKIP:
{
	skip 'a server without ICU', 8 if $node->safe_psql('postgres', "SELECT count(*) FROM pg_collation WHERE collname = 'tr-x-icu'") eq '0';
	$node->safe_psql('postgres', q{CREATE DATABASE icu TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'tr' LC_COLLATE 'C' LC_CTYPE 'C'});
	turkish('icu');
}
SKIP:
{
	skip 'no Turkish locale can be made here', 8 if !$turkish;
	$node->safe_psql('postgres', q{CREATE DATABASE libc TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'tr_TR.UTF-8' LC_CTYPE 'tr_TR.UTF-8'});
	turkish('libc');
}
$node->stop;
done_testing();

# What a statement answers, errors as their SQLSTATE; client and messages in UTF-8.
sub ask
{
	my ($db, $sql) = @_;
	my ($rc, $out, $err) = $node->psql($db, Encode::encode('UTF-8', "\\set VERBOSITY sqlstate\nSET client_encoding = 'UTF8'; SET client_min_messages = warning;\n$sql"));
	$err =~ s/^psql:<stdin>:\d+: //mg;
	$err =~ s/\n.*//s;
	return $err eq '' ? Encode::decode('UTF-8', $out) : $err;
}

# A creation with the given fields.
sub create
{
	my (%field) = (nombre => 'Íñigo Núñez', email => 'inigo@correo.example', tipo => 'queja', categoria => 'Señal',
		descripcion => 'Qué pasó con el año', prioridad => 'critica', @_);
	return 'SELECT ticket_label FROM ticket_sm.fn_crear_ticket(' . join(', ', map { "$_ => E'$field{$_}'" } sort keys %field) . ')';
}

sub work_in
{
	my ($db, $encoding) = @_;
	my $year = $node->safe_psql($db, "SELECT to_char(now(), 'YYYY')");
	# a key with letters beyond ASCII; texts of every length, as bytes may go on behind them
	is(ask($db, create(clave_idempotencia => 'clave-ñ') . ";\n" . create(clave_idempotencia => 'clave-ñ')), "TK-$year-00001\nTK-$year-00001",
		"$encoding: the same request twice");
	is(ask($db, create(clave_idempotencia => 'clave-ñ', asunto => 'otro año')), 'ERROR:  PT409', "$encoding: another under its key");
	is(ask($db, q{SELECT count(*) FROM (SELECT ticket_sm.fn_crear_ticket(nombre => repeat('ñ', 3 + i), email => 'eva@correo.example', tipo => 'QUEJA',
		categoria => repeat('é', 2 + i), subcategoria => repeat('s', i), descripcion => repeat('año ', 3 + i), prioridad => 'BAJA') FROM generate_series(0, 40) i) t;}), '41',
		"$encoding: creations");
	is(ask($db, q{INSERT INTO helpdesk.agente (nombre, email, rol, usuario_bd) VALUES ('Núñez', 'nunez@mesa.example', 'ADMIN', current_user);
		SELECT count(*) FROM ticket_sm.fn_ejecutar_lote('asignar', (SELECT array_agg(ticket_uuid) FROM helpdesk.ticket), '{"motivo": "Año \u00f1 nuevo."}') WHERE hecho;}), '42',
		"$encoding: a batch");
	is(ask($db, q{ALTER TABLE helpdesk.ticket ADD nota_propia text; UPDATE helpdesk.ticket SET nota_propia = 'señal', solicitante_nombre = 'Íñigo';
		SELECT count(*) FROM helpdesk.historial WHERE cambios ->> 'nota_propia' = '[null, "señal"]' AND motivo IS NULL OR motivo = 'Año ñ nuevo.';}), '84',
		"$encoding: as they were written");
	is(ask($db, "SELECT descripcion FROM ticket_sm.fn_consultar('tk-$year-00001', 'INIGO\@correo.example')"), 'Qué pasó con el año', "$encoding: looked up");
	is(ask($db, q{SELECT archivo FROM ticket_sm.fn_adjuntar((SELECT ticket_uuid FROM helpdesk.ticket ORDER BY ticket_label LIMIT 1), '../Año ñandú.pdf', '\x00ff'::bytea)}),
		'Año ñandú.pdf', "$encoding: the name of a file");
	controls($db, $encoding);
	is(ask($db, 'SELECT * FROM ticket_sm.fn_verificar()'), '', "$encoding: proven");
	is(join('', map { ask($db, $_) } @proofs), '', "$encoding: proven by SQL");
	is(ask($db, q{SELECT DISTINCT tramo FROM helpdesk.sla_antiguedad; SELECT nombre FROM helpdesk.feriado WHERE fecha = '2030-01-01'}),
		"menos de 1 día\nAño Nuevo", "$encoding: what the template says");
	return;
}

# Control characters of both kinds, as the encoding has them: in a function, in plain SQL, over HTTP.
sub controls
{
	my ($db, $encoding) = @_;
	my $found = ask($db, q{
		DO $$ DECLARE
			c text;
			told text := '';
			v text;
		BEGIN
			FOREACH v IN ARRAY (SELECT array_agg(lpad(to_hex(n), 2, '0')) FROM generate_series(1, 160) n) LOOP
				BEGIN
					c := convert_from(decode(v, 'hex'), getdatabaseencoding());
					PERFORM ticket_sm.fn_actualizar((SELECT ticket_uuid FROM helpdesk.ticket LIMIT 1), nota => 'x' || c || 'x');
					told := told || '.';
				EXCEPTION WHEN OTHERS THEN
					told := told || CASE SQLSTATE WHEN '22023' THEN 'c' WHEN '22P05' THEN 'u' WHEN '22021' THEN 'u' ELSE SQLSTATE END;
				END;
			END LOOP;
			CREATE TABLE told AS SELECT told AS s;
		END $$;
		SELECT s FROM told;});
	# tab, and what ends a line: LF, VT, FF, CR
	my $low = ('c' x 8) . ('.' x 5) . ('c' x 18) . ('.' x 95) . 'c';
	is(substr($found, 0, 127), $low, "$encoding: control characters of ASCII");
	my $high = substr $found, 127;
	if ($iso{$encoding})
	{
		is($high, ('c' x 5) . '.' . ('c' x 26) . '.', "$encoding: and those of ISO 8859, of which NEL ends a line");
	}
	else
	{
		like($high, qr/^[.u]{33}$/, "$encoding: has none of ISO 8859 as one byte");
	}
	# as Unicode has them
	is(ask($db, create(asunto => 'a\u0085b')), $iso{$encoding} || $encoding =~ /^(UTF8|EUC)/ ? 'ERROR:  22023' : 'ERROR:  22P05', "$encoding: U+0085")
	  if $encoding !~ /^EUC/;
	is(ask($db, q{SELECT ticket_sm.api_texto('{"nombre": "Núñez €"}', 'nombre', 1, 20)}) =~ /^Núñez €$|^ERROR:  22P05$/ ? 'ok' : 'wrong', 'ok', "$encoding: a text of a user");
	# what is not seen, unless the encoding has no such characters
	my $made = ask($db, create(nombre => '\u00a0Ñuño\u00a0Díaz\t', asunto => '\u00adde\u00adsí\u00a0no', email => 'ñ@xn--and-6ma2c.example'));
	like($made, qr/^TK-|^ERROR:  22P05$/, "$encoding: what is not seen");
	is(ask($db, q{SELECT count(*) FROM helpdesk.ticket WHERE solicitante_nombre = 'Ñuño Díaz' AND asunto = 'desí no' AND solicitante_email = }
		. ($encoding eq 'UTF8' ? q{'ñ@ñandú.example'} : q{'ñ@xn--and-6ma2c.example'})), $made =~ /^TK-/ ? '1' : '0', "$encoding: is not kept");
	is(ask($db, q{SELECT ticket_sm.api_texto('{"nombre": "N\u0007"}', 'nombre', 1, 20)}), 'ERROR:  22023', "$encoding: and a control character in it");
	return;
}

# The words that are the product's own are found in any case.
sub turkish
{
	my ($db) = @_;
	is(ask($db, "SELECT upper('i'), lower('I')"), 'İ|ı', "$db: a Turkish database");
	is(ask($db, 'CREATE EXTENSION ticket_sm'), '', "$db: a desk");
	ask($db, q{INSERT INTO helpdesk.area (nombre) VALUES ('OFICINA'), ('İzmir'); UPDATE helpdesk.configuracion SET prefijo = 'TIC';
		INSERT INTO helpdesk.calendario VALUES ('Diario', 'UTC'); INSERT INTO helpdesk.horario VALUES ('Diario', 1, '08:00', '09:00')});
	my $year = $node->safe_psql($db, "SELECT to_char(now(), 'YYYY')");
	is(ask($db, create(tipo => 'incidente', prioridad => 'critica', area => 'oficina', email => 'INFO@b.co', clave_idempotencia => 'k') . ";\n"
		. create(tipo => 'INCIDENTE', prioridad => 'CRITICA', area => 'Oficina', email => 'info@B.CO', clave_idempotencia => 'k')),
		"TIC-$year-00001\nTIC-$year-00001", "$db: type, priority, area, address");
	is(ask($db, create(area => 'izmir')), "TIC-$year-00002", "$db: a name of the desk's own, as its locale has it");
	is(ask($db, "SELECT tipo, prioridad, area FROM ticket_sm.fn_consultar('tic-$year-00001', 'Info\@b.co')"), 'INCIDENTE|CRITICA|OFICINA', "$db: label and address");
	is(ask($db, q{SELECT hecho FROM ticket_sm.fn_ejecutar_lote('ASIGNAR', (SELECT array_agg(ticket_uuid) FROM helpdesk.ticket WHERE area = 'OFICINA'));
		SELECT count(*) FROM ticket_sm.fn_bandeja(estados => '{asignado}', prioridad => 'Critica', area => 'oficina', orden => 'LIMITE');
		SELECT ticket_sm.fn_sla_transcurrido('DIARIO', '2024-01-01', '2024-01-08');
		SELECT ticket_sm.sembrar_feriados_co(2031, 'diario') > 10;}), "t\n1\n01:00:00\nt", "$db: operation, state, order, calendar");
	is(ask($db, q{INSERT INTO helpdesk.agente (nombre, email, rol) VALUES ('Uno', 'INFO@mesa.example', 'MESA'), ('Dos', 'info@mesa.example', 'MESA')}),
		'ERROR:  23505', "$db: addresses of agents");
	is(ask($db, 'SELECT * FROM ticket_sm.fn_verificar()'), '', "$db: proven");
	return;
}
