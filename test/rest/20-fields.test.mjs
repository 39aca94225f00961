// Every field of every body: missing, of a wrong type, too long, with control
// characters; the error names the field as the client does.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CREATE, OPERATIONS } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
let ticket;                     // in the state that the operation starts from
before(async () => {
    token = await desk.tokens();
});

const WRONG = {
    string: [5, true, { a: 1 }, ['x']],
    uuid: [5, { a: 1 }, ['x'], false],
    integer: ['1', 1.5, true, {}, 99999999999, 1e400],
    boolean: ['true', 1, 'SI', {}],
    'date-time': [5, true, { a: 1 }, ['x'], 'mañana', '2030-02-30', '31/12/2030', '2030-12-31 08:00', '2020-12-31T08:00Z', '9999-12-31'],
};

// The fields that hold several lines.
const LINES = ['descripcion', 'motivo', 'nota', 'respuesta'];

const bodies = [
    { name: 'crear', fields: CREATE.fields, body: desk.REQUEST, path: () => '/api/tickets/crear', token: () => undefined },
    ...OPERATIONS.map((each) => ({
        ...each, path: () => `/api/tickets/${ticket}/${each.name}`, token: () => token.admin,
    })),
];

for (const each of bodies) {
    const send = (more) => desk.post(each.path(), { ...each.body, ...more }, each.token());
    const start = async () => {
        if (each.from) {
            ticket = await desk.ticketIn(each.from, token.admin);
        }
        if (each.name === 'reasignar') {        // so that nobody is somebody else
            desk.done(await send({ agenteId: desk.AGENTS.admin }));
        }
    };
    for (const [field, { type, required }] of Object.entries(each.fields)) {
        const named = (code) => new RegExp(`^${code}.*Field "${field}"|^${code} Field "${field}"`, 'i');

        test(`${each.name}: ${field} of a wrong type`, async () => {
            await start();
            for (const value of WRONG[type]) {
                // JSON has no 1e400: written by hand
                const body = JSON.stringify({ ...each.body, [field]: value === Infinity ? '@' : value }).replace('"@"', '1e400');
                desk.refused(await desk.post(each.path(), body, each.token()), 400, named('22023'));
            }
        });
        if (required) {
            test(`${each.name}: ${field} missing, null or blank`, async () => {
                await start();
                for (const value of [undefined, null, '', ' \t\n ']) {
                    desk.refused(await send({ [field]: value }), 400, named('22004'));
                }
            });
        } else if (type !== 'integer') {
            test(`${each.name}: ${field} null counts as not given`, async () => {
                await start();
                const answer = await send({ [field]: null });
                assert.ok(answer.status < 300, answer.text);
            });
        }
        if (type === 'uuid') {
            test(`${each.name}: ${field} is no uuid, or nobody's`, async () => {
                await start();
                desk.refused(await send({ [field]: 'x' }), 400, named('22P02'));
                desk.refused(await send({ [field]: `${desk.AGENTS.area}' OR 1=1--` }), 400, named('22P02'));
                desk.refused(await send({ [field]: desk.NOBODY }), 400, named('22023'));
            });
        }
        if (type === 'string') {
            test(`${each.name}: ${field} with NUL and other control characters${LINES.includes(field) ? '' : ', or two lines'}`, async () => {
                await start();
                for (const character of ['\u0000', '\u001b[31m', '\u007f', '\u0092', ...LINES.includes(field) ? [] : ['\r\n', '\u0085', '\u2028']]) {
                    const answer = await send({ [field]: `abcdefghij${character}k` });
                    desk.refused(answer, 400, named('22(023|P05)'));
                    assert.equal(answer.reason, 'Bad Request');
                    assert.match(answer.json.message, /control character|line break|invalid value/);
                }
            });
            test(`${each.name}: ${field} too long`, async () => {
                await start();
                desk.refused(await send({ [field]: 'x'.repeat(30000) }), 400, named('22(001|023)'));
            });
        }
    }
}

