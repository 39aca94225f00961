# From this version to a pretended next one, as README and CONTRIBUTING tell it:
# its files are installed over the old ones, the extension is updated, and each
# of two mesas, with what is in it and what its owner has added, is brought to
# the new template.  In the end it is like a new one.

use strict;
use warnings;
use Cwd;
use FindBin;
use lib $FindBin::RealBin;
use Desk;
use PostgreSQL::Test::Utils;
use Test::More;

time_limit(900);

my ($described) = run_command([ 'postgres', '--describe-config' ]);
plan skip_all => 'this server finds extensions in its own folder only'
  unless $described =~ /^extension_(destdir|control_path)\t/m;

my $top = getcwd();
my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
my $dir = PostgreSQL::Test::Utils::tempdir;
my ($src, $stage) = ("$dir/src", "$dir/stage");
my $lib = "set -euo pipefail; . '$top/scripts/lib.sh'; PG_CONFIG=\$(command -v '$pg_config')";
my $library = $stage . shell("$lib; \$PG_CONFIG --pkglibdir") . '/ticket_sm.so';
my ($old) = slurp_file("$top/ticket_sm.control") =~ /default_version = '(.*)'/;
my $new = $old =~ s/(\d+)$/$1 + 1/er;

# --- the old version --------------------------------------------------------

my $built = join ' ', map { "--exclude='$_'" } qw(./tmp_check ./output_iso ./results ./stage ./.git ./.demo node_modules *.o *.so *.bc);
shell("set -o pipefail; mkdir '$src'; tar -C '$top' -c $built . | tar -C '$src' -x");
install();
my $node = new_node('main');
$node->append_conf('postgresql.conf', shell("$lib; staged_settings '$stage'"));
$node->start;
# of two mesas, and the owner of one of them, who is no superuser
$node->safe_psql('postgres', q{
	CREATE ROLE ticket_admin; CREATE ROLE ticket_mesa; CREATE ROLE ticket_area; CREATE ROLE ticket_publico;
	CREATE ROLE norte_admin; CREATE ROLE norte_mesa; CREATE ROLE norte_area; CREATE ROLE norte_publico;
	CREATE ROLE jefe IN ROLE norte_admin; CREATE ROLE norma IN ROLE norte_mesa;
	CREATE ROLE nora IN ROLE norte_area; CREATE ROLE nadia IN ROLE norte_publico;
	CREATE ROLE duena LOGIN; CREATE ROLE auditor; } . $PEOPLE);
make_desks('casa');
$node->safe_psql('casa', $WORK);
work(20);
is_clean($node, 'casa', $_, "$_ is in order under $old") for qw(helpdesk norte);

# As if they were new in the next version: who may call the others may call them then.
$node->safe_psql('casa', q{
	REVOKE EXECUTE ON FUNCTION ticket_sm.fn_maquina() FROM norte_area;
	REVOKE EXECUTE ON FUNCTION ticket_sm.actualizar_mesa(name) FROM duena;});
my $before = Desk::Psql->new($node->connstr('casa'));
like($before->ask('SELECT count(*) FROM ticket_sm.fn_maquina()'), qr/^\d+$/, 'a session that will live through all of it');

# --- the new version is installed, and the extension updated ----------------

shell("cp '$library' '$dir/old.so'");
write_next_version();
install();
refused('casa', 'SELECT ticket_sm.fn_maquina()',
	qr/55000: library of ticket_sm \Q$new with objects of $old\E.*HINT:  Run ALTER EXTENSION ticket_sm UPDATE\./s,
	'the new library does not work with the old objects');
like($before->ask('SELECT count(*) FROM ticket_sm.fn_maquina()'), qr/^\d+$/, 'a session with the old library does, meanwhile');

$node->safe_psql('casa', 'ALTER EXTENSION ticket_sm UPDATE; SELECT ticket_sm.conceder_nuevas()');
is($node->safe_psql('casa', q{SELECT extversion FROM pg_extension WHERE extname = 'ticket_sm'}), $new, "updated to $new");
no_members('after the update');
like($before->ask('SELECT count(*) FROM ticket_sm.fn_maquina()'), qr/55000/, 'a session with the old library has to connect anew');
$before->quit;
make_desks('nueva');
same_text(machinery('casa'), machinery('nueva'), 'the machinery is that of a new installation');

