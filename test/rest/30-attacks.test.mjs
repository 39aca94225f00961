// What somebody would try who means no good, and what PostgREST 12 gets wrong.
// The list is in README.md.

import assert from 'node:assert/strict';
import net from 'node:net';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LINKS, OPERATIONS } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
let key;
before(async () => {
    token = await desk.tokens();
    key = desk.secret();
});

const claims = (more = {}) => ({
    sub: desk.AGENTS.admin, role: 'ticket_admin', rol: 'ADMIN', iat: desk.now(), exp: desk.now() + 600, ...more,
});

// --- tokens ----------------------------------------------------------------------------

test('a token of our own making with the right key works: the tests below can fail', async () => {
    desk.done(await desk.get('/api/auth/users', desk.forge(claims(), key)));
});

for (const [what, make] of Object.entries({
    'expired': () => desk.forge(claims({ exp: desk.now() - 60 }), key),
    'signed with another key': () => desk.forge(claims(), 'x'.repeat(64)),
    'signed with an empty key': () => desk.forge(claims(), ''),
    'alg none': () => desk.forge(claims(), '', { alg: 'none', typ: 'JWT' }),
    'alg None': () => desk.forge(claims(), '', { alg: 'None' }),
    'alg HS512 with the right key': () => `${desk.forge(claims(), key, { alg: 'HS512' })}x`,
    'signature cut off': () => `${desk.forge(claims(), key).split('.').slice(0, 2).join('.')}.`,
    'claims exchanged': () => {
        const [head, , signature] = token.area.split('.');
        return `${head}.${desk.forge(claims(), key).split('.')[1]}.${signature}`;
    },
    'not valid yet': () => desk.forge(claims({ nbf: desk.now() + 3600 }), key),
    'two parts': () => 'a.b',
    'rubbish': () => '%00%0d%0a',
    'a role that is not there': () => desk.forge(claims({ role: 'nadie' }), key),
    'the role postgres': () => desk.forge(claims({ role: 'postgres' }), key),
    'the role of PostgREST itself': () => desk.forge(claims({ role: 'authenticator' }), key),
    'no sub': () => desk.forge(claims({ sub: undefined }), key),
    'a sub that is no agent': () => desk.forge(claims({ sub: desk.NOBODY }), key),
    'a sub that is no uuid': () => desk.forge(claims({ sub: "x' OR '1'='1" }), key),
    'a higher role than the agent has': () => desk.forge(claims({ sub: desk.AGENTS.area }), key),
    'a lower role than the agent has': () => desk.forge(claims({ role: 'ticket_mesa' }), key),
})) {
    test(`token: ${what}`, async () => {
        const bad = make();
        const id = await desk.ticketIn('ASIGNADO', token.mesa);
        for (const answer of [await desk.get('/api/auth/users', bad), await desk.get('/api/tickets/dashboard', bad),
            await desk.get('/api/tickets/dashboard-metricas', bad), await desk.get(`/api/tickets/${id}`, bad),
            await desk.post(`/api/tickets/${id}/pausar`, { motivo: 'Con maña.' }, bad)]) {
            if (answer.status === 403 && /^the role of|lower/.test(what)) {
                desk.refused(answer, 403, /^42501/);
                continue;
            }
            desk.refused(answer, 401);
            assert.equal(answer.headers['www-authenticate'], 'Bearer');
        }
        assert.equal(desk.historyOf(id), 'crear asignar');
    });
}

test('claims in the body, the query or headers of another name are nobody', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    for (const headers of [{ 'X-Jwt-Claims': JSON.stringify(claims()) }, { Role: 'ticket_admin' }, { Cookie: `token=${token.admin}` },
        { Authorization: `Basic ${Buffer.from('postgres:').toString('base64')}` }]) {
        desk.refused(await desk.post(`/api/tickets/${id}/pausar?role=ticket_admin&sub=${desk.AGENTS.admin}`,
            { motivo: 'Con maña.', role: 'ticket_admin', sub: desk.AGENTS.admin, rol: 'ADMIN' }, undefined, headers), 401);
    }
});

