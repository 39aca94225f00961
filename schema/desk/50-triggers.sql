-- Triggers
--
-- Triggers of one kind fire in the order of their names.  The guard judges the
-- row as your BEFORE triggers have left it, so it is the last of them; your AFTER
-- triggers see the history that is written, so there it is the first.

CREATE TRIGGER zzz_guardia_antes BEFORE INSERT OR UPDATE ON @mesa@.ticket
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before();
CREATE TRIGGER aa_guardia_despues AFTER INSERT OR UPDATE ON @mesa@.ticket
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_after();
CREATE TRIGGER aa_guardia_borrado BEFORE DELETE OR TRUNCATE ON @mesa@.ticket
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_escritura BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.historial
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_escritura BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.contador
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_escritura BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.sla_politica_version
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_escritura BEFORE INSERT OR UPDATE OR TRUNCATE ON @mesa@.evento
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_borrado BEFORE DELETE OR TRUNCATE ON @mesa@.agente
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_borrado BEFORE DELETE OR TRUNCATE ON @mesa@.configuracion
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_borrado BEFORE DELETE OR TRUNCATE ON @mesa@.estado
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();

-- Every edit of a policy makes a new version of it.
CREATE TRIGGER aa_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.sla_politica
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_policy();

-- What defines a calendar is copied to its next version.  The last statement
-- has the first versions written.
CREATE TRIGGER aa_guardia_escritura BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.calendario_version
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.calendario
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_calendar();
CREATE TRIGGER aa_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.horario
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_calendar();
CREATE TRIGGER aa_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.feriado
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_calendar();
DELETE FROM @mesa@.feriado WHERE false;

-- Every session forgets what it has cached of these tables.  ALWAYS: also
-- where the rows come from logical replication.

CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.estado
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.transicion
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar_todo AFTER TRUNCATE ON @mesa@.transicion
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.permiso
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar_todo AFTER TRUNCATE ON @mesa@.permiso
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.configuracion
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.rol
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar_todo AFTER TRUNCATE ON @mesa@.rol
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.prioridad
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.area
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.agente
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.sla_politica
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar_todo AFTER TRUNCATE ON @mesa@.sla_politica
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_reload();
ALTER TABLE @mesa@.sla_politica ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.sla_politica ENABLE ALWAYS TRIGGER zz_recargar_todo;

CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.calendario
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar_todo AFTER TRUNCATE ON @mesa@.calendario
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.calendario_version
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
ALTER TABLE @mesa@.estado ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.transicion ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.transicion ENABLE ALWAYS TRIGGER zz_recargar_todo;
ALTER TABLE @mesa@.permiso ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.permiso ENABLE ALWAYS TRIGGER zz_recargar_todo;
ALTER TABLE @mesa@.configuracion ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.rol ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.rol ENABLE ALWAYS TRIGGER zz_recargar_todo;
ALTER TABLE @mesa@.prioridad ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.area ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.agente ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.calendario ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.calendario ENABLE ALWAYS TRIGGER zz_recargar_todo;
ALTER TABLE @mesa@.calendario_version ENABLE ALWAYS TRIGGER zz_recargar;
