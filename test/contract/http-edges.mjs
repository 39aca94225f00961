// Requests at the edge of the contract: tokens, bodies, paths, methods, and what
// PostgREST would get wrong.

import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { OPERATIONS } from '../rest/contract.mjs';

export async function tokens({ ask, ticket, all, desk }) {
    const key = desk.secret();
    const claims = (more = {}) => ({
        sub: desk.AGENTS.admin, role: 'ticket_admin', rol: 'ADMIN', iat: desk.now(), exp: desk.now() + 600, ...more,
    });
    const { id } = await ticket('ASIGNADO', 'ASIGNADO');
    for (const [what, token] of Object.entries({
        'of our own making': desk.forge(claims(), key),
        'expired': desk.forge(claims({ exp: desk.now() - 60 }), key),
        'not valid yet': desk.forge(claims({ nbf: desk.now() + 3600 }), key),
        'signed with another key': desk.forge(claims(), 'x'.repeat(64)),
        'signed with an empty key': desk.forge(claims(), ''),
        'alg none': desk.forge(claims(), '', { alg: 'none', typ: 'JWT' }),
        'alg HS512 with the right key': `${desk.forge(claims(), key, { alg: 'HS512' })}x`,
        'signature cut off': `${desk.forge(claims(), key).split('.').slice(0, 2).join('.')}.`,
        'two parts': 'a.b',
        'rubbish': '%00%0d%0a',
        'a role that is not there': desk.forge(claims({ role: 'nadie_asi' }), key),
        'the role postgres': desk.forge(claims({ role: 'postgres' }), key),
        'the role of PostgREST itself': desk.forge(claims({ role: 'authenticator' }), key),
        'no sub': desk.forge(claims({ sub: undefined }), key),
        'a sub that is no agent': desk.forge(claims({ sub: desk.NOBODY }), key),
        'a sub that is no uuid': desk.forge(claims({ sub: "x' OR '1'='1" }), key),
        'a higher role than the agent has': desk.forge(claims({ sub: desk.AGENTS.area }), key),
        'a lower role than the agent has': desk.forge(claims({ role: 'ticket_mesa' }), key),
        'the role of the public': desk.forge(claims({ role: 'web_anon' }), key),
        'no role': desk.forge(claims({ role: undefined }), key),
    })) {
        await ask(`token: ${what}, a list`, 'GET', '/api/tickets/dashboard?limit=0', { token });
        await ask(`token: ${what}, users`, 'GET', '/api/auth/users?limit=0', { token });
        await ask(`token: ${what}, an operation`, 'POST', `/api/tickets/${id}/actualizar`, { token, body: { nota: 'Con maña.' } });
        await ask(`token: ${what}, creation`, 'POST', '/api/tickets/crear', { token, body: desk.REQUEST });
    }
    for (const headers of [{ Role: 'ticket_admin' }, { Cookie: `token=${all.admin}` },
        { Authorization: `Basic ${Buffer.from('postgres:').toString('base64')}` }, { Authorization: 'Bearer ' }, { Authorization: all.admin }]) {
        await ask('token: none, but a header', 'GET', `/api/tickets/${id}`, { headers });
    }
}

