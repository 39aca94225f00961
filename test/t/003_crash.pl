# The postmaster is killed with -9 under load, again and again.  Whatever a
# client was told is there afterwards, labels are dense, histories whole.
#
# 20 rounds, 100 with TSM_LONG=1.  A control run that does not wait for its
# commits must lose something: so the test can see a loss.  What it creates it
# does not lose: creations are flushed whatever synchronous_commit says.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $rounds = $ENV{TSM_LONG} ? 100 : 20;
my $clients = 8;
my $creating;    # the share of creations
my $load = 50;    # operations acknowledged in each round, however slow the machine is
my $postmaster;    # our own child, so that no corpse is left to look alive

time_limit(240 + 10 * $rounds);
END { kill 'QUIT', $postmaster if $postmaster }

my $node = new_crash_node('crash', '');
for my $round (1 .. $rounds)
{
	$creating = $round % 4 < 2 ? 0.3 : 0.9;
	crash_round($node, $round % 2 == 0);
	is(lost($node), '', "round $round: nothing that was acknowledged is lost");
	is_clean($node, 'postgres', 'helpdesk', "round $round: no gap, no duplicate, history whole");
}
stop($node);

my $control = new_crash_node('control', q{
synchronous_commit = off
wal_writer_delay = 10s
wal_writer_flush_after = 1GB});
$creating = 1;
crash_round($control, 1);
is(lost($control), '', 'control run: with synchronous_commit = off nothing that was created is lost');
my $loss = '';
for my $round (1 .. 5)
{
	$creating = 0;
	crash_round($control, 1);
	is_clean($control, 'postgres', 'helpdesk', "control run, round $round: what is left is in order");
	$loss = lost($control);
	last if $loss ne '';
}
isnt($loss, '', 'control run: with synchronous_commit = off the test sees a loss');
stop($control);

done_testing();

