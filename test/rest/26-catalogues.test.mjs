// What a client builds its forms and its screens of: the desk, its catalogues, the
// machine, who is calling; and the own password.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CATALOGUES, CREATE, EVERYBODY, LINKS, OPERATIONS } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});
after(() => {
    desk.sql(`UPDATE helpdesk.configuracion SET nombre = DEFAULT, categorias = DEFAULT`);
});

const read = async (path, who) => desk.done(await desk.get(`/api${path}`, token[who]));

for (const each of CATALOGUES) {
    test(`${each.path}: who may read it, its keys, its methods, with and without /api`, async () => {
        for (const who of EVERYBODY) {
            const answer = await desk.get(`/api${each.path}`, token[who]);
            if (!each.roles.includes(who === 'otra' ? 'area' : who)) {
                desk.refused(answer, 401);
                continue;
            }
            const items = each.list ? desk.done(answer) : [desk.done(answer)];
            assert.ok(items.length > 0);
            for (const item of each.keys ? items : []) {
                assert.deepEqual(Object.keys(item), each.keys);
            }
            assert.equal((await desk.get(each.path, token[who])).text, answer.text);
        }
        const refused = await desk.post(`/api${each.path}`, {}, token.admin);
        desk.refused(refused, 405);
        assert.equal(refused.headers.allow, 'GET, HEAD, OPTIONS');
        assert.equal((await desk.call('HEAD', `/api${each.path}`, { token: token.admin })).status, 200);
        desk.refused(await desk.get(`/api${each.path}/x`, token.admin), 404);
    });
}

test('the desk: what anyone may know of it, and no more', async () => {
    desk.sql(`UPDATE helpdesk.configuracion SET nombre = E' Soporte y\\u00a0redes\\t', categorias = ARRAY[' Correo ', 'Red', 'x', '', repeat('y', 101)]`);
    const answer = await read('/mesa');
    assert.equal(answer.nombre, 'Soporte y redes');
    assert.equal(answer.zonaHoraria, 'UTC');
    // as a ticket would have them, without those that no ticket could have
    assert.deepEqual(answer.categorias, ['Correo', 'Red']);
    assert.ok(answer.areas.includes('REDES') && !answer.areas.includes('ANTIGUA'));
    assert.deepEqual(answer.prioridades.map(({ nombre, slaHoras }) => `${nombre} ${slaHoras}`),
        ['BAJA 72', 'MEDIA 24', 'ALTA 8', 'URGENTE 4', 'CRITICA 2']);
    assert.deepEqual(answer.tipos, ['PETICION', 'QUEJA', 'RECLAMO', 'SUGERENCIA', 'INCIDENTE', 'SOLICITUD', 'CONSULTA']);
    assert.doesNotMatch(JSON.stringify(answer), /desk\.example|helpdesk|agente_/);
});

test('the fields are those of the contract, and their limits hold', async () => {
    const { campos } = await read('/mesa');
    for (const each of [CREATE, ...OPERATIONS, ...LINKS]) {
        const found = Object.fromEntries(campos.filter(({ operacion }) => operacion === each.name)
            .map(({ campo, tipo, requerido }) => [campo, [tipo, requerido]]));
        assert.deepEqual(found, Object.fromEntries(Object.entries(each.fields).map(([name, { type, required }]) => [name, [type, Boolean(required)]])));
    }
    for (const { campo, minimo, maximo, variasLineas } of campos.filter((one) => one.operacion === 'crear' && one.maximo)) {
        const send = (value) => desk.post('/api/tickets/crear', { ...desk.REQUEST, email: `${campo}@example.com`, [campo]: value });
        if (campo !== 'email') {
            const text = (length) => `a${(variasLineas ? '\n' : ' ').repeat(length > 2 ? 1 : 0)}${'x'.repeat(length)}`.slice(0, length - 1) + 'z';
            desk.done(await send(text(maximo)), 201);
            if (minimo > 1) {
                desk.refused(await send('x'.repeat(minimo - 1)), 400, /too short/);
            }
        }
        desk.refused(await send('x'.repeat(maximo + 1)), 400, /too long/);
    }
});

