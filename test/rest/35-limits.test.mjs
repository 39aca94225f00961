// How many requests of a kind come from one address: rest/nginx.conf as it is, with
// a PostgREST of its own, then with a proxy named.  lib.mjs speaks to the servers
// of the other tests, for which no limit holds.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as desk from './lib.mjs';

const serve = join(dirname(fileURLToPath(import.meta.url)), '../../rest/serve');
const folder = mkdtempSync(join(process.env.TMPDIR ?? '/tmp', 'tsm-limits.'));
let port;

const freePort = () => new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = server.address();
        server.close(() => resolve(free));
    });
});

before(async () => {
    port = await freePort();
    copyFileSync(join(process.env.REST_HOME, 'jwt.secret'), join(folder, 'jwt.secret'));
    execFileSync(serve, ['start', folder, String(port)], {
        env: { ...process.env, UNLIMITED: '', PGRST_DB_URI: `postgresql://authenticator@/desk?host=${process.env.PGHOST}&port=${process.env.PGPORT}` },
        stdio: 'inherit',
    });
});
after(() => {
    execFileSync(serve, ['stop', folder]);
    rmSync(folder, { recursive: true });
});

// The numbers of the README: a minute, and at once.
const KINDS = {
    crear: { rate: 30, burst: 30, again: '2', send: (headers) => ask('POST', '/api/tickets/crear', '{}', headers), status: 400 },
    responder: { rate: 30, burst: 30, again: '2', send: (headers) => ask('POST', '/api/tickets/responder', '{}', headers), status: 400 },
    consultar: { rate: 30, burst: 30, again: '2', send: (headers) => ask('GET', '/tickets/consultar?label=x&email=y', undefined, headers), status: 404 },
    adjuntar: { rate: 30, burst: 30, again: '2', send: (headers) => ask('POST', '/api/tickets/adjuntos?label=x&email=y&archivo=z', Buffer.from('x'), headers), status: 404 },
    openapi: { rate: 120, burst: 20, again: '1', send: (headers) => ask('GET', '/api/', undefined, headers), status: 200 },
    mesa: { rate: 120, burst: 20, again: '1', send: (headers) => ask('GET', '/api/mesa', undefined, headers), status: 200 },
};
const ask = (method, path, body, headers) => desk.call(method, path, { body, headers, port });

// Send n at once; headers(i) are those of the i-th.  Neither fewer nor more get
// through than the kind allows, for which `since` and `before_` tell what came before.
async function flood(kind, n, headers = () => ({}), { since = Date.now(), before_ = 0 } = {}) {
    const { rate, burst, again, send, status } = KINDS[kind];
    const answers = await Promise.all(Array.from({ length: n }, (_, i) => send(headers(i))));
    const passed = answers.filter((answer) => answer.status === status).length;
    const least = Math.min(n, Math.max(0, 1 + burst - before_));
    assert.ok(passed >= least, `${passed} of ${n}, where ${least} are allowed`);
    const most = Math.max(0, 1 + burst - before_) + Math.ceil((Date.now() - since) / 60000 * rate) + 1;
    assert.ok(passed <= most, `${passed} of ${n}, where ${most} are allowed`);
    for (const answer of answers.filter((one) => one.status !== status)) {
        desk.refused(answer, 429, /^HTTP429 Too many requests\. Too many of these requests come from this address; try again in \d s\.$/);
        assert.equal(answer.headers['retry-after'], again);
        assert.match(answer.headers['access-control-expose-headers'], /Retry-After/);
    }
    return { passed, since };
}

for (const kind of Object.keys(KINDS)) {
    test(`${kind}: a burst, then 429; X-Forwarded-For and the like make nobody another`, async () => {
        await flood(kind, 80, (i) => ({ 'X-Forwarded-For': `198.51.100.${i}`, 'X-Real-IP': `198.51.100.${i}`, Forwarded: `for=198.51.100.${i}`,
            'X-Client-IP': `198.51.100.${i}`, 'CF-Connecting-IP': `198.51.100.${i}` }));
    });
}

test('the other form of the path, the other method and HEAD count as well', async () => {
    await sleep(4000);
    const paths = [['POST', '/tickets/consultar'], ['GET', '/api/tickets/consultar'], ['HEAD', '/tickets/consultar'], ['POST', '/api//tickets/consultar'],
        ['GET', '/tickets/%63onsultar'], ['GET', '/x/../tickets/consultar']];
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(...paths[i % paths.length], undefined, {})));
    const refused = answers.filter((answer) => answer.status === 429).length;
    assert.ok(refused >= 20, `${refused}`);
});

