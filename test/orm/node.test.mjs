// node's: pg, knex, Drizzle, Sequelize and TypeORM, as README's chapter "With an
// ORM" has them.  Its blocks are run as they are printed.

import 'reflect-metadata';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eq, and } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import * as core from 'drizzle-orm/pg-core';
import knexOf from 'knex';
import pg from 'pg';
import { DataTypes, Model, Sequelize } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';

const { PGHOST, PGPORT, PGUSER, PGDATABASE } = process.env;
const top = join(dirname(fileURLToPath(import.meta.url)), '../..');
const chapter = readFileSync(join(top, 'README.md'), 'utf8').split('\n## With an ORM\n')[1].split('\n## ')[0];

// The block of README with this in it; what it makes, of the names that it is given.
function run(mark, given, result) {
    const found = [...chapter.matchAll(/```js\n([^]*?)```/g)].map((match) => match[1]).filter((text) => text.includes(mark));
    assert.equal(found.length, 1, `blocks with ${mark}`);
    return new Function(...Object.keys(given), `${found[0]}\nreturn ${result};`)(...Object.values(given));
}

const good = {
    tipo: 'QUEJA', categoria: 'Red', prioridad: 'ALTA', descripcion: 'No hay internet en la sala.',
    solicitante_nombre: 'Ana Pérez', solicitante_email: 'ana@ejemplo.co',
};

const pool = new pg.Pool();
const knex = knexOf({ client: 'pg', connection: { host: PGHOST, port: PGPORT, user: PGUSER, database: PGDATABASE }, searchPath: ['helpdesk'] });
after(() => Promise.all([pool.end(), knex.destroy()]));

const insert = async () => (await pool.query(`INSERT INTO helpdesk.ticket (${Object.keys(good)})
    VALUES (${Object.keys(good).map((_, i) => `$${i + 1}`)}) RETURNING *`, Object.values(good))).rows[0];
const note = (id) => pool.query("SELECT ticket_sm.fn_actualizar($1, 'nota')", [id]);
const stored = async (id) => (await pool.query('SELECT *, fecha_creacion::text AS creada FROM helpdesk.ticket WHERE ticket_uuid = $1', [id])).rows[0];

// The whole row goes back: each column as the driver has read it.
test('pg: a whole row goes back, and is refused when it is stale', async () => {
    const row = await insert();
    const back = (one) => {
        const names = Object.keys(one);
        return pool.query(`UPDATE helpdesk.ticket SET ${names.map((name, i) => `${name} = $${i + 1}`)} WHERE ticket_uuid = $${names.length + 1}`,
            [...Object.values(one), one.ticket_uuid]);
    };
    const before = await stored(row.ticket_uuid);
    await back({ ...row, asunto: 'Sala' });
    const now = await stored(row.ticket_uuid);
    assert.equal(now.creada, before.creada, 'with all its microseconds');
    assert.equal(now.version, 2);
    await assert.rejects(back({ ...row, asunto: 'Otra' }), { code: 'PT412', detail: /is at version 2, not 1/ });
    await assert.rejects(back(now_row(now)), { code: 'PT409', detail: /Columns that only the guard sets do not count/ });
});
const now_row = ({ creada, ...row }) => row;

test('pg: columns of your own go back as they are, but for microseconds', async () => {
    const columns = { a: 'jsonb', b: 'bigint', c: 'numeric', d: 'interval', e: 'inet', f: 'timestamptz', g: 'timestamptz(3)', h: 'text[]', i: 'date' };
    const values = [`'{"a": [1, {"b": null}]}'`, '9007199254740993', '1.50', `'1 mon 2 days 03:04:05.123456'`, `'10.1.2.3/8'`,
        'clock_timestamp()', 'clock_timestamp()', `'{x,"y z"}'`, 'current_date'];
    await pool.query(`ALTER TABLE helpdesk.ticket ${Object.entries(columns).map(([name, type]) => `ADD mia_${name} ${type}`)}`);
    try {
        const { ticket_uuid } = await insert();
        await pool.query(`UPDATE helpdesk.ticket SET ${Object.keys(columns).map((name, i) => `mia_${name} = ${values[i]}`)},
            ip_registro = '2001:db8::7', sla_restante = '1 h' WHERE ticket_uuid = $1`, [ticket_uuid]);
        // a microsecond that is no whole millisecond
        await pool.query(`UPDATE helpdesk.ticket SET mia_f = date_trunc('second', mia_f) + '123456 us' WHERE ticket_uuid = $1`, [ticket_uuid]);
        const row = await knex('ticket').where({ ticket_uuid }).first();
        row.asunto = 'Sala';
        await knex('ticket').where({ ticket_uuid }).update(row);
        const { rows } = await pool.query('SELECT cambios FROM helpdesk.historial WHERE ticket_uuid = $1 ORDER BY version DESC LIMIT 1', [ticket_uuid]);
        assert.deepEqual(Object.keys(rows[0].cambios).sort(), ['asunto', 'mia_f']);
    } finally {
        await pool.query(`ALTER TABLE helpdesk.ticket ${Object.keys(columns).map((name) => `DROP mia_${name}`)}`);
    }
});

test('knex: a whole row goes back', async () => {
    const { ticket_uuid } = await insert();
    const row = await knex('ticket').where({ ticket_uuid }).first();
    row.asunto = 'Sala';
    assert.equal(await knex('ticket').where({ ticket_uuid }).update(row), 1);
    await assert.rejects(knex('ticket').where({ ticket_uuid }).update(row), { code: 'PT412', detail: /version 2, not 1/ });
    await run('knex.transaction', { knex, ticket_uuid }, 'done');
    assert.equal((await stored(ticket_uuid)).estado, 'CANCELADO');
    const made = await knex('ticket').insert({ ...good, fecha_creacion: new Date(), ticket_label: '', area: null, version: 0 }).returning('*');
    assert.deepEqual([made[0].area, made[0].version], ['MESA', 1]);
    await assert.rejects(knex('ticket').insert({ ...good, fecha_limite_sla: new Date() }), { code: '428C9' });
});

