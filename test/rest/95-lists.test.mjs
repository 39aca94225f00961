// Lists of more rows than a page has, many of them alike: each ticket once.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { LISTS } from './contract.mjs';
import * as desk from './lib.mjs';

const PAGE = 500;
const TICKETS = LISTS.filter((list) => list.path.startsWith('/tickets/'));

let token;
before(async () => {
    token = await desk.tokens();
    desk.sql(`SELECT count(*) FROM generate_series(1, 3000) i, LATERAL ticket_sm.fn_crear_ticket(
        nombre => 'Gente ' || i % 7, email => 'gente' || i % 50 || '@lista.example', tipo => 'INCIDENTE',
        categoria => 'Cat ' || i % 3, descripcion => 'Para llenar las listas.', area => 'REDES',
        prioridad => (ARRAY['BAJA', 'MEDIA', 'ALTA'])[1 + i % 3])`);
});

// All rows of a list, page by page.
async function walk(path, order) {
    const rows = [];
    for (let page; page === undefined || page.length === PAGE;) {
        page = desk.done(await desk.get(`/api${path}?${order}&limit=${PAGE}&offset=${rows.length}`, token.admin));
        rows.push(...page);
    }
    return rows;
}

for (const list of TICKETS) {
    const key = list.keys.find((name) => name.endsWith('uuid'));
    for (const column of list.keys.filter((name) => !name.startsWith('horas_restantes'))) {     // which changes under way
        test(`${list.path} in the order of ${column}, in pages: each ticket once`, async () => {
            const rows = await walk(list.path, `order=${column}.desc.nullslast&select=${key},${column}`);
            const all = desk.sql(`SELECT count(*) FROM helpdesk.ticket ${list.path.endsWith('metricas') ? '' : 'WHERE abierto'}`);
            assert.ok(rows.length >= 3000);
            assert.equal(rows.length, Number(all));
            assert.equal(new Set(rows.map((row) => row[key])).size, rows.length);
            const values = rows.map((row) => row[column]).filter((value) => typeof value === 'number');
            assert.deepEqual(values, [...values].sort((a, b) => b - a));
        });
    }
    test(`${list.path} in an order that is spelt by percent signs, or of several columns`, async () => {
        for (const order of ['%6frder=prio%72idad', 'order=area_asignada.asc,prioridad']) {
            const rows = await walk(list.path, `${order}${list.path.endsWith('metricas') ? '' : '_nom'}&select=${key}`);
            assert.equal(new Set(rows.map((row) => row[key])).size, rows.length);
        }
    });
}

test('an order of nothing, or of no column, is refused as before', async () => {
    desk.refused(await desk.get('/api/tickets/dashboard?order=', token.admin), 400);
    desk.refused(await desk.get('/api/tickets/dashboard?order=nada', token.admin), 400, /nada/);
});
