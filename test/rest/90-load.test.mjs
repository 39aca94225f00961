// 64 clients at once, for ten seconds, or a minute with TSM_LONG: no 5xx, every
// acknowledged operation is in the history, and how long it took.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as desk from './lib.mjs';

const CLIENTS = 64;
const SECONDS = process.env.TSM_LONG ? 60 : 10;

const tickets = [];             // {uuid, label, version, from}: shared, so that clients meet
const acknowledged = [];        // uuid version operation
const times = {};               // kind -> milliseconds
const statuses = {};            // kind -> status -> count

const pick = (list) => list[Math.floor(Math.random() * list.length)];

async function measured(kind, promise) {
    const start = process.hrtime.bigint();
    const answer = await promise;
    (times[kind] ??= []).push(Number(process.hrtime.bigint() - start) / 1e6);
    (statuses[kind] ??= {})[answer.status] = ((statuses[kind] ?? {})[answer.status] ?? 0) + 1;
    return answer;
}

const OPERATIONS = {
    asignar: {}, pausar: { motivo: 'Falta una pieza.' }, reabrir: { motivo: 'Llegó la pieza.' },
    actualizar: { nota: 'Se sigue.', respuesta: 'Estamos en ello.' }, resolver: { respuesta: 'Listo.' },
    transferir: { motivo: 'Es de soporte.', nuevaArea: 'SOPORTE' }, archivar: { motivo: 'Hecho.' },
};
const NEXT = {
    NUEVO: ['asignar', 'actualizar'], ASIGNADO: ['pausar', 'actualizar', 'actualizar', 'resolver', 'transferir'], PAUSADO: ['reabrir', 'actualizar'],
    RESUELTO: ['reabrir', 'archivar'], TRANSFERIDO: ['asignar'],
};

async function step(token) {
    const chance = Math.random();
    const ticket = pick(tickets);

    if (chance < 0.25 || !ticket) {
        const answer = await measured('crear', desk.post('/api/tickets/crear', {
            ...desk.REQUEST, email: `carga${Math.floor(Math.random() * 1000)}@example.com`,
        }));
        if (answer.status === 201) {
            tickets.push({ uuid: answer.json.ticketUuid, label: answer.json.ticketLabel, state: 'NUEVO' });
            acknowledged.push([answer.json.ticketUuid, 1, 'crear']);
        }
    } else if (chance < 0.65) {
        const operation = pick(NEXT[ticket.state] ?? ['actualizar']);
        const answer = await measured('operation',
            desk.post(`/api/tickets/${ticket.uuid}/${operation}`, OPERATIONS[operation], token.mesa));
        if (answer.status === 200) {
            ticket.state = answer.json.estado;
            acknowledged.push([ticket.uuid, answer.json.version, operation]);
        }
    } else if (chance < 0.75) {
        await measured('consultar', desk.post('/api/tickets/consultar', { label: ticket.label, email: 'x@example.com' }));
    } else if (chance < 0.85) {
        await measured('ticket', desk.get(`/api/tickets/${ticket.uuid}`, token.mesa));
    } else if (chance < 0.95) {
        await measured('dashboard', desk.get('/api/tickets/dashboard?limit=50', token.area));
    } else {
        await measured('refused', desk.post(`/api/tickets/${ticket.uuid}/asignar`, {}, token.area));
    }
}

test(`${CLIENTS} clients for ${SECONDS} s`, async (t) => {
    const token = await desk.tokens();
    const end = Date.now() + SECONDS * 1000;
    await Promise.all(Array.from({ length: CLIENTS }, async () => {
        while (Date.now() < end) {
            await step(token);
        }
    }));

    let total = 0;
    t.diagnostic('kind          count   median      p95      p99      max   statuses (ms)');
    for (const [kind, list] of Object.entries(times).sort()) {
        list.sort((a, b) => a - b);
        const at = (share) => list[Math.min(list.length - 1, Math.floor(list.length * share))].toFixed(1).padStart(8);
        t.diagnostic(`${kind.padEnd(10)} ${String(list.length).padStart(8)} ${at(0.5)} ${at(0.95)} ${at(0.99)} ${at(1)}   ${
            JSON.stringify(statuses[kind])}`);
        total += list.length;
    }
    t.diagnostic(`${total} requests, ${(total / SECONDS).toFixed(0)} a second; ${acknowledged.length} acknowledged changes`);

    const start = Date.now();
    const all = desk.done(await desk.get('/api/tickets/dashboard-metricas', token.mesa));
    assert.equal(all.length, Math.min(10000, Number(desk.sql('SELECT count(*) FROM helpdesk.ticket'))));
    t.diagnostic(`dashboard-metricas with ${all.length} tickets: ${Date.now() - start} ms`);

    for (const [kind, seen] of Object.entries(statuses)) {
        for (const status of Object.keys(seen)) {
            assert.ok(Number(status) < 500, `${kind}: ${status}`);
        }
    }
    assert.deepEqual(Object.keys(statuses.crear), ['201']);
    assert.deepEqual(Object.keys(statuses.consultar), ['404']);
    assert.deepEqual(Object.keys(statuses.refused), ['403']);
    assert.ok(acknowledged.length > 10 * SECONDS);

    desk.sql(`CREATE TABLE public.acuse (ticket_uuid uuid, version integer, operacion text);
        COPY public.acuse FROM stdin;\n${acknowledged.map((row) => row.join('\t')).join('\n')}\n\\.\n`);
    assert.equal(desk.sql(`SELECT count(*) FROM public.acuse a WHERE NOT EXISTS (SELECT FROM helpdesk.historial h
        WHERE h.ticket_uuid = a.ticket_uuid AND h.version = a.version AND h.operacion::text = a.operacion)`), '0');
    assert.equal(desk.sql("SELECT string_agg(problema || ' ' || detalle, E'\\n') FROM ticket_sm.fn_verificar()"), '');
});
