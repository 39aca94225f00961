-- The guard: trigger functions of the mesa's tables, and what its policies
-- ask.

CREATE FUNCTION ticket_sm.tg_ticket_before() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_ticket_before';
COMMENT ON FUNCTION ticket_sm.tg_ticket_before() IS
'BEFORE INSERT OR UPDATE row trigger of a mesa''s table ticket. Judges the change by the mesa''s state machine and the caller''s role, and fills the columns that only the guard may set. No parameters. Returns the row to be written. Raises PT404 to PT423, 42501, 22xxx as the fn_* functions do, and 428C9 for a change of an immutable column.';

CREATE FUNCTION ticket_sm.tg_ticket_after() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_ticket_after';
COMMENT ON FUNCTION ticket_sm.tg_ticket_after() IS
'AFTER INSERT OR UPDATE row trigger of a mesa''s table ticket. Judges the row that really landed, should another trigger have changed it, and writes its history row. No parameters. Returns nothing. Raises what tg_ticket_before() raises.';

CREATE FUNCTION ticket_sm.tg_refuse() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_tg_refuse';
COMMENT ON FUNCTION ticket_sm.tg_refuse() IS
'BEFORE statement trigger of the tables of a mesa that nobody may write or delete from. No parameters. Raises 42501, except while the guard itself draws a label.';

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
'AFTER statement trigger of a mesa''s tables calendario, horario and feriado: writes a row of calendario_version for each calendar that is not as its latest version says. No parameters. Returns nothing. Raises 23P01 (hours overlap), 22023 (time zone unknown).';

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
'The shape that a mesa must have to be used: a column of a table each. No parameters. Returns tabla, columna, its type (tipo) and whether it must be NOT NULL (obligatoria). Internal: nobody but the extension''s owner is granted it.';

CREATE FUNCTION ticket_sm.ahora() RETURNS timestamptz
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_ahora';
COMMENT ON FUNCTION ticket_sm.ahora() IS
'The time of the statement by the clock of the tickets, which is real time unless a superuser moves it for tests (ticket_sm.desfase_reloj). No parameters. Returns the time.';
