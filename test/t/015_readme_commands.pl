# README's commands, from the top, on a new server: each does what README says,
# as it is printed there.  What needs root, HTTP, an ORM or pg_cron is tested by
# test/bare, test/rest/70-readme, test/orm and 008; the auditor's queries by 007.

use strict;
use warnings;
use Cwd;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use PostgreSQL::Test::Utils;
use Test::More;

time_limit(240);

my $readme = slurp_file("$FindBin::RealBin/../../README.md");
my $node = new_node('readme');
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGDATABASE} = 'postgres';
$ENV{PGOPTIONS} = '-c client_min_messages=warning';
$node->safe_psql('postgres', 'CREATE DATABASE mydb');
my $year = (gmtime)[5] + 1900;
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
my $top = getcwd();
my $folder = PostgreSQL::Test::Utils::tempdir;

# --- install ----------------------------------------------------------------

my ($install) = blocks('Install into an existing server', 'sh');
my @lines = split /\n/, $install;
is(scalar @lines, 4, 'four commands install it');
like($lines[3], qr/^psql .*CREATE EXTENSION ticket_sm/, 'of which the last is for the database');
shell($lines[3]);

# --- the first ticket -------------------------------------------------------

sql($_, 'The first ticket: the people') for blocks('The first ticket', 'sql');
my @transcripts = blocks('The first ticket', '');
is(scalar @transcripts, 3, 'three pieces of a dialogue');
dialogue($_) for @transcripts;

# --- questions of the day ---------------------------------------------------

# of a second ticket, which Luis has
sql(q{SELECT FROM ticket_sm.fn_crear_ticket(nombre => 'Ana Pérez', email => 'ana@ejemplo.co', tipo => 'incidente', categoria => 'Red',
	descripcion => 'No hay internet en la sala de juntas', prioridad => 'alta', area => 'REDES');
	SELECT FROM ticket_sm.fn_asignar((SELECT ticket_uuid FROM helpdesk.bandeja WHERE estado = 'NUEVO'), (SELECT agente_id FROM helpdesk.agente WHERE usuario_bd = 'luis'))},
	'a second ticket');
my @questions = blocks('Questions of the day', 'sql');
is(scalar @questions, 3, 'questions of three people');
s/TK-20\d\d/TK-$year/g for @questions;
for my $block (@questions)
{
	$block =~ s/^--.*\n//mg;
	my $role = $block =~ s/\A(SET ROLE \w+;\n)// ? $1 : '';
	question($role, $_) for split /(?<=;)\n/, $block;
}
is($node->safe_psql('mydb', "SELECT a.agente_id IS NULL, a.area, a.solicitante_email FROM helpdesk.ticket a WHERE a.estado = 'ASIGNADO'"),
	't|Redes y Telecom|ana.perez@ejemplo.co', 'and what they did was done');
sql(q{UPDATE helpdesk.area SET nombre = 'REDES' WHERE nombre = 'Redes y Telecom'}, 'the name that it had');

# --- what is SQL alone ------------------------------------------------------

# of the second ticket, which is solved then
sql(q{SELECT FROM ticket_sm.fn_corregir(ticket_sm.ticket_id('TK-YEAR-2'), email => 'ana@ejemplo.co', motivo => 'Era esa');
	SELECT FROM ticket_sm.fn_resolver(ticket_sm.ticket_id('TK-YEAR-2'), 'Era el cable')} =~ s/YEAR/$year/gr, 'a solution');

for my $chapter ('Roles and agents', 'SLA', 'Several mesas', 'Upgrading', 'Limits')
{
	my @blocks = blocks($chapter, 'sql');
	ok(@blocks > 0, "$chapter: there are commands");
	s/TK-20\d\d/TK-$year/g for @blocks;
	sql($_, "$chapter: " . (split /\n/, $_)[0]) for @blocks;
}
for my $said (q{UPDATE helpdesk.configuracion SET eventos = '{crear, resolver, avisar, vencer, retirar}'},
	q{ticket_sm.sembrar_feriados_co(2040)}, q{SELECT ticket_sm.conceder('helpdesk', 'api')})
{
	ok(index($readme, "`$said`") >= 0, "README says: $said");
	next if $said =~ /'api'/;    # which rest/setup.sql makes
	sql($said =~ /^ticket_sm/ ? "SELECT $said" : $said, $said);
}
is($node->safe_psql('mydb', 'SELECT count(*) FROM ticket_sm.fn_verificar()'), '0', 'after all that the desk is in order');
is($node->safe_psql('mydb', 'SET ticket_sm.mesa = mesa_norte; SELECT count(*) FROM ticket_sm.fn_verificar()'), '0', 'and so is the other');

# --- backup, restore, and the way out ---------------------------------------

