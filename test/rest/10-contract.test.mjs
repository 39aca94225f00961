// Every row of the contract: the answer, the keys, the new state, both prefixes;
// every role; the order in which a request is judged.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONSULT, CREATE, EVERYBODY, LISTS, LOGIN, OPERATIONS, TICKET } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});

const path = (template, id) => template.replace('{ticket_id}', id);

for (const prefix of ['/api', '']) {
    test(`POST ${prefix}/tickets/crear`, async () => {
        const answer = desk.done(await desk.post(`${prefix}${CREATE.path}`, {
            ...desk.REQUEST, documento: 'CC 1', telefono: '300 1', tieneWhatsapp: true, empresaDepartamento: 'Ventas',
            subcategoria: 'Entrada', asunto: 'Correo', areaAsignada: ' redes ', desconocido: { a: [1] },
        }), 201);
        assert.deepEqual(Object.keys(answer), CREATE.keys);
        assert.match(answer.ticketLabel, /^TK-20\d\d-\d{5}$/);
        assert.equal(answer.estado, 'NUEVO');
        assert.equal(answer.slaHoras, 24);
        assert.equal(Date.parse(answer.fechaLimiteSla) - Date.parse(answer.fechaCreacion), 24 * 3600e3);
        assert.equal(desk.sql(`SELECT concat_ws('|', documento, telefono, tiene_whatsapp, empresa_departamento, subcategoria,
            asunto, area, ip_registro) FROM helpdesk.ticket WHERE ticket_uuid = '${answer.ticketUuid}'`),
        'CC 1|300 1|t|Ventas|Entrada|Correo|REDES|127.0.0.1');
    });

    for (const method of ['POST', 'GET']) {
        test(`${method} ${prefix}/tickets/consultar`, async () => {
            const made = await desk.newTicket({ documento: 'CC 9', telefono: '300 9' });
            const id = made.ticketUuid;
            await desk.post(`/api/tickets/${id}/asignar`, { motivo: 'motivo interno' }, token.mesa);
            await desk.post(`/api/tickets/${id}/actualizar`, { nota: 'nota interna', respuesta: 'Vamos.' }, token.area);
            const body = { label: made.ticketLabel.toLowerCase(), email: ' ROSA@example.com ' };
            const answer = desk.done(method === 'POST' ? await desk.post(`${prefix}${CONSULT.path}`, body)
                : await desk.get(`${prefix}${CONSULT.path}?${new URLSearchParams(body)}`));
            assert.deepEqual(Object.keys(answer).sort(), [...CONSULT.keys, ...CONSULT.private].sort());
            for (const key of CONSULT.private) {
                assert.equal(answer[key], null, key);
            }
            assert.equal(answer.ticketNum, Number(made.ticketLabel.slice(-5)));
            assert.equal(answer.estadoNombre, 'ASIGNADO');
            assert.equal(answer.ultimaAccion, 'actualizar');
            assert.equal(answer.ultimoMotivo, 'Vamos.');
            assert.doesNotMatch(JSON.stringify(answer), /intern|CC 9|300 9|Mario|Alba/);
        });
    }

    for (const list of LISTS) {
        test(`GET ${prefix}${list.path}`, async () => {
            await desk.newTicket();
            const rows = desk.done(await desk.get(`${prefix}${list.path}`, token.admin));
            assert.ok(Array.isArray(rows) && rows.length > 0);
            assert.deepEqual(Object.keys(rows[0]), list.keys);
        });
    }

    test(`GET ${prefix}/tickets/{ticket_id}`, async () => {
        const id = await desk.ticketIn('ASIGNADO', token.mesa, { telefono: '300 2' });
        const answer = desk.done(await desk.get(`${prefix}/tickets/${id}`, token.area));
        assert.deepEqual(Object.keys(answer), ['ticket', 'solicitante', 'historial', 'historialCursor', 'adjuntos']);
        assert.deepEqual(Object.keys(answer.ticket), TICKET.ticket);
        assert.deepEqual(Object.keys(answer.solicitante), TICKET.solicitante);
        assert.deepEqual(answer.historial.map((row) => row.accion), ['crear', 'asignar']);
        assert.deepEqual(Object.keys(answer.historial[1]), TICKET.historial);
        assert.equal(answer.ticket.solicitante_tel, '300 2');
        assert.equal(answer.ticket.uuid, id);
        assert.equal(answer.historial[1].actor_nombre, 'Mario Gil');
        assert.equal(answer.historial[1].motivo, 'Hace falta.');
    });

    for (const each of OPERATIONS) {
        test(`POST ${prefix}${each.path}`, async () => {
            const id = await desk.ticketIn(each.from, token.mesa);
            const before_ = desk.done(await desk.get(`/tickets/${id}`, token.mesa)).ticket;
            const answer = desk.done(await desk.post(`${prefix}${path(each.path, id)}`,
                { ...each.body, version: before_.version, desconocido: 'x' }, token[each.roles.at(-1)]));
            assert.deepEqual(Object.keys(answer), each.keys);
            assert.equal(answer.ticketUuid, id);
            assert.equal(answer.estadoAnterior, each.from);
            assert.equal(answer.estado, each.to);
            assert.equal(answer.version, before_.version + 1);
            assert.equal(answer.prioridad, each.body.nuevaPrioridad ? 'ALTA' : 'MEDIA');
            assert.match(answer.message.replace('; sin cambio: estado (con cancelar)', each.body.estado ? '' : '?'),
                /^Ticket TK-20\d\d-\d+ \w+$/);
            assert.match(desk.historyOf(id), new RegExp(`${each.name}$`));
            const event = desk.done(await desk.get(`/tickets/${id}`, token.mesa)).historial.at(-1);
            assert.equal(event.motivo, each.body.motivo ?? null);
            assert.equal(event.comentario, [each.body.motivo, each.body.nota, each.body.respuesta].filter(Boolean).join('\n') || null);
        });
    }

    test(`POST ${prefix}/auth/login`, async () => {
        const answer = desk.done(await desk.post(`${prefix}/auth/login`, { email: 'ALBA@desk.example', password: desk.PASSWORD }));
        assert.deepEqual(Object.keys(answer), ['access_token', 'token_type', 'user']);
        assert.equal(answer.token_type, 'bearer');
        assert.deepEqual(answer.user,
            { id: desk.AGENTS.area, email: 'alba@desk.example', nombre: 'Alba Núñez', rol: 'AREA', area: 'REDES' });
        const claims = desk.claimsOf(answer.access_token);
        assert.equal(claims.exp - claims.iat, 120 * 60);
        assert.deepEqual({ ...claims, iat: 0, exp: 0 }, {
            sub: desk.AGENTS.area, role: 'ticket_area', rol: 'AREA', area: 'REDES', nombre: 'Alba Núñez',
            email: 'alba@desk.example', iat: 0, exp: 0,
        });
        desk.done(await desk.get('/tickets/dashboard', answer.access_token));
    });
}

