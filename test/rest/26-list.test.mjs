// GET /tickets: every parameter, pages, total, who sees what, and its document.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { LIST } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
const made = {};
const list = async (query, who = 'mesa') => desk.done(await desk.get(`/api/tickets?${new URLSearchParams(query)}`, token[who]));
const labels = async (query, who) => (await list({ limite: 500, ...query }, who)).tickets.map((row) => row.ticketLabel);

before(async () => {
    token = await desk.tokens();
    const ticket = async (name, state, more) => {
        const uuid = await desk.ticketIn(state, token.mesa, { email: 'lista@x.co', ...more });
        made[name] = desk.done(await desk.get(`/api/tickets/${uuid}`, token.mesa)).ticket.ticket_label;
    };
    await ticket('nuevo', 'NUEVO', { asunto: 'Impresora del señor Muñoz', tipo: 'QUEJA', categoria: 'Listado' });
    await ticket('asignado', 'ASIGNADO', { asunto: 'Otra', telefono: '300 765 4321', prioridad: 'CRITICA' });
    await ticket('pausado', 'PAUSADO', { documento: 'CC 52.765.432' });
    await ticket('cancelado', 'CANCELADO', { asunto: 'Cancelada' });
    await ticket('soporte', 'TRANSFERIDO', { asunto: 'De soporte' });
});

for (const prefix of ['/api', '']) {
    test(`GET ${prefix}/tickets: rows and their keys`, async () => {
        const answer = desk.done(await desk.get(`${prefix}/tickets?solicitante=LISTA@x.co`, token.mesa));
        assert.deepEqual(Object.keys(answer), ['tickets', 'cursor']);
        assert.equal(answer.cursor, null);
        assert.deepEqual(answer.tickets.map((row) => row.ticketLabel), [made.nuevo, made.asignado, made.pausado, made.soporte]);
        assert.deepEqual(Object.keys(answer.tickets[0]), LIST.keys);
        const [nuevo, asignado, pausado] = answer.tickets;
        assert.equal(nuevo.asunto, 'Impresora del señor Muñoz');
        assert.equal(nuevo.version, 1);
        assert.equal(nuevo.horasObjetivo, 24);
        assert.ok(nuevo.horasRestantes > 23 && nuevo.horasRestantes <= 24);
        assert.equal(nuevo.agenteNombre, null);
        assert.deepEqual([pausado.pausado, pausado.fechaLimiteSla, asignado.pausado], [true, null, false]);
        assert.deepEqual([nuevo.vencido, nuevo.incumplido], [false, false]);
        // what the next operation wants
        desk.done(await desk.post(`/api/tickets/${asignado.ticketUuid}/actualizar`, { nota: 'Vista en la lista.', version: asignado.version }, token.mesa));
    });
}

test('the filters', async () => {
    const of = { solicitante: 'lista@x.co' };
    const cases = [
        [{ estado: 'nuevo' }, ['nuevo']], [{ estado: 'PAUSADO, asignado' }, ['asignado', 'pausado']], [{ estado: 'cancelado' }, ['cancelado']],
        [{ area: 'soporte' }, ['soporte']], [{ tipo: 'queja' }, ['nuevo']], [{ categoria: 'LISTADO' }, ['nuevo']], [{ prioridad: 'critica' }, ['asignado']],
        [{ cerrados: 'true' }, ['nuevo', 'asignado', 'pausado', 'cancelado', 'soporte']], [{ cerrados: 'true', orden: 'reciente' }, ['soporte', 'cancelado', 'pausado', 'asignado', 'nuevo']],
        [{ orden: 'limite' }, ['asignado', 'nuevo', 'soporte', 'pausado']], [{ vencido: 'true' }, []], [{ vencido: 'false', estado: 'NUEVO' }, ['nuevo']],
        [{ venceEnHoras: '3' }, ['asignado']], [{ venceEnHoras: '0' }, []], [{ creadoHasta: '2020-01-01' }, []], [{ creadoDesde: '2020-01-01T00:00:00Z', estado: 'nuevo' }, ['nuevo']],
        [{ creadoDesde: '2020-01-01T00:00:00-05:00', creadoHasta: '2999-12-31', estado: 'nuevo' }, ['nuevo']], [{ sinAsignar: 'true', estado: 'nuevo' }, ['nuevo']],
        [{ agenteId: desk.NOBODY }, []], [{ mios: 'true' }, []], [{ mios: 'false', estado: '', estado2: undefined, tipo: 'QUEJA' }, ['nuevo']],
        [{ texto: 'impresoras munoz' }, ['nuevo']], [{ texto: 'MUN\u0303OZ impr' }, ['nuevo']], [{ texto: '3007654321' }, ['asignado']], [{ texto: '52765432' }, ['pausado']],
        [{ texto: 'cancelada' }, []], [{ texto: 'cancelada', cerrados: 'true' }, ['cancelado']],
    ];
    for (const [query, wanted] of cases) {
        const given = Object.fromEntries(Object.entries({ ...of, ...query }).filter(([, value]) => value !== undefined));
        assert.deepEqual(await labels(given), wanted.map((name) => made[name]), JSON.stringify(query));
    }
    // its number may be how another one's telephone begins
    assert.ok((await labels({ texto: made.nuevo.toLowerCase().replace(/-0*/g, ' '), ...of })).includes(made.nuevo));
});