export async function bodies({ ask, askRaw, ticket, desk }) {
    const post = (title, body, options) => ask(`body: ${title}`, 'POST', '/api/tickets/crear', { body, ...options });
    for (const body of ['{"nombre": "Ana', '{nombre: 1}', "{'a': 1}", '{"a": 1,}', 'nombre=Ana', '\u0000', '{"a": "\n"}', '{"a": 01}', '{"a": NaN}',
        '[', '<xml/>', '[]', '[{}]', 'null', '5', '"texto"', 'true', '', undefined, '{"nombre":"\\ud800","email":"a@b.co"}',
        '{"nombre":"Rosa \\u0000 Díaz"}', '{"\\u0000":1}', '['.repeat(30000), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]) {
        await post(Buffer.isBuffer(body) ? 'bytes' : JSON.stringify(body)?.slice(0, 40) ?? 'none', body);
    }
    await post('an array of a request', [desk.REQUEST]);
    await post('a key twice', JSON.stringify(desk.REQUEST).replace('{', '{"nombre":"La Primera",'));
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/csv', 'application/json; charset=utf-16']) {
        await post(`Content-Type ${type}`, JSON.stringify(desk.REQUEST), { headers: { 'Content-Type': type } });
    }
    const size = (bytes) => {
        const body = JSON.stringify({ ...desk.REQUEST, relleno: '' });
        return body.replace('"relleno":""', `"relleno":"${'x'.repeat(bytes - Buffer.byteLength(body))}"`);
    };
    await post('512 kB', size(524288));
    await post('512 kB and one byte', size(524289));
    await askRaw('body: chunked, too large', 'POST /api/tickets/crear HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
        + `81000\r\n${'x'.repeat(0x81000)}\r\n0\r\n\r\n`);

    const { id } = await ticket('ASIGNADO', 'ASIGNADO');
    const { id: other } = await ticket('other', 'ASIGNADO');
    const update = (title, path, body) => ask(`body: ${title}`, 'POST', `/api/tickets/${path}/actualizar`, { as: 'mesa', body });
    await update('ids that are not meant', id, { nota: 'Del camino.', ticket_id: other, ticketId: other, id: other, datos: { nota: 'x' } });
    await update('an id twice', id, `{"nota": "Del camino.", "ticket_id": "${other}", "\\u0074icket_id": "${other}"}`);
    for (const body of [`{},"ticket_id":"${id}"`, '{}},{"datos":{}', `{"nota":"x"},"ticket_id":"${id}","x":{}`, '{}//', '{}{}', '[]', 'null']) {
        await update(`that closes the one it is put into: ${body.replace(id, 'ID')}`, desk.NOBODY, body);
    }
    await ask('body: the ticket that was not meant', 'GET', `/api/tickets/${other}`, { as: 'mesa' });
}

