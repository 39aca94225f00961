"""Odd statements by a desk's owner, and what everybody is answered after each.

Statement N of a seed is the same whenever it is made: the first that the server takes.  Most are rolled back; of
some the effects are committed, in a database that is then made anew, and met by
a session that knew the desk before.
"""

import random
import re
import threading
import time

import psycopg2

from functions import FUNCTIONS, PLAIN_OWNER, PLAIN_READ, SELDOM, calls_of
from place import COMPLAINT, EVIL

ROLES = ['postgres', 'duena', 'carla', 'marta', 'luis', 'web', 'intruso']

# What may be answered, and why.  README has those of the functions under "Errors".
CLEAN = {
    'ZZ000': 'it worked, and was undone', 'PT404': '', 'PT409': '', 'PT412': '', 'PT423': '', 'PT400': '', 'PT401': '', 'PT500': '', '42501': '', '22004': '', '22001': '', '22023': '',
    '22P02': '', '428C9': '', '27000': '', '55000': 'the desk is not as the template makes it',
    'XX001': 'what the owner has forged contradicts itself; fn_verificar says how',
    '3F000': 'there is no such desk any more', '42P01': 'no such table: by name, as an argument or in SQL of the caller\'s own', '42P06': 'crear_mesa: the schema exists',
    '42602': 'crear_mesa: an odd name', '42P07': 'her trigger makes a table that is there', '42P03': 'her trigger declares a cursor twice', '0LP01': 'api_requisitos, crear_mesa: a role to which nothing is granted',
    '23502': 'a constraint of the owner\'s', '23503': '', '23505': '', '23514': '', '23P01': '',
    '22003': 'numbers and times out of range, which her settings give', '22007': '', '22008': '', '22012': 'a CHECK of hers divides by nothing', '22015': '', '2200H': 'a sequence at the end that she has given it',
    'P0001': 'her trigger or function raises it', '54001': 'her trigger calls itself', '55006': 'her trigger alters what is in use', '0A000': 'a trigger function called by hand; what PostgreSQL does not do',
    '39P01': 'our trigger function where it does not belong', '42704': 'no such role any more', '25006': '',
}
# SQL of the caller's own, and functions that make or describe objects, meet PostgreSQL's errors for what is not there.
CLEAN_PLAIN = {'42703', '42809', '42883', '42P10', '42804', '42P16', '2BP01', '21000', '22P05', '22000', '42846', '42P07', '42710', '42611', '2F005', '22012', '22P04', '42P02', '42601', '42P17', '44000', '42939', '42P13'}

TYPES = ['text', 'varchar(3)', 'bigint', 'integer', 'smallint', 'numeric', 'boolean', 'timestamptz', 'timestamp', 'date', 'time', 'interval', 'uuid', 'jsonb', 'json',
         'bytea', 'inet', 'name', '"char"', 'integer[]', 'text[]', 'ticket_sm.ticket_state', 'ticket_sm.ticket_operation[]', 'ticket_sm.ticket_role', 'ticket_sm.ticket_type',
         'm.dominio', 'oid', 'xid8', 'point', 'tsvector', 'm.compuesto', 'regclass', 'double precision', 'bit(8)', 'int4range', 'time[]', 'date[]', 'numeric(8,2)', 'char(5)']
