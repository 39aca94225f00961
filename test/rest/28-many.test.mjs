// Many at once: one operation on many tickets, what has happened since a cursor,
// a long history page by page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BATCH, EVENT, TICKET } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
    desk.sql("UPDATE helpdesk.configuracion SET eventos = '{crear, asignar, transferir, resolver, vencer}'");
});
after(() => {
    desk.sql('UPDATE helpdesk.configuracion SET eventos = DEFAULT');
});

// --- POST /tickets/lote ---------------------------------------------------------

const batch = (body, who = 'mesa') => desk.post('/api/tickets/lote', body, token[who]);
const assigned = (n, more) => Promise.all(Array.from({ length: n }, () => desk.ticketIn('ASIGNADO', token.admin, more)));

test('each ticket by itself, once, in the order of the uuids; the fields are those of the operation', async () => {
    const tickets = await assigned(3);
    const paused = await desk.ticketIn('PAUSADO', token.admin);
    const answer = desk.done(await batch({
        operacion: ' Transferir ', tickets: [...tickets, paused, desk.NOBODY, tickets[0].toUpperCase()],
        campos: { nuevaArea: 'soporte', motivo: 'Es de soporte.', sobra: 1 },
    }));
    assert.deepEqual(Object.keys(answer), BATCH.keys);
    assert.deepEqual([answer.hechos, answer.rechazados], [3, 2]);
    assert.deepEqual(answer.resultados.map((each) => each.ticketUuid), [...tickets, paused, desk.NOBODY].sort());
    for (const each of answer.resultados) {
        assert.deepEqual(Object.keys(each), BATCH.each);
        if (each.hecho) {
            assert.deepEqual([each.estadoAnterior, each.estado, each.version, each.codigo], ['ASIGNADO', 'TRANSFERIDO', 3, null]);
            assert.equal(desk.historyOf(each.ticketUuid), 'crear asignar transferir');
        }
    }
    const of = (id) => answer.resultados.find(({ ticketUuid }) => ticketUuid === id);
    assert.deepEqual([of(paused).codigo, of(paused).mensaje], ['PT409', 'transition not allowed']);
    assert.deepEqual([of(desk.NOBODY).codigo, of(desk.NOBODY).mensaje], ['PT404', 'ticket not found']);
});

test('all or nothing: the one that is refused is the error', async () => {
    const tickets = await assigned(2);
    const paused = await desk.ticketIn('PAUSADO', token.admin);
    desk.refused(await batch({ operacion: 'resolver', tickets: [...tickets, paused], todoONada: true }), 409, /^PT409 Transition not allowed/);
    for (const id of tickets) {
        assert.equal(desk.historyOf(id), 'crear asignar');
    }
    assert.equal(desk.done(await batch({ operacion: 'resolver', tickets, todoONada: true })).hechos, 2);
});

test('an AREA agent changes those of its area, by operations that it may do', async () => {
    const [mine] = await assigned(1);
    const [other] = await assigned(1, { areaAsignada: 'SOPORTE' });
    const answer = desk.done(await batch({ operacion: 'resolver', tickets: [mine, other] }, 'area'));
    assert.deepEqual(Object.fromEntries(answer.resultados.map(({ ticketUuid, codigo }) => [ticketUuid, codigo])), { [mine]: null, [other]: '42501' });
    assert.equal(desk.historyOf(other), 'crear asignar');
    desk.refused(await batch({ operacion: 'asignar', tickets: [mine] }, 'area'), 403);
    desk.refused(await batch({ operacion: 'resolver', tickets: [mine] }, 'none'), 401);
});