# --- the mesas are still of the old template --------------------------------

work(10);
for my $mesa (qw(helpdesk norte))
{
	is($node->safe_psql('casa', qq{SET ticket_sm.mesa = '$mesa'; SELECT problema, detalle, ticket_uuid FROM ticket_sm.fn_verificar()}),
		"plantilla|the mesa was made by template $old, not $new: its owner runs ticket_sm.actualizar_mesa()|",
		"$mesa is worked in, and fn_verificar says that it is behind");
}

# --- who may not, and what is in the way ------------------------------------

refused('casa', q{SET ROLE duena; SELECT ticket_sm.actualizar_mesa()}, qr/42501: must be owner of mesa "helpdesk"/,
	'not the owner of another mesa');
refused('casa', q{SET ROLE ana; SELECT ticket_sm.actualizar_mesa()}, qr/42501: permission denied for function/, 'not an ADMIN');
refused('casa', q{SELECT ticket_sm.actualizar_mesa('public')}, qr/3F000: schema "public" is not a mesa/, 'not what is no mesa');
refused('casa', q{SELECT ticket_sm.actualizar_mesa(NULL)}, qr/22004: parameter "esquema" is required/, 'not nothing');

# What the old template has not, or otherwise.
$node->safe_psql('casa', q{
	SET ROLE duena;
	DROP TRIGGER aa_version ON norte.feriado;
	ALTER TABLE norte.area DISABLE TRIGGER zz_recargar;});
my $untouched = dump_text('casa', '-n', 'norte');
$node->safe_psql('casa', 'SET ROLE duena; CREATE VIEW norte.mia AS SELECT tickets FROM norte.sla_pausas');
refused('casa', q{SET ROLE duena; SELECT ticket_sm.actualizar_mesa('norte')},
	qr/2BP01: what the new template of mesa "norte" replaces is used by objects of yours.*DETAIL:  view norte.mia depends on view norte.sla_pausas.*HINT:  Drop them, run/s,
	'a view on one that must be dropped is named');
$node->safe_psql('casa', q{
	SET ROLE duena;
	DROP VIEW norte.mia;
	CREATE FUNCTION norte.nada() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	CREATE TRIGGER mio INSTEAD OF DELETE ON norte.sla_pausas FOR EACH ROW EXECUTE FUNCTION norte.nada()});
refused('casa', q{SET ROLE duena; SELECT ticket_sm.actualizar_mesa('norte')},
	qr/2BP01: what the new template.*DETAIL:  trigger mio of view sla_pausas/s, 'and so is a trigger on it');
$node->safe_psql('casa', 'SET ROLE duena; DROP FUNCTION norte.nada() CASCADE');
same_text(dump_text('casa', '-n', 'norte'), $untouched, 'nothing was half done');

# What others have put into the place of a table is not read.
refused('casa', q{
	BEGIN;
	ALTER TABLE norte.configuracion RENAME TO configuracion_de_antes;
	CREATE VIEW norte.configuracion AS TABLE norte.configuracion_de_antes;
	SELECT ticket_sm.actualizar_mesa('norte')},
	qr/55000: mesa "norte" is not as its template made it.*: configuracion\./s, 'a view in the place of a table');

# What the owner has written runs, but never as the superuser who calls.
is($node->safe_psql('casa', q{
	BEGIN;
	SET ROLE duena;
	CREATE TABLE norte.visto (quien name, error text);
	CREATE FUNCTION norte.mirar() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM set_config('role', 'none', true);
		INSERT INTO visto VALUES (CURRENT_USER, 'became the caller');
		RETURN NULL;
	EXCEPTION WHEN OTHERS THEN
		INSERT INTO visto VALUES (CURRENT_USER, SQLERRM);
		RETURN NULL;
	END $$;
	CREATE TRIGGER mirar AFTER UPDATE ON norte.configuracion FOR EACH ROW EXECUTE FUNCTION norte.mirar();
	RESET ROLE;
	SELECT ticket_sm.actualizar_mesa('norte');
	SELECT * FROM norte.visto;
	ROLLBACK;}),
	"$new\nduena|cannot set parameter \"role\" within security-definer function", 'what the owner has written is fenced in');