# Values of each type that are at an edge.
EDGES = {
    'text': ["''", "'x'", "repeat('ñ', 3000)", "E'\\x01'", "'NUEVO'", "'%'", "'{'", 'NULL', "'Nowhere/Land'", "'REDES'"], 'integer': ['0', '-1', '2147483647', '-2147483648', 'NULL', '1'],
    'bigint': ['0', '-1', '9223372036854775807', '-9223372036854775808', 'NULL'], 'smallint': ['0', '-1', '32767', '-32768', 'NULL', '100'],
    'boolean': ['true', 'false', 'NULL'], 'timestamp with time zone': ["'infinity'", "'-infinity'", 'now()', "'4713-01-01 BC'", "'294276-12-31'", 'NULL', "'1970-01-01'"],
    'interval': ["'0'", "'-1 hour'", "'178000000 years'", "'-178000000 years'", "'1 mon -30 days'", "'9223372036854775807 us'", 'NULL', "'1 us'"],
    'uuid': ["'00000000-0000-0000-0000-000000000000'", 'gen_random_uuid()', 'NULL'], 'jsonb': ["'null'", "'[]'", "'{}'", "'5'", "'{\"resuelto_en\": [1]}'", "'{\"sla_objetivo\": [null, \"x\"]}'", 'NULL'],
    'bytea': ["'\\x'", "'\\x00'", "sha256('x')", "decode(repeat('ff', 5000), 'hex')", 'NULL'], 'inet': ["'0.0.0.0/0'", "'::1'", 'NULL'], 'name': ["''", "'postgres'", "'carla'", "'x\"y'", 'NULL', "'web'"],
    'integer[]': ["'{}'", "'{NULL}'", "'{{1,2},{3,4}}'", "'[-2147483647:-2147483646]={1,2}'", "'{0,-1,2147483647}'", "'{99,50,50}'", 'NULL'],
    'smallint[]': ["'{}'", "'{NULL}'", "'{{1,2},{3,4}}'", "'{0,-1,32767}'", "'{1,1,1}'"], 'time without time zone[]': ["'{}'", "'{NULL}'", "'{{00:00,01:00}}'", "'{24:00}'", "'{23:59:59.999999}'"],
    'date[]': ["'{}'", "'{NULL}'", "'{infinity,-infinity}'", "'{{2026-01-01}}'"], 'date': ["'infinity'", "'-infinity'", "'4713-01-01 BC'", "'5874897-12-31'", 'NULL'],
    'time without time zone': ["'00:00'", "'24:00'", "'23:59:59.999999'", 'NULL'], 'numeric': ["'NaN'", "'infinity'", "'-1'", "1e100", "0.0000001", 'NULL', '0'],
    'xid8': ["'0'", "'18446744073709551615'"], 'ticket_sm.ticket_state': ["'NUEVO'", "'ARCHIVADO'", 'NULL', "'PAUSADO'"], 'ticket_sm.ticket_operation': ["'vencer'", "'crear'", "'consultar'", 'NULL', "'asignar'"],
    'ticket_sm.ticket_operation[]': ["'{}'", "'{NULL}'", "'{{crear,crear}}'", "'{vencer,vencer}'"], 'ticket_sm.ticket_role': ["'PUBLICO'", "'ADMIN'", "'AREA'", 'NULL'],
    'ticket_sm.ticket_type': ["'QUEJA'", 'NULL'],
}
# What makes a table stand still while she rewrites it, and goes on as if nothing had been.
NO_VIEWS = 'DROP VIEW IF EXISTS m.bandeja, m.salud, m.sla_tiempos, m.sla_cumplimiento, m.sla_antiguedad, m.sla_pausas, m.sla_pausas_mes, m.sla_tiempo_estado'
PROVEN = ('ticket', 'historial', 'contador')
VERBS = ['RESET ROLE', 'SET search_path = trampa', 'SELECT 1', 'LISTEN x', 'DROP TABLE m.historial CASCADE', 'ALTER TABLE m.historial RENAME TO otra', 'UPDATE m.configuracion SET digitos = 6',
         'DELETE FROM m.transicion', 'ALTER TABLE m.ticket ADD nueva integer', 'SET ticket_sm.mesa = helpdesk', 'UPDATE m.ticket SET asunto = asunto WHERE ticket_uuid = (SELECT min(ticket_uuid::text)::uuid FROM m.ticket)', 'ALTER SCHEMA m RENAME TO n',
         'DECLARE zz CURSOR WITH HOLD FOR SELECT trampa.evil()', 'TRUNCATE m.evento', 'CREATE INDEX ON m.ticket (area)', 'ALTER TABLE m.ticket DISABLE TRIGGER ALL', 'SET CONSTRAINTS ALL DEFERRED',
         'REFRESH MATERIALIZED VIEW m.nada', 'CREATE TEMP TABLE x (y integer)', 'UPDATE m.agente SET activo = NOT activo', 'SELECT ticket_sm.fn_bandeja()', 'SELECT ticket_sm.fn_verificar()',
         'SELECT ticket_sm.fn_sla_barrer()', 'CLUSTER m.contador USING contador_pkey', 'REVOKE USAGE ON SCHEMA m FROM m_area']
PREPARATION = """
SET ROLE duena;
CREATE DOMAIN m.dominio AS text CHECK (trampa.evil_ok(VALUE));
CREATE TYPE m.compuesto AS (a integer, b text);
CREATE FUNCTION trampa.nada() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION trampa.falla() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE FUNCTION trampa.cambia() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE r jsonb := to_jsonb(NEW) || TG_ARGV[0]::jsonb; BEGIN
    NEW := jsonb_populate_record(NEW, r); RETURN NEW; END $$;
CREATE FUNCTION trampa.otra_vez() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF pg_trigger_depth() < 3 THEN PERFORM ticket_sm.fn_actualizar('{1}', nota => 'anidada'); END IF; RETURN NEW; END $$;
RESET ROLE;"""


