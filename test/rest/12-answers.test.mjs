// Answers that tell: what a form sent along and did not change, the last words for the
// requester, a time line without "X -> X", what is taken away.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});

const update = async (id, body) => desk.done(await desk.post(`/tickets/${id}/actualizar`, { nota: 'Visto.', ...body }, token.mesa));
const label = (id) => desk.sql(`SELECT ticket_label FROM helpdesk.ticket WHERE ticket_uuid = '${id}'`);

// [state before, what the form sends, what the sentence says of it]
const FORMS = [
    ['ASIGNADO', {}, ''],
    ['ASIGNADO', { estado: 'ASIGNADO', prioridad: ' media ', area: 'redes' }, ''],
    ['ASIGNADO', { estado: null, prioridad: 7, area: ['SOPORTE'] }, ''],
    ['ASIGNADO', { estado: '', prioridad: '  ', area: '\u00a0' }, ''],
    ['ASIGNADO', { estado: 'RESUELTO' }, 'estado (con resolver)'],
    ['ASIGNADO', { estado: 'resuelto', prioridad: 'ALTA', area: 'SOPORTE' },
        'estado (con resolver), prioridad (con reclasificar), area (con transferir)'],
    ['ASIGNADO', { estado: 'ABIERTO' }, 'estado'],
    ['ASIGNADO', { estado: 'NUEVO' }, 'estado'],
    ['NUEVO', { estado: 'ASIGNADO', prioridad: 'ALTA', area: 'SOPORTE' }, 'estado (con asignar), prioridad, area (con asignar)'],
    ['PAUSADO', { estado: 'ASIGNADO', area: 'NINGUNA' }, 'estado (con reabrir), area'],
];

for (const [state, form, unchanged] of FORMS) {
    test(`actualizar in ${state} with ${JSON.stringify(form)}`, async () => {
        const id = await desk.ticketIn(state, token.mesa);
        const answer = await update(id, form);
        assert.equal(answer.message, `Ticket ${label(id)} actualizado${unchanged === '' ? '' : `; sin cambio: ${unchanged}`}`);
        assert.deepEqual([answer.estado, answer.prioridad, answer.area], [state, 'MEDIA', 'REDES']);
    });
}

test('the last answer stays the last words for the requester', async () => {
    const made = await desk.newTicket({ areaAsignada: 'REDES' });
    const id = made.ticketUuid;
    const look = async () => desk.done(await desk.post('/tickets/consultar', { label: made.ticketLabel, email: 'rosa@example.com' }));
    const act = async (name, body) => desk.done(await desk.post(`/tickets/${id}/${name}`, body, token.mesa));

    assert.equal((await look()).ultimoMotivo, null);
    await act('asignar', { motivo: 'De redes.' });
    await act('actualizar', { respuesta: 'Lo miramos.' });
    await act('actualizar', { nota: 'Sólo para nosotros.' });
    await act('resolver', { respuesta: 'Se cambió el cable.' });
    await act('archivar', { motivo: 'Listo.' });
    const seen = await look();
    assert.equal(seen.ultimaAccion, 'archivar');
    assert.equal(seen.ultimoMotivo, 'Se cambió el cable.');
    assert.equal(seen.respuestaCliente, 'Se cambió el cable.');
});

test('a time line says who, why and what has changed', async () => {
    const id = (await desk.newTicket({ areaAsignada: 'REDES' })).ticketUuid;
    await desk.post(`/tickets/${id}/asignar`, { motivo: 'De redes.' }, token.mesa);
    await desk.post(`/tickets/${id}/actualizar`, { nota: 'Una nota.', respuesta: 'Una respuesta.' }, token.area);
    await desk.post(`/tickets/${id}/transferir`, { nuevaArea: 'SOPORTE', motivo: 'Es de soporte.' }, token.mesa);
    const { historial } = desk.done(await desk.get(`/tickets/${id}`, token.mesa));
    const row = (e) => [e.accion, e.actor_nombre, e.comentario, e.estado_antes, e.estado_despues, e.area_antes, e.area_despues,
        e.prioridad_antes, e.prioridad_despues];
    assert.deepEqual(historial.map(row), [
        ['crear', 'Rosa Díaz', null, null, 'NUEVO', null, 'REDES', null, 'MEDIA'],
        ['asignar', 'Mario Gil', 'De redes.', 'NUEVO', 'ASIGNADO', null, null, null, null],
        ['actualizar', 'Alba Núñez', 'Una nota.\nUna respuesta.', null, null, null, null, null, null],
        ['transferir', 'Mario Gil', 'Es de soporte.', 'ASIGNADO', 'TRANSFERIDO', 'REDES', 'SOPORTE', null, null],
    ]);
});

test('a subcategory is taken away', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa, { subcategoria: 'WiFi' });
    const subcategory = () => desk.sql(`SELECT coalesce(subcategoria, '-') FROM helpdesk.ticket WHERE ticket_uuid = '${id}'`);
    const act = async (name, body) => desk.done(await desk.post(`/tickets/${id}/${name}`, { motivo: 'Más exacto.', ...body }, token.mesa));

    await act('reclasificar', { nuevaPrioridad: 'ALTA', nuevaSubcategoria: null });
    assert.equal(subcategory(), 'WiFi');
    await act('asignar', {});
    await act('reclasificar', { nuevaSubcategoria: '' });
    assert.equal(subcategory(), '-');
    await act('asignar', {});
    const again = await desk.post(`/tickets/${id}/reclasificar`, { motivo: 'Más exacto.', nuevaSubcategoria: ' ' }, token.mesa);
    assert.equal(again.status, 409);
    await act('reclasificar', { nuevaCategoria: 'Impresoras', nuevaSubcategoria: 'Láser' });
    assert.equal(subcategory(), 'Láser');
    await act('asignar', {});
    await act('reclasificar', { nuevaCategoria: 'Redes' });
    assert.equal(subcategory(), '-');
});