my ($backup) = blocks('Backup and restore', 'sh');
my $before = mesa_rows($node, 'mydb', 'helpdesk');
like(shell($backup), qr/\(0 rows\)/, 'the restored desk is in order');
same_text(mesa_rows($node, 'copy', 'helpdesk'), $before, 'and is the same');
is($node->safe_psql('copy', q{SELECT evtenabled FROM pg_event_trigger WHERE evtname = 'ticket_sm_guardia'}), 'O',
	'with the extension comes what keeps its types as they are');

my ($status, $out, $err) = $node->psql('copy', 'DROP EXTENSION ticket_sm');
is($status, 3, 'DROP EXTENSION refuses');
like($err, qr/while there are mesas\nDETAIL:  .*helpdesk, mesa_norte\.\nHINT:  /, 'and names the mesas');
cmp_ok(scalar(split /\n/, $err), '<=', 10, 'in less than ten lines');
($status, $out, $err) = $node->psql('copy', "SELECT ticket_sm.crear_mesa('helpdesk')");
like($err, qr/schema "helpdesk" already exists/, 'crear_mesa of what is there says so');
cmp_ok(scalar(split /\n/, $err), '<=', 25, 'and does not print its template');
$node->safe_psql('copy', 'DROP SCHEMA helpdesk CASCADE; DROP SCHEMA mesa_norte CASCADE; DROP EXTENSION ticket_sm; DROP SCHEMA ticket_sm');

$node->stop;
done_testing();

# --- helpers ----------------------------------------------------------------

# The blocks of a language in a chapter.
sub blocks
{
	my ($title, $language) = @_;
	my ($chapter) = $readme =~ /^## \Q$title\E\n(.*?)(?=^## |\z)/ms;
	die "README has no chapter $title\n" unless defined $chapter;
	my @found;
	while ($chapter =~ /^```(\w*)\n(.*?)^```$/msg)
	{
		push @found, $2 if $1 eq $language;
	}
	return @found;
}

sub sql
{
	my ($text, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($status, undef, $err) = $node->psql('mydb', $text, on_error_stop => 1);
	return ok($status == 0, $what) || diag($err);
}

# A question has an answer, but for what is to find nothing.
sub question
{
	my ($role, $text) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($status, $out, $err) = $node->psql('mydb', $role . $text, on_error_stop => 1);
	my $none = $text =~ /fn_verificar|sin_asignar|vencido => true|vence_en|^UPDATE/;
	return ok($status == 0 && ($none ? $out eq '' : $out ne ''), (split /\n/, $text)[0]) || diag($out, $err);
}

sub shell
{
	my ($script) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	chdir $folder or die "$folder: $!";
	my ($out, $err);
	my $good = IPC::Run::run([ 'bash', '-euo', 'pipefail', '-c', $script ], '<', \'', '>', \$out, '2>', \$err);
	chdir $top or die "$top: $!";
	ok($good, 'runs: ' . (split /\n/, $script)[0]) || diag($out, $err);
	is($err, '', 'without a complaint');
	return $out;
}

# A dialogue with psql: what is typed ends with a semicolon at the end of a line,
# what is answered goes until the next SQL.  Random parts and the time of day are
# masked, and the width of columns; the labels are this year's, the superuser ours.
sub dialogue
{
	my ($text) = @_;
	$text =~ s/TK-20\d\d/TK-$year/g;
	$text =~ s/tk-20\d\d/tk-$year/g;
	$text =~ s/\bpostgres\b/$superuser/g;
	my $role = 'RESET ROLE';
	while ($text =~ /\G\s*((?:SELECT|SET|RESET|UPDATE)\b.*?;)$(.*?)(?=^(?:SELECT|SET|RESET|UPDATE)\b|\z)/msg)
	{
		my ($statement, $answer) = ($1, $2);
		if ($statement =~ /^(SET|RESET) ROLE/)
		{
			$role = $statement;
			next;
		}
		my @expanded = $answer =~ /RECORD/ ? ('-x') : ();
		my $said;
		IPC::Run::run([ 'psql', '-X', '-q', '-P', 'pager=off', @expanded, '-d', 'mydb', '-c', $role, '-c', $statement ],
			'>', \$said, '2>&1');
		is(masked($said), masked($answer), (split /\n/, $statement)[0]);
	}
	return;
}

sub masked
{
	my ($text) = @_;
	$text =~ s/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/g;
	$text =~ s/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d/TIME/g;
	$text =~ s/^\(\d+ rows?\)$//mg;
	$text =~ s/^\s+|\s+$//mg;
	$text =~ s/-{2,}/--/g;
	$text =~ s/ +/ /g;
	$text =~ s/\n{2,}/\n/g;
	return $text;
}