class Grammar:
    """Makes statements; columns: table -> [(column, type)], the others likewise."""

    def __init__(self, desk, seed):
        self.desk, self.seed = desk, seed

    def statement(self, number, attempt=0):
        """The statement, and whether what it changes of the proven tables must be seen."""
        r = self.random = random.Random(f'{self.seed}/{number}/{attempt}')
        self.table = r.choice(['ticket'] * 5 + ['historial'] * 3 + ['contador', 'configuracion', 'agente'] * 2 + list(self.desk.columns))
        if self.table not in self.desk.columns:
            self.table = 'ticket'
        self.column, self.type = r.choice(self.desk.columns[self.table])
        makers = [self.retype] * 6 + [self.nullness] * 3 + [self.default] * 3 + [self.columns] * 4 + [self.rename] * 4 + [self.constraint] * 5 + [self.trigger] * 7 + [self.our_trigger] * 4 + \
            [self.rule] * 3 + [self.policy] * 3 + [self.inherit] * 4 + [self.index] * 4 + [self.replace] * 5 + [self.storage] * 3 + [self.edit] * 7 + [self.forge] * 6 + [self.rights] * 2 + \
            [self.drop] * 2 + [self.sequence] + [self.shadow] * 2 + [self.view] * 2
        seen = True
        maker = r.choice(makers)
        if maker in (self.edit, self.rights):
            seen = maker is not self.edit
        text = maker()
        if r.random() < 0.1:
            text += '; ' + r.choice(makers)()
            seen = False
        if re.search(r'UPDATE m\.(area|prioridad|calendario) ', text):     # another name, carried on to the tickets
            seen = False
        return text, seen

    @property
    def t(self):
        return f'm.{self.table}'

    def pick(self, *texts):
        return self.random.choice(texts)

    def edge(self, kind=None):
        return self.random.choice(EDGES.get(kind or self.type, ["''", 'NULL']))

    def free(self):
        """What stands in the way of altering the column."""
        if self.random.random() < 0.1:
            return ''
        text = NO_VIEWS + '; '
        for table, policy in self.desk.policies:
            text += f'DROP POLICY {policy} ON m.{table}; '
        for name in self.desk.constraints[self.table]:
            if self.random.random() < 0.8:
                text += f'ALTER TABLE {self.t} DROP CONSTRAINT IF EXISTS {name} CASCADE; '
        return text

    def retype(self):
        kind = self.random.choice(TYPES)
        using = self.pick(f'{self.column}::text::{kind}', f'NULL::{kind}', f'{self.column}::{kind}', f"trampa.evil_same({self.column}::text::{kind})")
        if self.random.random() < 0.3:      # the same type, another collation, or other values
            kind, using = self.type, self.pick(self.column, self.edge())
            if kind == 'text' and self.random.random() < 0.5:
                kind += ' COLLATE "POSIX"'
        return f'{self.free()}ALTER TABLE {self.t} ALTER {self.column} DROP DEFAULT, ALTER {self.column} TYPE {kind} USING {using}'

    def nullness(self):
        if self.random.random() < 0.4:
            return f'ALTER TABLE {self.t} ALTER {self.column} SET NOT NULL'
        return f'{self.free()}ALTER TABLE {self.t} ALTER {self.column} DROP NOT NULL' + \
            self.pick('', f'; ALTER TABLE {self.t} DISABLE TRIGGER USER; UPDATE {self.t} SET {self.column} = NULL; ALTER TABLE {self.t} ENABLE TRIGGER USER')

    def default(self):
        return f'ALTER TABLE {self.t} ALTER {self.column} ' + self.pick('DROP DEFAULT', f'SET DEFAULT {self.edge()}', f"SET DEFAULT trampa.evil('d')::text::{self.type}",
                                                                       'DROP IDENTITY', 'DROP EXPRESSION', 'ADD GENERATED BY DEFAULT AS IDENTITY', 'SET GENERATED ALWAYS')

    def columns(self):
        kind = self.random.choice(TYPES)
        return self.free() + self.pick(
            f'ALTER TABLE {self.t} DROP COLUMN {self.column} CASCADE', f'ALTER TABLE {self.t} DROP COLUMN {self.column} CASCADE, ADD COLUMN {self.column} {kind}',
            f'ALTER TABLE {self.t} DROP COLUMN {self.column} CASCADE, ADD COLUMN {self.column} {self.type} NOT NULL DEFAULT {self.edge()}',
            f'ALTER TABLE {self.t} ADD COLUMN extra {kind} DEFAULT NULL', f'ALTER TABLE {self.t} ADD COLUMN extra integer DEFAULT trampa.evil(\'c\')',
            f'ALTER TABLE {self.t} ADD COLUMN extra text GENERATED ALWAYS AS (trampa.evil_same({self.column}::text)) STORED', f'ALTER TABLE {self.t} ADD COLUMN extra integer NOT NULL',
            f'ALTER TABLE {self.t} ADD COLUMN extra integer GENERATED ALWAYS AS IDENTITY',
            f'ALTER TABLE {self.t} DROP COLUMN {self.column} CASCADE, ADD COLUMN {self.column} {self.type} GENERATED ALWAYS AS (NULL) STORED')

    def rename(self):
        other = self.random.choice(self.desk.columns[self.table])[0]
        table = self.random.choice(list(self.desk.columns))
        return self.pick(f'ALTER TABLE {self.t} RENAME COLUMN {self.column} TO otra', f'ALTER TABLE {self.t} RENAME COLUMN {self.column} TO tmp; ALTER TABLE {self.t} RENAME COLUMN {other} TO {self.column}; ALTER TABLE {self.t} RENAME COLUMN tmp TO {other}',
                         f'ALTER TABLE {self.t} RENAME TO otra', f'ALTER TABLE {self.t} RENAME TO tmp; ALTER TABLE m.{table} RENAME TO {self.table}; ALTER TABLE m.tmp RENAME TO {table}',
                         'ALTER SCHEMA m RENAME TO n', f'ALTER TABLE {self.t} SET SCHEMA trampa', f'ALTER SCHEMA m RENAME TO n; CREATE SCHEMA m; ALTER TABLE n.{self.table} SET SCHEMA m',
                         f'ALTER TABLE {self.t} RENAME CONSTRAINT {self.random.choice(self.desk.constraints[self.table] or ["x"])} TO y')

    def constraint(self):
        c = self.column
        add = self.pick(f'CHECK (trampa.evil_ok({c}))', f'CHECK ({c} IS NOT NULL)', 'CHECK (false) NOT VALID', f'CHECK ({c} IS NULL) NOT VALID', f'UNIQUE ({c}) DEFERRABLE INITIALLY DEFERRED', f'UNIQUE ({c})',
                        f'EXCLUDE USING btree ({c} WITH =)', f'FOREIGN KEY ({c}) REFERENCES m.area DEFERRABLE INITIALLY DEFERRED NOT VALID', f'PRIMARY KEY ({c})',
                        'FOREIGN KEY (area) REFERENCES m.area ON UPDATE CASCADE ON DELETE SET NULL NOT VALID', "CHECK (trampa.evil_ok(1)) NO INHERIT", f"CHECK (1 / (length({c}::text) - 5) > -5) NOT VALID")
        return self.pick(f'ALTER TABLE {self.t} ADD CONSTRAINT nueva {add}', f'ALTER TABLE {self.t} ADD CONSTRAINT nueva {add}',
                         f'ALTER TABLE {self.t} DROP CONSTRAINT {self.random.choice(self.desk.constraints[self.table] or ["x"])} CASCADE',
                         f'ALTER TABLE {self.t} DROP CONSTRAINT {self.random.choice(self.desk.constraints[self.table] or ["x"])} CASCADE, ADD CONSTRAINT nueva {add}')

    def trigger(self):
        timing, level = self.pick('BEFORE', 'AFTER'), self.pick('ROW', 'ROW', 'STATEMENT')
        events = ' OR '.join(self.random.sample(['INSERT', 'UPDATE', 'DELETE'], self.random.randint(1, 3)))
        patch = '{"%s": %s}' % (self.column, self.pick('null', '5', '"x"', '"infinity"', '"REDES"', '"RESUELTO"', '[]', '-1'))
        what = self.pick('trampa.evil_tg()', "trampa.evil_tg('%s')" % self.random.choice(VERBS).replace("'", "''"), 'trampa.nada()', 'trampa.falla()', f"trampa.cambia('{patch}')", f"trampa.cambia('{patch}')",
                         f"trampa.cambia('{patch}')", 'trampa.otra_vez()', 'ticket_sm.tg_ticket_before()', 'ticket_sm.tg_ticket_after()', 'ticket_sm.tg_refuse()', 'ticket_sm.tg_reload()', 'ticket_sm.tg_policy()', 'ticket_sm.tg_calendar()')
        name = self.pick('a', 'zz', 'zzzz')
        if self.random.random() < 0.25:
            return f'CREATE CONSTRAINT TRIGGER {name} AFTER {events} ON {self.t} DEFERRABLE INITIALLY {self.pick("DEFERRED", "IMMEDIATE")} FOR EACH ROW EXECUTE FUNCTION {what}'
        if timing == 'AFTER' and ' OR ' not in events and self.random.random() < 0.4:
            new = {'INSERT': 'NEW TABLE AS nuevas', 'DELETE': 'OLD TABLE AS viejas', 'UPDATE': 'OLD TABLE AS viejas NEW TABLE AS nuevas'}[events]
            return f'CREATE TRIGGER {name} AFTER {events} ON {self.t} REFERENCING {new} FOR EACH {level} EXECUTE FUNCTION {what}'
        return f'CREATE TRIGGER {name} {timing} {events} ON {self.t} FOR EACH {level} ' + self.pick('', '', 'WHEN (trampa.evil_ok(1)) ') + f'EXECUTE FUNCTION {what}'

    def our_trigger(self):
        table, name = self.random.choice(self.desk.triggers)
        return self.pick(f'DROP TRIGGER {name} ON m.{table}', f'ALTER TABLE m.{table} DISABLE TRIGGER {name}', f'ALTER TABLE m.{table} ENABLE REPLICA TRIGGER {name}', f'ALTER TABLE m.{table} ENABLE ALWAYS TRIGGER {name}',
                         f'ALTER TRIGGER {name} ON m.{table} RENAME TO {self.pick("a", "zzzzz")}', f'ALTER TABLE m.{table} DISABLE TRIGGER {self.pick("ALL", "USER")}',
                         f'CREATE OR REPLACE TRIGGER {name} {self.pick("BEFORE", "AFTER")} {self.pick("INSERT", "UPDATE", "INSERT OR UPDATE")} ON m.{table} FOR EACH {self.pick("ROW", "STATEMENT")} EXECUTE FUNCTION {self.pick("trampa.evil_tg()", "trampa.nada()", "ticket_sm.tg_ticket_after()", "ticket_sm.tg_refuse()")}')

    def rule(self):
        what = self.pick('NOTHING', "SELECT trampa.evil('rule')", "(SELECT 1; SELECT trampa.evil('rule'))", 'DELETE FROM m.evento', "UPDATE m.area SET activa = false", 'NOTIFY x')
        return f'CREATE RULE {self.pick("zz", chr(34) + "_RETURN" + chr(34))} AS ON {self.pick("INSERT", "UPDATE", "UPDATE", "DELETE", "SELECT")} TO {self.t} {self.pick("", "", "WHERE trampa.evil_ok(1)")} DO {self.pick("ALSO", "INSTEAD")} {what}'

    def policy(self):
        return self.pick('', f'ALTER TABLE {self.t} FORCE ROW LEVEL SECURITY; ', f'ALTER TABLE {self.t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; ') + \
            self.pick(f'CREATE POLICY zz ON {self.t} AS {self.pick("RESTRICTIVE", "PERMISSIVE")} USING ({self.pick("false", "true", f"trampa.evil_ok({self.column})", f"{self.column} IS NULL")})',
                      f'ALTER TABLE {self.t} {self.pick("DISABLE", "ENABLE", "FORCE", "NO FORCE")} ROW LEVEL SECURITY', 'DROP POLICY ticket_en_alcance ON m.ticket', 'ALTER POLICY ticket_en_alcance ON m.ticket USING (true)',
                      'ALTER POLICY historial_en_alcance ON m.historial TO carla', 'ALTER POLICY agente_en_alcance ON m.agente RENAME TO x')

    def inherit(self):
        rows = self.pick('', f'; INSERT INTO m.hija SELECT * FROM {self.t} LIMIT 1')
        return self.pick(f'CREATE TABLE m.madre (LIKE {self.t} INCLUDING CONSTRAINTS); ALTER TABLE {self.t} INHERIT m.madre' + self.pick('', '; DELETE FROM m.madre', f'; UPDATE m.madre SET {self.column} = {self.edge()}', f'; ALTER TABLE m.madre ALTER {self.column} TYPE text'),
                         f'CREATE TABLE m.hija () INHERITS ({self.t}){rows}', f'CREATE TABLE m.raiz (LIKE {self.t}) PARTITION BY LIST ({self.column}); ALTER TABLE m.raiz ATTACH PARTITION {self.t} DEFAULT',
                         f'ALTER TABLE {self.t} RENAME TO parte; CREATE TABLE {self.t} (LIKE m.parte) PARTITION BY HASH ({self.column}); ALTER TABLE {self.t} ATTACH PARTITION m.parte FOR VALUES WITH (MODULUS 1, REMAINDER 0)',
                         f'ALTER TABLE {self.t} INHERIT m.agente', f'ALTER TABLE {self.t} NO INHERIT m.agente')

    def index(self):
        index = self.random.choice(self.desk.indexes)
        how = self.pick('btree', 'hash', 'brin', 'gin', 'btree')
        return self.pick(f'DROP INDEX m.{index}', f'ALTER INDEX m.{index} RENAME TO x', f'CREATE INDEX ON {self.t} USING {how} ({self.column})', f'CREATE UNIQUE INDEX ON {self.t} ({self.column})',
                         f'CREATE INDEX ON {self.t} (trampa.evil_same({self.column}))', f'CREATE INDEX ON {self.t} ({self.column}) WHERE trampa.evil_ok({self.column})', f'CLUSTER {self.t} USING {index}', f'REINDEX TABLE {self.t}',
                         f'CREATE INDEX ON {self.t} ({self.column} DESC) INCLUDE ({self.random.choice(self.desk.columns[self.table])[0]})', f'CREATE STATISTICS m.zz ON (trampa.evil_same({self.column})), ctid FROM {self.t}',
                         f'ALTER TABLE {self.t} CLUSTER ON {index}', f'ALTER TABLE {self.t} REPLICA IDENTITY {self.pick("FULL", "NOTHING", f"USING INDEX {index}")}')

    def replace(self):
        new = self.pick('VIEW @ AS TABLE m.vieja', 'MATERIALIZED VIEW @ AS TABLE m.vieja', 'TABLE @ (LIKE m.vieja INCLUDING ALL)', 'TABLE @ (LIKE m.vieja)', 'UNLOGGED TABLE @ (LIKE m.vieja INCLUDING ALL)', 'TABLE @ AS TABLE m.vieja',
                        'SEQUENCE @', 'TYPE @ AS (x integer)', f'VIEW @ AS SELECT trampa.evil_same({self.column}) AS {self.column} FROM m.vieja', f'TABLE @ ({self.column} {self.random.choice(TYPES)})', 'TABLE @ ()',
                        f'TABLE @ (LIKE m.vieja) PARTITION BY LIST ({self.column})', 'TABLE @ (LIKE m.vieja INCLUDING ALL) USING heap2', 'TABLE @ OF m.compuesto', "VIEW @ WITH (security_barrier) AS SELECT * FROM m.vieja WHERE trampa.evil_ok(1)")
        ours = '; CREATE TRIGGER zzz_guardia_antes BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before()' if self.table == 'ticket' and 'TABLE' in new[:15] and self.random.random() < 0.7 else ''
        return f'ALTER TABLE {self.t} RENAME TO vieja; CREATE {new.replace("@", self.t)}{ours}'

    def storage(self):
        return f'ALTER TABLE {self.t} ' + self.pick('SET (fillfactor = 10)', 'SET UNLOGGED', 'SET ACCESS METHOD heap2', 'SET TABLESPACE pg_default', 'SET (parallel_workers = 5)', 'SET WITHOUT CLUSTER', f'ALTER {self.column} SET STORAGE PLAIN',
                                                    f'ALTER {self.column} SET STATISTICS 9', f'ALTER {self.column} SET (n_distinct = 5)', 'RESET (fillfactor)', 'OF m.compuesto', 'NOT OF', f'ALTER {self.column} SET COMPRESSION pglz')

    def edit(self):
        """Settings and catalogues, which are hers, with any value."""
        tables = [t for t in self.desk.columns if t not in ('ticket', 'historial', 'contador', 'calendario_version', 'calendario_uso', 'sla_politica_version')]
        self.table = self.random.choice(tables)
        self.column, self.type = self.random.choice(self.desk.columns[self.table])
        free = ''.join(f'ALTER TABLE {self.t} DROP CONSTRAINT IF EXISTS {name} CASCADE; ' for name in self.desk.constraints[self.table] if not re.search('pkey|key$', name))
        where = self.pick('', f' WHERE ctid = (SELECT min(ctid) FROM {self.t})')
        return free + self.pick(f'UPDATE {self.t} SET {self.column} = {self.edge()}{where}', f'UPDATE {self.t} SET {self.column} = {self.edge()}{where}', f'DELETE FROM {self.t}{where}', f'TRUNCATE {self.t} CASCADE',
                                f'UPDATE {self.t} SET {self.column} = {self.edge()}{where}; ANALYZE {self.t}')

    def forge(self):
        """What is not hers, without the guard."""
        self.table = self.random.choice(['ticket'] * 4 + ['historial'] * 3 + ['contador', 'calendario_version', 'calendario_uso', 'sla_politica_version', 'estado', 'agente', 'configuracion'])
        self.column, self.type = self.random.choice(self.desk.columns[self.table])
        where = self.pick('', f' WHERE ctid = (SELECT min(ctid) FROM {self.t})', f' WHERE ctid = (SELECT max(ctid) FROM {self.t})')
        free = ''
        for name in self.desk.constraints[self.table]:
            if not re.search('pkey|key$', name):
                free += f'ALTER TABLE {self.t} DROP CONSTRAINT IF EXISTS {name} CASCADE; '
        what = self.pick(f'UPDATE {self.t} SET {self.column} = {self.edge()}{where}', f'UPDATE {self.t} SET {self.column} = {self.edge()}{where}', f'UPDATE {self.t} SET {self.column} = {self.edge()}{where}',
                         f'DELETE FROM {self.t}{where}', f'TRUNCATE {self.t} CASCADE', f'INSERT INTO {self.t} SELECT * FROM {self.t}')
        return f'{free}ALTER TABLE {self.t} DISABLE TRIGGER USER; {what}; ALTER TABLE {self.t} ENABLE TRIGGER USER'

    def rights(self):
        view = self.random.choice(self.desk.views)
        return self.pick(f'REVOKE ALL ON {self.t} FROM m_admin, m_mesa, m_area, m_publico', f'GRANT ALL ON {self.t} TO PUBLIC', f'REVOKE ALL ON {self.t} FROM duena', 'REVOKE ALL ON SCHEMA m FROM m_area, m_mesa, duena',
                         f'GRANT SELECT ON {self.t} TO intruso', f'ALTER TABLE {self.t} OWNER TO socia', f'REVOKE SELECT ON m.{view} FROM m_mesa', f'REVOKE UPDATE ({self.column}), INSERT ({self.column}) ON {self.t} FROM duena',
                         f'COMMENT ON TABLE {self.t} IS E\'x\\n--\'', 'REVOKE USAGE ON SCHEMA trampa FROM PUBLIC', 'GRANT USAGE ON SCHEMA m TO PUBLIC')

    def drop(self):
        view = self.random.choice(self.desk.views)
        return self.pick(f'DROP TABLE {self.t} CASCADE', f'DROP VIEW m.{view} CASCADE', 'DROP SCHEMA m CASCADE', f'DROP TABLE {self.t} CASCADE; CREATE TABLE {self.t} (x integer)', f'TRUNCATE {self.t} CASCADE')

    def sequence(self):
        s = self.pick('barrido', 'evento_evento_id_seq', 'calendario_version_version_id_seq', 'sla_politica_politica_id_seq', 'sla_politica_version_version_id_seq')
        return self.pick(f'ALTER SEQUENCE m.{s} RESTART 1', f"SELECT setval('m.{s}', 2147483647)", f'ALTER SEQUENCE m.{s} MAXVALUE 100000 CYCLE RESTART 100000', f'ALTER SEQUENCE m.{s} INCREMENT -5 MINVALUE -100', f'ALTER SEQUENCE m.{s} OWNED BY NONE', f'DROP SEQUENCE m.{s} CASCADE')

    def shadow(self):
        name = self.pick('lower', 'upper', 'length', 'count', 'now', 'array_position', 'gen_random_uuid', 'btrim')
        kind = self.pick('text', 'ticket_sm.ticket_state', 'uuid', 'name')
        return self.pick(f"CREATE FUNCTION m.{name}(text) RETURNS text LANGUAGE sql AS $$ SELECT trampa.evil('{name}')::text $$",
                         f"CREATE FUNCTION m.op({kind}, {kind}) RETURNS boolean LANGUAGE sql AS $$ SELECT trampa.evil('op') = 1 $$; CREATE OPERATOR m.{self.pick('=', '<>', '~', '<', '||')} (LEFTARG = {kind}, RIGHTARG = {kind}, FUNCTION = m.op)",
                         "CREATE TABLE m.pg_class (oid oid, relname name)", "CREATE TABLE m.pg_proc AS SELECT * FROM pg_proc LIMIT 0", "CREATE TYPE m.text AS (x integer)", "CREATE DOMAIN m.uuid AS text",
                         "CREATE FUNCTION m.es_texto(ticket_sm.ticket_state) RETURNS text LANGUAGE sql AS $$ SELECT trampa.evil('cast')::text $$; CREATE CAST (ticket_sm.ticket_state AS text) WITH FUNCTION m.es_texto AS IMPLICIT")

    def view(self):
        view = self.random.choice(self.desk.views)
        return self.pick(f'ALTER VIEW m.{view} RENAME TO x', f'ALTER VIEW m.{view} SET (security_invoker = false)', f'DROP VIEW m.{view} CASCADE; CREATE VIEW m.{view} AS SELECT trampa.evil() AS x',
                         f'DROP VIEW m.{view} CASCADE; CREATE TABLE m.{view} (x integer)', f'CREATE RULE zz AS ON UPDATE TO m.{view} DO INSTEAD SELECT trampa.evil()',
                         f'CREATE TRIGGER zz INSTEAD OF UPDATE ON m.{view} FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before()', f'DROP VIEW m.{view} CASCADE')


