// Links between tickets over HTTP: who, what comes, what a duplicate's requester sees.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { EVERYBODY, LINKS, TICKET } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});

const link = (id, otroId, relacion, who = 'mesa', more = {}) =>
    desk.post(`/api/tickets/${id}/vincular`, { otroId, relacion, motivo: 'Es lo mismo.', ...more }, token[who]);
const unlink = (id, otroId, who = 'mesa', more = {}) =>
    desk.post(`/api/tickets/${id}/desvincular`, { otroId, motivo: 'No era eso.', ...more }, token[who]);
const see = async (id, who = 'mesa') => desk.done(await desk.get(`/api/tickets/${id}`, token[who]));
const asks = async (id, more = {}) => {
    const { ticket } = await see(id);
    return desk.post('/api/tickets/consultar', { label: ticket.ticket_label, email: ticket.solicitante_email, ...more });
};
const pair = (state = 'ASIGNADO', more = {}) => Promise.all([desk.ticketIn(state, token.admin, more), desk.ticketIn('ASIGNADO', token.admin)]);

test('a link shows in both tickets, and is taken away from either side', async () => {
    const [one, other] = await pair();
    const answer = desk.done(await link(one, other, ' PADRE ', 'mesa', { desconocido: 1 }));
    assert.deepEqual(Object.keys(answer), LINKS[0].keys);
    assert.deepEqual([answer.ticketUuid, answer.estadoAnterior, answer.estado, answer.version], [one, 'ASIGNADO', 'ASIGNADO', 3]);
    assert.match(answer.message, /^Ticket TK-20\d\d-\d+ vinculado$/);
    const [a, b] = [await see(one), await see(other)];
    assert.deepEqual(Object.keys(a.vinculos[0]), TICKET.vinculos);
    assert.deepEqual([a, b].map(({ vinculos }) => vinculos.map(({ relacion, ticketUuid, estado }) => [relacion, ticketUuid, estado])),
        [[['padre', other, 'ASIGNADO']], [['hijo', one, 'ASIGNADO']]]);
    assert.deepEqual([a.historial.at(-1).accion, b.historial.at(-1).accion, b.historial.at(-1).motivo], ['vincular', 'vincular', 'Es lo mismo.']);
    assert.deepEqual(desk.done(await unlink(other, one)).ticketUuid, other);
    assert.deepEqual([(await see(one)).vinculos, (await see(other)).vinculos], [[], []]);
    desk.refused(await unlink(one, other), 409, /^PT409 Tickets are not linked/);
});

test('who ends a parent is told of its children', async () => {
    const [one, other] = await pair();
    desk.done(await link(one, other, 'padre'));
    const answer = desk.done(await desk.post(`/api/tickets/${one}/resolver`, {}, token.area));
    assert.deepEqual(Object.keys(answer), [...LINKS[0].keys, 'advertencia']);
    assert.match(answer.advertencia, /^Children of this ticket are open still: TK-20\d\d-\d+ \(ASIGNADO\)\.$/);
    const { resultados } = desk.done(await desk.post('/api/tickets/lote', { operacion: 'archivar', tickets: [one], campos: { motivo: 'Listo.' } }, token.mesa));
    assert.deepEqual([resultados[0].hecho, resultados[0].detalle], [true, answer.advertencia]);
});

