# Batches that cross: each locks its tickets in the order of their uuids,
# whatever order it was given, so none ever deadlocks; a ticket that somebody
# else holds is refused alone; and 10,000 tickets need little memory.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use IO::Select;
use List::Util qw(max);
use POSIX ();
use Test::More;

my $calls = $ENV{TSM_LONG} ? 300 : 40;    # of each client
my $clients = 6;

time_limit($ENV{TSM_LONG} ? 240 : 120);

my $node = new_node('main');
$node->append_conf('postgresql.conf', "deadlock_timeout = 50ms\n");
$node->start;
$node->safe_psql('postgres', "CREATE EXTENSION ticket_sm; $PEOPLE SET search_path = helpdesk; $DESK");
$node->safe_psql('postgres', q{
	SET ticket_sm.motivo = 'a mano';
	INSERT INTO helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	SELECT 'QUEJA', 'red', 'ALTA', 'insertado a mano', 'Eva', 'eva' || i || '@correo.example' FROM generate_series(1, 10000) AS i;
	CREATE TABLE public.some AS SELECT ticket_uuid AS t FROM helpdesk.ticket ORDER BY random() LIMIT 60;
	GRANT SELECT ON public.some TO PUBLIC});

# A ticket that is held is refused alone, after a wait.
my $holder = Desk::Psql->new($node->connstr('postgres'));
my ($held) = split /\n/, $holder->ask(q{BEGIN; SELECT t FROM public.some ORDER BY t OFFSET 30 LIMIT 1});
$holder->ask("SELECT FROM ticket_sm.fn_actualizar('$held', nota => 'mía')");
is($node->safe_psql('postgres', q{
	SET ticket_sm.espera_bloqueo = '20ms';
	SELECT codigo, count(*) FROM ticket_sm.fn_ejecutar_lote('asignar', (SELECT array_agg(t) FROM public.some)) GROUP BY codigo ORDER BY codigo}),
	"PT423|1\n|59", 'a ticket that is locked is refused alone');
is($holder->ask("ROLLBACK; SELECT estado FROM helpdesk.ticket WHERE ticket_uuid = '$held'"), 'NUEVO', 'it is as it was');
$holder->quit;

# Batches that cross.
my @children = map { start_client($_) } 1 .. $clients;
my $failed = 0;
for my $child (@children)
{
	waitpid $child, 0;
	$failed++ if $? != 0;
}
is($failed, 0, 'batches that cross: no session saw an error');
# each calls for some 42 of 60 tickets
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM helpdesk.historial WHERE version > 2'), '>', $clients * $calls * 30,
	'and they did what was asked');

# Memory: what is anonymous, as shared buffers are the server's; looked at while
# the call runs.
my $session = Desk::Psql->new($node->connstr('postgres'));
my $batch = q{SELECT count(*) FILTER (WHERE hecho) FROM ticket_sm.fn_ejecutar_lote('actualizar',
	(SELECT array_agg(ticket_uuid) FROM (SELECT ticket_uuid FROM helpdesk.ticket LIMIT %d) AS t), '{"nota": "de todos"}')};
$session->ask(sprintf $batch, 10);
my $pid = $session->ask('SELECT pg_backend_pid()');
my $before = memory_of($pid);
my ($most, $looks) = (0, 0);
$session->send(sprintf $batch, 10000);
until (IO::Select->new($session->{out})->can_read(0.002))
{
	$most = max($most, memory_of($pid));
	$looks++;
}
is($session->receive, '10000', '10,000 tickets in one call');
SKIP:
{
	skip 'there is no /proc', 2 unless $before;
	cmp_ok($looks, '>', 10, "it was looked at $looks times while it ran");
	cmp_ok($most - $before, '<', 50 * 1024, "within 50 MB of memory: $before kB before, at most $most kB");
}
$session->quit;
is_clean($node, 'postgres', 'helpdesk', 'all is in order');

done_testing();

# Memory of a process that is not shared, in kB; 0 in a root without /proc.
sub memory_of
{
	my ($pid) = @_;
	open my $status, '<', "/proc/$pid/status" or return 0;
	my ($kb) = map { /^RssAnon:\s+(\d+)/ ? $1 : () } <$status>;
	return $kb // 0;
}

sub start_client
{
	my ($number) = @_;
	my $pid = fork() // die "fork: $!";
	return $pid if $pid != 0;
	my $order = $number % 2 ? 'ASC' : 'DESC';
	my $session = Desk::Psql->new($node->connstr('postgres'));
	$session->ask("SET ROLE marta; SET ticket_sm.espera_bloqueo = '60s'");
	my $failed = 0;
	my $one = qq{SELECT count(*) FROM ticket_sm.fn_ejecutar_lote('actualizar', (SELECT array_agg(t ORDER BY t $order)
		FROM public.some WHERE random() < 0.7), '{"nota": "cruzada"}')};
	for (1 .. $calls)
	{
		my $answer = $session->ask($one);
		next if defined $answer && $answer !~ /ERROR/;
		print STDERR "# session $number: ", $answer // 'gone', "\n";
		$failed = 1;
		last;
	}
	$session->quit;
	POSIX::_exit($failed);
}