# Planted: what must be found after a statement, and the statement; the session is a superuser's.
INSTEAD = ('RESET ROLE; ALTER FUNCTION ticket_sm.fn_maquina() RENAME TO otra; CREATE FUNCTION ticket_sm.fn_maquina() RETURNS integer'
           ' LANGUAGE plpgsql AS $$ BEGIN %s; RETURN 1; END $$; SET LOCAL ROLE duena')
CONTROLS = [
    ('42883', INSTEAD % "RAISE SQLSTATE '42883'"), ('XX000', INSTEAD % "RAISE SQLSTATE 'XX000'"),
    ("the owner's code ran as carla", INSTEAD % 'PERFORM trampa.evil()'),
    ('fn_verificar does not see', 'RESET ROLE; ALTER FUNCTION ticket_sm.fn_verificar(uuid, boolean) RENAME TO otra; CREATE FUNCTION ticket_sm.fn_verificar(uuid DEFAULT NULL) RETURNS SETOF integer'
     " LANGUAGE sql AS 'SELECT 1 WHERE false'; SET LOCAL ROLE duena; ALTER TABLE m.ticket DISABLE TRIGGER USER; UPDATE m.ticket SET asunto = 'x'; ALTER TABLE m.ticket ENABLE TRIGGER USER"),
    ('the session is lost', INSTEAD % "COPY (SELECT 1) TO PROGRAM 'kill -SEGV $PPID'"),
    ('terminated by signal', INSTEAD % "COPY (SELECT 1) TO PROGRAM 'kill -SEGV $PPID'"),
]