// --- roles --------------------------------------------------------------------------

for (const each of OPERATIONS) {
    for (const who of EVERYBODY) {
        test(`${who} ${each.name}`, async () => {
            const id = await desk.ticketIn(each.from, token.mesa);
            const history = desk.historyOf(id);
            const answer = await desk.post(`/api/tickets/${id}/${each.name}`, each.body, token[who]);
            if (each.roles.includes(who)) {
                desk.done(answer);
            } else {                    // otra: an AREA agent of another area
                desk.refused(answer, who === 'none' ? 401 : 403, /^42501/);
                assert.equal(desk.historyOf(id), history);
            }
        });
    }
    test(`the role is judged before the fields, in ${each.name}`, async () => {
        for (const id of ['no-uuid', desk.NOBODY]) {
            const bad = { version: 'x', motivo: 5, agenteId: 'x', nuevaArea: {}, nuevoTipo: 1 };
            desk.refused(await desk.post(`/api/tickets/${id}/${each.name}`, bad), 401, /^42501/);
            if (!each.roles.includes('area')) {
                desk.refused(await desk.post(`/api/tickets/${id}/${each.name}`, bad, token.area), 403, /^42501.*AREA/);
            }
        }
    });
    const who = ({ roles }) => (roles.includes('mesa') ? token.mesa : token.admin);
    test(`404 and 400 for what is no ticket, in ${each.name}`, async () => {
        desk.refused(await desk.post(`/api/tickets/${desk.NOBODY}/${each.name}`, each.body, who(each)), 404, /^PT404/);
        desk.refused(await desk.post(`/api/tickets/xyz/${each.name}`, each.body, who(each)), 400, /^22P02.*ticket_id/);
    });
    test(`412 for a stale version, 409 for a state that does not allow it, in ${each.name}`, async () => {
        const id = await desk.ticketIn(each.from, token.mesa);
        desk.refused(await desk.post(`/api/tickets/${id}/${each.name}`, { ...each.body, version: 99 }, who(each)), 412, /^PT412/);
        const dead = await desk.ticketIn('CANCELADO', token.mesa);
        desk.refused(await desk.post(`/api/tickets/${dead}/${each.name}`, each.body, who(each)), 409, /^PT409.*CANCELADO/);
        // version before the machine
        desk.refused(await desk.post(`/api/tickets/${dead}/${each.name}`, { ...each.body, version: 1 }, who(each)), 412);
    });
}