test('newline and tab, emoji and quotes come back as they were', async () => {
    const texto = 'Línea 1\n\tLínea 2 «ñ» 😀 "comillas" \\ \' ; -- </script> {{x}} %0d%0a $1';
    const made = await desk.newTicket({ descripcion: texto, asunto: 'a'.repeat(200) });
    const answer = desk.done(await desk.get(`/api/tickets/${made.ticketUuid}`, token.mesa));
    assert.equal(answer.ticket.descripcion_problema, texto);
});

test('names of the catalogues in any case; a bad one lists the good ones', async () => {
    desk.refused(await desk.post('/api/tickets/crear', { ...desk.REQUEST, prioridad: 'URGENTÍSIMA' }), 400,
        /Field "prioridad".*BAJA, MEDIA, ALTA, URGENTE, CRITICA/);
    desk.refused(await desk.post('/api/tickets/crear', { ...desk.REQUEST, areaAsignada: 'antigua' }), 400, /Field "areaAsignada"/);
    desk.refused(await desk.post('/api/tickets/crear', { ...desk.REQUEST, tipo: 'OTRO' }), 400, /PETICION, QUEJA/);
    desk.refused(await desk.post('/api/tickets/crear', { ...desk.REQUEST, email: 'sin-arroba' }), 400, /Field "email"/);
});

test('what an operation itself demands', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    const post = (name, body) => desk.post(`/api/tickets/${id}/${name}`, body, token.mesa);
    desk.refused(await post('actualizar', {}), 400, /nota/);
    desk.refused(await post('reclasificar', { motivo: 'Nada nuevo.' }), 400);
    desk.refused(await post('reclasificar', { motivo: 'Lo mismo.', nuevaPrioridad: 'MEDIA' }), 409);
    desk.refused(await post('transferir', { motivo: 'La misma.', nuevaArea: 'REDES' }), 409);
    desk.refused(await post('transferir', { motivo: 'A soporte.', nuevaArea: 'SOPORTE', agenteId: desk.AGENTS.area }), 400);
});

// --- idempotency ---------------------------------------------------------------------

const count = (email) => Number(desk.sql(`SELECT count(*) FROM helpdesk.ticket WHERE solicitante_email = '${email}'`));

for (const [where, send] of [
    ['header', (body, key) => desk.post('/api/tickets/crear', body, undefined, { 'Idempotency-Key': key })],
    ['body', (body, key) => desk.post('/api/tickets/crear', { ...body, claveIdempotencia: key })],
]) {
    test(`the same key in the ${where} makes one ticket, also at once; other data is 409`, async () => {
        const email = `${where}@example.com`;
        const answers = await Promise.all(Array.from({ length: 8 }, () => send({ ...desk.REQUEST, email }, 'clave-1')));
        for (const answer of answers) {
            assert.equal(desk.done(answer, 201).ticketUuid, answers[0].json.ticketUuid);
        }
        assert.equal(count(email), 1);
        desk.refused(await send({ ...desk.REQUEST, email, categoria: 'Otra' }, 'clave-1'), 409, /^PT409/);
        // somebody else's key says nothing about theirs
        assert.notEqual(desk.done(await send({ ...desk.REQUEST, email: `x${email}` }, 'clave-1'), 201).ticketUuid,
            answers[0].json.ticketUuid);
        desk.refused(await send({ ...desk.REQUEST, email }, 'k'.repeat(201)), 400, /Field "claveIdempotencia" is too long/);
    });
}

test('the key of the header beats the one of the body', async () => {
    const email = 'ambos@example.com';
    const send = (header, body) => desk.post('/api/tickets/crear', { ...desk.REQUEST, email, claveIdempotencia: body },
        undefined, { 'Idempotency-Key': header });
    const first = desk.done(await send('h', 'b1'), 201);
    assert.equal(desk.done(await send('h', 'b2'), 201).ticketUuid, first.ticketUuid);
    assert.notEqual(desk.done(await send('h2', 'b1'), 201).ticketUuid, first.ticketUuid);
});