class Desk:
    """What the template has, for the grammar."""

    def __init__(self, fence):
        def ask(query):
            return fence.asked('postgres', 'plantilla', query)
        self.columns, self.constraints = {}, {}
        for table, column, kind in ask("SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
                                       " WHERE c.relnamespace = 'm'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT attisdropped ORDER BY 1, attnum"):
            self.columns.setdefault(table, []).append((column, kind))
            self.constraints.setdefault(table, [])
        for table, name in ask("SELECT c.relname, o.conname FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE c.relnamespace = 'm'::regnamespace ORDER BY 1, 2"):
            self.constraints[table].append(name)
        self.policies = ask("SELECT p.polrelid::regclass::text, polname FROM pg_policy p JOIN pg_class c ON c.oid = polrelid WHERE c.relnamespace = 'm'::regnamespace ORDER BY 2")
        self.policies = [(table.split('.')[-1], name) for table, name in self.policies]
        self.triggers = ask("SELECT c.relname, tgname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE c.relnamespace = 'm'::regnamespace AND NOT tgisinternal ORDER BY 1, 2")
        self.indexes = [row[0] for row in ask("SELECT relname FROM pg_class WHERE relnamespace = 'm'::regnamespace AND relkind = 'i' ORDER BY 1")]
        self.views = [row[0] for row in ask("SELECT relname FROM pg_class WHERE relnamespace = 'm'::regnamespace AND relkind = 'v' ORDER BY 1")]


