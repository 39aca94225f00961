-- The guard: trigger functions of the mesa's tables, and what its policies
-- ask.

CREATE FUNCTION ticket_sm.tg_ticket_before() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_ticket_before';
COMMENT ON FUNCTION ticket_sm.tg_ticket_before() IS
'BEFORE INSERT OR UPDATE row trigger of a mesa''s table ticket. Judges the change by the mesa''s state machine and the caller''s role, and fills the columns that only the guard may set. No parameters. Returns the row to be written. Raises PT404 to PT423, 42501, 22xxx as the fn_* functions do, PT412 also for the version of a stale copy, and 428C9 for a change of an immutable column or a value of a new row that would be ignored.';

CREATE FUNCTION ticket_sm.tg_ticket_after() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_ticket_after';
COMMENT ON FUNCTION ticket_sm.tg_ticket_after() IS
'AFTER INSERT OR UPDATE row trigger of a mesa''s table ticket. Compares the row that was written with the one that tg_ticket_before() has judged, and writes its history row. No parameters. Returns nothing. Raises 428C9 when another trigger has changed the row in between.';

CREATE FUNCTION ticket_sm.tg_refuse() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_refuse';
COMMENT ON FUNCTION ticket_sm.tg_refuse() IS
'BEFORE statement and row trigger of the tables of a mesa that nobody may write or delete from. No parameters. Returns the row. Raises 42501, except for what the extension itself writes.';

CREATE FUNCTION ticket_sm.tg_reload() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_reload';
COMMENT ON FUNCTION ticket_sm.tg_reload() IS
'AFTER trigger of a mesa''s settings and catalogues: makes every session read them anew. No parameters. Returns nothing.';

CREATE FUNCTION ticket_sm.tg_policy() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_policy';
COMMENT ON FUNCTION ticket_sm.tg_policy() IS
'AFTER statement trigger of a mesa''s table sla_politica: keeps each policy that has changed as a new version in sla_politica_version. No parameters. Returns nothing.';

CREATE FUNCTION ticket_sm.tg_calendar() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_calendar';
COMMENT ON FUNCTION ticket_sm.tg_calendar() IS
'Statement trigger, BEFORE and AFTER, of a mesa''s tables calendario, horario and feriado. Before, it waits for whoever else edits calendars of the mesa; after, it writes a row of calendario_version for each calendar that is not as its latest version says. At the end of the transaction older rows that no ticket was given go. No parameters. Returns nothing. Raises 23P01 (hours overlap), 22023 (time zone unknown).';

CREATE FUNCTION ticket_sm.tg_texts() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_texts';
COMMENT ON FUNCTION ticket_sm.tg_texts() IS
'BEFORE INSERT OR UPDATE row trigger of a mesa''s catalogues and agents: brings their texts into the form that all texts are kept in, as normalizar() does. No parameters. Returns the row. Raises 22023 (a control character, a line break, what is no address).';

CREATE FUNCTION ticket_sm.tg_rename() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_rename';
COMMENT ON FUNCTION ticket_sm.tg_rename() IS
'BEFORE UPDATE row trigger of a mesa''s tables area, prioridad and calendario: writes another name to the table renombre, and gives it to the versions of policies and calendars. No parameters. Returns the row.';

CREATE FUNCTION ticket_sm.tg_identity() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_identity';
COMMENT ON FUNCTION ticket_sm.tg_identity() IS
'BEFORE INSERT OR UPDATE row trigger of a mesa''s tables agente and rol: sets identidad_bd, the identity of the database role that usuario_bd or rol_bd names. No parameters. Returns the row.';

CREATE FUNCTION ticket_sm.tg_zone() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_zone';
COMMENT ON FUNCTION ticket_sm.tg_zone() IS
'AFTER INSERT OR UPDATE row trigger of a mesa''s tables configuracion and calendario. No parameters. Returns nothing. Raises 22023 when zona_horaria becomes what is no full name of pg_timezone_names, such as a POSIX specification.';

CREATE FUNCTION ticket_sm.tg_closing() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_closing';
COMMENT ON FUNCTION ticket_sm.tg_closing() IS
'AFTER UPDATE row trigger of a mesa''s table configuracion: where cierre_automatico is switched on or changed, a NOTICE tells how many tickets the next sweeps will close. No parameters. Returns nothing. Raises 22023 and 55000 when cierre_calendario is not open on so many days.';

