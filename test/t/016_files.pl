# Files of the largest size: attached, dumped, restored.  What lists files, or
# tickets, reads none of their contents.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use PostgreSQL::Test::Utils;
use Test::More;

time_limit(240);

my $node = new_node('main');
$node->append_conf('postgresql.conf', "fsync = off\nmax_wal_size = 4GB");
$node->start;
$node->safe_psql('postgres', "CREATE EXTENSION ticket_sm; $PEOPLE SET search_path = helpdesk; $DESK $WORK");
$node->safe_psql('postgres', q{INSERT INTO helpdesk.prioridad VALUES ('VIP', 9, 1)});
$node->safe_psql('postgres', q{CALL public.trabajar(10, 'ana', 'marta', 'rosa', 'vera')});

# The largest that configuracion allows, of bytes that do not compress.
my $largest = 104857600;
$node->safe_psql('postgres', "UPDATE helpdesk.configuracion SET adjunto_bytes = $largest, adjuntos_bytes = 2 * ${largest}::bigint");
my $one = q{(SELECT ticket_uuid FROM helpdesk.ticket WHERE abierto ORDER BY ticket_label LIMIT 1)};
# 32 bytes a piece
my $bytes = "(SELECT string_agg(sha256(int8send(i)), '') FROM generate_series(1, $largest / 32) AS i)";
is($node->safe_psql('postgres', qq{SELECT bytes, publico FROM ticket_sm.fn_adjuntar($one, 'mayor.bin', $bytes)}),
	"$largest|f", 'the largest file is attached');
my ($code, undef, $err) = $node->psql('postgres', qq{SELECT ticket_sm.fn_adjuntar($one, 'mas.bin', $bytes || 'x')});
like($err, qr/file is too large\nDETAIL:  "contenido" has 104857601 bytes; at most 104857600/, 'one byte more is not');
$node->safe_psql('postgres', qq{
	SELECT ticket_sm.fn_adjuntar(t.ticket_uuid, 'f' || i, convert_to(i || ' ' || t.ticket_uuid, 'UTF8') || decode(repeat('ab', 20000), 'hex'), publico => true)
	FROM helpdesk.ticket t, generate_series(1, 5) AS i WHERE t.abierto});
is_clean($node, 'postgres', 'helpdesk', 'all is in order');

# Read without their contents: none of the blocks where these are.
my $read = q{SELECT pg_stat_force_next_flush(); SELECT pg_stat_clear_snapshot();
	SELECT 'blocks', coalesce(toast_blks_hit, 0) + coalesce(toast_blks_read, 0) FROM pg_statio_all_tables WHERE relid = 'helpdesk.contenido'::regclass};
my $label = $node->safe_psql('postgres', "SELECT ticket_label FROM helpdesk.ticket WHERE ticket_uuid = $one");
my $email = $node->safe_psql('postgres', "SELECT solicitante_email FROM helpdesk.ticket WHERE ticket_uuid = $one");
sub blocks_of
{
	my ($query) = @_;
	my @blocks = map { /^blocks\|(\d+)$/ ? $1 : () } split /\n/, $node->safe_psql('postgres', "$read; $query; $read");
	return $blocks[1] - $blocks[0];
}
for my $query ("SELECT * FROM ticket_sm.fn_adjuntos($one)", "SELECT ticket_sm.fn_ticket($one)",
	"SELECT * FROM ticket_sm.fn_adjuntos(ticket_label => '$label', email => '$email')",
	"SELECT * FROM ticket_sm.fn_consultar('$label', '$email')", "SELECT * FROM ticket_sm.fn_lista(texto => 'mayor')",
	'SELECT * FROM ticket_sm.fn_verificar(contenidos => false)', 'SELECT ticket_sm.rehacer_busqueda()')
{
	is(blocks_of($query), 0, "no content is read by: $query");
}
cmp_ok(blocks_of(q{SELECT * FROM ticket_sm.fn_verificar()}), '>', $largest / 8192, 'the control: fn_verificar reads them');
is($node->safe_psql('postgres', qq{SELECT sha256(ticket_sm.fn_adjunto(a.ticket_uuid, a.adjunto_id)) = a.sha256
	FROM helpdesk.adjunto a WHERE a.archivo = 'mayor.bin'}), 't', 'and fn_adjunto gives the whole of one');

# A content that cannot be read is named, and the others are looked at.
my $content = $node->safe_psql('postgres', q{SELECT encode(sha256, 'hex') FROM helpdesk.adjunto WHERE archivo = 'f1' ORDER BY ticket_uuid LIMIT 1});
my $others = $node->safe_psql('postgres', q{SELECT encode(sha256, 'hex') FROM helpdesk.adjunto WHERE archivo = 'f2' ORDER BY ticket_uuid LIMIT 1});
my $found = $node->safe_psql('postgres', qq{
	BEGIN;
	SET LOCAL session_replication_role = replica;
	UPDATE helpdesk.contenido SET datos = 'x' WHERE sha256 = '\\x$content';
	DELETE FROM helpdesk.contenido WHERE sha256 = '\\x$others';
	SELECT problema, regexp_replace(detalle, '[0-9a-f-]{36}', '*') FROM ticket_sm.fn_verificar() ORDER BY 2;
	ROLLBACK;});
is($found, "adjunto|file * has a content that does not have its digest\nadjunto|file * has no content", 'what is wrong with some is named');

# Dumped and restored.
my $dir = PostgreSQL::Test::Utils::tempdir;
command_ok([ 'pg_dump', '-f', "$dir/plain.sql", '-d', $node->connstr('postgres') ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE otra TEMPLATE template0');
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/plain.sql", '-d', $node->connstr('otra') ], 'restored');
unlink "$dir/plain.sql";
is_clean($node, 'otra', 'helpdesk', 'all is in order there');
my $digest = q{SELECT count(*), md5(string_agg(a::text, '' ORDER BY a.adjunto_id)) FROM helpdesk.adjunto a};
is($node->safe_psql('otra', $digest), $node->safe_psql('postgres', $digest), 'the files are the same');
is($node->safe_psql('otra', qq{SELECT bytes FROM ticket_sm.fn_adjuntar($one, 'otro nombre.bin', $bytes)}), $largest, 'work goes on there');
is($node->safe_psql('otra', q{SELECT count(*) FROM helpdesk.contenido WHERE length(datos) = 104857600}), 1, 'with one content for both');
is($node->safe_psql('otra', q{SELECT attstorage FROM pg_attribute WHERE attrelid = 'helpdesk.contenido'::regclass AND attname = 'datos'}), 'e',
	'which is not compressed there either');

done_testing();