test('what is over the limit of one kind keeps nobody from the rest', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask('GET', '/api/tickets/dashboard', undefined, {})));
    answers.forEach((answer) => desk.refused(answer, 401));
    assert.equal((await ask('OPTIONS', '/api/tickets/crear', undefined, {})).status, 204);
    const { access_token: theirs } = desk.done(await ask('POST', '/auth/login', { email: desk.PEOPLE.mesa, password: desk.PASSWORD }, {}));
    desk.done(await ask('GET', '/api/tickets/dashboard?limit=1', undefined, { Authorization: `Bearer ${theirs}` }));
});

test('login: a hundred attempts at once are 429 for those that would wait too long', async () => {
    await sleep(1000);      // the login before is forgotten
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask('POST', '/api/auth/login', { email: 'x@y.co' }, {})));
    const count = (status) => answers.filter((answer) => answer.status === status).length;
    assert.equal(count(400) + count(429), 100);
    assert.ok(count(429) >= 1 && count(400) >= 51, `${count(429)}`);
    const last = answers.find((answer) => answer.status === 429);
    desk.refused(last, 429, /^HTTP429/);
    assert.equal(last.headers['retry-after'], '1');
});

// --- with a proxy named -----------------------------------------------------------------------

test('a proxy that is named is believed, and one in front of it is not', async () => {
    const file = join(folder, 'ticket_sm/nginx.conf');
    const named = readFileSync(file, 'utf8').replace('# set_real_ip_from 192.0.2.1;', 'set_real_ip_from 127.0.0.1;')
        .replace('# real_ip_header', 'real_ip_header');
    assert.equal(named.match(/^ *(set_real_ip_from|real_ip_header) /gm).length, 2);
    writeFileSync(file, named);
    process.kill(Number(readFileSync(join(folder, 'nginx.pid'), 'utf8')), 'SIGHUP');

    const made = async (from) => {
        const { ticketUuid } = desk.done(await ask('POST', '/api/tickets/crear', desk.REQUEST, { 'X-Forwarded-For': from }), 201);
        return desk.sql(`SELECT ip_registro FROM helpdesk.ticket WHERE ticket_uuid = '${ticketUuid}'`);
    };
    for (let i = 0; await made('198.51.100.7') !== '198.51.100.7'; i++) {   // until the new workers have taken over
        assert.ok(i < 25, 'nginx has not taken the new settings');
        await sleep(2000);
    }
    assert.equal(await made('203.0.113.66, 198.51.100.8'), '198.51.100.8');
    assert.equal(await made('2001:db8:1::1'), '2001:db8:1::1');
});

const from = (address) => () => ({ 'X-Forwarded-For': address });

test('each address has limits of its own', async () => {
    const one = await flood('consultar', 60, from('192.0.2.1'));
    await flood('consultar', 20, from('192.0.2.2'));
    // the same, whatever stands before it or in what form
    await flood('consultar', 20, (i) => ({ 'X-Forwarded-For': `203.0.113.${i}, 192.0.2.1` }), { since: one.since, before_: one.passed });
    await flood('consultar', 20, from('::ffff:192.0.2.1'), { since: one.since, before_: one.passed });
    await flood('consultar', 20, from('::ffff:192.0.2.3'));
});

test('of IPv6, a network of 64 bits is one address', async () => {
    const one = await flood('consultar', 60, (i) => ({ 'X-Forwarded-For': `2001:db8:a:1:${i.toString(16)}::${i}` }));
    await flood('consultar', 20, from('2001:db8:a:1:ffff:ffff:ffff:ffff'), { since: one.since, before_: one.passed });
    await flood('consultar', 20, from('2001:db8:a:2::1'));
    await flood('consultar', 20, from('2001:db8:a::1'));
    // bytes that are line feeds, which end no pattern
    const odd = await flood('consultar', 60, (i) => ({ 'X-Forwarded-For': `a0a:a0a:a0a:a0a:a0a:a0a:a0a:${i.toString(16)}0a` }));
    await flood('consultar', 20, from('a0a:a0a:a0a:a0a::1'), { since: odd.since, before_: odd.passed });
});