for (const list of LISTS) {
    for (const who of EVERYBODY) {
        test(`${who} GET ${list.path}`, async () => {
            const answer = await desk.get(`/api${list.path}`, token[who]);
            if (list.roles.includes(who === 'otra' ? 'area' : who)) {
                desk.done(answer);
            } else {
                desk.refused(answer, who === 'none' ? 401 : 403, /^42501/);
            }
        });
    }
}

test('lists show an AREA agent its area only, the others everything', async () => {
    await desk.newTicket();
    await desk.newTicket({ areaAsignada: 'SOPORTE' });
    const areas = async (who, list) => [...new Set(desk.done(await desk.get(`/tickets/${list}`, token[who]))
        .map((row) => row.area_asignada))].sort();
    for (const list of ['dashboard', 'dashboard-metricas']) {
        assert.deepEqual(await areas('area', list), ['REDES']);
        assert.deepEqual(await areas('otra', list), ['SOPORTE']);
        assert.deepEqual(await areas('mesa', list), ['REDES', 'SOPORTE']);
    }
});

test('the dashboard has the open tickets, the metrics the closed ones too; overdue hours are negative', async () => {
    const open = await desk.ticketIn('RESUELTO', token.mesa);
    const closed = await desk.ticketIn('CANCELADO', token.mesa);
    // two hours to its deadline, three and a half ago
    const late = { ticketUuid: desk.sql(`SET ticket_sm.desfase_reloj = '-12600s';
        SELECT ticket_uuid FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'rosa@example.com', tipo => 'QUEJA',
            categoria => 'Correo', descripcion => 'No llega el correo.', prioridad => 'CRITICA')`).split('\n').pop() };
    const dashboard = desk.done(await desk.get('/tickets/dashboard', token.mesa));
    const metrics = desk.done(await desk.get('/tickets/dashboard-metricas', token.mesa));
    const row = dashboard.find((one) => one.ticket_uuid === late.ticketUuid);
    assert.equal(row.horas_restantes, -1.5);
    assert.equal(row.vencido, true);
    assert.equal(metrics.find((one) => one.uuid === late.ticketUuid).horas_restantes_sla, -1.5);
    assert.ok(dashboard.some((one) => one.ticket_uuid === open));
    assert.ok(!dashboard.some((one) => one.ticket_uuid === closed));
    assert.ok(metrics.some((one) => one.uuid === closed));
});

test('GET /tickets/{id}: nobody 401, another area 403, no ticket 404, no uuid 400', async () => {
    const { ticketUuid } = await desk.newTicket();
    desk.refused(await desk.get(`/api/tickets/${ticketUuid}`), 401, /^42501/);
    desk.refused(await desk.get(`/api/tickets/${ticketUuid}`, token.otra), 403, /^42501.*SOPORTE/);
    desk.refused(await desk.get(`/api/tickets/${desk.NOBODY}`, token.mesa), 404, /^PT404/);
    desk.refused(await desk.get('/api/tickets/otra-cosa', token.mesa), 400, /^22P02/);
});

test('everybody creates and consults, with a token too', async () => {
    for (const who of EVERYBODY) {
        const made = desk.done(await desk.post('/api/tickets/crear', desk.REQUEST, token[who]), 201);
        desk.done(await desk.post('/api/tickets/consultar', { label: made.ticketLabel, email: 'rosa@example.com' }, token[who]));
    }
});

