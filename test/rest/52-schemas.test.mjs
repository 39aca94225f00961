// Every answer of a status below 300 has a schema in the document, and what really
// comes is as it says.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { documented, FILES, OPERATIONS } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
let api;
before(async () => {
    token = await desk.tokens();
    api = desk.done(await desk.get('/api/', token.admin));
    // what only requesters may do
    Object.assign(api.paths, { '/tickets/calificar': desk.done(await desk.get('/api/')).paths['/tickets/calificar'] });
    desk.sql("UPDATE helpdesk.configuracion SET eventos = '{crear, asignar, vencer}', categorias = '{Red}'");
});
after(() => {
    desk.sql('UPDATE helpdesk.configuracion SET eventos = DEFAULT, categorias = DEFAULT');
});

const TYPES = {
    object: (value) => typeof value === 'object' && !Array.isArray(value),
    array: Array.isArray,
    string: (value) => typeof value === 'string',
    integer: Number.isInteger,
    number: (value) => typeof value === 'number',
    boolean: (value) => typeof value === 'boolean',
};
const FORMATS = { uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$/ };

// What is not as the schema says; rows of a view may have null anywhere.
function faults(value, schema, where, lenient) {
    if (schema.$ref) {
        return faults(value, api.components.schemas[schema.$ref.replace('#/components/schemas/', '')], where, lenient);
    }
    if (value === null) {
        return schema.nullable || lenient ? [] : [`${where} is null`];
    }
    if (!TYPES[schema.type](value)) {
        return [`${where} is no ${schema.type}: ${JSON.stringify(value)}`];
    }
    if (schema.enum && !schema.enum.includes(value)) {
        return [`${where} is none of ${schema.enum}: ${value}`];
    }
    if (schema.format && !FORMATS[schema.format].test(value)) {
        return [`${where} is no ${schema.format}: ${value}`];
    }
    if (schema.type === 'array') {
        return value.flatMap((each, i) => faults(each, schema.items, `${where}[${i}]`, lenient));
    }
    if (schema.type !== 'object' || !schema.properties) {
        return [];
    }
    return [
        ...(schema.required ?? []).filter((name) => !(name in value)).map((name) => `${where}.${name} is missing`),
        ...Object.entries(value).flatMap(([name, member]) => (schema.properties[name]
            ? faults(member, schema.properties[name], `${where}.${name}`, lenient) : [`${where}.${name} is not told of`])),
    ];
}

const seen = new Set();

function conforms(answer, method, path) {
    const { content } = api.paths[path][method].responses[answer.status] ?? {};
    assert.ok(content, `${method} ${path} has no schema of ${answer.status}: ${answer.text.slice(0, 200)}`);
    if (content['application/octet-stream']) {
        assert.deepEqual(content['application/octet-stream'].schema, { type: 'string', format: 'binary' });
        assert.equal(answer.status, 200);
        seen.add(`${method} ${path}`);
        return answer.text;
    }
    const { schema } = content['application/json'];
    assert.deepEqual(faults(answer.json, schema, `${method} ${path}`, schema.items?.properties && !schema.items.$ref), []);
    seen.add(`${method} ${path}`);
    return answer.json;
}

