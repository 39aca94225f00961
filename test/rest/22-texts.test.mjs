// What people type, as browsers, mail programs and scripts send it.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});

const create = (more) => desk.post('/api/tickets/crear', { ...desk.REQUEST, ...more });
const ticketOf = async (made) => desk.done(await desk.get(`/api/tickets/${made.ticketUuid}`, token.mesa));
// Every character as escapes, as Python's json does it by default.
const escaped = (body) => JSON.stringify(body).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

test('line ends of every client are newlines', async () => {
    const made = await desk.newTicket({ descripcion: 'uno\r\ndos\rtres\u2028cuatro\u000bcinco\u0085seis\r\n' });
    assert.equal((await ticketOf(made)).ticket.descripcion_problema, 'uno\ndos\ntres\ncuatro\ncinco\nseis');
    desk.done(await desk.post(`/api/tickets/${made.ticketUuid}/asignar`, { motivo: 'Lo vemos\r\nhoy' }, token.mesa));
    desk.done(await desk.post(`/api/tickets/${made.ticketUuid}/actualizar`, { nota: 'a\r\nb', respuesta: 'c\rd' }, token.mesa));
    assert.equal(desk.sql(`SELECT string_agg(concat_ws('|', motivo, nota, respuesta), ';' ORDER BY version) FROM helpdesk.historial
        WHERE ticket_uuid = '${made.ticketUuid}' AND version > 1`), 'Lo vemos\nhoy;a\nb|c\nd');
});

test('what is pasted is what is seen', async () => {
    const made = await desk.newTicket({
        nombre: '\u00a0Rosa\u00a0Di\u0301az\u200b', email: '\ufeffRosa@xn--and-6ma2c.example\u00a0', categoria: 'Co\u00adrreo', asunto: 'Gracias ❤\ufe0f\u202e',
        prioridad: 'me\u200bdia', areaAsignada: ' redes\u00a0', tipo: '\u2060incidente', telefono: '300\u2009555 01\u202f01',
    });
    const row = desk.sql(`SELECT concat_ws('|', solicitante_nombre, solicitante_email, categoria, asunto, prioridad, area, tipo, telefono)
        FROM helpdesk.ticket WHERE ticket_uuid = '${made.ticketUuid}'`);
    assert.equal(row, 'Rosa D\u00edaz|Rosa@ñandú.example|Correo|Gracias ❤\ufe0f|MEDIA|REDES|INCIDENTE|300 555 01 01');
    const [, year, number] = made.ticketLabel.split('-');
    for (const label of [made.ticketLabel, `TK ${year} ${Number(number)}`, `TK\u2013${year}\u2013${number}`, `#${made.ticketLabel.toLowerCase()}`,
        `[${made.ticketLabel}].`, `\u00a0TK\u2011${year}\u2011${number}\u00a0`]) {
        for (const email of ['rosa@ñandú.example', 'ROSA@XN--AND-6MA2C.example', ' rosa@n\u0303andu\u0301.example\u200b']) {
            assert.equal(desk.done(await desk.post('/api/tickets/consultar', { label, email })).ticketUuid, made.ticketUuid, label);
            const query = `label=${encodeURIComponent(label)}&email=${encodeURIComponent(email)}`;
            assert.equal(desk.done(await desk.get(`/api/tickets/consultar?${query}`)).ticketUuid, made.ticketUuid, query);
        }
    }
});

test('nothing that is seen is nothing given', async () => {
    desk.refused(await create({ nombre: '\u00a0\u00a0\u00a0' }), 400, /^22004 Field "nombre"/);
    desk.refused(await create({ descripcion: '\u200b'.repeat(12) }), 400, /^22004 Field "descripcion"/);
    desk.refused(await create({ descripcion: `a${'\u200b'.repeat(12)}b` }), 400, /^22023 Field "descripcion" is too short/);
});

test('an address that is none says why', async () => {
    for (const [email, why] of Object.entries({
        'ana@ejemplo.co.': /ends? in a dot|dot at its end/, 'ana ejemplo.co': /no "@"/, 'a@b@c': /more than one "@"/, 'ana@eje\u200bmplo.co': /U\+200B/,
        'ana@ejemplo..co': /two dots/, 'Ana <ana@ejemplo.co>': /a blank/, 'x,y@z.co': /","/, 'ana@xn--a.co': /punycode/, 'ana@ejemplo.co\nBcc: x@y': /line break/,
    })) {
        desk.refused(await create({ email }), 400, why);
    }
});

