# Fifty mesas in a database and in a session: a transition in one of them reads
# as much and plans as little as if it were alone, the first call of a session
# reads no other mesa, and a change in one leaves the others as they are known.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use PostgreSQL::Test::Utils;
use Test::More;

my $mesas = 50;

time_limit(300);

my $node = new_node('main');
# what it removes would be read no more
$node->append_conf('postgresql.conf', "autovacuum = off\nfsync = off\n");
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE una; CREATE DATABASE muchas");
my $ticket = q{INSERT INTO ticket (ticket_uuid, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES ('00000000-0000-4000-8000-00000000000a', 'QUEJA', 'red', 'ALTA', 'insertado a mano', 'Eva', 'eva@correo.example')};
my $people = $PEOPLE;
for my $db ('una', 'muchas')
{
	$node->safe_psql($db, "CREATE EXTENSION ticket_sm; $people SET search_path = helpdesk; $DESK $ticket");
	$people = '';
}
for my $n (2 .. $mesas)
{
	$node->safe_psql('muchas', "SELECT ticket_sm.crear_mesa('mesa_$n'); SET search_path = mesa_$n; $DESK $ticket");
}
$node->safe_psql($_, 'VACUUM ANALYZE') for 'una', 'muchas';

my @all = ('helpdesk', map { "mesa_$_" } 2 .. $mesas);
my $call = q{ticket_sm.fn_actualizar('00000000-0000-4000-8000-00000000000a', nota => 'una nota')};

# Sessions: alone; in a database of fifty; and one that has used them all.
my %session = map { $_->[0] => start_session(@$_) } [ 'alone', 'una' ], [ 'one of fifty', 'muchas' ], [ 'fifty', 'muchas' ];
my %first;
for my $name ('alone', 'one of fifty')
{
	$first{$name} = buffers($session{$name});
	is(known_mesas($session{$name}), 1, "$name: the first call has made one mesa known");
}
# the catalogs are larger, and their indexes perhaps a level higher
cmp_ok($first{'one of fifty'}, '<=', 1.4 * $first{alone},
	"the first call of a session: $first{'one of fifty'} buffers, in a database with one mesa $first{alone}");

my $one = memory($session{fifty});
use_mesas($session{fifty}, 'helpdesk');
$one = memory($session{fifty}) - $one;
my $more = memory($session{fifty});
use_mesas($session{fifty}, @all);
$more = int((memory($session{fifty}) - $more) / ($mesas - 1));
is(known_mesas($session{fifty}), $mesas, "fifty: all are known");
# the first one has brought the catalogs along
cmp_ok($more, '<=', $one, "fifty: each more needs $more bytes, less than the first one's $one");

# A call that has been made before.
my %warm;
for my $name (sort keys %session)
{
	buffers($session{$name}) for 1 .. 10;
	$warm{$name} = (sort { $a <=> $b } map { buffers($session{$name}) } 1 .. 20)[10];
}
cmp_ok($warm{alone}, '>', 5, 'a transition reads something');
for my $name ('one of fifty', 'fifty')
{
	is($warm{$name}, $warm{alone}, "$name: a transition looks at as many buffers as alone, $warm{alone}");
}

# From mesa to mesa.
use_mesas($session{fifty}, @all) for 1 .. 6;
my $from = -s $node->logfile;
$session{fifty}->ask('RESET ROLE; SET log_planner_stats = on; SET ROLE marta');
use_mesas($session{fifty}, @all) for 1 .. 3;
my $planned = () = slurp_file($node->logfile, $from) =~ /PLANNER STATISTICS/g;
is($planned, 0, 'fifty: from mesa to mesa nothing is planned anew');
$session{fifty}->ask('RESET ROLE; RESET log_planner_stats; SET ROLE marta');

# How often a mesa was read is how often its machine was looked through.
my @before = readings($session{fifty}, 'mesa_7', 'mesa_8');
$node->safe_psql('muchas', "UPDATE mesa_7.prioridad SET sla_horas = sla_horas + 1");
use_mesas($session{fifty}, @all) for 1 .. 2;
my @after = readings($session{fifty}, 'mesa_7', 'mesa_8');
is($after[0] - $before[0], 1, 'a change in one mesa: it is read anew, once');
is($after[1] - $before[1], 0, 'and another one is not');

$_->quit for values %session;
for my $mesa ('helpdesk', 'mesa_7')
{
	is_clean($node, 'muchas', $mesa, "$mesa: all is in order");
}

done_testing();

sub start_session
{
	my ($name, $db) = @_;
	my $session = Desk::Psql->new($node->connstr($db));
	$session->ask('SET ROLE marta; PREPARE una_nota AS SELECT FROM ' . $call);
	return $session;
}

# Buffers that a transition in helpdesk looks at.
sub buffers
{
	my ($session) = @_;
	my $plan = $session->ask("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF) EXECUTE una_nota");
	# of the first node, and so of all; the planner's come last
	my ($buffers) = $plan =~ /\A[^\n]*\n\s*Buffers: (.*)/ or die "unexpected: $plan";
	my $sum = 0;
	$sum += $1 while $buffers =~ /(?:hit|read)=(\d+)/g;
	return $sum;
}

# A transition in each of some mesas; no planner of a client's in between.
sub use_mesas
{
	my ($session, @mesas) = @_;
	my $answer = $session->ask(join(';', map { "SET ticket_sm.mesa = '$_'; EXECUTE una_nota" } @mesas) . '; RESET ticket_sm.mesa');
	die "unexpected: $answer" if $answer =~ /ERROR/;
	return;
}

sub known_mesas
{
	my ($session) = @_;
	return as_superuser($session, q{SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'ticket_sm mesa'});
}

sub memory
{
	my ($session) = @_;
	as_superuser($session, 'SELECT sum(used_bytes) FROM pg_backend_memory_contexts');
	return as_superuser($session, 'SELECT sum(used_bytes) FROM pg_backend_memory_contexts');
}

sub readings
{
	my ($session, @mesas) = @_;
	$session->ask('SELECT pg_stat_force_next_flush()');
	return map { $node->safe_psql('muchas', "SELECT pg_stat_get_numscans('$_.permiso'::regclass)") } @mesas;
}

sub as_superuser
{
	my ($session, $sql) = @_;
	return $session->ask("RESET ROLE; $sql; SET ROLE marta");
}