class Worker(threading.Thread):
    """Every n-th statement, in a database of its own."""

    def __init__(self, storm, index, numbers):
        super().__init__()
        self.storm, self.fence, self.numbers = storm, storm.fence, numbers
        self.database = f'raro{index}'
        self.error = None
        self.findings, self.told, self.codes, self.ran, self.calls = [], set(), {}, 0, 0

    def run(self):
        try:
            self.renew()
            for number in self.numbers:
                if self.storm.stop:
                    break
                for attempt in range(20):       # until the server takes one
                    if self.one(number, *self.storm.grammar.statement(number, attempt)):
                        break
        except Exception as error:      # pylint: disable=broad-except
            self.error = error
            self.storm.stop = True
            raise
        finally:
            self.close()

    def close(self):
        for name in ('owner', 'other'):
            if getattr(self, name, None):
                getattr(self, name).close()

    def renew(self):
        """A new database, and in it a session that knows the desk, and another."""
        self.close()
        with self.storm.making:
            self.fence.make_database(self.database)
        self.owner, self.other = (self.session() for _ in range(2))
        with self.owner.cursor() as cursor:
            cursor.execute(DIGESTS)
            self.before = cursor.fetchone()
            self.call(cursor, self.storm.often[:6], ROLES)
        with self.other.cursor() as cursor:
            self.call(cursor, self.storm.often[:6], ROLES)

    def session(self):
        connection = self.fence.connect('postgres', self.database)
        with connection.cursor() as cursor:
            cursor.execute("SET ticket_sm.mesa = 'm'; SET client_min_messages = error; SET statement_timeout = '120s'")
        return connection

    def call(self, cursor, calls, roles):
        cursor.execute('SELECT * FROM sonda.llamar(%s, %s)', ([text for _, text in calls], roles))
        self.calls += len(calls) * len(roles)
        return cursor.fetchall()

    def one(self, number, text, must_be_seen):
        stays = number % 40 == 7
        try:
            with self.owner.cursor() as cursor:
                cursor.execute("BEGIN; SET LOCAL ROLE duena; SET LOCAL fence.plain = '1'; SAVEPOINT s")
                try:
                    cursor.execute(text)
                except psycopg2.Error as error:
                    self.note(number, text, 'statement', 'duena', error.pgcode or '08006', str(error), statement=True)
                    if not error.pgcode:
                        raise
                    cursor.execute('ROLLBACK')
                    self.count('refused')
                    return False
                self.count('done')
                if stays:
                    cursor.execute('COMMIT')
                cursor.execute(('' if stays else 'SET LOCAL ROLE NONE; ') + f"SET {'' if stays else 'LOCAL'} fence.plain = ''")
                self.ask(cursor, number, text, must_be_seen)
                cursor.execute('ROLLBACK')
            if stays:
                with self.other.cursor() as cursor:
                    self.ask(cursor, number, text, must_be_seen)
                self.renew()
        except psycopg2.Error as error:
            if error.pgcode in CLEAN:
                # where something stays, what is looked at before a commit has come to nothing too late to be undone
                self.note(number, text, 'commit', 'duena', error.pgcode, str(error))
            else:
                self.found(number, text, f'the session is lost: {error}')
                time.sleep(1)
            self.renew()
        return True

    def ask(self, cursor, number, text, must_be_seen):
        """Everybody calls everything."""
        storm = self.storm
        calls = storm.often + (storm.seldom if number % 25 == 3 else [])
        # what the owner has changed, unless it cannot be asked for any more
        changed = None
        if must_be_seen:
            cursor.execute('SAVEPOINT digests' if cursor.connection.info.transaction_status else 'SELECT 1')
            try:
                cursor.execute("SELECT set_config('fence.plain', '1', false)")      # a view of hers may stand there
                cursor.execute(DIGESTS)
                changed = cursor.fetchone() != self.before
            except psycopg2.Error:
                pass
            # (in a transaction this takes the setting back as well)
            cursor.execute('ROLLBACK TO digests' if cursor.connection.info.transaction_status else 'SELECT 1')
            cursor.execute("SELECT set_config('fence.plain', '', false)")
        # (one row without its salt may be one without texts, which is an erased one; of all rows some have texts)
        if changed and not re.search(r'UPDATE m\.historial SET sal = NULL WHERE', text):
            (_, _, code, _), = self.call(cursor, [('', storm.proof)], ['postgres'])
            if code == '22012':
                self.found(number, text, 'fn_verificar does not see what she has changed')
        for role, call, code, message in self.call(cursor, calls, ROLES):
            self.note(number, text, call, role, code, message)
        plain = [('', f"SET LOCAL fence.plain = '1'; {c}") for c in PLAIN_READ]
        for role, call, code, message in self.call(cursor, plain, ROLES) + self.call(cursor, storm.plain, ['duena']):
            self.note(number, text, call, role, code, message, plain=True)

    def note(self, number, text, call, role, code, message, statement=False, plain=False):
        self.codes[code] = self.codes.get(code, 0) + 1
        if statement:
            clean = not code.startswith('XX') and not code.startswith('57') and code != '08006'
        else:
            clean = code in CLEAN or (code in CLEAN_PLAIN and (plain or self.storm.seldom_call.search(call)))
        if not clean:
            self.found(number, text, f'{code} {message} | {role}: {call[:300]}')

    def count(self, what):
        self.ran += 1
        self.storm.counts[what] = self.storm.counts.get(what, 0) + 1

    def found(self, number, text, what):
        alike = (number, what.partition(' | ')[0])      # whoever is told it
        if alike not in self.told:
            self.told.add(alike)
            self.findings.append((number, text, what))
            if number >= 0:
                print(f'# {number}: {text}\n#     {what}', flush=True)