test('no answer is prose', () => {
    for (const [path, methods] of Object.entries(api.paths)) {
        for (const [method, { responses }] of Object.entries(methods)) {
            for (const [status, { content }] of Object.entries(responses)) {
                const schema = (content?.['application/json'] ?? content?.['application/octet-stream']).schema;
                assert.ok(schema?.$ref || schema?.items || schema?.type, `${method} ${path} ${status}`);
                assert.ok(path === '/' || schema.type !== 'object', `${method} ${path} ${status}`);
            }
        }
    }
    const refs = JSON.stringify(api).match(/#\/components\/schemas\/\w+/g).map((ref) => ref.split('/').pop());
    assert.deepEqual([...new Set(refs)].sort(), Object.keys(api.components.schemas).sort());
});

test('creating, looking, logging in, users', async () => {
    const made = conforms(await desk.post('/api/tickets/crear', desk.REQUEST), 'post', '/tickets/crear');
    const query = { label: made.ticketLabel, email: desk.REQUEST.email };
    conforms(await desk.post('/api/tickets/consultar', query), 'post', '/tickets/consultar');
    conforms(await desk.post('/api/tickets/responder', { ...query, mensaje: 'Sigue igual.' }), 'post', '/tickets/responder');
    conforms(await desk.post('/api/tickets/consultar', { ...query, conversacion: true }), 'post', '/tickets/consultar');
    const solved = desk.sql(`SELECT ticket_label FROM helpdesk.ticket WHERE ticket_uuid = '${await desk.ticketIn('RESUELTO', token.mesa)}'`);
    conforms(await desk.post('/api/tickets/calificar', { ...query, label: solved, calificacion: 4 }), 'post', '/tickets/calificar');
    conforms(await desk.get(`/api/tickets/consultar?label=${made.ticketLabel}&email=${desk.REQUEST.email}`), 'get', '/tickets/consultar');
    conforms(await desk.post('/api/auth/login', { email: desk.PEOPLE.otra, password: desk.PASSWORD }), 'post', '/auth/login');
    conforms(await desk.post('/api/auth/password', { passwordActual: desk.PASSWORD, passwordNueva: desk.PASSWORD }, token.otra), 'post', '/auth/password');
    const { id } = conforms(await desk.post('/api/auth/users', { email: 'esquema@desk.example', nombre: 'Eva Sanz', password: 'secreta-9', rol: 'MESA' },
        token.admin), 'post', '/auth/users');
    conforms(await desk.call('PATCH', `/api/auth/users/${id}`, { body: { telefono: '5' }, token: token.admin }), 'patch', '/auth/users/{id}');
    conforms(await desk.call('DELETE', `/api/auth/users/${id}`, { token: token.admin }), 'delete', '/auth/users/{id}');
    conforms(await desk.post('/api/tickets/crear', {}), 'post', '/tickets/crear');          // an error is one, too
});

test('operations, one and many', async () => {
    for (const each of OPERATIONS) {
        const id = await desk.ticketIn(each.from, token.admin);
        conforms(await desk.post(`/api/tickets/${id}/${each.name}`, each.body, token.admin), 'post', each.path);
        conforms(await desk.get(`/api/tickets/${id}`, token.admin), 'get', '/tickets/{ticket_id}');
    }
    const [one, other] = [await desk.ticketIn('ASIGNADO', token.admin), await desk.ticketIn('ASIGNADO', token.admin)];
    conforms(await desk.post(`/api/tickets/${one}/vincular`, { otroId: other, relacion: 'duplicado', motivo: 'Es lo mismo.' }, token.admin), 'post', '/tickets/{ticket_id}/vincular');
    const { ticket } = conforms(await desk.get(`/api/tickets/${other}`, token.admin), 'get', '/tickets/{ticket_id}');
    assert.equal(ticket.uuid, other);
    const { ticket: duplicate } = conforms(await desk.get(`/api/tickets/${one}`, token.admin), 'get', '/tickets/{ticket_id}');
    conforms(await desk.post('/api/tickets/consultar', { label: duplicate.ticket_label, email: duplicate.solicitante_email }), 'post', '/tickets/consultar');
    conforms(await desk.post(`/api/tickets/${one}/desvincular`, { otroId: other, motivo: 'No era eso.' }, token.admin), 'post', '/tickets/{ticket_id}/desvincular');
    const body = { operacion: 'resolver', tickets: [await desk.ticketIn('ASIGNADO', token.admin), desk.NOBODY] };
    conforms(await desk.post('/api/tickets/lote', body, token.admin), 'post', '/tickets/lote');
});

test('files', async () => {
    const made = await desk.newTicket();
    const query = new URLSearchParams({ label: made.ticketLabel, email: desk.REQUEST.email, archivo: 'x.txt' });
    let file;
    for (const { method, path } of FILES) {
        const where = `/api${path.replace('{ticket_id}', made.ticketUuid).replace('{adjunto_id}', file?.adjuntoId)}`;
        const body = path.endsWith('retirar') ? { motivo: 'Sin querer.' } : method === 'post' ? Buffer.from('x') : undefined;
        const answer = conforms(await desk.call(method.toUpperCase(), path.includes('{ticket_id}') && method === 'get' ? where : `${where}?${query}`,
            { body, token: path.includes('{ticket_id}') ? token.admin : undefined }), method, path);
        file = path.endsWith('/adjuntos') && method === 'post' ? answer : file;
    }
});

test('every GET without an id', async () => {
    desk.sql(`SET ticket_sm.desfase_reloj = '-12600s';
        SELECT FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'rosa@example.com', tipo => 'QUEJA',
            categoria => 'Correo', descripcion => 'No llega el correo.', prioridad => 'CRITICA');
        RESET ticket_sm.desfase_reloj; SELECT FROM ticket_sm.fn_sla_barrer()`);
    for (const path of Object.keys(documented())) {
        if (documented()[path].get && !path.includes('{') && !['/tickets/consultar', '/tickets/adjuntos'].includes(path)) {
            conforms(await desk.get(`/api${path}${path === '/eventos' ? '?limite=1000' : ''}`, token.admin), 'get', path);
        }
    }
});

test('the control: other answers are seen, and every path of the contract was asked', () => {
    assert.deepEqual(faults({ message: 5 }, { $ref: '#/components/schemas/guardado' }, 'x'), ['x.id is missing', 'x.message is no string: 5']);
    assert.deepEqual(faults({ nombre: 'x', activa: null, de: 1 }, { $ref: '#/components/schemas/area' }, 'x'), ['x.activa is null', 'x.de is not told of']);
    assert.deepEqual(Object.entries(documented()).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
        .filter((one) => !seen.has(one)), []);
});