test('an agent switched off, or with another role, is refused at once', async () => {
    const made = desk.done(await desk.post('/api/auth/users', {
        email: 'fugaz@desk.example', nombre: 'Fugaz', password: desk.PASSWORD, rol: 'MESA',
    }, token.admin), 201);
    const theirs = await desk.login('fugaz@desk.example');
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    const everything = () => Promise.all([
        desk.get('/api/tickets/dashboard', theirs), desk.get('/api/tickets/dashboard-metricas', theirs),
        desk.get(`/api/tickets/${id}`, theirs), desk.post('/api/tickets/crear', desk.REQUEST, theirs),
        desk.post(`/api/tickets/${id}/actualizar`, { nota: 'Sigo aquí.' }, theirs)]);
    assert.deepEqual((await everything()).map((answer) => answer.status), [200, 200, 200, 201, 200]);
    desk.done(await desk.call('DELETE', `/api/auth/users/${made.id}`, { token: token.admin }));
    for (const answer of await everything()) {
        desk.refused(answer, 403, /^42501.*switched off/);
    }
    desk.done(await desk.call('PATCH', `/api/auth/users/${made.id}`, { token: token.admin, body: { is_active: true, rol: 'AREA', area: 'REDES' } }));
    for (const answer of await everything()) {
        desk.refused(answer, 401, /^PT401.*[Ll]og in again/);
    }
    assert.match(desk.done(await desk.get(`/api/tickets/${id}`, token.mesa)).historial.at(-1).actor_nombre, /Fugaz/);
});

// --- ids -----------------------------------------------------------------------------------

test('the id of the path beats every one in the body', async () => {
    const mine = await desk.ticketIn('ASIGNADO', token.mesa);
    const theirs = await desk.ticketIn('ASIGNADO', token.mesa);
    for (const body of [
        { nota: 'Del camino.', ticket_id: theirs, ticketId: theirs, id: theirs, ticketUuid: theirs },
        { nota: 'Del camino.', datos: { nota: 'x' }, __proto__: { ticket_id: theirs } },
        `{"nota": "Del camino.", "ticket_id": "${theirs}", "ticket_id": "${theirs}"}`,
        `{"nota": "Del camino.", "\\u0074icket_id": "${theirs}"}`,
    ]) {
        assert.equal(desk.done(await desk.post(`/api/tickets/${mine}/actualizar`, body, token.mesa)).ticketUuid, mine);
    }
    assert.equal(desk.historyOf(theirs), 'crear asignar');
});

test('a body cannot close the one it is put into', async () => {
    const mine = await desk.ticketIn('ASIGNADO', token.mesa);
    for (const body of [`{},"ticket_id":"${mine}"`, `{}},{"datos":{}`, `{"nota":"x"},"ticket_id":"${mine}","x":{}`, '{}//', '{}{}']) {
        desk.refused(await desk.post(`/api/tickets/${desk.NOBODY}/actualizar`, body, token.mesa), 400, /not valid JSON/);
    }
    assert.equal(desk.historyOf(mine), 'crear asignar');
});

test('ids with SQL, JSON, dots and encodings', async () => {
    for (const id of ["'", '%22%2C%22ticket_id%22%3A%22', '%00', '..%2f..', '%2e%2e', '{}', '*', `${desk.NOBODY}%0d%0aX: y`, '😀', '%ff',
        `${desk.NOBODY};DROP`, 'a'.repeat(5000)]) {
        const answer = await desk.post(`/api/tickets/${encodeURI(decodeURIComponentSafe(id))}/pausar`, { motivo: 'Falta.' }, token.mesa);
        assert.ok([400, 404, 414].includes(answer.status), `${id}: ${answer.status} ${answer.text}`);
        desk.refused(answer, answer.status);
        assert.equal(answer.headers.x, undefined);
    }
});

function decodeURIComponentSafe(id) {
    return /%(0|2|f)/.test(id) ? id.replace(/ /g, '%20') : id;
}

// --- bodies ------------------------------------------------------------------------------------