test('Drizzle: a whole row goes back', async () => {
    const db = drizzle(pool);
    const ticket = run('pgSchema', core, 'ticket');
    const [made] = await db.insert(ticket).values(good).returning();
    assert.deepEqual([made.estado, made.version], ['NUEVO', 1]);
    const mine = eq(ticket.ticket_uuid, made.ticket_uuid);
    const [again] = await db.update(ticket).set({ ...made, asunto: 'Sala' }).where(mine).returning();
    assert.equal(again.version, 2);
    await assert.rejects(db.update(ticket).set({ ...made, asunto: 'Otra' }).where(mine), (error) => {
        assert.equal(error.cause.code, 'PT412');
        assert.match(error.cause.detail, /version 2, not 1/);
        return true;
    });
    // and what it counts itself
    assert.equal((await db.update(ticket).set({ asunto: 'Otra' }).where(and(mine, eq(ticket.version, 2)))).rowCount, 1);
});

test('Sequelize: its version and createdAt', async () => {
    const sequelize = new Sequelize(PGDATABASE, PGUSER, '', { host: PGHOST, port: PGPORT, dialect: 'postgres', logging: false });
    try {
        const Ticket = run('Ticket.init', { Model, DataTypes, sequelize }, 'Ticket');
        const made = await Ticket.create(good);
        assert.deepEqual([made.estado, made.version, typeof made.ticket_label], ['NUEVO', 1, 'string']);
        made.asunto = 'Sala';
        await made.save();
        made.asunto = 'Sala de juntas';
        await made.save();
        assert.deepEqual([made.version, (await stored(made.ticket_uuid)).version], [3, 3]);
        await made.save();
        assert.equal((await stored(made.ticket_uuid)).version, 3, 'nothing is sent where nothing has changed');
        // what came due is an event too, and whoever counts is behind
        const stale = await Ticket.findByPk(made.ticket_uuid);
        await note(made.ticket_uuid);
        stale.asunto = 'Otra';
        await assert.rejects(stale.save(), { name: 'SequelizeOptimisticLockError' });
        await made.reload();
        await sequelize.transaction(async (transaction) => {
            await sequelize.query("SET LOCAL ticket_sm.desfase_reloj = '5d'", { transaction });
            made.asunto = 'Tarde';
            await made.save({ transaction });
        });
        assert.equal((await stored(made.ticket_uuid)).version, made.version + 1);
        made.asunto = 'Más tarde';
        await assert.rejects(made.save(), { name: 'SequelizeOptimisticLockError' });
        await made.reload();
        made.area = 'REDES';
        await assert.rejects(made.save(), (error) => {
            assert.equal(error.original.code, 'PT409');
            assert.match(error.original.detail, /Column "area" is changed by/);
            return true;
        });
        // whole rows
        await made.reload();
        made.asunto = 'Entera';
        await made.save({ fields: Object.keys(Ticket.rawAttributes) });
        assert.equal((await stored(made.ticket_uuid)).asunto, 'Entera');
        await assert.rejects(Ticket.create({ ...good, ticket_label: 'TK-2020-00001' }), (error) => error.original.code === '428C9');
    } finally {
        await sequelize.close();
    }
});

test('TypeORM: its version', async () => {
    const Ticket = run('EntitySchema', { EntitySchema }, 'Ticket');
    const source = new DataSource({ type: 'postgres', host: PGHOST, port: Number(PGPORT), username: PGUSER, database: PGDATABASE, entities: [Ticket] });
    await source.initialize();
    try {
        const tickets = source.getRepository(Ticket);
        const made = await tickets.save(tickets.create(good));
        assert.deepEqual([made.estado, made.version, typeof made.ticket_label], ['NUEVO', 1, 'undefined']);
        const row = await stored(made.ticket_uuid);
        assert.deepEqual([made.fecha_creacion, made.actualizado_en], [row.fecha_creacion, row.actualizado_en]);
        assert.equal((await tickets.findOneBy({ ticket_uuid: made.ticket_uuid })).ticket_label, row.ticket_label);
        made.asunto = 'Sala';
        await tickets.save(made);
        assert.equal(made.version, 2, 'the version is read back');
        await tickets.save(made);
        assert.equal(made.version, 2, 'nothing is sent where nothing has changed');
        made.asunto = 'Sala de juntas';
        await tickets.save(made);
        assert.equal((await stored(made.ticket_uuid)).version, 3);
        await note(made.ticket_uuid);
        made.asunto = 'Sala grande';
        await assert.rejects(tickets.save(made), (error) => error.driverError.code === 'PT412', 'a stale object');
        await tickets.save(Object.assign(made, await tickets.findOneBy({ ticket_uuid: made.ticket_uuid }), { asunto: 'Sala grande' }));
        assert.equal((await stored(made.ticket_uuid)).version, 5);
        made.area = 'REDES';
        await assert.rejects(tickets.save(made), (error) => {
            assert.equal(error.driverError.code, 'PT409');
            assert.match(error.driverError.detail, /Column "area" is changed by/);
            return true;
        });
    } finally {
        await source.destroy();
    }
});

test('the history is sound', async () => {
    assert.deepEqual((await pool.query('SELECT * FROM ticket_sm.fn_verificar()')).rows, []);
});
