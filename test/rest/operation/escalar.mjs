// The operation of docs/add-an-operation.md: 85-operation.test.mjs runs this
// against servers that have it.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as desk from '../lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});

const state = (id) => desk.sql(`SELECT estado || ' ' || version FROM helpdesk.ticket WHERE ticket_uuid = '${id}'`);

test('over SQL: function, batch and plain UPDATE', async () => {
    const [one, two, three] = [await desk.ticketIn('ASIGNADO', token.mesa), await desk.ticketIn('ASIGNADO', token.mesa),
        await desk.ticketIn('ASIGNADO', token.mesa)];
    assert.equal(desk.sql(`SELECT estado_anterior || ' ' || estado FROM ticket_sm.fn_escalar('${one}', 'Es de segunda línea.')`),
        'ASIGNADO ESCALADO');
    assert.throws(() => desk.sql(`SELECT ticket_sm.fn_escalar('${two}')`), /field "motivo" is required/);
    assert.equal(desk.sql(`SELECT estado FROM ticket_sm.fn_ejecutar_lote('escalar', ARRAY['${two}']::uuid[], '{"motivo": "Todos."}')`),
        'ESCALADO');
    assert.throws(() => desk.sql(`UPDATE helpdesk.ticket SET estado = 'ESCALADO' WHERE ticket_uuid = '${three}'`),
        /field "motivo" is required/);
    desk.sql(`SET ticket_sm.motivo = 'A mano.'; UPDATE helpdesk.ticket SET estado = 'ESCALADO' WHERE ticket_uuid = '${three}'`);
    for (const id of [one, two, three]) {
        assert.match(desk.historyOf(id), / escalar$/);
    }
    assert.equal(desk.sql(`SELECT estado FROM ticket_sm.fn_asignar('${one}')`), 'ASIGNADO');
    assert.equal(desk.sql('SELECT count(*) FROM ticket_sm.fn_verificar()'), '0');
});

test('over HTTP: path, roles, errors and answer', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    const path = `/api/tickets/${id}/escalar`;
    desk.refused(await desk.post(path, { motivo: 'Nadie.' }), 401, /42501/);
    desk.refused(await desk.post(path, { motivo: 5 }, token.mesa), 400, /Field "motivo" has the wrong type/);
    desk.refused(await desk.post(path, {}, token.mesa), 400, /Field "motivo" is required/);
    assert.equal((await desk.get(path, token.mesa)).status, 405);
    const answer = desk.done(await desk.post(path, { motivo: 'Es de segunda línea.' }, token.mesa));
    assert.match(answer.message, /^Ticket \S+ escalado$/);
    assert.deepEqual([answer.estadoAnterior, answer.estado], ['ASIGNADO', 'ESCALADO']);
    desk.refused(await desk.post(path, { motivo: 'Otra vez.' }, token.mesa), 409, /PT409/);
    assert.match(state(id), /^ESCALADO /);
});

test('the OpenAPI document has it', async () => {
    const { paths } = desk.done(await desk.get('/api/', token.mesa));
    const { post } = paths['/tickets/{ticket_id}/escalar'];
    assert.equal(post.summary, 'Raises a ticket to the second line.');
    assert.deepEqual(post.requestBody.content['application/json'].schema.required, ['motivo']);
});