test('broken JSON, and JSON that is no object', async () => {
    for (const body of ['{"nombre": "Ana', '{nombre: 1}', "{'a': 1}", '{"a": 1,}', 'nombre=Ana', '\u0000', '{"a": "\n"}', '{"a": 01}',
        '{"a": NaN}', '[', '<xml/>']) {
        desk.refused(await desk.post('/api/tickets/crear', body), 400, /not valid JSON|invalid json/);
    }
    for (const body of ['[]', 'null', '5', '"texto"', 'true', `[${JSON.stringify(desk.REQUEST)}]`]) {
        desk.refused(await desk.post('/api/tickets/crear', body), 400, /must be a JSON object/);
    }
    desk.refused(await desk.post('/api/tickets/crear', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400, /UTF-8/);
    desk.refused(await desk.post('/api/tickets/crear', Buffer.from('{"nombre":"\xc3\x28"}', 'latin1')), 400, /UTF-8/);
    desk.refused(await desk.post('/api/tickets/crear', '[]'.repeat(0) + '['.repeat(30000)), 400, /not valid JSON/);
    desk.refused(await desk.post('/api/tickets/crear', undefined), 400, /^22004 Field "nombre"/);
    desk.refused(await desk.post('/api/tickets/crear', ''), 400, /^22004/);
});

test('512 kB are taken, one byte more is 413, chunked too', async () => {
    const size = (bytes) => {
        const body = JSON.stringify({ ...desk.REQUEST, relleno: '' });
        return body.replace('"relleno":""', `"relleno":"${'x'.repeat(bytes - Buffer.byteLength(body))}"`);
    };
    assert.equal(Buffer.byteLength(size(524288)), 524288);
    desk.done(await desk.post('/api/tickets/crear', size(524288)), 201);
    desk.refused(await desk.post('/api/tickets/crear', size(524289)), 413, /512 kB/);
    desk.refused(await desk.post('/api/tickets/crear', size(1e6)), 413);
    const chunked = await desk.raw('POST /api/tickets/crear HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
        + `81000\r\n${'x'.repeat(0x81000)}\r\n0\r\n\r\n`);
    assert.match(chunked, /^HTTP\/1\.1 413 /);
    assert.match(chunked, /"detail":"Request too large/);
});

test('a form or text is read as JSON all the same; Content-Type does not choose', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream', 'text/csv',
        'application/vnd.pgrst.object+json', 'application/json; charset=utf-16']) {
        desk.done(await desk.post('/api/tickets/crear', JSON.stringify(desk.REQUEST), undefined, { 'Content-Type': type }), 201);
    }
});

// --- paths and methods -----------------------------------------------------------------------

test('nothing else is reachable', async () => {
    for (const path of ['/rpc/crear', '/api/rpc/asignar', '/rpc/openapi', '/dashboard', '/usuarios', '/api/usuarios', '/credencial',
        '/api_secreto', '/ticket', '/_ticket_sm/usuarios', '/_ticket_sm/rpc/crear', '/_ticket_sm_login/rpc/login', '/api/api/tickets/crear',
        '/api/tickets/crear/', '/api/tickets//crear', '/api//tickets/crear/x', '/api/tickets/', '/api/auth/users/',
        `/api/tickets/${desk.NOBODY}/borrar`, `/api/tickets/${desk.NOBODY}/pausar/x`, '/apix/tickets/crear', '/API/tickets/crear',
        '/live', '/ready', '/.git/config', '/nginx.conf', '/%2e%2e/jwt.secret', '/api/tickets/%2e%2e/%2e%2e/rpc/crear', '/rpc', '/pg_catalog']) {
        for (const method of ['GET', 'POST', 'OPTIONS']) {
            const answer = await desk.call(method, path, { token: token.admin, body: method === 'POST' ? {} : undefined });
            if (path === '/api/tickets//crear') {       // nginx merges slashes: a documented path
                assert.ok([400, 405, 204].includes(answer.status));
                continue;
            }
            desk.refused(answer, 404, /^HTTP404/);
        }
    }
});

test('the headers by which PostgREST would change schema, role or answer do nothing', async () => {
    const rows = (answer) => assert.deepEqual(Object.keys(desk.done(answer)[0])[0], 'ticket_uuid');
    await desk.newTicket();
    for (const headers of [{ 'Accept-Profile': 'helpdesk' }, { 'Content-Profile': 'pg_catalog' }, { Accept: 'text/csv' },
        { Accept: 'application/vnd.pgrst.plan+json' }, { Accept: 'application/vnd.pgrst.plan+text; for="application/json"; options=analyze|verbose' },
        { Accept: 'application/vnd.pgrst.object+json' }, { Accept: 'application/geo+json' }, { Accept: 'application/openapi+json' }, { 'X-HTTP-Method-Override': 'DELETE' },
        { Range: '0-0' }, { Prefer: 'tx=rollback' }, { Prefer: 'params=single-object' }]) {
        rows(await desk.get('/api/tickets/dashboard', token.mesa, headers));
    }
    const made = await desk.post('/api/tickets/crear', desk.REQUEST, undefined, { Prefer: 'tx=rollback, params=single-object' });
    assert.equal(desk.historyOf(desk.done(made, 201).ticketUuid), 'crear');
});