test('what is wrong with the request, all fields of the operation at once', async () => {
    const [id] = await assigned(1);
    for (const [body, faults, pattern] of [
        [{}, [['operacion', '22004']]],
        [{ operacion: 'borrar', tickets: [id] }, [['operacion', '22023']], /Valid values: asignar, /],
        [{ operacion: 'crear', tickets: [id] }, [['operacion', '22023']]],
        [{ operacion: 'resolver' }, [['tickets', '22004']]],
        [{ operacion: 'resolver', tickets: id }, [['tickets', '22023']]],
        [{ operacion: 'resolver', tickets: [id, 'x'] }, [['tickets', '22P02']], /number 2 of the array/],
        [{ operacion: 'resolver', tickets: [id, null] }, [['tickets', '22P02']]],
        [{ operacion: 'resolver', tickets: [[id]] }, [['tickets', '22P02']]],
        [{ operacion: 'resolver', tickets: Array.from({ length: 1001 }, () => id) }, [['tickets', '22023']], /1001 of them; at most 1000/],
        [{ operacion: 'resolver', tickets: [id], campos: [] }, [['campos', '22023']]],
        [{ operacion: 'resolver', tickets: [id], todoONada: 'sí' }, [['todoONada', '22023']]],
        [{ operacion: 5, tickets: [id] }, [['operacion', '22023']]],
        [{ operacion: 'transferir', tickets: [id], campos: { nuevaArea: 7, agenteId: 'x' } },
            [['nuevaArea', '22023'], ['agenteId', '22P02'], ['motivo', '22004']]],
        [{ operacion: 'pausar', tickets: [id], campos: { motivo: 'a\u0000b' } }, [['motivo', '22023']]],
    ]) {
        const answer = await batch(body);
        desk.refused(answer, 400, pattern);
        assert.deepEqual(answer.json.errores.map(({ campo, codigo }) => [campo, codigo]), faults, JSON.stringify(body).slice(0, 200));
    }
    assert.equal(desk.historyOf(id), 'crear asignar');
    assert.deepEqual(desk.done(await batch({ operacion: 'resolver', tickets: [] })), { resultados: [], hechos: 0, rechazados: 0 });
    const answer = desk.done(await batch({ operacion: 'asignar', tickets: [await desk.ticketIn('NUEVO', token.admin)], campos: { agenteId: desk.NOBODY } }));
    assert.match(answer.resultados[0].mensaje, /field "agenteId"/);
    desk.refused(await desk.get('/api/tickets/lote', token.mesa), 405);
});

test('a thousand, and a trigger\'s error in one of them', async () => {
    const { ticketUuid } = await desk.newTicket();
    const ids = desk.sql(`SELECT string_agg((ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'mil@example.com', tipo => 'QUEJA',
        categoria => 'Red', descripcion => 'Uno de mil.', prioridad => 'BAJA')).ticket_uuid::text, ',') FROM generate_series(1, 999)`).split(',');
    const answer = desk.done(await batch({ operacion: 'actualizar', tickets: [...ids, ticketUuid], campos: { nota: 'Para todos.' } }));
    assert.equal(answer.hechos, 1000);
    const refused = desk.done(await batch({ operacion: 'actualizar', tickets: [ticketUuid], campos: { nota: 'trampa 23514 no' } }));
    assert.deepEqual([refused.resultados[0].codigo, refused.resultados[0].mensaje], ['23514', 'no']);
});

// --- GET /eventos ------------------------------------------------------------------

const events = async (query, who) => desk.done(await desk.get(`/api/eventos${query}`, token[who]));

// All of them since a cursor, in pages.
async function since(cursor, who, limite = 2) {
    const all = [];
    for (let more = true; more;) {
        const page = await events(`?cursor=${cursor}&limite=${limite}`, who);
        assert.deepEqual(Object.keys(page), ['eventos', 'cursor', 'hayMas']);
        assert.ok(page.eventos.length <= limite);
        assert.ok(page.cursor >= cursor);
        all.push(...page.eventos);
        ({ cursor, hayMas: more } = page);
    }
    return { all, cursor };
}

test('what has happened since a cursor: all for ADMIN and MESA, those of its area for AREA', async () => {
    const { cursor } = await since(0, 'admin', 1000);
    const mine = await desk.ticketIn('ASIGNADO', token.mesa);
    const other = await desk.ticketIn('ASIGNADO', token.mesa, { areaAsignada: 'SOPORTE' });
    const moved = await desk.ticketIn('TRANSFERIDO', token.mesa);     // from REDES to SOPORTE
    const seen = async (who) => (await since(cursor, who)).all.map(({ ticketUuid, operacion }) => [ticketUuid, operacion]);
    const all = [[mine, 'crear'], [mine, 'asignar'], [other, 'crear'], [other, 'asignar'], [moved, 'crear'], [moved, 'asignar'], [moved, 'transferir']];
    assert.deepEqual(await seen('admin'), all);
    assert.deepEqual(await seen('mesa'), all);
    assert.deepEqual(await seen('area'), all.slice(0, 2));
    assert.deepEqual(await seen('otra'), all.slice(2));
    const { all: [first], cursor: last } = await since(cursor, 'area');
    assert.deepEqual(Object.keys(first), EVENT);
    assert.deepEqual([first.operacion, first.estado, first.estadoAntes, first.area, first.version], ['crear', 'NUEVO', null, 'REDES', 1]);
    assert.match(first.ticketLabel, /^TK-/);
    // beyond what others have is nothing to come back to
    assert.equal(last, (await since(cursor, 'admin')).cursor);
    assert.deepEqual(await events(`?cursor=${last}`, 'area'), { eventos: [], cursor: last, hayMas: false });
    // nothing that only agents may see of a requester
    assert.doesNotMatch(JSON.stringify((await since(cursor, 'admin')).all), /rosa|Rosa|correo desde/);
});