export async function paths({ ask, askRaw, all, desk }) {
    for (const path of ['/rpc/crear', '/api/rpc/asignar', '/rpc/openapi', '/dashboard', '/usuarios', '/credencial', '/api_secreto', '/ticket',
        '/_ticket_sm/usuarios', '/_ticket_sm/rpc/crear', '/_ticket_sm_login/rpc/login', '/_ticket_sm_refusal', '/api/api/tickets/crear',
        '/api/tickets/crear/', '/api/tickets/', '/api/auth/users/', '/api/auth', `/api/tickets/${desk.NOBODY}/borrar`,
        `/api/tickets/${desk.NOBODY}/pausar/x`, `/api/tickets/${desk.NOBODY}/crear`, '/apix/tickets/crear', '/API/tickets/crear', '/live', '/ready',
        '/nginx.conf', '/%2e%2e/jwt.secret', '/rpc']) {
        for (const method of ['GET', 'POST', 'OPTIONS']) {
            await ask(`path: ${method} ${path}`, method, path, { as: 'admin', body: method === 'POST' ? {} : undefined });
        }
    }
    await ask('path: two slashes', 'POST', '/api/tickets//crear', { body: desk.REQUEST });
    for (const id of ["'", '%22%2C%22ticket_id%22%3A%22', '%00', '..%2f..', '%2e%2e', '{}', '*', `${desk.NOBODY}%0d%0aX:y`, '%F0%9F%98%80', '%ff', '%zz',
        `${desk.NOBODY};DROP`, ` ${desk.NOBODY}`.replace(' ', '%20'), 'a'.repeat(5000)]) {
        await ask(`path: id ${id.slice(0, 60)}`, 'POST', `/api/tickets/${id}/pausar`, { as: 'mesa', body: { motivo: 'Falta.' } });
        await ask(`path: id ${id.slice(0, 60)}`, 'GET', `/api/tickets/${id}`, { as: 'mesa' });
    }
    for (const [what, bytes] of Object.entries({
        'garbage': 'GARBAGE\r\n\r\n',
        'NUL in the path': 'GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n',
        'no Host': 'GET /api/ HTTP/1.1\r\n\r\n',
        'a negative length': 'POST /api/tickets/crear HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
        'two lengths': 'POST /api/tickets/crear HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
        'length and chunked': 'POST /api/tickets/crear HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
        'a large header': `GET /api/ HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(40000)}\r\n\r\n`,
        'a long path': `GET /api/${'y'.repeat(40000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
        'CR in a header': 'POST /api/tickets/crear HTTP/1.1\r\nHost: x\r\nIdempotency-Key: a\rX-Evil: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
        'CR LF in an id': `GET /api/tickets/a%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${all.mesa}\r\nConnection: close\r\n\r\n`,
        'CR LF in a query': 'GET /api/tickets/consultar?label=a%0d%0aX-Evil:%201&email=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
        'TRACE': 'TRACE /api/ HTTP/1.0\r\n\r\n',
        'QUERY': 'QUERY /api/tickets/dashboard HTTP/1.0\r\n\r\n',
    })) {
        await askRaw(`raw: ${what}`, bytes);
    }
}

export async function methods({ ask, desk }) {
    for (const path of ['/', '/api/', '/api', '/api/tickets/crear', '/api/tickets/consultar', '/api/tickets/dashboard', '/api/tickets/dashboard-metricas',
        `/api/tickets/${desk.NOBODY}`, '/api/auth/login', '/api/auth/users', `/api/auth/users/${desk.NOBODY}`,
        ...OPERATIONS.map((each) => `/tickets/${desk.NOBODY}/${each.name}`)]) {
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
            const answer = await desk.call(method, path);
            if (answer.status === 405) {
                await ask(`method: ${method} ${path}`, method, path);
            }
        }
        await ask(`method: OPTIONS ${path}`, 'OPTIONS', path, {
            headers: { Origin: 'https://portal.example', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' },
        });
        await ask(`method: HEAD ${path}`, 'HEAD', path);
    }
}

// What a trigger of the desk's own raises (test/rest/desk.sql), and locks.
export async function attacks({ ask, ticket, desk }) {
    const { id } = await ticket('ASIGNADO', 'ASIGNADO');
    const update = (title, nota) => ask(`raised: ${title}`, 'POST', `/api/tickets/${id}/actualizar`, { as: 'mesa', body: { nota } });
    for (const code of ['40001', '40P01', '55P03', '55006', '55000', '57014', 'P0001', 'P0002', 'P0003', '08001', '57P01', '53100', '53300', '22023',
        '23505', '23514', '23503', '42501', 'PT200', 'PT503', 'PT409', 'PT418', 'PTABC', 'XX000']) {
        await update(code, `trampa ${code}`);
    }
    await update('PT418 with a text', 'trampa PT418 tetera');
    await update('PT409 with a text that is not ASCII', 'trampa PT409 con ñ');
    await update('22023 with the name of a field', 'trampa 22023 field "area" is odd');
    await update('40001 of a deferred trigger', 'al final');
    await update('nothing', 'bien');

    const hold = async (statement) => {
        const held = desk.sqlBackground(`BEGIN; ${statement}; SELECT pg_sleep(5); ROLLBACK;`);
        while (desk.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") === '0') {
            await sleep(50);
        }
        return { held };                // not the promise itself, which would be awaited
    };
    const row = await hold(`SELECT FROM helpdesk.ticket WHERE ticket_uuid = '${id}' FOR UPDATE`);
    await update('by a lock on the ticket', 'Espera.');
    await row.held;
    const table = await hold('LOCK helpdesk.ticket IN ACCESS EXCLUSIVE MODE');
    await ask('locked: a list', 'GET', '/api/tickets/dashboard?limit=0', { as: 'mesa' });
    await ask('locked: consultar', 'POST', '/api/tickets/consultar', { body: { label: 'TK-1', email: 'a@b.co' } });
    await table.held;

    // bodies that never end keep nobody from the ticket
    const sockets = Array.from({ length: 20 }, () => net.connect(desk.PORT, '127.0.0.1').on('error', () => {}));
    for (const socket of sockets) {
        socket.write(`POST /api/tickets/${id}/actualizar HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"nota"`);
    }
    await sleep(200);
    await update('by twenty requests that never end', 'Sin esperar.');
    sockets.forEach((socket) => socket.destroy());
    await ask('raised: the ticket afterwards', 'GET', `/api/tickets/${id}`, { as: 'mesa' });
}