test('of Prefer, nothing gets through but count=exact for a list', async () => {
    const list = (headers) => desk.get('/api/tickets/dashboard?limit=2&select=label,actualizado_en', token.mesa, headers);
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    await desk.newTicket();
    const plain = await list({});
    assert.match(plain.headers['content-range'], /^0-1\/\*$/);
    const values = ['return=representation', 'return=minimal', 'return=headers-only', 'return=none', 'resolution=merge-duplicates',
        'resolution=ignore-duplicates', 'missing=default', 'missing=null', 'handling=strict', 'handling=lenient', 'timezone=America/Bogota',
        'timezone=../../etc/passwd, handling=strict', 'tx=commit', 'tx=rollback', 'params=single-object', 'params=multiple-objects',
        'max-affected=1, handling=strict', 'count=planned', 'count=estimated', 'count=none', 'count=exacto', 'xcount=exact', 'COUNT=PLANNED',
        'count=planned, count=estimated', 'a'.repeat(3000)];
    for (const Prefer of values) {
        const answer = await list({ Prefer });
        assert.equal(desk.done(answer) && answer.text, plain.text, Prefer);
        assert.equal(answer.headers['content-range'], plain.headers['content-range'], Prefer);
        assert.equal(answer.headers['preference-applied'], undefined);
    }
    for (const Prefer of ['count=exact', 'return=minimal, count=exact', 'count=exact,tx=rollback', 'count=planned, count=exact']) {
        const answer = await list({ Prefer });
        assert.match(answer.headers['content-range'], /^0-1\/\d+$/, Prefer);
        assert.equal(Number(answer.headers['content-range'].slice(4)),
            desk.done(await desk.get('/api/tickets/dashboard?select=label', token.mesa)).length);
        assert.equal(answer.text, plain.text);
    }
    for (const Prefer of [...values, 'count=exact']) {
        const answer = desk.done(await desk.post(`/api/tickets/${id}/actualizar`, { nota: 'Prefiere.' }, token.mesa, { Prefer }));
        assert.equal(answer.ticketUuid, id, Prefer);
    }
    assert.equal(desk.historyOf(id), `crear asignar${' actualizar'.repeat(values.length + 1)}`);
});

test('X-Real-IP and X-Forwarded-For of the client are not believed', async () => {
    const made = desk.done(await desk.post('/api/tickets/crear', { ...desk.REQUEST, ip: '6.6.6.6' }, undefined,
        { 'X-Real-IP': '6.6.6.6', 'X-Forwarded-For': '6.6.6.6' }), 201);
    assert.equal(desk.sql(`SELECT ip_registro FROM helpdesk.ticket WHERE ticket_uuid = '${made.ticketUuid}'`), '127.0.0.1');
});

test('lists: the filters of PostgREST, but no way out of the view', async () => {
    await desk.newTicket();
    const one = desk.done(await desk.get('/api/tickets/dashboard?area_asignada=eq.REDES&order=label.desc&limit=1&select=label', token.mesa));
    assert.deepEqual(Object.keys(one[0]), ['label']);
    for (const query of ['select=*,helpdesk.agente(*)', 'select=*,usuarios(*)', 'select=ticket_uuid::regclass', 'nada=eq.1', 'label=like',
        'or=(label.eq.x', 'limit=-1']) {
        const answer = await desk.get(`/api/tickets/dashboard?${query}`, token.mesa);
        assert.ok(answer.status >= 400 && answer.status < 500, `${query}: ${answer.status} ${answer.text}`);
        desk.refused(answer, answer.status);
    }
    const counted = await desk.get('/api/tickets/dashboard?limit=1', token.mesa, { Prefer: 'count=exact' });
    assert.match(counted.headers['content-range'], /^0-0\/\d+$/);
});

