// The requester and the desk: replies, the conversation, what an agent may do now.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CONSULT, LINKS, OPERATIONS, REPLY, TICKET } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});

const label = (id) => desk.sql(`SELECT ticket_label FROM helpdesk.ticket WHERE ticket_uuid = '${id}'`);
const named = async (state, more) => {
    const id = await desk.ticketIn(state, token.mesa, more);
    return { id, label: label(id), email: desk.REQUEST.email };
};
const reply = ({ label: it, email }, more = {}, who = undefined, headers = {}) =>
    desk.post('/api/tickets/responder', { label: it, email, mensaje: 'Sigue igual.', ...more }, token[who], headers);
const look = ({ label: it, email }, more = {}) => desk.post('/api/tickets/consultar', { label: it, email, ...more });

for (const prefix of ['/api', '']) {
    for (const [from, to] of [['NUEVO', 'NUEVO'], ['ASIGNADO', 'ASIGNADO'], ['PAUSADO', 'ASIGNADO'], ['RESUELTO', 'ASIGNADO']]) {
        test(`POST ${prefix}/tickets/responder from ${from}`, async () => {
            const it = await named(from);
            const answer = desk.done(await desk.post(`${prefix}/tickets/responder`,
                { label: it.label.toLowerCase(), email: ' ROSA@example.com', mensaje: 'Sigue igual.', desconocido: [1] }));
            assert.deepEqual(Object.keys(answer), REPLY.keys);
            assert.deepEqual({ ...answer, fecha: 0 }, {
                message: `Ticket ${it.label} respondido`, ticketUuid: it.id, ticketLabel: it.label, estadoAnterior: from, estado: to, fecha: 0,
            });
            const seen = desk.done(await desk.get(`/tickets/${it.id}`, token.mesa)).historial.at(-1);
            assert.deepEqual(Object.keys(seen), TICKET.historial);
            assert.deepEqual([seen.accion, seen.comentario, seen.actor_nombre, seen.actor_rol],
                ['responder', 'Sigue igual.', 'Rosa Díaz', 'PUBLICO']);
        });
    }
}

test('an ended ticket takes none, and says where to go on', async () => {
    for (const state of ['CANCELADO', 'ARCHIVADO']) {
        const it = await named(state);
        const before_ = desk.historyOf(it.id);
        const answer = await reply(it);
        desk.refused(answer, 409, new RegExp(`^PT409 Ticket has ended\\. Ticket ${it.label} is in state ${state}; .* Create a new ticket, and name ${it.label}`));
        assert.equal(answer.json.message, 'ticket has ended');
        assert.equal(desk.historyOf(it.id), before_);
    }
});

test('the key of the body and of the header: one message', async () => {
    const it = await named('PAUSADO');
    const first = desk.done(await reply(it, { claveIdempotencia: 'una' }));
    const all = await Promise.all([1, 2, 3, 4].map(() => reply(it, { claveIdempotencia: 'otra' }, undefined, { 'Idempotency-Key': 'una' })));
    for (const answer of all) {
        assert.deepEqual(desk.done(answer), first);
    }
    desk.refused(await reply(it, { claveIdempotencia: 'una', mensaje: 'Otra cosa.' }), 409, /^PT409 Idempotency key/);
    assert.equal(desk.historyOf(it.id), 'crear asignar pausar responder');
});

test('wrong label, wrong address, both, and the address of somebody else: one answer', async () => {
    const it = await named('ASIGNADO');
    const other = await named('ASIGNADO', { email: 'otro@example.com' });
    const wrong = [{ ...it, label: 'TK-2001-00001' }, { ...it, email: 'nadie@example.com' }, { label: 'TK-2001-00001', email: 'nadie@example.com' },
        { ...it, email: desk.PEOPLE.admin }, { ...it, label: other.label, email: it.email }, { ...it, label: it.id }];
    const answers = await Promise.all(wrong.flatMap((each) => [reply(each), look(each, { conversacion: true })]));
    for (const answer of answers) {
        desk.refused(answer, 404, /^PT404/);
        assert.equal(answer.text, answers[0].text);
    }
    assert.equal(desk.historyOf(it.id), 'crear asignar');
});

test('agents for the requester, each in his area; the fields', async () => {
    const it = await named('PAUSADO');
    desk.refused(await reply(it, {}, 'otra'), 403, /^42501/);
    desk.done(await reply(it, { mensaje: 'Por teléfono.' }, 'area'));
    const seen = desk.done(await desk.get(`/tickets/${it.id}`, token.mesa)).historial.at(-1);
    assert.deepEqual([seen.actor_nombre, seen.actor_rol], ['Alba Núñez', 'AREA']);
    const answer = await reply({}, { label: undefined, email: '', mensaje: ' ', claveIdempotencia: 'x'.repeat(201) });
    desk.refused(answer, 400, /^22004/);
    assert.deepEqual(answer.json.errores.map((each) => each.campo), ['label', 'email', 'mensaje', 'claveIdempotencia']);
    desk.refused(await reply(it, { mensaje: 'x'.repeat(20001) }), 400, /^22001/);
    desk.refused(await reply(it, { mensaje: ['x'] }), 400, /^22023/);
    desk.refused(await reply(it, { mensaje: '\u0000' }), 400);
    desk.refused(await desk.get('/api/tickets/responder'), 405);
    desk.done(await reply(it, { mensaje: '🙂'.repeat(20000) }));
});