CREATE FUNCTION ticket_sm.tg_statement() RETURNS event_trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_statement';
COMMENT ON FUNCTION ticket_sm.tg_statement() IS
'Event trigger ticket_sm_guardia, before ALTER TYPE, DROP EXTENSION and DROP SCHEMA. Refuses what a dump would lose: other values, attributes or names of the extension''s types; and tells shortly what stands in the way of dropping the extension. No parameters. Returns nothing. Raises 42501 (a type of the extension is altered), 2BP01 (the extension or its schema is dropped while there are mesas, without CASCADE).';

CREATE FUNCTION ticket_sm.alcance_total(mesa regclass) RETURNS boolean
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_alcance_total';
COMMENT ON FUNCTION ticket_sm.alcance_total(regclass) IS
'Whether the caller may see every ticket of a mesa; asked by its row-level security. mesa: the table ticket of that mesa. Returns true for ADMIN and MESA, false for everybody else and for an agent switched off. Raises 42P01 when that is not the table ticket of a mesa.';

CREATE FUNCTION ticket_sm.alcance_area(mesa regclass) RETURNS text
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_alcance_area';
COMMENT ON FUNCTION ticket_sm.alcance_area(regclass) IS
'The area whose tickets the caller may see; asked by row-level security. mesa: the table ticket of that mesa. Returns the area of the calling agent when its role is AREA; NULL for everybody else and for an agent switched off. Raises 42P01 when that is not the table ticket of a mesa.';

CREATE FUNCTION ticket_sm.forma_mesa(OUT tabla name, OUT columna name, OUT tipo regtype, OUT obligatoria boolean)
	RETURNS SETOF record
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_forma_mesa';
COMMENT ON FUNCTION ticket_sm.forma_mesa() IS
'The shape that a mesa must have to be used: a column of a table each. No parameters. Returns tabla, columna, its type (tipo) and whether it must be NOT NULL (obligatoria). Internal.';

CREATE FUNCTION ticket_sm.ahora() RETURNS timestamptz
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_ahora';
COMMENT ON FUNCTION ticket_sm.ahora() IS
'The time of the statement by the clock of the tickets, which is real time unless a superuser moves it for tests (ticket_sm.desfase_reloj). No parameters. Returns the time.';

-- Every trigger that makes a mesa one.  Triggers of one kind fire in the order of
-- their names: the guard judges a ticket as your BEFORE triggers have left it, so
-- it is the last of them; your AFTER triggers see the history that is written, so
-- there it is the first.  Sealed tables refuse the statement and, as a statement
-- on a table that they inherit from fires no statement trigger here, each row.
-- (At the counter after the fact: a BEFORE trigger would lock its row once more
-- for each label.)  What has changed in a setting or catalogue is read anew; those
-- triggers also fire where the rows come from logical replication.

CREATE FUNCTION ticket_sm.disparadores(OUT tabla name, OUT disparador name, OUT momento text, OUT nivel text,
		OUT funcion name, OUT siempre boolean)
	RETURNS SETOF record
	LANGUAGE sql IMMUTABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