test('405 names the methods; HEAD is GET without a body; OPTIONS answers for CORS', async () => {
    for (const [path, allowed] of [['/api/tickets/crear', ['POST']], ['/api/tickets/consultar', ['GET', 'HEAD', 'POST']],
        ['/api/tickets/dashboard', ['GET', 'HEAD']], ['/api/auth/users', ['GET', 'HEAD', 'POST']], ['/', ['GET', 'HEAD']],
        [`/api/auth/users/${desk.NOBODY}`, ['PATCH', 'DELETE']], [`/api/tickets/${desk.NOBODY}`, ['GET', 'HEAD']],
        ...[...OPERATIONS, ...LINKS].map((each) => [`/tickets/${desk.NOBODY}/${each.name}`, ['POST']])]) {
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'TRACE', 'PROPFIND']) {
            if (method === 'TRACE' || allowed.includes(method)) {
                continue;
            }
            if (method === 'QUERY') {       // node's client knows it from 22 on
                assert.match(await desk.raw(`QUERY ${path} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.1 405 [^]*"detail"/);
                continue;
            }
            const answer = await desk.call(method, path);
            desk.refused(answer, 405, /^HTTP405/);
            assert.equal(answer.headers.allow, [...allowed, 'OPTIONS'].join(', '));
        }
        const options = await desk.call('OPTIONS', path, {
            headers: { Origin: 'https://portal.example', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' },
        });
        assert.equal(options.status, 204);
        assert.equal(options.text, '');
        assert.equal(options.headers['access-control-allow-origin'], '*');
        assert.equal(options.headers['access-control-allow-methods'], [...allowed, 'OPTIONS'].join(', '));
        assert.match(options.headers['access-control-allow-headers'], /Authorization, Content-Type, Idempotency-Key/);
    }
    const head = await desk.call('HEAD', '/api/tickets/dashboard', { token: token.mesa });
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    assert.match(await desk.raw('TRACE /api/ HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 405 /);
});

test('requests that are no HTTP', async () => {
    for (const bytes of ['GARBAGE\r\n\r\n', 'GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n', 'GET /api/ HTTP/1.1\r\n\r\n',
        'POST /api/tickets/crear HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
        'POST /api/tickets/crear HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
        'POST /api/tickets/crear HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
        `GET /api/ HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(40000)}\r\n\r\n`,
        `GET /api/${'y'.repeat(40000)} HTTP/1.1\r\nHost: x\r\n\r\n`]) {
        const answer = await desk.raw(bytes);
        assert.match(answer, /^HTTP\/1\.1 4\d\d /, bytes.slice(0, 60));
        assert.match(answer, /\{"code":"HTTP4\d\d","message":.*"detail":"/, answer.slice(0, 300));
        assert.doesNotMatch(answer, /<html>/);
    }
});

test('response splitting: CR and LF in a header, an id, a query', async () => {
    const answers = [
        await desk.raw('POST /api/tickets/crear HTTP/1.1\r\nHost: x\r\nIdempotency-Key: a\rX-Evil: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}'),
        await desk.raw(`GET /api/tickets/a%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token.mesa}\r\nConnection: close\r\n\r\n`),
        await desk.raw('GET /api/tickets/consultar?label=a%0d%0aX-Evil:%201&email=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    ];
    for (const answer of answers) {
        assert.match(answer, /^HTTP\/1\.1 4\d\d /);
        assert.doesNotMatch(answer.split('\r\n\r\n')[0], /evil/i);
    }
});

const sent = (name, value, more = '') => desk.raw(Buffer.concat([
    Buffer.from(`POST /api/tickets/crear HTTP/1.1\r\n${name === 'Host' ? '' : 'Host: x\r\n'}${more}Connection: close\r\n`),
    Buffer.from(`Content-Length: ${Buffer.byteLength(JSON.stringify(desk.REQUEST))}\r\n${name}: `), Buffer.from(value, 'latin1'),
    Buffer.from(`\r\n\r\n${JSON.stringify(desk.REQUEST)}`)]));

test('a header that is read and is not printable ASCII is a 400 that names it', async () => {
    for (const name of ['Authorization', 'Idempotency-Key', 'Prefer', 'Host']) {
        // a letter of Latin-1, the same in UTF-8, half of it, what is UTF-8 nowhere, controls
        for (const value of ['\xf1', '\xc3\xb1', 'k\xc3', '\xff\xfe', '\xed\xa0\x80', 'k\x01k', 'k\x7f', 'k\tk', '\x80'.repeat(1000)]) {
            const answer = await sent(name, name === 'Authorization' ? `Bearer ${value}` : value);
            assert.match(answer, /^HTTP\/1\.1 400 /, `${name}: ${JSON.stringify(value)}: ${answer}`);
            assert.match(answer, /\{"code":"HTTP400","message":".*","details":".*","hint":null,"detail":".*"\}/);
            if (name !== 'Host') {          // nginx has its own opinion about some of these
                assert.match(answer, new RegExp(`"detail":"Invalid header\\. The header \\\\"${name}\\\\" has a character that is not printable ASCII\\."`));
            }
        }
    }
    assert.match(await sent('Idempotency-Key', 'k 1 ~!'), /^HTTP\/1\.1 201 /);
});

test('what the headers hold that nobody reads does not matter', async () => {
    for (const name of ['Cookie', 'User-Agent', 'Accept', 'Accept-Language', 'Accept-Profile', 'Content-Type', 'Content-Profile', 'Origin', 'Referer',
        'Range', 'X-Client-Info', 'Apikey', 'X-Real-IP', 'X-Forwarded-For', 'X-Forwarded-Host', 'Forwarded', 'X-HTTP-Method-Override', 'X']) {
        for (const value of ['\xf1', '\xc3\xb1', '\xff\xfe', 'k\x01k']) {
            assert.match(await sent(name, value), /^HTTP\/1\.1 201 /, `${name}: ${JSON.stringify(value)}`);
        }
    }
});

test('bytes in the address that are no UTF-8', async () => {
    for (const path of ['/api/tickets/consultar?label=%ff&email=a@b.co', '/api/tickets/consultar?label=\xff&email=a@b.co',
        '/api/tickets/consultar?%ff=1', '/api/tickets/consultar?label=%ed%a0%80&email=x', '/api/tickets/consultar?label=%00&email=x',
        '/api/tickets/\xff', '/api/tickets/%ff', '/api/tickets/dashboard?categoria=eq.%ff', '/api/tickets/dashboard?categoria=eq.\xff',
        '/api/tickets/dashboard?%ff=eq.1', '/api/tickets/dashboard?categoria=eq.%00', '/api/tickets/dashboard?select=%ff']) {
        const answer = await desk.raw(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token.mesa}\r\nConnection: close\r\n\r\n`, 'latin1'));
        assert.match(answer, /^HTTP\/1\.1 (400|404) [^]*"detail":"[^"]/, `${JSON.stringify(path)}: ${answer}`);
    }
});