test('a duplicate is cancelled, and its requester led on; each sees the own words alone', async () => {
    const [one, other] = await pair('ASIGNADO', { email: 'luis@example.com', nombre: 'Luis Mora', descripcion: 'Palabras de Luis.' });
    const say = async (id, respuesta) => desk.done(await desk.post(`/api/tickets/${id}/actualizar`, { respuesta, nota: 'Nota interna.' }, token.mesa));
    await say(other, 'Antes de la fusión.');
    await say(one, 'A Luis.');
    assert.equal(desk.done(await link(one, other, 'duplicado')).estado, 'CANCELADO');
    await say(other, 'A todos.');
    const { ticket_label: label } = (await see(other)).ticket;
    const led = desk.done(await asks(one));
    assert.equal(Object.keys(led).at(-1), 'labelVigente');
    assert.deepEqual([led.labelVigente, led.estadoNombre, led.solicitanteNombre, led.descripcionProblema, led.respuestaCliente, led.ultimaAccion],
        [label, 'ASIGNADO', 'Luis Mora', 'Palabras de Luis.', 'A todos.', 'actualizar']);
    assert.doesNotMatch(JSON.stringify(led), /Rosa|rosa@|Antes de la|No llega|interna/);
    const own = desk.done(await asks(other));
    assert.equal(own.labelVigente, undefined);
    assert.doesNotMatch(JSON.stringify(own), /Luis|luis@|interna/);
    desk.refused(await asks(other, { email: 'luis@example.com' }), 404, /^PT404/);
    desk.refused(await asks(one, { email: 'rosa@example.com' }), 404, /^PT404/);
    const { duplicados, vinculos } = await see(other, 'area');
    assert.deepEqual(Object.keys(duplicados[0]), TICKET.duplicados);
    assert.deepEqual(duplicados.map(({ autor, texto }) => `${autor}: ${texto}`), ['SOLICITANTE: Palabras de Luis.', 'MESA: A Luis.']);
    assert.deepEqual(vinculos.map(({ relacion }) => relacion), ['original']);
    desk.done(await unlink(other, one, 'admin', { relacion: 'duplicado' }));
    const again = desk.done(await asks(one));
    assert.deepEqual([again.labelVigente, again.estadoNombre, again.respuestaCliente], [undefined, 'CANCELADO', 'A Luis.']);
    assert.deepEqual((await see(other)).duplicados, []);
});

test('many are merged at once', async () => {
    const tickets = await Promise.all([1, 2, 3].map(() => desk.ticketIn('ASIGNADO', token.admin)));
    const other = await desk.ticketIn('NUEVO', token.admin);
    const answer = desk.done(await desk.post('/api/tickets/lote', { operacion: 'vincular', tickets: [...tickets, other],
        campos: { otroId: other, relacion: 'duplicado', motivo: 'La misma avería.' } }, token.mesa));
    assert.deepEqual([answer.hechos, answer.rechazados], [3, 1]);
    assert.deepEqual(answer.resultados.find(({ ticketUuid }) => ticketUuid === other).codigo, '22023');
    assert.equal((await see(other)).vinculos.length, 3);
});

test('what is refused, in the client\'s words', async () => {
    const [one, other] = await pair();
    for (const [field, code] of [['otroId', '22004'], ['relacion', '22004'], ['motivo', '22004']]) {
        desk.refused(await link(one, other, 'padre', 'mesa', { [field]: null }), 400, new RegExp(`^${code} Field "${field}" is required`));
    }
    desk.refused(await link(one, 'x', 'padre'), 400, /^22P02 Field "otroId" is not a uuid/);
    desk.refused(await link(one, 5, 'padre'), 400, /^22023 Field "otroId" has the wrong type/);
    desk.refused(await link(one, one, 'padre'), 400, /^22023 Field "otroId" has an invalid value/);
    desk.refused(await link(one, other, 'primo'), 400, /^22023 Field "relacion".*relacionado, padre, duplicado/);
    desk.refused(await link(one, desk.NOBODY, 'padre'), 404, /^PT404/);
    desk.refused(await link(desk.NOBODY, one, 'padre'), 404, /^PT404/);
    desk.done(await link(one, other, 'padre'));
    desk.refused(await link(one, other, 'padre'), 409, /^PT409 Tickets are linked already/);
    desk.refused(await link(other, one, 'padre'), 409, /^PT409 Links would go round in a circle/);
});

for (const { name, roles } of LINKS) {
    for (const who of EVERYBODY) {
        test(`${who} ${name}`, async () => {
            const [one, other] = await pair();
            if (name === 'desvincular') {
                desk.done(await link(one, other, 'relacionado'));
            }
            const history = [desk.historyOf(one), desk.historyOf(other)];
            const answer = name === 'vincular' ? await link(one, other, 'relacionado', who) : await unlink(one, other, who);
            if (roles.includes(who)) {
                desk.done(answer);
            } else {
                desk.refused(answer, who === 'none' ? 401 : 403, /^42501/);
                assert.deepEqual([desk.historyOf(one), desk.historyOf(other)], history);
            }
        });
    }
}
