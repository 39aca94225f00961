// What ends by itself: pauses with an end, resolved tickets.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
    desk.sql("UPDATE helpdesk.configuracion SET eventos = '{pausar, reabrir, archivar}'");
});
after(() => {
    desk.sql('UPDATE helpdesk.configuracion SET eventos = DEFAULT, cierre_automatico = NULL');
});

// The sweep, so many days from now: what it did to a ticket.
const sweep = (days, id) => desk.sql(`SET ticket_sm.desfase_reloj = '${days}d';
    SELECT string_agg(operacion::text, ' ' ORDER BY version) FROM ticket_sm.fn_sla_barrer() WHERE ticket_uuid = '${id}' AND objetivo IS NULL`);
const events = async (id) => {
    const { eventos } = desk.done(await desk.get('/api/eventos?limite=1000', token.admin));
    return eventos.filter((each) => each.ticketUuid === id);
};
const tomorrow = () => new Date(Date.now() + 864e5);

for (const prefix of ['/api', '']) {
    test(`POST ${prefix}/tickets/{ticket_id}/pausar with an end`, async () => {
        const id = await desk.ticketIn('ASIGNADO', token.mesa);
        const hasta = tomorrow();
        const answer = desk.done(await desk.post(`${prefix}/tickets/${id}/pausar`, { motivo: 'Falta una pieza.', hasta: hasta.toISOString() }, token.area));
        assert.equal(answer.estado, 'PAUSADO');
        assert.equal(new Date(desk.done(await desk.get(`${prefix}/tickets/${id}`, token.area)).ticket.pausado_hasta).getTime(), hasta.getTime());
        assert.equal(sweep(0, id), '');
        assert.equal(sweep(2, id), 'reabrir');
        const seen = desk.done(await desk.get(`${prefix}/tickets/${id}`, token.area));
        assert.deepEqual([seen.ticket.estado, seen.ticket.pausado_hasta], ['ASIGNADO', null]);
        assert.deepEqual([seen.historial.at(-1).accion, seen.historial.at(-1).motivo, seen.historial.at(-1).actor_rol], ['reabrir', null, 'ADMIN']);
        const told = await events(id);
        assert.deepEqual(told.map((each) => [each.operacion, each.automatico, each.pausadoHasta === undefined]), [['pausar', undefined, false], ['reabrir', true, true]]);
        assert.equal(new Date(told[0].pausadoHasta).getTime(), hasta.getTime());
    });
}

test('without an offset it is a time of the desk; a day alone begins then; an empty one is none', async () => {
    desk.sql("UPDATE helpdesk.configuracion SET zona_horaria = 'America/Bogota'");
    try {
        const day = new Date(Date.now() + 3 * 864e5).toISOString().slice(0, 10);
        for (const [hasta, time] of [[`${day}T08:30`, `${day}T13:30:00.000Z`], [`${day}T08:30:00+02:00`, `${day}T06:30:00.000Z`], [day, `${day}T05:00:00.000Z`], ['', null], [null, null]]) {
            const id = await desk.ticketIn('ASIGNADO', token.mesa);
            desk.done(await desk.post(`/api/tickets/${id}/pausar`, { motivo: 'Falta una pieza.', hasta }, token.mesa));
            const { pausado_hasta: until } = desk.done(await desk.get(`/api/tickets/${id}`, token.mesa)).ticket;
            assert.equal(until && new Date(until).toISOString(), time);
        }
    } finally {
        desk.sql("UPDATE helpdesk.configuracion SET zona_horaria = 'UTC'");
    }
});

test('with other faults of the form, told at once', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    const answer = await desk.post(`/api/tickets/${id}/pausar`, { motivo: 'x', hasta: 'luego' }, token.mesa);
    desk.refused(answer, 400, /Field "(motivo|hasta)"/);
    assert.deepEqual(answer.json.errores.map((each) => each.campo).sort(), ['hasta', 'motivo']);
    desk.refused(await desk.post(`/api/tickets/${id}/pausar`, { motivo: 'Falta una pieza.', hasta: '2020-01-01T00:00Z' }, token.mesa), 400, /Field "hasta".* not after now/);
});

test('many at once; a button that asks for it', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    const action = desk.done(await desk.get(`/api/tickets/${id}`, token.mesa)).acciones.find((each) => each.operacion === 'pausar');
    assert.deepEqual(action.campos.find((each) => each.campo === 'hasta'), { campo: 'hasta', tipo: 'date-time', requerido: false, algunoRequerido: false });
    const lot = (hasta) => desk.post('/api/tickets/lote', { operacion: 'pausar', tickets: [id], campos: { motivo: 'Falta una pieza.', hasta } }, token.mesa);
    desk.refused(await lot('luego'), 400, /"hasta"/);
    assert.equal(desk.done(await lot(tomorrow().toISOString())).hechos, 1);
    assert.equal(sweep(2, id), 'reabrir');
});

test('the requester never sees when', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    const hasta = '2031-07-09T10:11:12Z';
    desk.done(await desk.post(`/api/tickets/${id}/pausar`, { motivo: 'Falta una pieza.', hasta }, token.mesa));
    const label = desk.sql(`SELECT ticket_label FROM helpdesk.ticket WHERE ticket_uuid = '${id}'`);
    const answer = await desk.post('/api/tickets/consultar', { label, email: desk.REQUEST.email, conversacion: true });
    assert.equal(desk.done(answer).estadoNombre, 'PAUSADO');
    assert.doesNotMatch(answer.text, /2031|hasta/i);
});

test('what is resolved is closed', async () => {
    const id = await desk.ticketIn('RESUELTO', token.mesa);
    assert.equal(sweep(4, id), '');
    desk.sql('UPDATE helpdesk.configuracion SET cierre_automatico = 3');
    assert.equal(sweep(2, id), '');
    assert.equal(sweep(4, id), 'archivar');
    assert.equal(desk.done(await desk.get(`/api/tickets/${id}`, token.mesa)).ticket.estado, 'ARCHIVADO');
    assert.deepEqual((await events(id)).map((each) => [each.operacion, each.automatico]), [['archivar', true]]);
    const label = desk.sql(`SELECT ticket_label FROM helpdesk.ticket WHERE ticket_uuid = '${id}'`);
    desk.refused(await desk.post('/api/tickets/responder', { label, email: desk.REQUEST.email, mensaje: 'Sigue igual.' }), 409);
});