test('one request is answered once, whatever it says of its length or of others', async () => {
    for (const [bytes, status] of [
        ['POST /tickets/crear HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/auth/users HTTP/1.1\r\nHost: x\r\n\r\n', 400],
        ['POST /tickets/crear HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}', '(400|501)'],
        ['POST /tickets/crear HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\n0\r\n\r\n', '(400|501)'],
        ['GET /api/tickets/dashboard HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\n b\r\nConnection: close\r\n\r\n', '40[01]'],
        ['GET http://evil/_ticket_sm/usuarios HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
        ['GET /api/tickets/dashboard HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', 400],
    ]) {
        const answer = await desk.raw(bytes);
        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), `${bytes}: ${answer}`);
        assert.equal(answer.split('HTTP/1.1 ').length, 2, answer);
    }
});

test('a path of the documented ones in other letters asks for the same token', async () => {
    for (const path of ['/api//tickets//dashboard', '/api/%74ickets/dashboard', '/api/tickets/../tickets/dashboard', '/api/tickets%2fdashboard',
        '/x/../_ticket_sm/../api/auth/users', '/api/auth/users?select=*', '/api/./auth/users']) {
        desk.refused(await desk.get(path), 401);
    }
    for (const path of ['/api/tickets/dashboard%0a', '/api/tickets/dashboard%00', '/api/tickets/dashboard%20', '/api/auth/users%20', '/api/auth/users/..;/users',
        '/api/../_ticket_sm/', '/api/tickets/x/..%2f..%2f..%2f_ticket_sm%2fusuarios', '/api/rpc/login']) {
        const answer = await desk.get(path, token.area);
        assert.ok([400, 404, 405].includes(answer.status), `${path}: ${answer.status} ${answer.text}`);
        desk.refused(answer, answer.status);
    }
});

test('numbers, escapes and marks that parsers differ about', async () => {
    for (const [body, status] of [['\ufeff{}', 400], ['{"a": 1e400}', 400], [`{"a":${'['.repeat(20000)}${']'.repeat(20000)}}`, 400], ['/**/{}', 400],
        ['{"nombre": "\\ud800"}', 400], ['{"nombre": "\\u0000aaa"}', 400], ['{"__proto__": {"x": 1}, "nombre": null}', 400], ['{"a":1}}, "datos":{"nombre":"x"}', 400]]) {
        desk.refused(await desk.post('/api/tickets/crear', body), status);
    }
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    for (const version of ['1e9999999', '1e400', '-1', '0', '2.5', '99999999999999999999', '"2"', 'true', '{}']) {
        const answer = await desk.post(`/api/tickets/${id}/actualizar`, `{"nota": "Versión.", "version": ${version}}`, token.mesa);
        desk.refused(answer, /^(-1|0)$/.test(version) ? 412 : 400);
    }
    assert.equal(desk.historyOf(id), 'crear asignar');
});