sub new_crash_node
{
	my ($name, $conf) = @_;
	my $node = new_node($name);
	$node->append_conf('postgresql.conf', "$conf\nrestart_after_crash = off\n");
	launch($node);
	$node->safe_psql('postgres', "CREATE EXTENSION ticket_sm; $PEOPLE SET search_path = helpdesk; $DESK
		CREATE TABLE public.acknowledged (ticket_uuid uuid, version integer, operacion text, label text)");
	$node->safe_psql('postgres', 'CHECKPOINT');
	return $node;
}

# Start the postmaster and wait until it answers.
sub launch
{
	my ($node) = @_;
	my $postgres = $node->config_data('--bindir') . '/postgres';
	my $log = $node->logfile;
	my $give_up = time + 60;
	while (time < $give_up)
	{
		$postmaster = fork() // die "fork: $!";
		if ($postmaster == 0)
		{
			open my $file, '>>', $log or POSIX::_exit(1);
			POSIX::dup2(fileno($file), 1);
			POSIX::dup2(fileno($file), 2);
			exec $postgres, '-D', $node->data_dir or POSIX::_exit(127);
		}
		while (time < $give_up && waitpid($postmaster, POSIX::WNOHANG) == 0)
		{
			return if system('pg_isready', '-q', '-d', $node->connstr('postgres')) == 0;
			sleep 0.02;
		}
		sleep 0.05;    # it did not start: the last one's children still held the shared memory
	}
	die "the server does not start, see $log";
}

sub stop
{
	my ($node) = @_;
	kill 'INT', $postmaster;
	waitpid $postmaster, 0;
	undef $postmaster;
	return;
}

# Load, kill, start again.
sub crash_round
{
	my ($node, $everybody) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir;
	my $connstr = $node->connstr('postgres');
	my $seed = int rand 1e9;
	my @children = map { start_client($connstr, "$dir/$_", $seed + $_) } 1 .. $clients;
	my @victims = ($postmaster);
	my $acknowledged = sub { return join '', map { -e "$dir/$_" ? slurp_file("$dir/$_") : '' } 1 .. $clients };
	sleep 0.02 while ($acknowledged->() =~ tr/\n//) < $load;    # time_limit() ends it
	sleep rand 0.35;
	# its children go on for a moment when only the postmaster dies
	push @victims, split /\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity') if $everybody;
	kill 'KILL', @victims;
	waitpid $postmaster, 0;
	waitpid $_, 0 for @children;
	launch($node);

	append_to_file("$dir/all", $acknowledged->());
	$node->safe_psql('postgres', "\\copy acknowledged FROM '$dir/all'");
	return;
}

# What was acknowledged in any round and is not there.
sub lost
{
	my ($node) = @_;
	return $node->safe_psql('postgres', q{
		SELECT a.operacion, a.ticket_uuid, a.version, a.label FROM acknowledged a
		LEFT JOIN helpdesk.historial h ON h.ticket_uuid = a.ticket_uuid AND h.version = a.version
			AND h.operacion::text = a.operacion
		LEFT JOIN helpdesk.ticket t ON t.ticket_uuid = a.ticket_uuid AND t.ticket_label = a.label
			AND t.version >= a.version
		WHERE h.version IS NULL OR t.version IS NULL LIMIT 10;});
}

# A client that works until the server is gone, and writes down what it was told.
sub start_client
{
	my ($connstr, $file, $seed) = @_;
	my $pid = fork() // die "fork: $!";
	return $pid if $pid != 0;
	srand $seed;
	$postmaster = undef;
	open my $log, '>', $file or POSIX::_exit(1);
	my $session = Desk::Psql->new($connstr);
	$session->ask('SET ROLE marta');
	my @mine = split /\n/, $session->ask(q{SELECT ticket_uuid FROM helpdesk.ticket WHERE abierto ORDER BY random() LIMIT 3}) // '';
	while (1)
	{
		my $answer = $session->ask(work(\@mine)) // last;
		next if $answer =~ /ERROR|FATAL|server closed/;
		syswrite $log, "$answer\n";
		push @mine, $1 while $answer =~ /^(\S+)\t1\tcrear/mg;
		splice @mine, 0, 10 if @mine > 20;
	}
	POSIX::_exit(0);
}

# Something to do, each statement answering with a line of table acknowledged.
sub work
{
	my ($mine) = @_;
	my $create = answer('crear', q{fn_crear_ticket(nombre => 'Eva', email => 'eva@correo.example', tipo => 'QUEJA',
		categoria => 'red', descripcion => 'nada funciona', prioridad => 'ALTA')}, '1');
	return $create if !@$mine || rand() < $creating;
	my $t = "'" . $mine->[ rand @$mine ] . "'";
	my @calls = map { answer(@$_, 'r.version') } (
		[ 'actualizar', "fn_actualizar($t, 'una nota')" ], [ 'asignar', "fn_asignar($t, area => 'REDES')" ],
		[ 'pausar', "fn_pausar($t, 'falta una pieza')" ], [ 'reabrir', "fn_reabrir($t, 'ya llegó')" ],
		[ 'transferir', "fn_transferir($t, 'SISTEMAS', 'no es de redes')" ],
		[ 'resolver', "fn_resolver($t, 'listo')" ], [ 'archivar', "fn_archivar($t, 'se deja')" ]);
	# without creations, which would flush the others' work too, tickets must stay open
	return $calls[ rand 2 ] if !$creating;
	my $call = $calls[ rand() < 0.5 ? rand 2 : rand @calls ];
	return $call if rand() < 0.8;
	my $undone = rand() < 0.5 ? '' : "SAVEPOINT s;\n\\o /dev/null\n$create;\n\\o\nROLLBACK TO s;\n";
	return "BEGIN;\n$undone$create;\n$call;\nCOMMIT";
}

sub answer
{
	my ($operation, $call, $version) = @_;
	return "SELECT concat_ws(E'\\t', r.ticket_uuid, $version, '$operation', r.ticket_label) FROM ticket_sm.$call AS r";
}
