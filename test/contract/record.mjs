// Writes down what the servers that test/contract/run has started answer, into
// http.txt, answers.txt and openapi.txt of the folder given.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as desk from '../rest/lib.mjs';
import { attacks, bodies, methods, paths, tokens } from './http-edges.mjs';
import { conversation, creation, inquiry, lists, login, one, operations, users } from './http-paths.mjs';
import { checkTime, named, plain, tell } from './plain.mjs';

const folder = process.argv[2];
const write = (name, items) => writeFileSync(join(folder, `${name}.txt`), items.map((item) => `${item}\n`).join(''));

// --- HTTP ------------------------------------------------------------------------

// Headers that every answer has; only what is different is told.
const USUAL = {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'Content-Range, WWW-Authenticate, Allow, Retry-After',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
};
const TRANSPORT = ['date', 'server', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'];

const answers = [];
answers.push(['headers of an answer, unless told otherwise', ...Object.entries(USUAL).map(([name, value]) => `    ${name}: ${value}`)].join('\n'));

const shorten = (text) => text.replace(/(.)\1{99,}/gsu, (run, character) => `${character}... (${[...run].length} times)`);

// A creation's body as what it has other than test/rest/lib.mjs's REQUEST.
function usually(body) {
    const same = Object.entries(desk.REQUEST).filter(([key, value]) => body[key] === value).map(([key]) => key);
    if (same.length < 5) {
        return JSON.stringify(body);
    }
    const absent = Object.keys(desk.REQUEST).filter((key) => body[key] === undefined).map((key) => ` without ${key}`);
    const other = Object.fromEntries(Object.entries(body).filter(([key]) => !same.includes(key)));
    return `REQUEST${absent.join('')} and ${JSON.stringify(other)}`;
}

function shown(body) {
    if (body === undefined) {
        return '';
    }
    const text = Buffer.isBuffer(body) ? `bytes ${body.toString('hex')}` : typeof body === 'string' ? body : usually(body);
    return ` ${shorten(plain(text)).replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}`;
}

// Send one request and write down what comes; title tells what is special.
async function ask(title, method, path, { as, token, body, headers = {} } = {}) {
    const answer = await desk.call(method, path, { body, headers, token: token ?? all[as ?? 'none'] });
    const lines = [title];
    const more = Object.entries(headers).map(([name, value]) => ` ${name}: ${shorten(plain(value))}`).join('');
    lines.push(`    ${method} ${shorten(plain(path))}${as && as !== 'none' ? ` as ${as}` : ''}${more}${shown(body)}`);
    lines.push(`    ${answer.status} ${answer.reason}`.trimEnd());
    for (const name of new Set([...Object.keys(USUAL), ...Object.keys(answer.headers)].sort())) {
        if (!TRANSPORT.includes(name) && answer.headers[name] !== USUAL[name]) {
            lines.push(`    header ${name}: ${plain(answer.headers[name] ?? 'missing')}`);
        }
    }
    if (answer.json?.openapi) {
        lines.push('    the OpenAPI document, see openapi.txt');
    } else if (answer.json !== undefined) {
        lines.push(...tell(answer.json, '    '));
    } else if (answer.text !== '') {
        lines.push(`    text ${JSON.stringify(plain(answer.text))}`);
    }
    answers.push(lines.join('\n'));
    return answer;
}

// The same for bytes that are no proper HTTP.
async function askRaw(title, bytes) {
    const [head, ...rest] = (await desk.raw(bytes)).split('\r\n\r\n');
    const lines = head.split('\r\n').filter((line, i) => i === 0 || !TRANSPORT.includes(line.split(':')[0].toLowerCase()));
    answers.push([title, `    ${JSON.stringify(shorten(plain(bytes)))}`, ...lines.map((line) => `    ${line}`), `    ${rest.join(' ').trim()}`].join('\n'));
}

// A new ticket in a state, known by a name from then on.
async function ticket(name, state = 'NUEVO', more = {}) {
    const id = await desk.ticketIn(state, all.mesa, more);
    const { ticket: row } = desk.done(await desk.get(`/api/tickets/${id}`, all.admin));
    named(name, id, row.ticket_label);
    return { id, label: row.ticket_label };
}

const all = await desk.tokens();
const world = { ask, askRaw, ticket, all, desk };
try {
    for (const part of [creation, inquiry, operations, one, lists, login, users, conversation, tokens, bodies, paths, methods, attacks]) {
        await part(world);
    }
} finally {
    write('http', answers);
}

// --- the document of each role ------------------------------------------------------

const leaves = new Map();

function collect(value, path, who) {
    if (value !== null && typeof value === 'object' && Object.keys(value).length > 0) {
        for (const [key, inner] of Object.entries(value)) {
            collect(inner, path ? `${path} ${key}` : key, who);
        }
    } else {
        const leaf = `${path}: ${JSON.stringify(value)}`;
        leaves.set(leaf, [...(leaves.get(leaf) ?? []), who]);
    }
}

for (const [who, role] of Object.entries({ admin: 'ADMIN', mesa: 'MESA', area: 'AREA', none: 'PUBLICO' })) {
    collect(desk.done(await desk.get('/api/', all[who])), '', role);
}
write('openapi', [...leaves].map(([leaf, who]) => `${leaf} (${who.length === 4 ? 'everybody' : who.join(' ')})`).sort());

// --- SQL ------------------------------------------------------------------------------

// answers.sql says what its lines mean.
const story = {};
for (const state of ['NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO', 'RESUELTO', 'CANCELADO', 'ARCHIVADO']) {
    story[state] = await ticket(`SQL ${state}`, state, { email: 'sql@example.com', asunto: `SQL ${state}` });
}

const script = [];
const heads = [];
for (const line of readFileSync(new URL('answers.sql', import.meta.url), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('--')) {
        continue;
    }
    const [, who, call] = line.match(/^(\w+): (.*)$/);
    const text = call.replace(/\$label_([A-Z]+)/g, (_, name) => story[name].label).replace(/\$([A-Z]+)/g, (_, name) => story[name].id);
    if (who === 'run') {
        script.push(text.includes('\\g') ? text : `${text};`);
    } else {
        heads.push(`${who}: ${call}`);
        script.push(`SET SESSION AUTHORIZATION ${who}; SELECT public.contract_answer($call$${text}$call$)`, '\\g', 'RESET SESSION AUTHORIZATION;');
    }
}
const rows = desk.sql(script.join('\n')).split('\n');
if (rows.length !== heads.length) {
    throw new Error(`${heads.length} calls, ${rows.length} answers`);
}
write('answers', heads.map((head, i) => [shorten(plain(head)), ...tell(JSON.parse(rows[i]), '    ')].join('\n')));
checkTime();
process.exit(0);        // connections that are kept alive would hold us