# --- they are brought up to date --------------------------------------------

is($node->safe_psql('casa', q{SET SESSION AUTHORIZATION duena; SELECT ticket_sm.actualizar_mesa('norte')}), $new,
	'norte, by its owner');
my ($first, $second) = map { Desk::Psql->new($node->connstr('casa')) } 1 .. 2;
is($first->ask('BEGIN; SELECT ticket_sm.actualizar_mesa()'), $new, 'helpdesk, by a superuser');
$second->send('SELECT ticket_sm.actualizar_mesa()');
ok($node->poll_query_until('casa', q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')}),
	'another one at the same time waits');
$first->ask('COMMIT');
is($second->receive, "NOTICE:  00000\n$new", 'and finds nothing to do');
$_->quit for $first, $second;
my ($rc, $out, $err) = $node->psql('casa', q{SELECT ticket_sm.actualizar_mesa('norte')});
is("$rc $out", "0 $new", 'once more');
like($err, qr/NOTICE:  mesa "norte" is up to date/, 'says that there is nothing to do');

for my $mesa (qw(helpdesk norte))
{
	is_clean($node, 'casa', $mesa, "$mesa is in order under $new");
	same_text(dump_text('casa', '-s', '-n', $mesa), dump_text('nueva', '-s', '-n', $mesa), "$mesa is like a new one");
}
no_members('in the end');
work(10);
is_clean($node, 'casa', $_, "$_ is in order after more work") for qw(helpdesk norte);

# --- a dump of it, and templates that are not known -------------------------

command_ok([ 'pg_dump', '-Fc', '-f', "$dir/casa.dump", '-d', $node->connstr('casa') ], 'dump');
$node->safe_psql('postgres', 'CREATE DATABASE copia');
command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('copia'), "$dir/casa.dump" ], 'restored');
same_text(machinery('copia'), machinery('casa'), 'whoever might call the functions may call them in the copy');
for my $mesa (qw(helpdesk norte))
{
	is_clean($node, 'copia', $mesa, "the copy of $mesa is in order");
	is(mesa_rows($node, 'copia', $mesa), mesa_rows($node, 'casa', $mesa), "the copy of $mesa has every row");
}

my $UNKNOWN = 'BEGIN; UPDATE helpdesk.configuracion SET version_plantilla';
refused('casa', "$UNKNOWN = '9.9'; SELECT ticket_sm.fn_maquina()",
	qr/55000: mesa helpdesk was made by template 9\.9, .*HINT:  Install ticket_sm 9\.9/s, 'a newer template is refused');
refused('casa', "$UNKNOWN = '9.9'; SELECT ticket_sm.actualizar_mesa()",
	qr/55000: mesa "helpdesk" was made by template 9\.9.*HINT:  Install ticket_sm 9\.9/s, 'and not brought back');
refused('casa', "$UNKNOWN = '0.1'; SELECT ticket_sm.fn_maquina()",
	qr/55000: mesa helpdesk was made by template 0\.1, .*HINT:  Run ticket_sm\.actualizar_mesa/s, 'one that is too old is refused');
refused('casa', "$UNKNOWN = 'x'; SELECT ticket_sm.actualizar_mesa()",
	qr/55000: mesa "helpdesk" was made by template x.*DETAIL:  No steps lead from it/s, 'and so is nonsense');

shell("cp '$dir/old.so' '$library.old' && mv '$library.old' '$library'");
refused('casa', 'SELECT ticket_sm.fn_maquina()',
	qr/55000: library of ticket_sm \Q$old with objects of $new\E.*HINT:  Connect anew/s, 'an old library does not work with new objects');

done_testing();

# Run some bash; returns what it prints.
sub shell
{
	my ($script) = @_;
	my ($out, $err) = run_command([ 'bash', '-c', $script ]);
	die "$script:\n$err" if $?;
	return $out;
}