# What fn_verificar answers for, as the template has it; raises where it has not.
DIGESTS = ''


class Storm:
    """All of it."""

    def __init__(self, fence, seed, numbers, workers=2):
        global DIGESTS      # pylint: disable=global-statement
        self.fence, self.seed, self.stop, self.making = fence, seed, False, threading.Lock()
        self.counts = {}
        self.prepare()
        self.grammar = Grammar(Desk(fence), seed)
        DIGESTS = 'SELECT ' + ', '.join(
            f"(SELECT md5(string_agg((x.*)::text, '' ORDER BY (x.*)::text COLLATE \"C\")) FROM (SELECT {', '.join(c for c, _ in self.grammar.desk.columns[t])} FROM m.{t}) AS x)" for t in PROVEN)
        calls = calls_of(fence.asked('postgres', 'plantilla', FUNCTIONS), fence.tickets)
        self.seldom_call = re.compile(r'ticket_sm\.' + SELDOM[1:].replace('$', r'\('))
        self.often = [c for c in calls if not re.match(SELDOM, c[0])]
        self.seldom = [c for c in calls if re.match(SELDOM, c[0])]
        self.plain = [('', self.with_tickets(c)) for c in PLAIN_OWNER]
        # to be asked whether anything was found: an error if nothing was
        self.proof = "SELECT 1 / (SELECT count(*) FROM ticket_sm.fn_verificar())"
        fence.leave_template()
        self.workers = [Worker(self, i, numbers[i::workers]) for i in range(workers)]

    def with_tickets(self, text):
        for number, uuid in self.fence.tickets.items():
            text = text.replace(f'{{{number}}}', uuid)
        return text

    def prepare(self):
        """The template gets what the statements speak of."""
        connection = self.fence.connect('postgres', 'plantilla')
        with connection.cursor() as cursor:
            cursor.execute(self.with_tickets(PREPARATION))
            cursor.execute('CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler')
        connection.close()

    def control(self):
        """Each planted failure, and whether it is found."""
        worker = Worker(self, 'control', [])
        worker.renew()
        for number, (what, text) in enumerate(CONTROLS):
            self.fence.news()
            worker.findings.clear()
            worker.one(-1 - number, text, True)
            findings = worker.findings + self.log_findings()
            yield what, any(what in f'{finding[2]}' for finding in findings)
        worker.close()
        self.fence.drop_database(worker.database)
        self.counts.clear()

    def run(self):
        self.fence.news()
        for worker in self.workers:
            worker.start()
        for worker in self.workers:
            worker.join()
        findings = sorted(f for w in self.workers for f in w.findings) + self.log_findings()
        if self.fence.asked('postgres', 'postgres', "SELECT rolsuper FROM pg_roles WHERE rolname = 'duena'") != [(False,)]:
            findings.append((-1, '', 'roles have changed'))
        return findings

    def log_findings(self):
        findings = []
        for line in self.fence.news():
            if COMPLAINT.search(line) and not line.startswith('XX001'):
                findings.append((-1, '', f'log: {line}'))
            if (m := EVIL.search(line)) and m[1] != 'duena':
                findings.append((-1, '', f'the owner\'s code ran as {m[1]}: {m[3]}'))
        return findings