test('the conversation: asked for, page by page, and nothing internal moves it', async () => {
    const it = await named('NUEVO');
    assert.deepEqual(Object.keys(desk.done(await look(it))).sort(), [...CONSULT.keys, ...CONSULT.private].sort());
    const conversation = async (more) => {
        const answer = desk.done(await look(it, { conversacion: true, ...more }));
        return { said: answer.conversacion, cursor: answer.conversacionCursor };
    };
    desk.done(await reply(it, { mensaje: 'Primero.' }));
    desk.done(await desk.post(`/tickets/${it.id}/actualizar`, { nota: 'Sólo aquí.', respuesta: 'Lo miramos.' }, token.mesa));
    const before_ = await conversation();
    assert.deepEqual(before_.said.map((each) => [each.numero, each.autor, each.texto]), [[1, 'SOLICITANTE', desk.REQUEST.descripcion],
        [2, 'SOLICITANTE', 'Primero.'], [3, 'MESA', 'Lo miramos.']]);
    assert.equal(before_.cursor, undefined);
    for (let i = 0; i < 10; i++) {
        desk.done(await desk.post(`/tickets/${it.id}/actualizar`, { nota: `Nota ${i}` }, token.mesa));
    }
    assert.deepEqual(await conversation(), before_);
    desk.sql(`SELECT count(*) FROM generate_series(1, 210) i, ticket_sm.fn_actualizar('${it.id}', respuesta => 'Número ' || i)`);
    const page = await conversation();
    assert.deepEqual([page.said.length, page.said[0].numero, page.cursor, page.said.at(-1).texto], [200, 14, 14, 'Número 210']);
    const query = new URLSearchParams({ label: it.label, email: it.email, conversacion: 'true', antes: page.cursor });
    const earlier = desk.done(await desk.get(`/tickets/consultar?${query}`));
    assert.deepEqual(earlier.conversacion.map((each) => each.numero), Array.from({ length: 13 }, (_, i) => i + 1));
    for (const bad of [{ conversacion: 'sí' }, { conversacion: true, antes: 0 }, { conversacion: true, antes: 'x' }, { conversacion: true, antes: 1e12 }]) {
        desk.refused(await look(it, bad), 400, /^22023/);
    }
});

test('sixty messages an hour', async () => {
    const it = await named('NUEVO');
    desk.sql(`DO $$ BEGIN FOR i IN 1 .. 60 LOOP PERFORM ticket_sm.fn_responder('${it.label}', '${it.email}', 'Estoy fuera.'); END LOOP; END $$`);
    const answer = await reply(it);
    desk.refused(answer, 429, /^PT429 Too many messages\. Ticket TK-.* takes 60 messages an hour\. Try again later\.$/);
    assert.equal(answer.headers['retry-after'], '60');
});

test('what an agent may do now, each with its path and fields', async () => {
    for (const who of ['admin', 'mesa', 'area']) {
        for (const state of ['NUEVO', 'ASIGNADO', 'PAUSADO', 'RESUELTO', 'ARCHIVADO']) {
            const it = await named(state);
            const { acciones } = desk.done(await desk.get(`/api/tickets/${it.id}`, token[who]));
            const may = JSON.parse(desk.sql(`SELECT coalesce(json_agg(operacion ORDER BY operacion), '[]') FROM ticket_sm.fn_maquina()
                WHERE estado_origen = '${state}' AND '${who.toUpperCase()}' = ANY (roles)`));
            // it has no link that could be undone, and no file to take away
            assert.deepEqual(acciones.map((each) => each.operacion), may.filter((each) => !['desvincular', 'retirar_adjunto'].includes(each)));
            for (const action of acciones.filter((each) => each.operacion !== 'adjuntar')) {
                assert.equal(action.cuerpo, 'json');
                const contract = action.operacion === 'responder' ? REPLY : [...OPERATIONS, ...LINKS].find((each) => each.name === action.operacion);
                assert.deepEqual(Object.fromEntries(action.campos.map((each) => [each.campo, each.requerido])),
                    Object.fromEntries(Object.entries(contract.fields).map(([name, { required }]) => [name, Boolean(required)])));
                assert.equal(action.ruta, contract.path.replace('{ticket_id}', it.id));
            }
            const answer = acciones.find((each) => each.operacion === 'actualizar');
            if (answer) {           // it is as it was told
                desk.done(await desk.post(`/api${answer.ruta}`, { [answer.campos[0].campo]: 'Visto.' }, token[who]));
            }
            const attach = acciones.find((each) => each.operacion === 'adjuntar');
            if (attach) {
                assert.deepEqual([attach.ruta, attach.cuerpo, attach.campos.map((each) => [each.campo, each.tipo, each.requerido])],
                    [`/tickets/${it.id}/adjuntos`, 'archivo', [['archivo', 'string', true], ['tipoContenido', 'string', false],
                        ['publico', 'boolean', false], ['version', 'integer', false]]]);
                const sent = desk.done(await desk.call('POST', `/api${attach.ruta}?archivo=visto.txt`, { body: 'Visto.', token: token[who] }), 201);
                const after = desk.done(await desk.get(`/api/tickets/${it.id}`, token[who])).acciones.find((each) => each.operacion === 'retirar_adjunto');
                assert.equal(after !== undefined, who === 'admin');
                if (after) {
                    assert.deepEqual(after.campos.map((each) => each.campo), ['motivo', 'version']);
                    desk.done(await desk.post(`/api${after.ruta.replace('{adjuntoId}', sent.adjuntoId)}`, { motivo: 'Era de otro.' }, token[who]));
                }
            }
        }
    }
});