sub install
{
	shell("cd '$src' && make -s -j2 install with_llvm=no COPT=-O0 PG_CONFIG='$pg_config' DESTDIR='$stage' >'$dir/make.log' 2>&1"
		  . " || { tail -n 20 '$dir/make.log' >&2; exit 1; }");
	return;
}

# Change a file of the sources; each change must find its place.
sub edit
{
	my ($file, @changes) = @_;
	my $text = slurp_file("$src/$file");
	while (my ($from, $to) = splice @changes, 0, 2)
	{
		$text =~ s/$from/ref $to ? $to->() : $to/e or die "$file has no $from";
	}
	return put($file, $text);
}

sub put
{
	my ($file, $text) = @_;
	mkdir "$src/$1" if $file =~ m{(.*)/};
	open my $out, '>', "$src/$file" or die "$file: $!";
	print $out $text;
	close $out;
	return;
}

# The sources of the next version: what CONTRIBUTING says under Releases.
sub write_next_version
{
	# the version, and the template that the library also works with
	edit('ticket_sm.control', qr/default_version = .*/, "default_version = '$new'");
	edit('src/sheet/templates.h', qr/(#define TSM_TEMPLATES_BEFORE\(TEMPLATE\).*)/, sub { qq{$1 TEMPLATE("$old")} });

	# the machinery: a type, which has to be made by the update script, and a function, which has not
	my $type = "CREATE TYPE ticket_sm.novedad AS ENUM ('UNA', 'OTRA');\nCOMMENT ON TYPE ticket_sm.novedad IS 'Something new.';\n";
	edit('schema/machinery/10-types.sql', qr/\z/, "\n$type");
	edit('schema/machinery/50-upgrade.sql', qr/\z/, "\nCREATE FUNCTION ticket_sm.novedad() RETURNS ticket_sm.novedad"
		  . " LANGUAGE sql AS 'SELECT ''UNA''::ticket_sm.novedad';\nCOMMENT ON FUNCTION ticket_sm.novedad() IS 'Something new.';\n");
	put("schema/updates/$old--$new.sql", $type);

	# the template: a table, a column, an index, a view with one more column, one with another, a comment
	my $tables = q{
ALTER TABLE @mesa@.agente ADD COLUMN cargo text;
CREATE TABLE @mesa@.etiqueta (nombre text PRIMARY KEY, novedad ticket_sm.novedad);
GRANT SELECT ON @mesa@.etiqueta TO @rol_admin@, @rol_mesa@;
};
	my $index = "CREATE INDEX ticket_fecha_idx ON \@mesa@.ticket (fecha_creacion);\n";
	edit('schema/desk/20-settings.sql', qr/\z/, $tables
		  . "COMMENT ON TABLE \@mesa@.etiqueta IS 'Labels; \"yours\" as well.';\nCOMMENT ON COLUMN \@mesa@.agente.cargo IS 'Position.';\n");
	edit('schema/desk/30-tickets.sql', qr/(COMMENT ON TABLE \@mesa\@\.ticket IS ').*'/, sub { "$1The tickets.'" }, qr/\z/, $index);
	edit('schema/desk/60-queue.sql', qr/(\tt\.version)(\nFROM)/, sub { "$1, t.asunto IS NULL AS sin_asunto$2" },
		qr/\z/, "COMMENT ON COLUMN \@mesa@.bandeja.sin_asunto IS 'Whether it has no subject.';\n");
	edit('schema/desk/70-metrics.sql', qr/ AS tickets,/, ' AS han_sido,', qr/sla_pausas\.tickets/, 'sla_pausas.han_sido');
	put("schema/desk/steps/$old--$new.sql", "$tables$index" . "DROP VIEW \@mesa@.sla_pausas;\n");
	return;
}

# A database with two mesas, one of them of a role that is no superuser, and
# what they have added and granted.
sub make_desks
{
	my ($db) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db; GRANT CREATE ON DATABASE $db TO duena");
	$node->safe_psql($db, qq{
		CREATE EXTENSION ticket_sm;
		SELECT ticket_sm.conceder_funciones('norte_admin', 'norte_mesa', 'norte_area', 'norte_publico');
		GRANT USAGE ON SCHEMA ticket_sm TO duena;
		GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO duena;
		SET SESSION AUTHORIZATION duena;
		SELECT ticket_sm.crear_mesa('norte', 'norte_admin', 'norte_mesa', 'norte_area', 'norte_publico');});
	for my $mesa (qw(helpdesk norte))
	{
		$node->safe_psql($db, "SET search_path = $mesa; "
			  . ($mesa eq 'norte' ? 'SET SESSION AUTHORIZATION duena; ' : '') . $DESK . q{
			UPDATE agente SET usuario_bd = 'nora' WHERE usuario_bd = 'rosa' AND current_schema = 'norte';
			INSERT INTO prioridad VALUES ('VIP', 9, 1);
			ALTER TABLE ticket ADD COLUMN sede text DEFAULT 'centro';
			CREATE INDEX ticket_sede ON ticket (sede);
			CREATE FUNCTION poner_sede() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN
				NEW.sede := 'sede ' || length(NEW.descripcion) % 3;
				RETURN NEW;
			END $$;
			CREATE TRIGGER poner_sede BEFORE INSERT OR UPDATE ON ticket FOR EACH ROW EXECUTE FUNCTION poner_sede();
			CREATE VIEW por_area AS SELECT area, count(*) FROM bandeja GROUP BY area;
			REVOKE SELECT ON bandeja FROM } . ($mesa eq 'norte' ? 'norte_area' : 'ticket_area') . q{;
			GRANT SELECT ON sla_pausas TO auditor WITH GRANT OPTION;
			GRANT SELECT (area, porcentaje) ON sla_pausas TO PUBLIC;});
	}
	return;
}

# Work n tickets in each mesa.
sub work
{
	my ($n) = @_;
	$node->safe_psql('casa', qq{
		CALL trabajar($n, 'ana', 'marta', 'rosa', 'vera');
		SET ticket_sm.mesa = 'norte';
		CALL trabajar($n, 'jefe', 'norma', 'nora', 'nadia');});
	return;
}

sub refused
{
	my ($db, $sql, $message, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($rc, $out, $err) = $node->psql($db, "\\set VERBOSITY verbose\n$sql");
	return like($err, $message, $what);
}

# Functions and types of the extension: what they do, say, and who may use them.
sub machinery
{
	my ($db) = @_;
	return $node->safe_psql($db, q{
		SELECT pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc'),
			(SELECT string_agg(a.grantee::regrole::text, ' ' ORDER BY a.grantee::regrole::text) FROM aclexplode(p.proacl) a)
		FROM pg_proc p WHERE p.pronamespace = 'ticket_sm'::regnamespace ORDER BY p.oid::regprocedure::text;
		SELECT t.typname, t.typtype, obj_description(t.oid, 'pg_type'),
			(SELECT string_agg(e.enumlabel, ' ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
		FROM pg_type t WHERE t.typnamespace = 'ticket_sm'::regnamespace ORDER BY t.typname;
		SELECT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend d
		JOIN pg_extension e ON d.refobjid = e.oid AND d.refclassid = 'pg_extension'::regclass
		WHERE e.extname = 'ticket_sm' AND d.deptype = 'e' ORDER BY 1;});
}

# Nothing of a mesa belongs to the extension.
sub no_members
{
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is($node->safe_psql('casa', q{
		SELECT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend d
		JOIN pg_extension e ON d.refobjid = e.oid AND d.refclassid = 'pg_extension'::regclass
		WHERE e.extname = 'ticket_sm' AND d.deptype = 'e'
		AND (d.classid = 'pg_class'::regclass OR pg_describe_object(d.classid, d.objid, d.objsubid) ~ 'helpdesk|norte')
		AND pg_describe_object(d.classid, d.objid, d.objsubid) !~ 'ticket_sm'}), '', "no table is a member $what");
}

# A plain dump, but for what is random in it.
sub dump_text
{
	my ($db, @options) = @_;
	my ($text) = run_command([ 'pg_dump', @options, '-d', $node->connstr($db) ]);
	return $text =~ s/^\\(un)?restrict .*\n//mgr;
}