VALUES
	('ticket',               'zzz_guardia_antes',    'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_ticket_before', false),
	('ticket',               'aa_guardia_despues',   'AFTER INSERT OR UPDATE',                        'ROW',       'tg_ticket_after',  false),
	('ticket',               'aa_guardia_borrado',   'BEFORE DELETE OR TRUNCATE',                     'STATEMENT', 'tg_refuse',        false),
	('ticket',               'aa_guardia_filas',     'BEFORE DELETE',                                 'ROW',       'tg_refuse',        false),
	('historial',            'aa_guardia_escritura', 'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_refuse',        false),
	('historial',            'zzz_guardia_filas',    'BEFORE INSERT OR DELETE OR UPDATE',             'ROW',       'tg_refuse',        false),
	('vinculo',              'aa_guardia_escritura', 'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_refuse',        false),
	('vinculo',              'zzz_guardia_filas',    'BEFORE INSERT OR DELETE OR UPDATE',             'ROW',       'tg_refuse',        false),
	('contador',             'aa_guardia_escritura', 'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_refuse',        false),
	('contador',             'aa_guardia_filas',     'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_refuse',        false),
	('evento',               'aa_guardia_escritura', 'BEFORE INSERT OR UPDATE OR TRUNCATE',           'STATEMENT', 'tg_refuse',        false),
	('evento',               'zzz_guardia_filas',    'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_refuse',        false),
	('configuracion',        'aa_guardia_borrado',   'BEFORE DELETE OR TRUNCATE',                     'STATEMENT', 'tg_refuse',        false),
	('configuracion',        'aa_cierre',            'AFTER UPDATE',                                  'ROW',       'tg_closing',       false),
	('configuracion',        'aa_zona',              'AFTER INSERT OR UPDATE',                        'ROW',       'tg_zone',          false),
	('configuracion',        'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('configuracion',        'aa_guardia_filas',     'BEFORE DELETE',                                 'ROW',       'tg_refuse',        false),
	('configuracion',        'zzz_textos',           'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_texts',         false),
	('estado',               'aa_guardia_borrado',   'BEFORE DELETE OR TRUNCATE',                     'STATEMENT', 'tg_refuse',        false),
	('estado',               'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('estado',               'aa_guardia_filas',     'BEFORE DELETE',                                 'ROW',       'tg_refuse',        false),
	('transicion',           'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('transicion',           'zz_recargar_todo',     'AFTER TRUNCATE',                                'STATEMENT', 'tg_reload',        true),
	('permiso',              'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('permiso',              'zz_recargar_todo',     'AFTER TRUNCATE',                                'STATEMENT', 'tg_reload',        true),
	('rol',                  'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('rol',                  'zz_recargar_todo',     'AFTER TRUNCATE',                                'STATEMENT', 'tg_reload',        true),
	('rol',                  'zzzz_identidad',       'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_identity',      false),
	('prioridad',            'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('prioridad',            'zzz_textos',           'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_texts',         false),
	('prioridad',            'zzzz_renombre',        'BEFORE UPDATE',                                 'ROW',       'tg_rename',        false),
	('area',                 'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('area',                 'zzz_textos',           'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_texts',         false),
	('area',                 'zzzz_renombre',        'BEFORE UPDATE',                                 'ROW',       'tg_rename',        false),
	('renombre',             'aa_guardia_escritura', 'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_refuse',        false),
	('renombre',             'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('renombre',             'zzz_guardia_filas',    'BEFORE INSERT OR DELETE OR UPDATE',             'ROW',       'tg_refuse',        false),
	('agente',               'aa_guardia_borrado',   'BEFORE DELETE OR TRUNCATE',                     'STATEMENT', 'tg_refuse',        false),
	('agente',               'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('agente',               'aa_guardia_filas',     'BEFORE DELETE',                                 'ROW',       'tg_refuse',        false),
	('agente',               'zzz_textos',           'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_texts',         false),
	('agente',               'zzzz_identidad',       'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_identity',      false),
	('calendario',           'aa_turno',             'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_calendar',      false),
	('calendario',           'aa_version',           'AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE',  'STATEMENT', 'tg_calendar',      false),
	('calendario',           'aa_zona',              'AFTER INSERT OR UPDATE',                        'ROW',       'tg_zone',          false),
	('calendario',           'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('calendario',           'zz_recargar_todo',     'AFTER TRUNCATE',                                'STATEMENT', 'tg_reload',        true),
	('calendario',           'zzz_textos',           'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_texts',         false),
	('calendario',           'zzzz_renombre',        'BEFORE UPDATE',                                 'ROW',       'tg_rename',        false),
	('horario',              'aa_turno',             'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_calendar',      false),
	('horario',              'aa_version',           'AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE',  'STATEMENT', 'tg_calendar',      false),
	('horario',              'zzz_textos',           'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_texts',         false),
	('feriado',              'aa_turno',             'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_calendar',      false),
	('feriado',              'aa_version',           'AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE',  'STATEMENT', 'tg_calendar',      false),
	('feriado',              'zzz_textos',           'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_texts',         false),
	('calendario_version',   'aa_guardia_escritura', 'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_refuse',        false),
	('calendario_version',   'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('calendario_version',   'zzz_guardia_filas',    'BEFORE INSERT OR DELETE OR UPDATE',             'ROW',       'tg_refuse',        false),
	('calendario_uso',       'aa_guardia_escritura', 'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_refuse',        false),
	('calendario_uso',       'zzz_guardia_filas',    'BEFORE INSERT OR DELETE OR UPDATE',             'ROW',       'tg_refuse',        false),
	('adjunto',              'aa_guardia_escritura', 'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_refuse',        false),
	('adjunto',              'zzz_guardia_filas',    'BEFORE INSERT OR DELETE OR UPDATE',             'ROW',       'tg_refuse',        false),
	('contenido',            'aa_guardia_escritura', 'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_refuse',        false),
	('contenido',            'zzz_guardia_filas',    'BEFORE INSERT OR DELETE OR UPDATE',             'ROW',       'tg_refuse',        false),
	('calificacion',         'aa_guardia_escritura', 'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_refuse',        false),
	('calificacion',         'zzz_guardia_filas',    'BEFORE INSERT OR DELETE OR UPDATE',             'ROW',       'tg_refuse',        false),
	('sla_politica',         'aa_version',           'AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE',  'STATEMENT', 'tg_policy',        false),
	('sla_politica',         'zz_recargar',          'AFTER INSERT OR DELETE OR UPDATE',              'ROW',       'tg_reload',        true),
	('sla_politica',         'zz_recargar_todo',     'AFTER TRUNCATE',                                'STATEMENT', 'tg_reload',        true),
	('sla_politica',         'zzz_textos',           'BEFORE INSERT OR UPDATE',                       'ROW',       'tg_texts',         false),
	('sla_politica_version', 'aa_guardia_escritura', 'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT', 'tg_refuse',        false),
	('sla_politica_version', 'zzz_guardia_filas',    'BEFORE INSERT OR DELETE OR UPDATE',             'ROW',       'tg_refuse',        false)
$funcion$;
COMMENT ON FUNCTION ticket_sm.disparadores() IS
'The triggers of the guard. No parameters. Returns for each of them its table (tabla), its name (disparador), when it fires (momento, as in CREATE TRIGGER, the events in PostgreSQL''s order), for each ROW or STATEMENT (nivel), its function in the schema ticket_sm (funcion), and whether it is ENABLE ALWAYS (siempre). Internal: ADMIN is granted it, for fn_verificar.';

CREATE FUNCTION ticket_sm.disparadores_que_faltan(esquema name, OUT tabla name, OUT disparador name, OUT definicion text, OUT siempre boolean)
	RETURNS SETOF record
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
	SET quote_all_identifiers = off
AS $funcion$
SELECT d.tabla, d.disparador, f.definicion, d.siempre
FROM ticket_sm.disparadores() AS d,
	format('CREATE TRIGGER %I %s ON %I.%I FOR EACH %s EXECUTE FUNCTION ticket_sm.%I()',
		d.disparador, d.momento, esquema, d.tabla, d.nivel, d.funcion) AS f(definicion)
WHERE NOT EXISTS (
	SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname = esquema AND c.relname = d.tabla AND t.tgname = d.disparador
	AND pg_get_triggerdef(t.oid) = f.definicion
	AND t.tgenabled = ANY (CASE WHEN d.siempre THEN '{A}' ELSE '{O,A}' END::"char"[]))
$funcion$;
COMMENT ON FUNCTION ticket_sm.disparadores_que_faltan(name) IS
'Those of disparadores() that a mesa does not have as they should be: missing, disabled or altered. esquema: the mesa''s schema. Returns table, name, the statement that makes it (definicion), and whether it is ENABLE ALWAYS (siempre). Internal: ADMIN is granted it, for fn_verificar.';

CREATE FUNCTION ticket_sm.poner_disparadores(esquema name) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	falta record;
BEGIN
	FOR falta IN SELECT * FROM ticket_sm.disparadores_que_faltan(esquema) LOOP
		IF EXISTS (SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
				WHERE n.nspname = esquema AND c.relname = falta.tabla AND t.tgname = falta.disparador) THEN
			EXECUTE format('DROP TRIGGER %I ON %I.%I', falta.disparador, esquema, falta.tabla);
		END IF;
		EXECUTE falta.definicion;
		IF falta.siempre THEN
			EXECUTE format('ALTER TABLE %I.%I ENABLE ALWAYS TRIGGER %I', esquema, falta.tabla, falta.disparador);
		END IF;
	END LOOP;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.poner_disparadores(name) IS
'Makes the triggers of the guard that a mesa lacks, and makes anew those that are disabled or altered. esquema: the mesa''s schema. Returns nothing. Raises 42501 when the caller is not the mesa''s owner. Internal: only who makes mesas needs it.';
