// Files over HTTP: sent and fetched as bytes, listed, taken away; names, types and
// headers; who may, how much.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import { before, test } from 'node:test';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});

const query = (fields) => new URLSearchParams(fields).toString().replaceAll('+', '%20');
const upload = (path, fields, body, who, type = 'application/octet-stream') =>
    desk.post(`/api${path}?${query(fields)}`, Buffer.from(body), token[who], { 'Content-Type': type });
const attach = (ticket, fields, body, who = 'mesa', type) => upload(`/tickets/${ticket}/adjuntos`, fields, body, who, type);
const send = (ticket, archivo, body, more = {}) =>
    upload('/tickets/adjuntos', { label: ticket.ticketLabel, email: desk.REQUEST.email, archivo, ...more }, body, 'none');
const asRequester = (ticket, more = {}) => query({ label: ticket.ticketLabel, email: desk.REQUEST.email, ...more });

// An answer with its bytes.
const fetchBytes = (path, who, method = 'GET') => new Promise((resolve, reject) => {
    http.request(`${desk.BASE}/api${path}`, { method, headers: token[who] ? { Authorization: `Bearer ${token[who]}` } : {} }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }));
    }).on('error', reject).end();
});

function safe({ headers }) {
    assert.match(headers['content-disposition'], /^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[\w!#$&+.^`|~%-]*$/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['content-security-policy'], "sandbox; default-src 'none'");
    assert.equal(headers['cache-control'], 'no-store');
    for (const name of ['content-range', 'content-location', 'server-timing']) {
        assert.equal(headers[name], undefined, name);
    }
}

test('bytes come back as they were sent, whatever they are', async () => {
    const ticket = await desk.newTicket();
    for (const bytes of [Buffer.from('hola'), randomBytes(70000), Buffer.from([0, 1, 2, 255, 254, 10, 13, 0]), Buffer.from('{"a": 1}'), Buffer.alloc(1)]) {
        const answer = await attach(ticket.ticketUuid, { archivo: `x${bytes.length}.bin` }, bytes);
        const file = desk.done(answer, 201);
        assert.equal(file.bytes, bytes.length);
        assert.equal(file.sha256, createHash('sha256').update(bytes).digest('hex'));
        assert.equal(file.publico, false);
        const got = await fetchBytes(`/tickets/${ticket.ticketUuid}/adjuntos/${file.adjuntoId}`, 'mesa');
        assert.equal(got.status, 200);
        assert.ok(got.bytes.equals(bytes));
        safe(got);
        const head = await fetchBytes(`/tickets/${ticket.ticketUuid}/adjuntos/${file.adjuntoId}`, 'mesa', 'HEAD');
        assert.deepEqual([head.status, head.bytes.length, head.headers['content-disposition']], [200, 0, got.headers['content-disposition']]);
    }
    assert.equal(desk.sql(`SELECT count(*) FROM ticket_sm.fn_verificar('${ticket.ticketUuid}')`), '0');
});

test('the requester sends and fetches by label and address, and sees what is public', async () => {
    const ticket = await desk.newTicket();
    const internal = desk.done(await attach(ticket.ticketUuid, { archivo: 'interno.txt' }, 'secreto'), 201);
    const open = desk.done(await attach(ticket.ticketUuid, { archivo: 'guia.txt', publico: 'true' }, 'guía', 'mesa', 'text/plain; charset=utf-8'), 201);
    assert.equal(open.tipoContenido, 'text/plain');
    const own = desk.done(await send(ticket, 'mi foto.png', '\x89PNG\r\n\x1a\n'), 201);
    assert.equal(own.version, null);
    assert.equal(own.publico, true);
    const list = desk.done(await desk.get(`/api/tickets/adjuntos?${asRequester(ticket)}`));
    assert.deepEqual(list.map((file) => [file.archivo, file.propio]), [['guia.txt', false], ['mi foto.png', true]]);
    const consulted = desk.done(await desk.get(`/api/tickets/consultar?${asRequester(ticket)}`));
    assert.deepEqual(consulted.adjuntos, list);
    assert.ok(!JSON.stringify([list, consulted]).includes(internal.adjuntoId));
    const got = await fetchBytes(`/tickets/adjuntos/${open.adjuntoId}?${asRequester(ticket)}`, 'none');
    assert.equal(got.bytes.toString(), 'guía');
    assert.equal(got.headers['content-type'], 'text/plain');
    safe(got);
    // not the internal one, nor any by its id alone, nor of another ticket
    const other = await desk.newTicket();
    for (const path of [`/tickets/adjuntos/${internal.adjuntoId}?${asRequester(ticket)}`, `/tickets/adjuntos/${open.adjuntoId}?${asRequester(other)}`,
        `/tickets/adjuntos/${open.adjuntoId}?${asRequester(ticket, { email: 'otro@example.com' })}`, `/tickets/adjuntos/${desk.NOBODY}?${asRequester(ticket)}`]) {
        desk.refused(await desk.get(`/api${path}`), 404);
    }
    desk.refused(await desk.get(`/api/tickets/adjuntos/${open.adjuntoId}`), 400, /label|email/);
    desk.refused(await desk.get(`/api/tickets/${ticket.ticketUuid}/adjuntos/${open.adjuntoId}`), 401);
    desk.refused(await attach(ticket.ticketUuid, { archivo: 'x' }, 'x', 'none'), 401);
    desk.refused(await send(ticket, 'x', 'x', { publico: 'false' }), 400, /publico/);
    desk.refused(await send(ticket, 'x', 'x', { email: 'otro@example.com' }), 404);
    // agents see all of it, in the ticket too
    const all = desk.done(await desk.get(`/api/tickets/${ticket.ticketUuid}/adjuntos`, token.area));
    assert.deepEqual(all.map((file) => [file.archivo, file.publico, file.actorNombre]),
        [['interno.txt', false, 'Mario Gil'], ['guia.txt', true, 'Mario Gil'], ['mi foto.png', true, desk.REQUEST.nombre]]);
    assert.deepEqual(desk.done(await desk.get(`/api/tickets/${ticket.ticketUuid}`, token.area)).adjuntos, all);
    desk.refused(await desk.get(`/api/tickets/${ticket.ticketUuid}/adjuntos`, token.otra), 403);
    desk.refused(await desk.get(`/api/tickets/${ticket.ticketUuid}/adjuntos/${open.adjuntoId}`, token.otra), 403, /area/);
    desk.refused(await attach(ticket.ticketUuid, { archivo: 'x' }, 'x', 'otra'), 403);
    assert.equal(desk.historyOf(ticket.ticketUuid), 'crear adjuntar adjuntar adjuntar');
});

test('no content is shown, whatever it says it is', async () => {
    const ticket = await desk.newTicket();
    const hostile = [
        ['a.svg', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
        ['a.html', 'text/html', '<!DOCTYPE html><script>alert(1)</script>'],
        ['a.png', 'image/png', '<html><script>alert(1)</script>'],
        ['a.txt', 'text/plain', '  <script>alert(1)</script>'],
        ['a.js', 'application/javascript', 'alert(1)'],
        ['a.xml', 'application/xml', '<?xml version="1.0"?><x/>'],
        ['a', 'text/html;charset=utf-7', '+ADw-script+AD4-'],
        ['a.exe', 'image/jpeg', 'MZ\x90'],
    ];
    for (const [archivo, type, body] of hostile) {
        const file = desk.done(await attach(ticket.ticketUuid, { archivo, publico: 'true' }, body, 'mesa', type), 201);
        assert.equal(file.tipoContenido, 'application/octet-stream', archivo);
        for (const more of ['', '?inline=1&tipoContenido=text/html', '?disposition=inline']) {
            const got = await fetchBytes(`/tickets/${ticket.ticketUuid}/adjuntos/${file.adjuntoId}${more}`, 'mesa');
            assert.equal(got.headers['content-type'], 'application/octet-stream');
            safe(got);
        }
    }
    // but what it really is
    const png = desk.done(await attach(ticket.ticketUuid, { archivo: 'b.html' }, Buffer.from('89504e470d0a1a0a', 'hex'), 'mesa', 'text/html'), 201);
    assert.equal(png.tipoContenido, 'image/png');
});

test('names go into the header as they are, and break none', async () => {
    const ticket = await desk.newTicket();
    const names = [
        ['Año ñandú 日本 🙂.pdf', 'Año ñandú 日本 🙂.pdf'], ['../../etc/passwd', 'passwd'], ['C:\\x\\y.txt', 'y.txt'], ['a"b\\c";x="y.txt', 'c_;x=_y.txt'],
        ['a\r\nX-Evil: 1.txt', 'aX-Evil_ 1.txt'], ['\u202egpj.exe', 'gpj.exe'], ['100%41.txt', '100%41.txt'], ["it's (1); filename=x.html", "it's (1); filename=x.html"],
        ['<img src=x onerror=alert(1)>', '_img src=x onerror=alert(1)_'], ["'; DROP TABLE ticket; --", "'; DROP TABLE ticket; --"], ['con.txt', '_con.txt'],
        ['x'.repeat(300) + '.tar', 'x'.repeat(146) + '.tar'], ['ñ'.repeat(150), 'ñ'.repeat(150)], ['🙂'.repeat(160), '🙂'.repeat(150)], ['...', 'archivo'],
    ];
    for (const [given, kept] of names) {
        const file = desk.done(await attach(ticket.ticketUuid, { archivo: given }, given), 201);
        assert.equal(file.archivo, kept);
        const got = await fetchBytes(`/tickets/${ticket.ticketUuid}/adjuntos/${file.adjuntoId}`, 'mesa');
        assert.equal(got.status, 200, given);
        safe(got);
        assert.equal(decodeURIComponent(got.headers['content-disposition'].replace(/^.*UTF-8''/, '')), kept);
        assert.equal(got.headers['x-evil'], undefined);
    }
    desk.refused(await attach(ticket.ticketUuid, {}, 'x'), 400, /archivo/);
    desk.refused(await desk.post(`/api/tickets/${ticket.ticketUuid}/adjuntos?archivo=%ff`, Buffer.from('x'), token.mesa), 400, /UTF-8/);
    desk.refused(await desk.post(`/api/tickets/${ticket.ticketUuid}/adjuntos?archivo=a%00b`, Buffer.from('x'), token.mesa), 400, /NUL/);
    // what a client writes into the header that nginx sets goes nowhere
    const forged = await desk.post(`/api/tickets/${ticket.ticketUuid}/adjuntos?archivo=bien.txt`, Buffer.from('x'), token.mesa,
        { 'X-Ticket-Sm-Peticion': '{"datos":{"archivo":"mal.txt"},"ticket_id":"x"}' });
    assert.equal(desk.done(forged, 201).archivo, 'bien.txt');
});

test('a form of JSON, an empty file, other parameters', async () => {
    const ticket = await desk.newTicket();
    const json = await desk.post(`/api/tickets/${ticket.ticketUuid}/adjuntos?archivo=a.json`, { a: 1 }, token.mesa);
    assert.equal(desk.done(json, 201).tipoContenido, 'application/json');
    desk.refused(await attach(ticket.ticketUuid, { archivo: 'x' }, ''), 400, /contenido/);
    desk.refused(await attach(ticket.ticketUuid, { archivo: 'x', publico: 'quizas' }, 'x'), 400, /publico/);
    desk.refused(await attach(ticket.ticketUuid, { archivo: 'x', version: '1' }, 'x'), 412);
    desk.refused(await attach(ticket.ticketUuid, { archivo: 'x', version: 'uno' }, 'x'), 400, /version/);
    desk.refused(await attach('no-es-uuid', { archivo: 'x' }, 'x'), 400, /ticket_id/);
    desk.refused(await attach(desk.NOBODY, { archivo: 'x' }, 'x'), 404);
    desk.refused(await desk.get(`/api/tickets/${ticket.ticketUuid}/adjuntos/no-es-uuid`, token.mesa), 400, /adjunto_id/);
    desk.refused(await desk.call('DELETE', `/api/tickets/${ticket.ticketUuid}/adjuntos`, { token: token.mesa }), 405);
    desk.refused(await desk.call('PUT', `/api/tickets/${ticket.ticketUuid}/adjuntos/${desk.NOBODY}`, { token: token.mesa, body: 'x' }), 405);
    // the same again is the same
    const [one, two] = await Promise.all([1, 2].map(() => attach(ticket.ticketUuid, { archivo: 'doble.txt' }, 'doble')));
    assert.equal(desk.done(one, 201).adjuntoId, desk.done(two, 201).adjuntoId);
    const third = desk.done(await attach(ticket.ticketUuid, { archivo: 'doble.txt' }, 'doble'), 201);
    assert.equal(third.adjuntoId, one.json.adjuntoId);
    assert.equal(desk.historyOf(ticket.ticketUuid), 'crear adjuntar adjuntar');
});

test('as large as may be, and one byte more', async () => {
    const ticket = await desk.newTicket();
    const most = 10 * 1024 * 1024;
    const bytes = randomBytes(most);
    const file = desk.done(await attach(ticket.ticketUuid, { archivo: 'grande.bin' }, bytes), 201);
    assert.equal(file.bytes, most);
    const got = await fetchBytes(`/tickets/${ticket.ticketUuid}/adjuntos/${file.adjuntoId}`, 'mesa');
    assert.ok(got.bytes.equals(bytes));
    // nginx, by its length
    desk.refused(await attach(ticket.ticketUuid, { archivo: 'mayor.bin' }, Buffer.alloc(most + 1)), 413, /10 MiB/);
    // the desk, whose limit may be less
    desk.sql('UPDATE helpdesk.configuracion SET adjunto_bytes = 1000, adjuntos_bytes = 10486000, adjuntos_cantidad = 2');
    try {
        desk.refused(await attach(ticket.ticketUuid, { archivo: 'x' }, Buffer.alloc(1001)), 413, /"contenido" has 1001 bytes; at most 1000/);
        desk.refused(await attach(ticket.ticketUuid, { archivo: 'x' }, Buffer.alloc(500)), 413, /at most 10486000/);
        desk.done(await attach(ticket.ticketUuid, { archivo: 'x' }, 'x'), 201);
        desk.refused(await attach(ticket.ticketUuid, { archivo: 'y' }, 'y'), 413, /at most 2 are allowed/);
        // public ones have a quota of their own
        desk.done(await send(ticket, 'y', 'y'), 201);
    } finally {
        desk.sql('UPDATE helpdesk.configuracion SET adjunto_bytes = DEFAULT, adjuntos_bytes = DEFAULT, adjuntos_cantidad = DEFAULT');
    }
    // other paths have their own limit still
    desk.refused(await desk.post(`/api/tickets/${ticket.ticketUuid}/actualizar`, { nota: 'x'.repeat(600 * 1024) }, token.mesa), 413, /512 kB/);
});

test('taken away by ADMIN, with a reason', async () => {
    const ticket = await desk.newTicket();
    const file = desk.done(await send(ticket, 'cedula.jpg', '\xff\xd8\xff'), 201);
    const path = `/api/tickets/${ticket.ticketUuid}/adjuntos/${file.adjuntoId}`;
    desk.refused(await desk.post(`${path}/retirar`, { motivo: 'Sin querer' }, token.mesa), 403);
    desk.refused(await desk.post(`${path}/retirar`, { motivo: 'Sin querer' }), 401);
    desk.refused(await desk.post(`${path}/retirar`, {}, token.admin), 400, /motivo/);
    desk.refused(await desk.post(`/api/tickets/${ticket.ticketUuid}/adjuntos/${desk.NOBODY}/retirar`, { motivo: 'Sin querer' }, token.admin), 404);
    const gone = desk.done(await desk.post(`${path}/retirar`, { motivo: 'Sin querer' }, token.admin));
    assert.deepEqual([gone.adjuntoId, gone.archivo, gone.bytes], [file.adjuntoId, null, null]);
    desk.refused(await desk.post(`${path}/retirar`, { motivo: 'Sin querer' }, token.admin), 409);
    desk.refused(await desk.get(path, token.mesa), 404);
    desk.refused(await desk.get(`/api/tickets/adjuntos/${file.adjuntoId}?${asRequester(ticket)}`), 404);
    assert.deepEqual(desk.done(await desk.get(`/api/tickets/adjuntos?${asRequester(ticket)}`)), []);
    const [left] = desk.done(await desk.get(`/api/tickets/${ticket.ticketUuid}/adjuntos`, token.mesa));
    assert.deepEqual([left.archivo, left.sha256, left.bytes], [null, createHash('sha256').update(Buffer.from('\xff\xd8\xff')).digest('hex'), left.bytes]);
    assert.ok(left.retiradoEn);
    assert.equal(desk.sql(`SELECT count(*) FROM helpdesk.contenido WHERE sha256 = '\\x${left.sha256}'`), '0');
});

test('what is fetched while it is taken away is refused in our words', async () => {
    const ticket = await desk.newTicket();
    const file = desk.done(await attach(ticket.ticketUuid, { archivo: 'x' }, 'x'), 201);
    desk.refused(await desk.get(`/api/tickets/${ticket.ticketUuid}/adjuntos/${file.adjuntoId}`, 'no-es-token'), 401);
    const other = await desk.newTicket();
    desk.refused(await desk.get(`/api/tickets/${other.ticketUuid}/adjuntos/${file.adjuntoId}`, token.mesa), 404, /attachment/i);
});