test('pages by cursor: each ticket once, while others change; the total', async () => {
    const seen = [];
    let answer;
    for (let cursor; answer === undefined || cursor !== null;) {
        answer = await list({ solicitante: 'lista@x.co', orden: 'reciente', limite: 2, total: 'true', cerrados: 'true', ...(cursor ? { cursor } : {}) });
        assert.equal(answer.total, 5);
        seen.push(...answer.tickets.map((row) => row.ticketLabel));
        cursor = answer.cursor;
        desk.sql(`UPDATE helpdesk.ticket SET asunto = concat(asunto, '.') WHERE ticket_label = '${made.asignado}'`);
    }
    assert.deepEqual(seen, ['soporte', 'cancelado', 'pausado', 'asignado', 'nuevo'].map((name) => made[name]));
    assert.equal((await list({ limit: 1 })).tickets.length, 1);
});

test('who sees what', async () => {
    assert.deepEqual(await labels({ solicitante: 'lista@x.co' }, 'otra'), [made.soporte]);
    assert.deepEqual(await labels({ texto: 'munoz', solicitante: 'lista@x.co' }, 'otra'), []);
    assert.equal((await list({ solicitante: 'lista@x.co', total: 'true', cerrados: 'true' }, 'otra')).total, 1);
    desk.refused(await desk.get('/api/tickets?area=REDES', token.otra), 403, /^42501/);
    desk.refused(await desk.get('/api/tickets'), 401, /^42501/);
    desk.refused(await desk.post('/api/tickets', {}, token.mesa), 405);
});

test('what is refused names the parameter', async () => {
    const cases = {
        estado: ['nada', 'NUEVO,'], area: ['LUNA'], agenteId: ['x'], mios: ['si'], sinAsignar: ['1'], prioridad: ['X'], tipo: ['X'], vencido: ['x'],
        venceEnHoras: ['x', '-1', '1.5'], creadoDesde: ['ayer', '2026-13-01x', '2026-01-01 10:00', '01/02/2026', '2026-13-01', '2026-02-29', '2026-01-01T25:00:00Z'], creadoHasta: ['x'], texto: ['¿?'], orden: ['x'],
        cursor: ['x', 'x'.repeat(49)], limite: ['0', '501', 'x'], total: ['x'], desconocido: ['1'], select: ['*'],
    };
    for (const [name, values] of Object.entries(cases)) {
        for (const value of values) {
            const answer = await desk.get(`/api/tickets?${name}=${encodeURIComponent(value)}`, token.mesa);
            assert.equal(answer.status, 400, `${name}=${value} ${answer.text}`);
            assert.match(answer.json.message, new RegExp(`"${name}"`), `${name}=${value}`);
        }
    }
    assert.equal((await desk.get('/api/tickets?area=REDES&area=SOPORTE', token.mesa)).status, 400);
    assert.equal((await desk.get('/api/tickets?mios=true&sinAsignar=true', token.mesa)).status, 400);
    assert.equal((await desk.get('/api/tickets?orden=limite&cerrados=true', token.mesa)).status, 400);
});

test('the document has its parameters and the schema of its rows', async () => {
    const { paths, components } = desk.done(await desk.get('/api/', token.area));
    const get = paths['/tickets'].get;
    assert.deepEqual(get.parameters.map((each) => each.name), Object.keys(LIST.fields));
    assert.deepEqual(get.responses['200'].content['application/json'].schema, { $ref: '#/components/schemas/lista' });
    const schema = components.schemas.lista;
    assert.deepEqual(schema.properties.tickets.items.required, LIST.keys);
    assert.deepEqual(Object.keys(schema.properties.tickets.items.properties).sort(), [...LIST.keys].sort());
    assert.equal(schema.properties.tickets.items.properties.horasRestantes.type, 'number');
});