test('consultar: a wrong label, a wrong email and both are the same; one missing is 400', async () => {
    const made = await desk.newTicket();
    const answers = [];
    for (const body of [{ label: made.ticketLabel, email: 'otra@example.com' },
        { label: 'TK-2020-99999', email: 'rosa@example.com' }, { label: 'x', email: 'y' }]) {
        answers.push(await desk.post('/api/tickets/consultar', body));
        answers.push(await desk.get(`/api/tickets/consultar?${new URLSearchParams(body)}`));
    }
    for (const answer of answers) {
        desk.refused(answer, 404, /^PT404/);
        assert.equal(answer.text, answers[0].text);
    }
    for (const field of Object.keys(CONSULT.fields)) {
        const body = { label: made.ticketLabel, email: 'rosa@example.com' };
        delete body[field];
        desk.refused(await desk.post('/api/tickets/consultar', body), 400, new RegExp(`^22004 Field "${field}"`));
        desk.refused(await desk.get(`/api/tickets/consultar?${new URLSearchParams(body)}`), 400, new RegExp(`^22004 Field "${field}"`));
    }
    desk.refused(await desk.get('/api/tickets/consultar?label=a&label=b&email=c'), 400, /"label" has the wrong type/);
});

// --- login -----------------------------------------------------------------------------

test('login: unknown, wrong and switched off get the same answer', async () => {
    desk.sql(`INSERT INTO helpdesk.agente (nombre, email, rol, area, activo) VALUES ('Off', 'off@desk.example', 'MESA', NULL, false);
        INSERT INTO helpdesk.agente (nombre, email, rol, area) VALUES ('Sin clave', 'sinclave@desk.example', 'MESA', NULL);
        INSERT INTO helpdesk.credencial SELECT agente_id, crypt('${desk.PASSWORD}', gen_salt('bf', 10))
        FROM helpdesk.agente WHERE email = 'off@desk.example'`);
    const answers = [];
    for (const [email, password] of [['nadie@desk.example', desk.PASSWORD], ['ana@desk.example', 'otra-clave'],
        ['off@desk.example', desk.PASSWORD], ['sinclave@desk.example', desk.PASSWORD], ['ana@desk.example', '']]) {
        answers.push(await desk.post('/api/auth/login', { email, password }));
    }
    for (const answer of answers) {
        desk.refused(answer, 401, /^PT401 Invalid credentials/);
        assert.equal(answer.text, answers[0].text);
    }
});

test('login: the same time for an unknown address and a wrong password', async () => {
    // the least of many, in turns; on a busy machine it takes a while until both
    // have had a quiet moment
    const least = { ana: Infinity, nadie: Infinity };
    const apart = () => Math.abs(least.ana - least.nadie) / Math.max(least.ana, least.nadie);
    for (let i = 0; i < 5 || (i < 25 && apart() > 0.1); i++) {
        for (const name of Object.keys(least)) {
            const start = process.hrtime.bigint();
            desk.refused(await desk.post('/api/auth/login', { email: `${name}@desk.example`, password: 'x'.repeat(12) }), 401);
            least[name] = Math.min(least[name], Number(process.hrtime.bigint() - start) / 1e6);
        }
    }
    // without the hashing it would be a fiftieth
    assert.ok(apart() < 0.5, `${least.ana} ms and ${least.nadie} ms`);
    assert.ok(least.nadie > 15, `${least.nadie} ms is no bcrypt`);
});

test('login: missing fields, wrong types; an old token does not keep anybody out', async () => {
    for (const field of Object.keys(LOGIN)) {
        const body = { email: 'ana@desk.example', password: desk.PASSWORD };
        desk.refused(await desk.post('/api/auth/login', { ...body, [field]: undefined }), 400, new RegExp(`^22004 Field "${field}"`));
        desk.refused(await desk.post('/api/auth/login', { ...body, [field]: 5 }), 400, new RegExp(`"${field}" has the wrong type`));
        desk.refused(await desk.post('/api/auth/login', { ...body, [field]: { $ne: '' } }), 400, new RegExp(`"${field}" has the wrong type`));
    }
    desk.done(await desk.post('/api/auth/login', { email: 'ana@desk.example', password: desk.PASSWORD }, 'expired.or.worse'));
});