test('an id in other letters is the same ticket or none', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    for (const same of [id.toUpperCase(), `${id}%20`, `${id}%0a`]) {
        assert.equal(desk.done(await desk.post(`/api/tickets/${same}/actualizar`, { nota: 'La misma.' }, token.mesa)).ticketUuid, id);
    }
    for (const other of [`%7b${id}%7d`, id.replaceAll('-', ''), `${id}%22,%22operacion%22:%22archivar`, '%22%7d,%22x%22:%22', 'consultar', 'dashboard', 'crear', `${id},${id}`]) {
        const answer = await desk.post(`/api/tickets/${other}/pausar`, { motivo: 'Con maña.' }, token.mesa);
        assert.ok([400, 404, 405].includes(answer.status), `${other}: ${answer.status} ${answer.text}`);
    }
    assert.equal(desk.historyOf(id), 'crear asignar actualizar actualizar actualizar');
});

test('AREA: no operation, no look, no list reaches another area', async () => {
    const { ticketUuid: id } = await desk.newTicket({ areaAsignada: 'SOPORTE' });
    for (const [name, body] of [['pausar', { motivo: 'Con maña.' }], ['actualizar', { nota: 'Con maña.' }], ['resolver', {}],
        ['cancelar', { motivo: 'Con maña.' }], ['archivar', { motivo: 'Con maña.' }], ['asignar', {}],
        ['transferir', { nuevaArea: 'REDES', motivo: 'Con maña.' }], ['reabrir', { motivo: 'Con maña.' }]]) {
        desk.refused(await desk.post(`/api/tickets/${id}/${name}`, body, token.area), 403, /^42501/);
    }
    desk.refused(await desk.get(`/api/tickets/${id}`, token.area), 403, /^42501/);
    assert.equal(desk.historyOf(id), 'crear');
    for (const query of ['', 'area_asignada=eq.SOPORTE', 'or=(categoria.eq.Correo,area_asignada.eq.SOPORTE)', 'order=area_asignada.desc', 'limit=10000',
        'columns=estado_code', 'on_conflict=ticket_uuid', 'select=*,x:area_asignada', 'categoria=match.(a*)*(b*)*(a*)*c', 'area_asignada=not.is.null',
        'select=count()', 'select=area_asignada,count()', 'select=ticket_uuid::regclass', 'select=*,ticket(*)', 'select=x:categoria->>0', 'order=nada',
        'limit=-1', 'limit=99999999999999999999', 'offset=99999999999', 'horas_restantes=gt.NaN', 'sla_horas=cs.{1}', 'categoria=fts(simple).correo']) {
        const answer = await desk.get(`/api/tickets/dashboard?${query}`, token.area);
        if (answer.status === 200) {
            assert.ok(!answer.text.includes(id) && !answer.text.includes('SOPORTE'), `${query}: ${answer.text}`);
        } else {
            assert.ok([400, 404, 416].includes(answer.status), `${query}: ${answer.status} ${answer.text}`);
            desk.refused(answer, answer.status);
        }
    }
});

test('one key in the header and in the body is one, and so is one address in any case', async () => {
    const email = 'unaclave@example.com';
    const first = desk.done(await desk.post('/api/tickets/crear', { ...desk.REQUEST, email }, undefined, { 'Idempotency-Key': 'misma' }), 201);
    assert.equal(desk.done(await desk.post('/api/tickets/crear', { ...desk.REQUEST, email, claveIdempotencia: 'misma' }), 201).ticketUuid, first.ticketUuid);
    const loud = await desk.post('/api/tickets/crear', { ...desk.REQUEST, email: email.toUpperCase() }, undefined, { 'Idempotency-Key': 'misma' });
    assert.equal(desk.done(loud, 201).ticketUuid, first.ticketUuid);
    desk.refused(await desk.post('/api/tickets/crear', { ...desk.REQUEST, email, nombre: 'Otra Persona' }, undefined, { 'Idempotency-Key': 'misma' }), 409, /^PT409/);
    for (const key of ['"]}', "'; --", '{}', 'null', '\\u0000', '%00', 'k'.repeat(200)]) {
        const send = () => desk.post('/api/tickets/crear', { ...desk.REQUEST, email }, undefined, { 'Idempotency-Key': key });
        assert.equal(desk.done(await send(), 201).ticketUuid, desk.done(await send(), 201).ticketUuid);
    }
});

// --- what PostgREST 12 gets wrong -------------------------------------------------------------