test('areas: those switched off too; priorities in their order', async () => {
    const areas = await read('/areas', 'area');
    assert.deepEqual(areas.find(({ nombre }) => nombre === 'ANTIGUA'), { nombre: 'ANTIGUA', activa: false });
    assert.deepEqual((await read('/prioridades', 'mesa')).map(({ nombre }) => nombre), ['BAJA', 'MEDIA', 'ALTA', 'URGENTE', 'CRITICA']);
    assert.deepEqual(await read('/tipos', 'otra'), (await read('/mesa')).tipos);
});

test('agents: all for MESA, of an area with those who belong to every area, for AREA its own', async () => {
    // other tests leave agents of their own
    const people = Object.values(desk.PEOPLE);
    const names = async (query, who) => (await read(`/agentes${query}`, who)).filter(({ email }) => people.includes(email)).map(({ nombre }) => nombre);
    assert.deepEqual(await names('', 'mesa'), ['Alba Núñez', 'Ana Ruiz', 'Mario Gil', 'Saúl Peña']);
    assert.deepEqual(await names('?area=redes', 'mesa'), ['Alba Núñez', 'Ana Ruiz', 'Mario Gil']);
    assert.deepEqual(await names('?area=', 'admin'), ['Alba Núñez', 'Ana Ruiz', 'Mario Gil', 'Saúl Peña']);
    assert.deepEqual(await names('', 'area'), ['Alba Núñez']);
    assert.deepEqual(await names('?area=REDES', 'area'), ['Alba Núñez']);
    desk.refused(await desk.get('/api/agentes?area=SOPORTE', token.area), 403, /outside the caller's area/);
    const bad = await desk.get('/api/agentes?area=COCINA', token.mesa);
    desk.refused(bad, 400, /Field "area".*Valid values/);
    assert.deepEqual(bad.json.errores.map(({ campo }) => campo), ['area']);
    // each of them can be given the ticket
    const id = await desk.ticketIn('NUEVO', token.admin);
    for (const { id: agenteId } of (await read('/agentes?area=REDES', 'mesa')).slice(0, 5)) {
        desk.done(await desk.post(`/api/tickets/${id}/asignar`, { agenteId, area: 'REDES' }, token.mesa));
        desk.done(await desk.post(`/api/tickets/${id}/reclasificar`, { nuevaCategoria: agenteId, motivo: 'Para otro.' }, token.mesa));
    }
    desk.sql("UPDATE helpdesk.agente SET activo = false WHERE nombre = 'Saúl Peña'");
    try {
        assert.deepEqual(await names('', 'mesa'), ['Alba Núñez', 'Ana Ruiz', 'Mario Gil']);
        desk.refused(await desk.get('/api/agentes', token.otra), 403, /switched off/);
    } finally {
        desk.sql("UPDATE helpdesk.agente SET activo = true WHERE nombre = 'Saúl Peña'");
    }
});

test('areas, priorities and agents come in pages', async () => {
    for (const [path, name, key] of [['/areas', 'name', 'nombre'], ['/prioridades', 'name', 'nombre'], ['/agentes', 'id', 'id'], ['/agentes?area=REDES', 'id', 'id']]) {
        const whole = await read(path, 'mesa');
        const pages = [];
        const more = `${path}${path.includes('?') ? '&' : '?'}limite=2&cursor=`;
        for (let cursor = '', page; (page = await read(more + encodeURIComponent(cursor), 'mesa')).length > 0; cursor = page.at(-1)[key]) {
            assert.ok(page.length <= 2);
            pages.push(...page);
        }
        assert.deepEqual(pages, whole, path);
        for (const [query, campo] of [['limite=0', 'limite'], ['limite=1001', 'limite'], ['limite=x', 'limite'], ['cursor=nada', 'cursor'],
            [`cursor=${desk.NOBODY}`, 'cursor']]) {
            const answer = await desk.get(`/api${path}${path.includes('?') ? '&' : '?'}${query}`, token.mesa);
            desk.refused(answer, 400, query === 'cursor=nada' && name === 'id' ? /^22P02/ : undefined);
            assert.deepEqual(answer.json.errores.map((one) => one.campo), [campo], query);
        }
    }
    const [first, second] = await read('/areas', 'mesa');
    // what the last one of a page is called meanwhile
    desk.sql(`UPDATE helpdesk.area SET nombre = '${first.nombre} (era)' WHERE nombre = '${first.nombre}'`);
    try {
        assert.deepEqual((await read(`/areas?limite=1&cursor=${first.nombre}`, 'mesa')), [second]);
    } finally {
        desk.sql(`UPDATE helpdesk.area SET nombre = '${first.nombre}' WHERE nombre = '${first.nombre} (era)'`);
    }
});

test('no more than a thousand', async () => {
    desk.sql(`INSERT INTO helpdesk.area SELECT 'zona ' || i FROM generate_series(1, 1100) i;
        INSERT INTO helpdesk.agente (nombre, email, rol) SELECT 'Zoe ' || i, 'zoe' || i || '@desk.example', 'MESA' FROM generate_series(1, 1100) i`);
    try {
        assert.equal((await read('/areas', 'mesa')).length, 1000);
        assert.equal((await read('/agentes', 'mesa')).length, 1000);
        const { areas } = await read('/mesa');
        assert.equal(areas.length, 1000);
        assert.ok((await read(`/areas?cursor=${encodeURIComponent(areas.at(-1))}`, 'mesa')).length > 100);
    } finally {
        desk.sql(`DELETE FROM helpdesk.area WHERE nombre LIKE 'zona %'; ALTER TABLE helpdesk.agente DISABLE TRIGGER USER;
            DELETE FROM helpdesk.agente WHERE nombre LIKE 'Zoe %'; ALTER TABLE helpdesk.agente ENABLE TRIGGER USER;
            SELECT count(ticket_sm.poner_disparadores('helpdesk'))`);
    }
});

test('the machine is that of the tables, and says what the caller may', async () => {
    const machine = await read('/maquina', 'area');
    const wanted = desk.sql("SELECT coalesce(string_agg(concat_ws(' ', operacion, estado_origen, estado_destino), ',' ORDER BY operacion, estado_origen), '') FROM ticket_sm.fn_maquina() WHERE estado_destino IS NOT NULL");
    assert.equal(machine.operaciones.flatMap(({ operacion, transiciones }) => transiciones
        .map(({ desde, hasta }) => [operacion, desde, hasta].filter(Boolean).join(' '))).join(','), wanted);
    assert.deepEqual(machine.operaciones.filter(({ permitida }) => permitida).map(({ operacion }) => operacion).sort(),
        ['adjuntar', 'consultar', 'crear', 'responder', ...OPERATIONS.filter(({ roles }) => roles.includes('area')).map(({ name }) => name)].sort());
    for (const { operacion, permitida, roles } of machine.operaciones) {
        assert.equal(permitida, roles.includes('AREA'), operacion);
    }
    assert.deepEqual(machine.estados.filter(({ abierto }) => !abierto).map(({ estado }) => estado), ['CANCELADO', 'ARCHIVADO']);
    assert.deepEqual(machine.estados.find(({ estado }) => estado === 'PAUSADO'),
        { estado: 'PAUSADO', abierto: true, resuelto: false, reloj: desk.sql("SELECT reloj FROM helpdesk.estado WHERE estado = 'PAUSADO'") });
    desk.sql("INSERT INTO helpdesk.permiso VALUES ('asignar', 'AREA')");
    try {
        assert.ok((await read('/maquina', 'area')).operaciones.find(({ operacion }) => operacion === 'asignar').permitida);
    } finally {
        desk.sql("DELETE FROM helpdesk.permiso WHERE operacion = 'asignar' AND rol = 'AREA'");
    }
});

test('who is calling, and until when', async () => {
    assert.deepEqual(await read('/auth/me', 'area'), {
        id: desk.AGENTS.area, nombre: 'Alba Núñez', email: desk.PEOPLE.area, rol: 'AREA', area: 'REDES', exp: desk.claimsOf(token.area).exp,
    });
    const without = desk.forge({ sub: desk.AGENTS.mesa, role: 'ticket_mesa' }, desk.secret());
    assert.equal(desk.done(await desk.get('/api/auth/me', without)).exp, null);
    desk.refused(await desk.get('/api/auth/me', desk.forge({ sub: desk.NOBODY, role: 'ticket_mesa' }, desk.secret())), 401, /^PT401/);
});

test('the own password: the old one is asked for, the new one logs in', async () => {
    const change = (body, who) => desk.post('/api/auth/password', body, token[who]);
    const actual = desk.PASSWORD;
    for (const [body, pattern] of [
        [{}, /"passwordActual" is required/], [{ passwordActual: actual }, /"passwordNueva" is required/],
        [{ passwordActual: 5, passwordNueva: 'otra-123' }, /wrong type/], [{ passwordActual: actual, passwordNueva: 'corta' }, /"passwordNueva" is too short/],
        [{ passwordActual: actual, passwordNueva: 'ñ'.repeat(37) }, /"passwordNueva" is too long/],
        [{ passwordActual: `${actual}x`, passwordNueva: 'otra-123' }, /"passwordActual" has an invalid value/],
    ]) {
        desk.refused(await change(body, 'otra'), 400, pattern);
    }
    desk.refused(await change({ passwordActual: actual, passwordNueva: 'otra-123' }), 401);
    assert.ok(await desk.login(desk.PEOPLE.otra));
    assert.deepEqual(desk.done(await change({ passwordActual: actual, passwordNueva: 'otra-123' }, 'otra')), { message: 'Contraseña cambiada' });
    desk.refused(await desk.post('/api/auth/login', { email: desk.PEOPLE.otra, password: actual }), 401);
    assert.ok(await desk.login(desk.PEOPLE.otra, 'otra-123'));
    assert.ok(await desk.login(desk.PEOPLE.area));      // nobody else's
    // the token of before goes on, and the way back is the same
    desk.done(await change({ passwordActual: 'otra-123', passwordNueva: actual }, 'otra'));
    // an imported hash of another name
    desk.sql(`UPDATE helpdesk.credencial SET clave_hash = regexp_replace(clave_hash, '^\\$2a', '$2b') WHERE agente_id = '${desk.AGENTS.otra}'`);
    desk.done(await change({ passwordActual: actual, passwordNueva: actual }, 'otra'));
});

test('nobody changes a password without knowing it, and no hash is told', () => {
    for (const role of ['ticket_area', 'ticket_mesa']) {
        assert.equal(desk.sql(`SET ROLE ${role}; SELECT helpdesk.api_cambiar_clave('${desk.AGENTS.admin}', 'adivinada', 'mia-1234')`), 'f');
        assert.match(desk.sqlMessages(`SET ROLE ${role}; UPDATE helpdesk.credencial SET clave_hash = clave_hash`), /permission denied/);
    }
    assert.match(desk.sqlMessages(`SET ROLE web_anon; SELECT helpdesk.api_cambiar_clave('${desk.AGENTS.admin}', 'adivinada', 'mia-1234')`),
        /permission denied/);
    assert.match(desk.sqlMessages("SET ROLE web_anon; SELECT ticket_sm.api_catalogo('agentes', '{}')"), /permission denied/);
    assert.match(desk.sqlMessages("SELECT ticket_sm.api_catalogo('otra', '{}')"), /field "catalogo" has an invalid value/);
});