test('an event is told when nothing before it can come any more', async () => {
    const { cursor } = await since(0, 'admin', 1000);
    const { ticketUuid: ticketUuid_ } = await desk.newTicket();
    const slow = desk.sqlBackground(`BEGIN; SELECT ticket_sm.fn_asignar('${ticketUuid_}', area => 'REDES');
        SELECT pg_sleep(1.5); COMMIT;`);
    for (let i = 0; i < 100 && desk.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(1.5)%' AND wait_event = 'PgSleep'") === '0'; i++) {
        await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    const later = await desk.newTicket();
    // a cursor beyond the later one would leave the earlier one out for ever
    const first = await since(cursor, 'area');
    await slow;
    const then = [...first.all, ...(await since(first.cursor, 'area')).all];
    assert.deepEqual(then.filter(({ ticketUuid }) => [ticketUuid_, later.ticketUuid].includes(ticketUuid)).map(({ operacion }) => operacion),
        ['crear', 'asignar', 'crear']);
    assert.deepEqual(then.map(({ eventoId }) => eventoId), then.map(({ eventoId }) => eventoId).sort((a, b) => a - b));
});

test('who may not, and what is no cursor', async () => {
    desk.refused(await desk.get('/api/eventos'), 401);
    for (const query of ['?cursor=-1', '?cursor=x', '?cursor=1.5', '?cursor=99999999999999999999', '?limite=0', '?limite=1001', '?limite=%00']) {
        const answer = await desk.get(`/api/eventos${query}`, token.admin);
        desk.refused(answer, 400);
        assert.ok(query === '?limite=%00' || answer.json.errores[0].campo === query.match(/\w+/)[0], query);
    }
    assert.ok((await events('?cursor=&limite=', 'admin')).eventos.length <= 100);
    desk.refused(await desk.post('/api/eventos', {}, token.admin), 405);
});

// --- the history of a ticket, page by page --------------------------------------------

test('a long history: its end first, the pages before it by the cursor', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    desk.sql(`DO $$ BEGIN FOR i IN 1..248 LOOP PERFORM ticket_sm.fn_actualizar('${id}', nota => 'Nota ' || i); END LOOP; END $$`);
    const read = async (query) => desk.done(await desk.get(`/api/tickets/${id}${query}`, token.area));
    const last = await read('');
    assert.deepEqual(Object.keys(last), TICKET.keys);
    assert.equal(last.ticket.version, 250);
    assert.equal(last.historial.length, 200);
    assert.equal(last.historial.at(-1).comentario, 'Nota 248');
    assert.equal(last.historialCursor, 51);
    const first = await read(`?cursor=${last.historialCursor}`);
    assert.deepEqual([first.historial.length, first.historial[0].accion, first.historial.at(-1).comentario, first.historialCursor],
        [50, 'crear', 'Nota 48', null]);
    // whatever is written meanwhile, the pages fit
    const pages = [];
    for (let cursor = ''; cursor !== null;) {
        const page = await read(`?limite=90&cursor=${cursor}`);
        pages.unshift(...page.historial);
        cursor = page.historialCursor;
        desk.sql(`SELECT ticket_sm.fn_actualizar('${id}', nota => 'Otra')`);
    }
    assert.deepEqual(pages.slice(2).map(({ comentario }) => comentario), Array.from({ length: 248 }, (_, i) => `Nota ${i + 1}`));
    assert.deepEqual([(await read('?cursor=1')).historial, (await read('?cursor=1')).historialCursor], [[], null]);
    assert.equal((await read('?limite=1000')).historial.length, 253);
    for (const query of ['?limite=1001', '?limite=0', '?cursor=0', '?cursor=x', '?limite=1e2']) {
        desk.refused(await desk.get(`/api/tickets/${id}${query}`, token.area), 400, /must be a whole number/);
    }
    assert.equal(desk.sql(`SELECT jsonb_array_length(ticket_sm.fn_ticket('${id}') -> 'historial')`), '253');
});