for (const [code, status, text] of [
    ['40001', 409], ['40P01', 409], ['55P03', 423], ['55006', 409], ['55000', 409], ['57014', 504], ['P0001', 400], ['P0002', 400],
    ['P0003', 400], ['08001', 500], ['57P01', 500], ['53100', 500], ['53300', 500], ['PT503', 500], ['PT200', 500], ['PTABC', 500], ['PGRST', 500], ['XX000', 500],
    ['PT409', 409, 'mensaje'], ['PT418', 418, 'tetera'], ['PT409', 409, 'con ñ'],
    ['PT409', 409, "uno' || chr(13) || chr(10) || 'Set-Cookie: malo=1' || chr(13) || chr(10) || '"],
    ['PGRST', 500, '{"code":"123","message":"x"}'],
]) {
    test(`a user's trigger raises ${code} ${text ?? ''}`, async () => {
        const id = await desk.ticketIn('ASIGNADO', token.mesa);
        desk.sql(`CREATE OR REPLACE FUNCTION public.trampa() RETURNS trigger LANGUAGE plpgsql AS $t$
            BEGIN
                IF NEW.nota = 'trampa' THEN
                    RAISE EXCEPTION USING ERRCODE = '${code}', MESSAGE = '${text ?? 'trampa'}';
                END IF;
                RETURN NULL;
            END $t$`);
        const start = Date.now();
        const answer = await desk.post(`/api/tickets/${id}/actualizar`, { nota: 'trampa' }, token.mesa);
        assert.ok(Date.now() - start < 8000, 'retried?');
        desk.refused(answer, status);
        assert.match(answer.reason, /^[A-Za-z -]*$/);
        assert.equal(answer.headers['set-cookie'], undefined);
        assert.equal(desk.historyOf(id), 'crear asignar');
        desk.done(await desk.post(`/api/tickets/${id}/actualizar`, { nota: 'bien' }, token.mesa));
    });
}

test('a deferred trigger of the owner: refused, before it could raise 40001 at the end of the transaction', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    desk.refused(await desk.post(`/api/tickets/${id}/actualizar`, { nota: 'al final' }, token.mesa), 403,
        /^42501.*Cannot fire deferred trigger/);
    assert.equal(desk.historyOf(id), 'crear asignar');
});

// --- waiting ------------------------------------------------------------------------------------

// Lock something, until the promise's function is called.
const hold = async (statement) => {
    const held = desk.sqlBackground(`BEGIN; ${statement}; SELECT pg_sleep(1000);`).catch(() => {});
    while (desk.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") === '0') {
        await sleep(50);
    }
    return async () => {
        desk.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
        await held;
    };
};

test('thirty requests wait for one ticket: 423, of which eight at most hold a connection, and everybody else goes on', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    const letGo = await hold(`SELECT FROM helpdesk.ticket WHERE ticket_uuid = '${id}' FOR UPDATE`);
    let answered = false;
    const waiting = Promise.all(Array.from({ length: 30 }, () => desk.post(`/api/tickets/${id}/actualizar`, { nota: 'Espera.' }, token.mesa)))
        .finally(() => { answered = true; });
    let most = 0;
    while (!answered) {
        most = Math.max(most, Number(desk.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'authenticator' AND wait_event_type = 'Lock'")));
        desk.done(await desk.get('/api/tickets/dashboard?limit=1', token.mesa));
        desk.done(await desk.post('/api/tickets/crear', desk.REQUEST), 201);
    }
    const answers = await waiting;
    answers.forEach((answer) => desk.refused(answer, 423, /^(PT423|HTTP423)/));
    assert.ok(answers.filter(({ json }) => json.code === 'PT423').length >= 8);
    assert.ok(most <= 8, `${most}`);
    await letGo();
    desk.done(await desk.post(`/api/tickets/${id}/actualizar`, { nota: 'Ya.' }, token.mesa));
});

test('twenty requests for a ticket that never end keep nobody from it', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.mesa);
    const sockets = Array.from({ length: 20 }, () => net.connect(desk.PORT, '127.0.0.1').on('error', () => {}));
    for (const socket of sockets) {
        socket.write(`POST /api/tickets/${id}/actualizar HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"nota"`);
    }
    await sleep(200);
    desk.done(await desk.post(`/api/tickets/${id}/actualizar`, { nota: 'Sin esperar.' }, token.mesa));
    sockets.forEach((socket) => socket.destroy());
});

test('a table locked by its owner: lists and users are 423, not 500', async () => {
    const letGo = await hold('LOCK helpdesk.ticket, helpdesk.agente IN ACCESS EXCLUSIVE MODE');
    const answers = await Promise.all([
        desk.get('/api/tickets/dashboard', token.mesa), desk.get('/api/auth/users', token.admin),
        desk.post('/api/tickets/consultar', { label: 'TK-1', email: 'a@b.co' }),
        desk.call('PATCH', `/api/auth/users/${desk.AGENTS.otra}`, { token: token.admin, body: { telefono: '1' } })]);
    for (const answer of answers) {
        desk.refused(answer, 423, /^(55P03|PT423)/);
    }
    await letGo();
});
