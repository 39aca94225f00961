# 16 sessions create tickets, with transactions and savepoints rolled back at
# random, while the year ends: labels are dense, in order of time within a
# year, and of the year that it is in the mesa's time zone.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $sessions = 16;
my $seconds = $ENV{TSM_LONG} ? 20 : 4;
my $year_ends = $ENV{TSM_LONG} ? 10 : 2;
my $enough = 30;    # tickets in each year, however slow the machine is

time_limit(240 + 2 * $seconds * $year_ends);

my $node = new_node('labels');
$node->append_conf('postgresql.conf', "timezone = 'America/Bogota'\nmax_connections = 30\ntrack_commit_timestamp = on\n");
$node->start;
# 13 hours ahead of UTC at New Year, 18 of the server
$node->safe_psql('postgres', "CREATE EXTENSION ticket_sm; $PEOPLE SET search_path = helpdesk; $DESK
	UPDATE configuracion SET zona_horaria = 'Pacific/Auckland'");

my $stop = PostgreSQL::Test::Utils::tempdir . '/stop';
is(work_until(0, 1), 0, 'before the year ends: no session saw an error that it did not make');
for my $next (1 .. $year_ends)
{
	my $offset = $node->safe_psql('postgres', qq{
		SELECT ceil(extract(epoch FROM make_timestamptz(extract(year FROM now())::integer + $next, 1, 1, 0, 0, 0,
			'Pacific/Auckland') - clock_timestamp()) - $seconds / 2.0)});
	$node->append_conf('postgresql.conf', "ticket_sm.desfase_reloj = $offset");
	$node->reload;
	is(work_until(time + $seconds, $next + 1), 0, "year's end $next: no session saw an error that it did not make");
}

is_clean($node, 'postgres', 'helpdesk', 'labels are dense, histories whole');
is($node->safe_psql('postgres', 'SELECT count(*) FROM helpdesk.contador'), $year_ends + 1, 'tickets in each of the years');
is($node->safe_psql('postgres', q{
	WITH n AS (
		SELECT ticket_label, split_part(ticket_label, '-', 2)::integer AS anio,
			split_part(ticket_label, '-', 3)::bigint AS n, fecha_creacion
		FROM helpdesk.ticket)
	SELECT * FROM (
		SELECT n.*, lag(fecha_creacion) OVER (PARTITION BY anio ORDER BY n.n) AS previous FROM n) AS o
	WHERE fecha_creacion < previous LIMIT 10}),
	'', 'within a year, labels are in the order of fecha_creacion');
is($node->safe_psql('postgres', q{
	SELECT * FROM (
		SELECT ticket_label, pg_xact_commit_timestamp(xmin) AS at, lag(pg_xact_commit_timestamp(xmin))
			OVER (PARTITION BY split_part(ticket_label, '-', 2) ORDER BY split_part(ticket_label, '-', 3)::bigint) AS previous
		FROM helpdesk.ticket) AS o
	WHERE at < previous LIMIT 10}),
	'', 'and in the order of the commits');
is($node->safe_psql('postgres', q{
	SELECT ticket_label, fecha_creacion FROM helpdesk.ticket
	WHERE split_part(ticket_label, '-', 2)::integer
		<> extract(year FROM fecha_creacion AT TIME ZONE 'Pacific/Auckland') LIMIT 10}),
	'', 'the year of a label is that of fecha_creacion in the zone of the mesa');
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM helpdesk.ticket t LEFT JOIN helpdesk.historial h
		ON h.ticket_uuid = t.ticket_uuid AND h.version = 1 AND h.operacion = 'crear'
		AND h.ticket_label = t.ticket_label AND h.ocurrido_en = t.fecha_creacion
	WHERE h.version IS NULL}),
	'0', 'the history says the same');
note($node->safe_psql('postgres', 'SELECT * FROM helpdesk.contador ORDER BY 1'));

done_testing();

# Let all sessions work until that time, and until there are tickets enough in
# each of so many years.  Returns how many of them failed.
sub work_until
{
	my ($until, $years) = @_;
	unlink $stop;
	my @children = map { start_client($node->connstr('postgres'), $_) } 1 .. $sessions;
	sleep 0.05 while time < $until;
	$node->poll_query_until('postgres',
		"SELECT count(*) = $years AND min(ultimo) > $enough FROM helpdesk.contador");
	append_to_file($stop, '');
	my $failed = 0;
	for my $child (@children)
	{
		waitpid $child, 0;
		$failed++ if $? != 0;
	}
	return $failed;
}

sub start_client
{
	my ($connstr, $number) = @_;
	my $pid = fork() // die "fork: $!";
	return $pid if $pid != 0;
	srand($number * time);
	my $session = Desk::Psql->new($connstr);
	$session->ask("SET ticket_sm.espera_bloqueo = '60s'" . ($number % 4 == 0 ? '' : '; SET ROLE vera'));
	my $failed = 0;
	while (!-e $stop)
	{
		my $answer = $session->ask(transaction());
		next if defined $answer && ($answer =~ s/^ERROR:  22023$//mgr) !~ /ERROR/;
		print STDERR "# session $number: ", $answer // 'gone', "\n";
		$failed = 1;
		last;
	}
	$session->quit;
	POSIX::_exit($failed);
}

# A transaction of up to four pieces.
sub transaction
{
	my $pieces = '';
	for (0 .. rand 4)
	{
		my $dice = rand;
		$pieces .= $dice < 0.5 ? creation() : $dice < 0.7 ? 'SAVEPOINT s; ' . creation() . 'ROLLBACK TO s; '
			: $dice < 0.8 ? 'SAVEPOINT s; ' . creation() . 'RELEASE s; '
			: $dice < 0.9 ? 'SAVEPOINT s; ' . creation('NINGUNA') . 'ROLLBACK TO s; '
			: 'SAVEPOINT s; ' . creation() . 'SAVEPOINT u; ' . creation() . 'ROLLBACK TO s; ';
	}
	return creation() if rand() < 0.3;
	return 'BEGIN; ' . $pieces . (rand() < 0.3 ? 'ROLLBACK' : 'COMMIT');
}

sub creation
{
	my $priority = shift // 'ALTA';
	return qq{SELECT FROM ticket_sm.fn_crear_ticket(nombre => 'Eva', email => 'eva\@correo.example', tipo => 'QUEJA',
		categoria => 'red', descripcion => 'nada funciona', prioridad => '$priority'); };
}
