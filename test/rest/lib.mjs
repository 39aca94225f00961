// What the end-to-end tests share: the desk's people, requests, tokens, SQL.
// test/rest/run has started the servers and tells in the environment where.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';

export const PORT = Number(process.env.REST_PORT);
export const BASE = `http://127.0.0.1:${PORT}`;
const PSQL = [process.env.REST_PSQL, ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-f', '-']];

export const PASSWORD = 'secreto-1';
export const PEOPLE = {
    admin: 'ana@desk.example',
    mesa: 'mario@desk.example',
    area: 'alba@desk.example',          // of REDES
    otra: 'saul@desk.example',          // of SOPORTE
};
export const AGENTS = {                 // fixed by test/rest/desk.sql
    admin: '00000000-0000-4000-8000-000000000001',
    mesa: '00000000-0000-4000-8000-000000000002',
    area: '00000000-0000-4000-8000-000000000003',
    otra: '00000000-0000-4000-8000-000000000004',
};
export const NOBODY = '00000000-0000-4000-8000-00000000ffff';

// --- SQL, as the superuser ---------------------------------------------------

export function sql(text) {
    return execFileSync(PSQL[0], PSQL[1], { input: text, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] }).trim();
}

// The messages of it.
export const sqlMessages = (text) => spawnSync(PSQL[0], PSQL[1], { input: text, encoding: 'utf8' }).stderr;

// A psql that goes on in the background; its end is the promise's.
export function sqlBackground(text) {
    return new Promise((resolve, reject) => {
        const child = execFile(PSQL[0], PSQL[1], (error, stdout) => (error ? reject(error) : resolve(stdout)));
        child.stdin.end(text);
    });
}

export const historyOf = (uuid) =>
    sql(`SELECT string_agg(operacion::text, ' ' ORDER BY version) FROM helpdesk.historial WHERE ticket_uuid = '${uuid}'`);

// --- HTTP ----------------------------------------------------------------------

const agent = new http.Agent({ keepAlive: true, maxSockets: 128 });

// One request.  body: an object (sent as JSON), a string or bytes (sent as it is).
export function call(method, path, { body, token, headers = {}, port = PORT } = {}) {
    const bytes = body === undefined ? undefined
        : typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
    const all = { ...headers };
    if (bytes !== undefined) {
        all['Content-Length'] = bytes.length;
        all['Content-Type'] ??= 'application/json';
    }
    if (token) {
        all.Authorization = `Bearer ${token}`;
    }
    return new Promise((resolve, reject) => {
        const request = http.request(`http://127.0.0.1:${port}${path}`, { method, headers: all, agent }, (response) => {
            const chunks = [];
            response.on('data', (chunk) => chunks.push(chunk));
            response.on('end', () => {
                const text = Buffer.concat(chunks).toString('utf8');
                let json;
                try {
                    json = JSON.parse(text);
                } catch {
                    json = undefined;
                }
                resolve({ status: response.statusCode, reason: response.statusMessage, headers: response.headers, text, json });
            });
        });
        request.on('error', reject);
        request.end(bytes);
    });
}

export const post = (path, body, token, headers) => call('POST', path, { body, token, headers });
export const get = (path, token, headers) => call('GET', path, { token, headers });

// What comes back to these bytes, however malformed they are.
export function raw(bytes) {
    return new Promise((resolve, reject) => {
        const socket = net.connect(PORT, '127.0.0.1', () => socket.write(bytes));
        const chunks = [];
        socket.setTimeout(3000, () => socket.destroy());
        socket.on('data', (chunk) => chunks.push(chunk));
        socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
        socket.on('error', reject);
    });
}

// An error as the contract has it.
export function refused(answer, status, pattern) {
    assert.equal(answer.status, status, `${answer.status} ${answer.text}`);
    assert.ok(answer.json, `not JSON: ${answer.text}`);
    const { errores, ...error } = answer.json;
    assert.deepEqual(Object.keys(error).sort(), ['code', 'detail', 'details', 'hint', 'message']);
    if (errores) {
        // the first is the one that the other members tell of
        assert.equal(status, 400);
        assert.deepEqual({ codigo: errores[0].codigo, mensaje: errores[0].mensaje }, { codigo: error.code, mensaje: error.detail });
        for (const each of errores) {
            assert.deepEqual(Object.keys(each), ['campo', 'codigo', 'mensaje']);
        }
        assert.equal(new Set(errores.map((each) => each.campo)).size, errores.length);
    }
    assert.match(answer.json.detail, /^[\p{Lu}"(0-9].*[.!?]$/su);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.match(answer.headers['content-type'], /^application\/json/);
    if (pattern) {
        assert.match(`${answer.json.code} ${answer.json.detail}`, pattern);
    }
}

export function done(answer, status = 200) {
    assert.equal(answer.status, status, `${answer.status} ${answer.text}`);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    return answer.json;
}

// --- tokens ----------------------------------------------------------------------

export async function login(email, password = PASSWORD) {
    return done(await post('/api/auth/login', { email, password })).access_token;
}

export async function tokens() {
    const all = { none: undefined };
    for (const [who, email] of Object.entries(PEOPLE)) {
        all[who] = await login(email);
    }
    return all;
}

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export const secret = () => sql('SELECT secreto FROM helpdesk.api_secreto');
export const now = () => Math.floor(Date.now() / 1000);

// A token with these claims, signed with a key of one's choice.
export function forge(claims, key, header = { alg: 'HS256', typ: 'JWT' }) {
    const signed = `${encode(header)}.${encode(claims)}`;
    const hash = { HS256: 'sha256', HS512: 'sha512' }[header.alg];
    return `${signed}.${hash ? createHmac(hash, key).update(signed).digest('base64url') : ''}`;
}

export function claimsOf(token) {
    return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString('utf8'));
}

// --- tickets -----------------------------------------------------------------------

export const REQUEST = {
    nombre: 'Rosa Díaz',
    email: 'rosa@example.com',
    tipo: 'INCIDENTE',
    categoria: 'Correo',
    descripcion: 'No llega el correo desde ayer.',
    prioridad: 'MEDIA',
    areaAsignada: 'REDES',
};

export async function newTicket(more = {}) {
    return done(await post('/api/tickets/crear', { ...REQUEST, ...more }), 201);
}

const PATHS = {                         // how a ticket gets into a state
    NUEVO: [],
    ASIGNADO: ['asignar'],
    TRANSFERIDO: ['asignar', 'transferir'],
    RECLASIFICADO: ['asignar', 'reclasificar'],
    PAUSADO: ['asignar', 'pausar'],
    RESUELTO: ['asignar', 'resolver'],
    CANCELADO: ['cancelar'],
    ARCHIVADO: ['asignar', 'archivar'],
};

// The uuid of a new ticket in this state, of area REDES unless it is TRANSFERIDO.
export async function ticketIn(state, token, more = {}) {
    const { ticketUuid } = await newTicket(more);
    for (const operation of PATHS[state]) {
        done(await post(`/api/tickets/${ticketUuid}/${operation}`,
            { motivo: 'Hace falta.', nuevaArea: 'SOPORTE', nuevaPrioridad: 'ALTA' }, token));
    }
    return ticketUuid;
}
