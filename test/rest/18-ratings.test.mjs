// The requester rates the solution of his ticket.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RATE } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
    desk.sql("UPDATE helpdesk.configuracion SET eventos = '{calificar}'");
});
after(() => {
    desk.sql('UPDATE helpdesk.configuracion SET eventos = DEFAULT');
});

const named = async (state) => {
    const id = await desk.ticketIn(state, token.mesa);
    return { id, label: desk.sql(`SELECT ticket_label FROM helpdesk.ticket WHERE ticket_uuid = '${id}'`) };
};
const rate = ({ label }, more = {}, who = undefined, prefix = '/api') =>
    desk.post(`${prefix}/tickets/calificar`, { label, email: desk.REQUEST.email, calificacion: 4, ...more }, token[who]);

for (const prefix of ['/api', '']) {
    for (const state of ['RESUELTO', 'ARCHIVADO']) {
        test(`POST ${prefix}/tickets/calificar, ${state}`, async () => {
            const it = await named(state);
            const answer = desk.done(await rate(it, { comentario: 'Rápido.', email: ' ROSA@example.com', desconocido: 1 }, undefined, prefix));
            assert.deepEqual(Object.keys(answer), RATE.keys);
            assert.deepEqual({ ...answer, fecha: 0 }, { message: `Ticket ${it.label} calificado`, ticketUuid: it.id, ticketLabel: it.label,
                estadoAnterior: state, estado: state, fecha: 0 });
            const seen = desk.done(await desk.get(`/api/tickets/${it.id}`, token.mesa)).historial.at(-1);
            assert.deepEqual([seen.accion, seen.comentario, seen.actor_nombre, seen.actor_rol], ['calificar', 'Rápido.', 'Rosa Díaz', 'PUBLICO']);
            assert.equal(desk.sql(`SELECT calificacion FROM helpdesk.calificacion WHERE ticket_uuid = '${it.id}'`), '4');
            const { eventos } = desk.done(await desk.get('/api/eventos?limite=1000', token.admin));
            assert.deepEqual(eventos.filter((each) => each.ticketUuid === it.id).map((each) => [each.operacion, each.calificacion]), [['calificar', 4]]);
            // what was said is in the conversation, for the requester
            const own = desk.done(await desk.post('/api/tickets/consultar', { label: it.label, email: desk.REQUEST.email, conversacion: true }));
            assert.deepEqual([own.conversacion.at(-1).autor, own.conversacion.at(-1).texto], ['SOLICITANTE', 'Rápido.']);
            desk.refused(await rate(it, { calificacion: 5 }, undefined, prefix), 409, /^PT409 Solution has been rated already/);
        });
    }
}

test('of many at once one counts', async () => {
    const it = await named('RESUELTO');
    const answers = await Promise.all([1, 2, 3, 4, 5].map((calificacion) => rate(it, { calificacion })));
    assert.deepEqual(answers.map((each) => each.status).sort(), [200, 409, 409, 409, 409]);
    assert.equal(desk.historyOf(it.id), 'crear asignar resolver calificar');
});

test('nothing is rated by looking', async () => {
    const it = await named('RESUELTO');
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
        const answer = await desk.call(method, `/api/tickets/calificar?label=${it.label}&email=${desk.REQUEST.email}&calificacion=1`);
        assert.equal(answer.status, 405);
    }
    assert.equal(desk.historyOf(it.id), 'crear asignar resolver');
});

test('the requester alone; fields; states', async () => {
    const it = await named('RESUELTO');
    for (const who of ['admin', 'mesa', 'area', 'otra']) {
        desk.refused(await rate(it, {}, who), 403);
    }
    for (const [calificacion, code] of [[0, '22023'], [6, '22023'], [4.5, '22023'], ['4', '22023'], [true, '22023'], [null, '22004'], [undefined, '22004']]) {
        desk.refused(await rate(it, { calificacion }), 400, new RegExp(`^${code} Field "calificacion"`));
    }
    desk.refused(await rate(it, { comentario: 'x'.repeat(2001) }), 400, /^22001 Field "comentario"/);
    desk.refused(await rate(it, { email: 'otra@example.com' }), 404);
    desk.refused(await rate({ label: 'TK-1999-00001' }), 404);
    for (const state of ['NUEVO', 'ASIGNADO', 'PAUSADO', 'CANCELADO']) {
        desk.refused(await rate(await named(state)), 409);
    }
    desk.refused(await desk.post(`/api/tickets/${it.id}/calificar`, { calificacion: 4 }, token.admin), 404);
    assert.equal(desk.historyOf(it.id), 'crear asignar resolver');
});
