# The SLA sweep is run by pg_cron and by cron, with the settings and commands of README.
#
# Where pg_cron is not installed this is skipped; with TSM_CRON=1 it fails.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

time_limit(240);

my $node = new_node('cron');
my $library = $node->config_data('--pkglibdir') . '/pg_cron.so';
if (!-e $library)
{
	plan skip_all => "pg_cron is not installed: there is no $library" unless $ENV{TSM_CRON};
	die "pg_cron is to be tested (TSM_CRON), and there is no $library\n";
}
my $readme = slurp_file("$FindBin::RealBin/../../README.md");
my ($settings) = $readme =~ /```conf\n(shared_preload_libraries = 'pg_cron'.*?)```/s;
my ($commands) = $readme =~ /```sh\n(psql [^`]*cron\.schedule.*?)```/s;
my ($crontab) = $readme =~ /```\n\* \* \* \* \* postgres +(psql .*?)\n```/s;
ok($settings && $commands && $crontab, 'README says how');

$node->append_conf('postgresql.conf', $settings);
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$node->safe_psql('postgres', 'CREATE DATABASE mydb');
$node->safe_psql('mydb', "CREATE EXTENSION ticket_sm; $PEOPLE SET search_path = helpdesk; $DESK");
# a target of one second, so that the sweep has something to find
$node->safe_psql('mydb', q{INSERT INTO helpdesk.sla_politica (objetivo, horas) VALUES ('resolucion', 0.0003), ('atencion', 0.0003)});
create_tickets(5);
sleep 2.5;
is($node->safe_psql('mydb', 'SELECT count(*) FROM helpdesk.evento'), '0', 'nothing is told as long as nobody sweeps');
command_ok([ 'bash', '-euc', $commands ], 'the job is accepted');

my $give_up = time + 150;
sleep 0.5 until told() >= 10 || time > $give_up;
is(told(), '10', 'cron has told two breaches of each ticket');
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM cron.job_run_details WHERE status <> 'running' AND status <> 'starting'});
is($node->safe_psql('postgres', q{SELECT DISTINCT status FROM cron.job_run_details WHERE status <> 'running' AND status <> 'starting'}),
	'succeeded', 'and says so');
is($node->safe_psql('mydb', q{SELECT count(*), count(DISTINCT (ticket_uuid, version)) FROM ticket_sm.fn_eventos() WHERE operacion = 'vencer'}),
	'10|10', 'the outbox has them');
is($node->safe_psql('mydb', q{SELECT string_agg(DISTINCT operacion || ' ' || (actor_nombre = current_user), ', ') FROM helpdesk.historial WHERE version > 1}),
	'vencer true', 'the history says on whose behalf');
is_clean($node, 'mydb', 'helpdesk', 'all is in order');

# What plain cron runs: it finds the rest and then nothing.
$node->safe_psql('postgres', "SELECT cron.unschedule('sla')");
create_tickets(2);
sleep 2.5;
command_ok([ 'bash', '-euc', $crontab ], 'the command runs by itself') for 1 .. 2;
is(told(), '14', 'and tells each breach once');
is_clean($node, 'mydb', 'helpdesk', 'all is in order');
$node->stop;

done_testing();

sub told
{
	return $node->safe_psql('mydb', q{SELECT count(*) FROM helpdesk.evento WHERE operacion = 'vencer'});
}

sub create_tickets
{
	my ($n) = @_;
	$node->safe_psql('mydb', "SELECT ticket_sm.fn_crear_ticket(nombre => 'Eva', email => 'eva\@correo.example', tipo => 'QUEJA',
		categoria => 'red', descripcion => 'nada funciona', prioridad => 'ALTA') FROM generate_series(1, $n)");
	return;
}
