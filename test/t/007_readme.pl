# What README.md states is what the server does: the diagram, the functions'
# parameters and required fields, the settings, and the auditor's query.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use Test::More;

time_limit(120);

open my $file, '<:encoding(UTF-8)', "$FindBin::RealBin/../../README.md" or die "README.md: $!";
my $readme = do { local $/; <$file> };
close $file;

my $node = new_node('main');
$node->start;
$node->safe_psql('postgres', "CREATE EXTENSION ticket_sm; $PEOPLE SET search_path = helpdesk; $DESK");
$node->safe_psql('postgres', $WORK);
$node->safe_psql('postgres', q{INSERT INTO helpdesk.prioridad VALUES ('VIP', 9, 1)});
$node->safe_psql('postgres', q{CALL public.trabajar(20, 'ana', 'marta', 'rosa', 'vera')});

# The state diagram.
my ($diagram) = $readme =~ /```mermaid\nstateDiagram-v2\n(.*?)```/s;
my @drawn = sort map { s/^\s+|\s+$//gr } split /\n/, $diagram // '';
my @machine = split /\n/, $node->safe_psql('postgres', q{
	SELECT coalesce(estado_origen::text, '[*]') || ' --> ' || estado_destino || ' : ' || operacion
	FROM ticket_sm.fn_maquina() WHERE estado_destino IS NOT NULL});
is_deeply(\@drawn, [ sort @machine ], 'the diagram is the machine');

# The table of functions: every fn_*, each with its parameters in order.
my %listed;
while ($readme =~ /^\| `(fn_\w+)` \|(.*?)\|/mg)
{
	my ($name, $parameters) = ($1, $2);
	$parameters =~ s/\(.*?\)//g;
	$parameters =~ s/[*\s]//g;
	$listed{$name} = $parameters;
}
my %defined = map { split /\|/, $_, 2 } split /\n/, $node->safe_psql('postgres', q{
	SELECT p.proname, coalesce((SELECT string_agg(n, ',' ORDER BY i)
		FROM unnest(p.proargnames[1:p.pronargs]) WITH ORDINALITY AS a(n, i)), '')
	FROM pg_proc p WHERE p.pronamespace = 'ticket_sm'::regnamespace AND p.proname LIKE 'fn\_%'});
is_deeply(\%listed, \%defined, 'the table of functions is complete and true');

# The settings and their defaults.
my %settings;
while ($readme =~ /^\| `(ticket_sm\.\w+)` \| (.*?) \|/mg)
{
	my ($name, $value) = ($1, $2);
	$settings{$name} = $value eq 'empty' ? '' : $value =~ s/`//gr;
}
my %actual = map { split /\|/, $_, 2 } split /\n/, $node->safe_psql('postgres', q{
	DO $$BEGIN PERFORM ticket_sm.fn_maquina(); END$$;
	SELECT name, current_setting(name) FROM pg_settings WHERE name LIKE 'ticket\_sm.%'});
is_deeply(\%settings, \%actual, 'the table of settings is complete and true');

# The auditor's queries find nothing in a sound history, nor when rows of it are
# erased, and each finds what was changed behind our back.
my ($chain, $texts, $tickets) = auditor_queries();
ok($tickets, 'the auditor\'s queries are there');
my $all = join ' UNION ALL ', map { "(SELECT '$_->[0]', q.* FROM ($_->[1]) AS q)" }
  [ chain => $chain ], [ texts => $texts ], [ tickets => $tickets ];
my $one = q{(SELECT ticket_uuid FROM helpdesk.historial WHERE version = 3 AND nota = 'en ello' ORDER BY 1 LIMIT 1)};
my $erase = qq{UPDATE helpdesk.historial SET sal = NULL, motivo = NULL, nota = NULL, respuesta = NULL, mensaje = NULL, clave_idempotencia = NULL, cambios = NULL,
	ip = NULL WHERE ticket_uuid = $one};
my @changes = (
	[ 'nothing was changed', '', '' ],
	[ 'a note', "UPDATE helpdesk.historial SET nota = 'otra cosa' WHERE ticket_uuid = $one AND version = 3", 'texts|3' ],
	[ 'a salt is gone', "UPDATE helpdesk.historial SET sal = NULL WHERE ticket_uuid = $one AND version = 3", 'texts|3' ],
	[ 'an actor', "UPDATE helpdesk.historial SET actor_nombre = 'otro' WHERE ticket_uuid = $one AND version = 2", 'chain|2' ],
	[ 'the end of a chain', "UPDATE helpdesk.ticket SET hash = sha256('x'), version = 1 WHERE ticket_uuid = $one", 'tickets|1' ],
	[ 'a description', "UPDATE helpdesk.ticket SET descripcion = 'otra cosa', version = 1 WHERE ticket_uuid = $one", 'tickets|1' ],
	[ 'one event is erased', "$erase AND version = 3", '' ],
	[ 'a ticket is erased', "$erase; UPDATE helpdesk.ticket SET descripcion = 'borrada' WHERE ticket_uuid =
		(SELECT ticket_uuid FROM helpdesk.historial WHERE sal IS NULL AND huella_datos IS NOT NULL)", '' ],
	[ 'a note in the place of an erased one', "$erase; UPDATE helpdesk.historial SET nota = 'otra cosa'
		WHERE sal IS NULL AND version = 3 AND huella_textos IS NOT NULL", 'texts|3' ],
	[ 'an actor of an erased event', "$erase; UPDATE helpdesk.historial SET actor_nombre = 'otro'
		WHERE sal IS NULL AND version = 2", 'chain|2' ]);
for (@changes)
{
	my ($what, $change, $found) = @$_;
	is($node->safe_psql('postgres', "BEGIN; SET LOCAL session_replication_role = replica; $change;
		SELECT q.\"?column?\", q.version FROM ($all) AS q; ROLLBACK"), $found, "the auditor's queries: $what");
}

done_testing();
