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

# The auditor's query finds nothing, and what was changed behind our back.
my ($query) = $readme =~ /```sql\n(SELECT h\.ticket_uuid, h\.version\n.*?;)/s;
ok($query, 'the auditor\'s query is there');
is($node->safe_psql('postgres', $query), '', 'and finds nothing in a sound history');
is($node->safe_psql('postgres', qq{
	BEGIN; SET LOCAL session_replication_role = replica;
	UPDATE helpdesk.historial SET nota = 'otra cosa' WHERE version = 3 AND nota = 'en ello';
	SELECT DISTINCT version FROM ($query) AS q; ROLLBACK} =~ s/;\) AS q/) AS q/r), '3',
	'and the row that was changed in another');

done_testing();