test('the longest texts fit, however a client writes them', async () => {
    const long = '😀'.repeat(20000);
    const body = escaped({
        ...desk.REQUEST, descripcion: long, nombre: '😀'.repeat(150), asunto: '😀'.repeat(200), categoria: '😀'.repeat(100), subcategoria: '😀'.repeat(100),
        documento: '😀'.repeat(50), telefono: '😀'.repeat(30), empresaDepartamento: '😀'.repeat(150), claveIdempotencia: '😀'.repeat(200),
    });
    const made = desk.done(await desk.post('/api/tickets/crear', body), 201);
    desk.done(await desk.post(`/api/tickets/${made.ticketUuid}/asignar`, escaped({ motivo: '😀'.repeat(2000) }), token.mesa));
    desk.done(await desk.post(`/api/tickets/${made.ticketUuid}/actualizar`, escaped({ nota: long, respuesta: long }), token.mesa));
    assert.equal(desk.sql(`SELECT length(respuesta_cliente) FROM helpdesk.ticket WHERE ticket_uuid = '${made.ticketUuid}'`), '20000');
    desk.refused(await desk.post('/api/tickets/crear', escaped({ ...desk.REQUEST, descripcion: `${long}😀` })), 400, /^22001 Field "descripcion"/);
});

test('half a character is named with its field', async () => {
    const body = (field, value) => JSON.stringify({ ...desk.REQUEST, [field]: '@' }).replace('"@"', `"${value}"`);
    for (const [field, value] of [['nombre', 'Rosa \\ud83d'], ['descripcion', '\\ude00 no llega el correo'], ['asunto', '\\uD83D\\uD83D\\uDE00'],
        ['categoria', 'Correo \\ud83d\\\\ude00'], ['documento', '\\udbff x']]) {
        desk.refused(await desk.post('/api/tickets/crear', body(field, value)), 400, new RegExp(`Field "${field}" contains half a character`));
    }
    // whole ones, and what only looks like one
    for (const value of ['\\ud83d\\ude00\\uD83D\\uDE00 va bien', 'C:\\\\ud83d\\\\udcaa es una carpeta', '\\\\\\ud83d\\ude00 y otra más']) {
        desk.done(await desk.post('/api/tickets/crear', body('descripcion', value)), 201);
    }
    desk.refused(await desk.post('/api/tickets/crear', '{"\\ud800": 1}'), 400, /half a character/);
});

test('agents: one of each, however it is typed, and so they log in', async () => {
    const person = (more) => desk.post('/api/auth/users', { nombre: 'Pía', email: 'pia@desk.example', password: 'secreto-9', rol: 'MESA', ...more }, token.admin);
    const made = desk.done(await person({ nombre: '\u00a0Pi\u0301a\u00a0Paz\u200b', email: '\ufeffpia@xn--and-6ma2c.example ' }), 201);
    const row = desk.done(await desk.get('/api/auth/users', token.admin)).find((one) => one.id === made.id);
    assert.deepEqual([row.nombre, row.email], ['P\u00eda Paz', 'pia@ñandú.example']);
    for (const email of ['pia@ñandú.example', 'PIA@ñandú.example\u200b', 'pia@n\u0303andu\u0301.example', '\u00a0pia@XN--AND-6MA2C.example']) {
        desk.refused(await person({ email }), 409, /in use/);
        assert.ok(await desk.login(email, 'secreto-9'));
    }
    desk.refused(await person({ email: 'x,y;<z>@c..d' }), 400, /Field "email"/);
    desk.refused(await person({ nombre: 'Ana\nX: y' }), 400, /Field "nombre" contains a line break/);
    desk.refused(await desk.post('/api/auth/login', { email: 'no es\n una', password: 'x' }), 401);
});

test('a request that is repeated finds its ticket although its area is off by now', async () => {
    const body = { ...desk.REQUEST, email: 'repite@example.com', areaAsignada: 'SOPORTE', claveIdempotencia: 'otra vez' };
    const made = desk.done(await desk.post('/api/tickets/crear', body), 201);
    desk.sql('UPDATE helpdesk.area SET activa = false WHERE nombre = \'SOPORTE\'');
    try {
        const again = desk.done(await desk.post('/api/tickets/crear', { ...body, descripcion: `${body.descripcion}\r\n`, areaAsignada: 'soporte\u00a0' }), 201);
        assert.equal(again.ticketUuid, made.ticketUuid);
        desk.refused(await desk.post('/api/tickets/crear', { ...body, claveIdempotencia: 'por primera vez' }), 400, /Field "areaAsignada"/);
    } finally {
        desk.sql('UPDATE helpdesk.area SET activa = true WHERE nombre = \'SOPORTE\'');
    }
});
