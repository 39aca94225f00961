// The OpenAPI document against the contract: paths, methods, fields, what is
// required, who sees what.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { documented, EVERYBODY, LISTS } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});

const document = async (who) => desk.done(await desk.get('/api/', token[who]));

for (const who of EVERYBODY) {
    test(`${who} sees what it may call, and nothing else`, async () => {
        const { openapi, info, paths } = await document(who);
        assert.match(openapi, /^3\./);
        assert.ok(info.title && info.version);
        const expected = {};
        for (const [path, methods] of Object.entries(documented())) {
            const seen = Object.keys(methods).filter((method) => methods[method].roles.includes(who === 'otra' ? 'area' : who)).sort();
            if (seen.length > 0) {
                expected[path] = seen;
            }
        }
        assert.deepEqual(Object.fromEntries(Object.entries(paths).map(([path, methods]) => [path, Object.keys(methods).sort()])), expected);
    });
}

test('fields, their types and which are required', async () => {
    // between them they may call everything
    const paths = { ...(await document('none')).paths, ...(await document('admin')).paths };
    for (const [path, methods] of Object.entries(documented())) {
        for (const [method, { fields, bytes }] of Object.entries(methods)) {
            const it = paths[path][method];
            assert.ok(it.summary.endsWith('.'), `${method} ${path}: ${it.summary}`);
            const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
            assert.deepEqual((it.parameters ?? []).filter((one) => one.in === 'path').map((one) => one.name), names);
            if (!fields) {
                assert.equal(it.requestBody, undefined);
                continue;
            }
            const wanted = {};
            const found = {};
            for (const [name, { type, required }] of Object.entries(fields)) {
                wanted[name] = [type, Boolean(required)];
            }
            if (bytes) {
                assert.deepEqual(it.requestBody, { required: true, content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } });
            }
            if (method === 'get' || bytes) {
                for (const one of it.parameters.filter((each) => each.in === 'query')) {
                    found[one.name] = [one.schema.format ?? one.schema.type, one.required];
                }
            } else {
                const { schema } = it.requestBody.content['application/json'];
                for (const [name, one] of Object.entries(schema.properties)) {
                    assert.ok(one.description.length > 5, name);
                    found[name] = [one.format ?? one.type, (schema.required ?? []).includes(name)];
                }
                assert.equal(it.requestBody.required, (schema.required ?? []).length > 0);
            }
            assert.deepEqual(found, wanted, `${method} ${path}`);
        }
    }
});

test('lists have their columns, states their values, answers their statuses', async () => {
    const { paths } = await document('admin');
    for (const list of LISTS) {
        const { properties } = paths[list.path].get.responses['200'].content['application/json'].schema.items;
        assert.deepEqual(Object.keys(properties).sort(), [...list.keys].sort());
        for (const property of Object.values(properties)) {
            assert.ok(property.description);
        }
    }
    assert.ok(paths['/tickets/dashboard'].get.responses['200'].content['application/json'].schema.items.properties
        .estado_code.enum.includes('RESUELTO'));
    assert.deepEqual(Object.keys(paths['/tickets/crear'].post.responses), ['201', '400', '401', '403', '409', '413', '423', '429']);
    assert.deepEqual(Object.keys(paths['/tickets/{ticket_id}/pausar'].post.responses),
        ['200', '400', '401', '403', '404', '409', '412', '413', '423']);
    assert.deepEqual(Object.keys(paths['/tickets/responder'].post.responses), ['200', '400', '401', '403', '404', '409', '413', '423', '429']);
    assert.match(JSON.stringify(paths['/tickets/crear'].post.responses['201']), /mensaje/);
});

test('a permission given or taken shows at once', async () => {
    desk.sql("INSERT INTO helpdesk.permiso VALUES ('asignar', 'AREA')");
    try {
        assert.ok('/tickets/{ticket_id}/asignar' in (await document('area')).paths);
        const { ticketUuid } = await desk.newTicket();
        desk.done(await desk.post(`/api/tickets/${ticketUuid}/asignar`, {}, token.area));
    } finally {
        desk.sql("DELETE FROM helpdesk.permiso WHERE operacion = 'asignar' AND rol = 'AREA'");
    }
    assert.ok(!('/tickets/{ticket_id}/asignar' in (await document('area')).paths));
});

test('it holds no secret and no inner name', async () => {
    assert.doesNotMatch(JSON.stringify(await document('admin')), /helpdesk|clave_hash|secreto|rpc|datos/);
});

test('it is made without compiling the queries, whatever jit says', () => {
    // what auto_explain tells of each query inside; the outermost one is the session's own
    const told = (query) => desk.sqlMessages(`LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on;
        SET auto_explain.log_nested_statements = on; SET client_min_messages = log; SET jit = on; SET jit_above_cost = 0; ${query};`)
        .split(/^psql:.* LOG: /m).filter((plan) => plan.includes('Query Text:'));
    const plans = told('SET ROLE web_anon; SELECT api.openapi()').filter((plan) => !plan.includes('SELECT api.openapi()'));
    assert.ok(plans.some((plan) => plan.includes('obj_description')), 'no plan of the document');
    assert.deepEqual(plans.filter((plan) => plan.includes('JIT:')), []);
    if (desk.sql('SET jit = on; SELECT pg_jit_available()') === 't') {      // the control
        assert.match(told('SELECT count(*) FROM pg_class').join(), /JIT:/);
    }
    // and the lists
    assert.equal(desk.sql("SELECT 'jit=off' = ANY (setconfig) FROM pg_db_role_setting WHERE setrole = 'authenticator'::regrole"), 't');
});
