// Requests of the contract, path by path: good ones, and each thing that can be
// wrong with them.

import { setTimeout as sleep } from 'node:timers/promises';
import { CREATE, EVERYBODY, OPERATIONS, RATE, REPLY } from '../rest/contract.mjs';

const OFF = '00000000-0000-4000-8000-000000000005';
const STATES = ['NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO', 'RESUELTO', 'CANCELADO', 'ARCHIVADO'];

// What a field of a type may not be: [what, value].
const WRONG = {
    string: [['a number', 5], ['true', true], ['an object', { a: 1 }], ['an array', ['x']], ['with NUL', 'abcdefghij\u0000k'],
        ['with CR LF', 'abcdefghij\r\nk'], ['with ESC', 'abcdefghij\u001b[31mk'], ['with C1', 'abcdefghij\u0092k'],
        ['too long', 'x'.repeat(30000)], ['a letter', 'x']],
    uuid: [['a number', 5], ['an object', { a: 1 }], ['an array', ['x']], ['false', false], ['no uuid', 'x'],
        ['with SQL', "00000000-0000-4000-8000-000000000003' OR 1=1--"], ['with NUL', '00000000-0000-4000-8000-\u0000']],
    integer: [['a string', '1'], ['a fraction', 1.5], ['true', true], ['an object', {}], ['too large', 99999999999], ['negative', -1],
        ['zero', 0], ['stale', 99]],
    boolean: [['a string', 'true'], ['a number', 1], ['an object', {}]],
    'date-time': [['a number', 5], ['an object', {}], ['a word', 'luego'], ['no day', '2030-02-30'], ['with a blank', '2030-12-31 08:00'], ['too far', '9999-12-31'], ['with NUL', '2030\u0000']],
};
const ABSENT = [['missing', undefined], ['null', null], ['empty', ''], ['blank', ' \t\n ']];

// The fields that hold several lines.
const LINES = ['descripcion', 'motivo', 'nota', 'respuesta', 'mensaje', 'comentario'];

const wrong = (field, { type, required }) => [...(required ? ABSENT : []),
    ...WRONG[type].filter(([what]) => what !== 'with CR LF' || !LINES.includes(field))];

export async function creation({ ask, desk }) {
    const crear = (title, more, options) => ask(`crear: ${title}`, 'POST', '/api/tickets/crear',
        { body: { ...desk.REQUEST, email: 'crear@example.com', ...more }, ...options });
    const full = {
        documento: ' CC 1 ', telefono: '300 1', tieneWhatsapp: true, empresaDepartamento: 'Ventas', subcategoria: 'Entrada',
        asunto: 'Correo', areaAsignada: ' redes ', tipo: 'incidente', prioridad: 'alta',
    };
    await crear('what is required', {});
    await crear('every field', full);
    await crear('an unknown key', { desconocido: { a: [1] }, ticket_id: desk.NOBODY, ip: '6.6.6.6' });
    await ask('crear: without /api', 'POST', '/tickets/crear', { body: { ...desk.REQUEST, ...full } });
    for (const as of EVERYBODY) {
        await crear(`by ${as}`, {}, { as });
    }
    for (const [field, kind] of Object.entries(CREATE.fields)) {
        for (const [what, value] of wrong(field, kind)) {
            await crear(`${field} ${what}`, { [field]: value });
        }
        if (!kind.required) {
            await crear(`${field} null`, { [field]: null });
        }
    }
    for (const tipo of ['PETICION', 'QUEJA', 'RECLAMO', 'SUGERENCIA', 'SOLICITUD', 'CONSULTA']) {
        await crear(`tipo ${tipo}`, { tipo });
    }
    for (const prioridad of ['BAJA', 'ALTA', 'URGENTE', 'CRITICA']) {
        await crear(`prioridad ${prioridad}`, { prioridad });
    }
    await crear('a target in business days', { tipo: 'QUEJA', areaAsignada: 'SOPORTE' });
    await crear('a target of its category', { categoria: 'nómina' });
    await crear('the default area', { areaAsignada: undefined });
    for (const [field, value] of [['tipo', 'OTRO'], ['prioridad', 'URGENTÍSIMA'], ['areaAsignada', 'COCINA'], ['areaAsignada', 'antigua'],
        ['nombre', 'ab'], ['nombre', 'x'.repeat(150)], ['nombre', 'x'.repeat(151)], ['categoria', 'x'.repeat(101)], ['descripcion', 'corta'],
        ['descripcion', 'ñ'.repeat(20000)], ['descripcion', 'x'.repeat(20001)], ['documento', 'x'.repeat(51)], ['telefono', 'x'.repeat(31)],
        ['empresaDepartamento', 'x'.repeat(151)], ['subcategoria', 'x'.repeat(101)], ['asunto', 'x'.repeat(201)],
        ['claveIdempotencia', 'x'.repeat(201)], ['email', 'sin-arroba'], ['email', 'a@b@c'], ['email', 'a b@example.com'],
        ['email', `a@${'b'.repeat(253)}`], ['email', ' MAYUS@Example.com '], ['descripcion', 'Línea 1\n\tLínea 2 «ñ» 😀']]) {
        await crear(`${field} ${JSON.stringify(value).slice(0, 20)} of ${[...value].length}`, { [field]: value });
    }
    await ask('crear: nothing at all', 'POST', '/api/tickets/crear', { body: {} });
    await ask('crear: two fields wrong', 'POST', '/api/tickets/crear', { body: { nombre: 5, tipo: 5 } });

    const once = { email: 'clave@example.com', claveIdempotencia: 'clave-1' };
    await crear('a key', once);
    await crear('the same key again', once);
    await crear('the same key, the address in capitals', { ...once, email: 'CLAVE@example.com' });
    await crear('the same key, other data', { ...once, categoria: 'Otra' });
    await crear("somebody else's key", { ...once, email: 'otra@example.com' });
    const byHeader = { headers: { 'Idempotency-Key': 'clave-2' } };
    await crear('a key in the header', { email: 'clave@example.com' }, byHeader);
    await crear('the key of the header again, another one in the body', once, byHeader);
    await crear('the key of the header, other data', { email: 'clave@example.com', asunto: 'Otro' }, byHeader);
    await crear('a key in the header, too long', {}, { headers: { 'Idempotency-Key': 'k'.repeat(201) } });
}

export async function inquiry({ ask, ticket, all, desk }) {
    const made = await ticket('consulted', 'NUEVO', { documento: 'CC 9', telefono: '300 9', email: 'rosa@example.com' });
    const good = { label: made.label, email: 'rosa@example.com' };
    const both = async (title, body, as) => {
        await ask(`consultar: ${title}`, 'POST', '/api/tickets/consultar', { body, as });
        await ask(`consultar by GET: ${title}`, 'GET', `/api/tickets/consultar?${new URLSearchParams(body)}`, { as });
    };
    await both('a new ticket', good);
    desk.done(await desk.post(`/api/tickets/${made.id}/asignar`, { motivo: 'motivo interno' }, all.mesa));
    await both('one whose last event is internal', good);
    desk.done(await desk.post(`/api/tickets/${made.id}/actualizar`, { nota: 'nota interna', respuesta: 'Vamos.' }, all.area));
    await both('one that was answered', { label: made.label.toLowerCase(), email: ' ROSA@example.com ' });
    for (const as of EVERYBODY.slice(1)) {
        await both(`by ${as}`, good, as);
    }
    await ask('consultar: without /api', 'POST', '/tickets/consultar', { body: good });
    await ask('consultar by HEAD', 'HEAD', `/api/tickets/consultar?${new URLSearchParams(good)}`);
    await both('an unknown key', { ...good, role: 'ticket_admin' });
    await both('another address', { ...good, email: 'otra@example.com' });
    await both('no such label', { ...good, label: 'TK-2020-99999' });
    await both('no label at all', { ...good, label: 'x' });
    await both('a missing label', { email: good.email });
    await both('a missing address', { label: good.label });
    await both('nothing', {});
    for (const field of ['label', 'email']) {
        for (const [what, value] of WRONG.string) {
            await ask(`consultar: ${field} ${what}`, 'POST', '/api/tickets/consultar', { body: { ...good, [field]: value } });
        }
    }
    await ask('consultar by GET: a parameter twice', 'GET', '/api/tickets/consultar?label=a&label=b&email=c');
}

// What the requester says, and what was said.
export async function conversation({ ask, ticket, all, desk }) {
    const say = (title, made, more, options) => ask(`responder: ${title}`, 'POST', '/api/tickets/responder',
        { body: { label: made.label, email: desk.REQUEST.email, mensaje: 'Sigue igual.', ...more }, ...options });
    const look = (title, made, more) => ask(`consultar, the conversation: ${title}`, 'POST', '/api/tickets/consultar',
        { body: { label: made.label, email: desk.REQUEST.email, conversacion: true, ...more } });
    for (const state of STATES) {
        await say(`in ${state}`, await ticket(`said in ${state}`, state));
    }
    const made = await ticket('talked about', 'ASIGNADO');
    for (const as of EVERYBODY) {
        await say(`by ${as}`, made, {}, { as });
        await say(`everything wrong, by ${as}`, made, { label: 5, email: {}, mensaje: '' }, { as });
    }
    await ask('responder: without /api', 'POST', '/tickets/responder',
        { body: { label: made.label.toLowerCase(), email: ' ROSA@example.com', mensaje: 'Sin prefijo.', desconocido: 'x' } });
    for (const [field, kind] of Object.entries(REPLY.fields)) {
        for (const [what, value] of wrong(field, kind)) {
            await say(`${field} ${what}`, made, { [field]: value });
        }
    }
    await say('another address', made, { email: 'otra@example.com' });
    await say('no such label', made, { label: 'TK-2020-99999' });
    await ask('responder: no body', 'POST', '/api/tickets/responder', {});
    const once = { claveIdempotencia: 'mensaje-1', mensaje: 'Una vez.' };
    await say('a key', made, once);
    await say('the same key again', made, once);
    await say('the same key, another message', made, { ...once, mensaje: 'Otra cosa.' });
    await say('the same key in the header', made, { mensaje: 'Una vez.' }, { headers: { 'Idempotency-Key': 'mensaje-1' } });
    desk.done(await desk.post(`/api/tickets/${made.id}/actualizar`, { nota: 'nota interna', respuesta: 'Vamos.' }, all.area));
    const rate = (title, it, more, options) => ask(`calificar: ${title}`, 'POST', '/api/tickets/calificar',
        { body: { label: it.label, email: desk.REQUEST.email, calificacion: 4, ...more }, ...options });
    for (const state of STATES) {
        const it = await ticket(`rated in ${state}`, state);
        await rate(`in ${state}`, it, { comentario: 'Rápido.' });
        await rate(`once more, ${state}`, it);
    }
    for (const as of EVERYBODY) {
        await rate(`by ${as}`, made, { calificacion: 9 }, { as });
    }
    for (const [field, kind] of Object.entries(RATE.fields)) {
        for (const [what, value] of wrong(field, kind)) {
            await rate(`${field} ${what}`, made, { [field]: value });
        }
    }
    await look('all of it', made);
    await look('before the third', made, { antes: 3 });
    for (const [field, value] of [['conversacion', 'x'], ['conversacion', 5], ['antes', 0], ['antes', 'x'], ['antes', 1.5]]) {
        await look(`${field} ${JSON.stringify(value)}`, made, { [field]: value });
    }
    await look('another address', made, { email: 'otra@example.com' });
    await ask('consultar by GET, the conversation', 'GET',
        `/api/tickets/consultar?${new URLSearchParams({ label: made.label, email: desk.REQUEST.email, conversacion: 'true', antes: '3' })}`);
    await ask('ticket: talked about', 'GET', `/api/tickets/${made.id}`, { as: 'mesa' });
}

// Every operation: done, by everybody, in every state, with every field wrong.
export async function operations(world) {
    for (const each of OPERATIONS) {
        await done(world, each);
        await byWhom(world, each);
        await inStates(world, each);
        await wrongly(world, each);
    }
    await demands(world);
}

const send = ({ ask }, each, title, id, body, options = {}) => ask(`${each.name}: ${title}`, 'POST',
    `${options.prefix ?? '/api'}/tickets/${id}/${each.name}`, { as: 'mesa', body, ...options });

async function done(world, each) {
    const { ask, ticket, desk } = world;
    for (const prefix of ['/api', '']) {
        const { id } = await ticket(each.from, each.from);
        const { version } = desk.done(await desk.get(`/api/tickets/${id}`, world.all.mesa)).ticket;
        await send(world, each, `done, with an unknown key${prefix ? '' : ', without /api'}`, id, { ...each.body, version, desconocido: 'x' },
            { as: each.roles.at(-1), prefix });
        await ask(`${each.name}: the ticket afterwards`, 'GET', `/api/tickets/${id}`, { as: 'mesa' });
    }
    const { id } = await ticket(each.from, each.from);
    await send(world, each, 'nothing but what is required', id,
        Object.fromEntries(Object.entries(each.body).filter(([field]) => each.fields[field]?.required)));
    const { id: twice } = await ticket(each.from, each.from);
    await send(world, each, 'done', twice, each.body);
    await send(world, each, 'and once more', twice, each.body);
}

async function byWhom(world, each) {
    for (const as of EVERYBODY) {
        const { id } = await world.ticket(each.from, each.from);
        await send(world, each, `by ${as}`, id, each.body, { as });
        // the role is judged before all else, then the fields, then the ticket
        const bad = { version: 'x', motivo: 5, agenteId: 'x', nuevaArea: {}, nuevoTipo: 1, nota: 1, respuesta: 1 };
        await send(world, each, `everything wrong, by ${as}`, 'no-uuid', bad, { as });
        await send(world, each, `every field wrong, by ${as}`, world.desk.NOBODY, bad, { as });
    }
    await send(world, each, 'no such ticket', world.desk.NOBODY, each.body);
    await send(world, each, 'no uuid', 'xyz', each.body);
}

async function inStates(world, each) {
    for (const state of STATES) {
        const { id } = await world.ticket(state, state);
        await send(world, each, `from ${state}`, id, each.body);
    }
    const { id } = await world.ticket('CANCELADO', 'CANCELADO');
    await send(world, each, 'a stale version of a closed ticket', id, { ...each.body, version: 1 });
}

async function wrongly(world, each) {
    const { ask, ticket } = world;
    const { id } = await ticket(each.from, each.from);
    for (const [field, kind] of Object.entries(each.fields)) {
        for (const [what, value] of wrong(field, kind)) {
            // what is a good value for this field changes the ticket: then it is a new one's
            const mine = what === 'a letter' ? (await ticket(each.from, each.from)).id : id;
            await send(world, each, `${field} ${what}`, mine, { ...each.body, [field]: value });
        }
        if (!kind.required) {
            await send(world, each, `${field} null`, (await ticket(each.from, each.from)).id, { ...each.body, [field]: null });
        }
        if (kind.type === 'uuid') {
            for (const [what, value] of [['of nobody', world.desk.NOBODY], ['of an agent switched off', OFF], ['empty', '']]) {
                const mine = what === 'empty' ? (await ticket(each.from, each.from)).id : id;
                await send(world, each, `${field} ${what}`, mine, { ...each.body, [field]: value });
            }
        }
        if (field === 'motivo') {
            await send(world, each, 'motivo of 2 characters', id, { ...each.body, motivo: 'ab' });
            await send(world, each, 'motivo of 2,001 characters', id, { ...each.body, motivo: 'x'.repeat(2001) });
        }
    }
    await send(world, each, 'no body', (await ticket(each.from, each.from)).id, undefined);
    await ask(`${each.name}: the ticket after all that`, 'GET', `/api/tickets/${id}`, { as: 'mesa' });
}

// What one operation alone demands.
async function demands(world) {
    const { ticket, desk } = world;
    const { id } = await ticket('ASIGNADO', 'ASIGNADO');
    const of = (name) => OPERATIONS.find((each) => each.name === name);
    const post = (name, title, body, options) => send(world, of(name), title, id, body, options);
    await post('transferir', 'to the same area', { motivo: 'La misma.', nuevaArea: 'redes' });
    await post('transferir', 'to an area that is off', { motivo: 'La vieja.', nuevaArea: 'ANTIGUA' });
    await post('transferir', "to another area's agent", { motivo: 'A soporte.', nuevaArea: 'SOPORTE', agenteId: desk.AGENTS.area });
    await post('reclasificar', 'nothing given', { motivo: 'Nada nuevo.' });
    await post('reclasificar', 'nothing new', { motivo: 'Lo mismo.', nuevaPrioridad: 'MEDIA', nuevoTipo: 'incidente' });
    await post('reclasificar', 'no such type', { motivo: 'Otro tipo.', nuevoTipo: 'OTRO' });
    await post('reclasificar', 'no such priority', { motivo: 'Otra prisa.', nuevaPrioridad: 'YA' });
    await post('actualizar', 'neither note nor answer', { estado: 'CANCELADO' });
    await post('actualizar', 'by an agent of another area', { nota: 'Ajena.' }, { as: 'otra' });
    const fresh = async (name, title, body) => send(world, of(name), title, (await ticket('NUEVO', 'NUEVO')).id, body);
    await fresh('asignar', 'to the area alone', {});
    await fresh('asignar', 'to an agent of another area', { agenteId: desk.AGENTS.otra });
    await fresh('asignar', 'to an agent and the agent\'s area', { agenteId: desk.AGENTS.otra, area: 'soporte' });
    await fresh('asignar', 'to one of role MESA', { agenteId: desk.AGENTS.mesa });
    await fresh('asignar', 'to an area that is off', { area: 'ANTIGUA' });
    await fresh('asignar', 'to no area', { area: 'COCINA' });
}

export async function one({ ask, ticket, desk }) {
    for (const state of STATES) {
        const { id } = await ticket(state, state, { telefono: '300 2', documento: 'CC 2', tieneWhatsapp: true, empresaDepartamento: 'Ventas' });
        await ask(`ticket: in state ${state}`, 'GET', `/api/tickets/${id}`, { as: 'admin' });
    }
    const { id } = await ticket('ASIGNADO', 'ASIGNADO');
    for (const as of EVERYBODY) {
        await ask(`ticket: by ${as}`, 'GET', `/api/tickets/${id}`, { as });
        await ask(`ticket: no such ticket, by ${as}`, 'GET', `/api/tickets/${desk.NOBODY}`, { as });
        await ask(`ticket: no uuid, by ${as}`, 'GET', '/api/tickets/otra-cosa', { as });
    }
    await ask('ticket: without /api', 'GET', `/tickets/${id}`, { as: 'mesa' });
    await ask('ticket: the uuid in capitals', 'GET', `/api/tickets/${id.toUpperCase()}`, { as: 'mesa' });
    await ask('ticket: by HEAD', 'HEAD', `/api/tickets/${id}`, { as: 'mesa' });
}

export async function lists({ ask, ticket, all, desk }) {
    const email = 'lista@example.com';
    for (const state of STATES) {
        await ticket(`listed ${state}`, state, { email, asunto: state, subcategoria: 'Una' });
    }
    await ticket('listed of SOPORTE', 'NUEVO', { email, areaAsignada: 'SOPORTE', prioridad: 'CRITICA' });
    // three hours and a half ago, with two hours to its deadline
    const late = desk.sql(`SELECT set_config('ticket_sm.desfase_reloj', setting::integer - 12600 || 's', false) FROM pg_settings,
            ticket_sm.ahora() WHERE name = 'ticket_sm.desfase_reloj' \\g /dev/null
        SELECT ticket_uuid FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => '${email}', tipo => 'QUEJA',
            categoria => 'Correo', descripcion => 'No llega el correo.', prioridad => 'CRITICA')`);
    await ask('ticket: overdue', 'GET', `/api/tickets/${late}`, { as: 'mesa' });
    for (const [list, key] of [['dashboard', 'correo'], ['dashboard-metricas', 'solicitante_email']]) {
        const get = (title, query, options) => ask(`${list}: ${title}`, 'GET', `/api/tickets/${list}?${query}`, { as: 'mesa', ...options });
        const mine = `${key}=eq.${email}`;
        for (const as of EVERYBODY) {
            await get(`by ${as}`, mine, { as });
        }
        const label = list === 'dashboard' ? 'label' : 'ticket_label';
        await ask(`${list}: without /api`, 'GET', `/tickets/${list}?${mine}&limit=1`, { as: 'mesa' });
        await get('nothing found', `${key}=eq.nadie@example.com`);
        await get('order, columns, a page', `${mine}&order=area_asignada.desc,${label}.desc&select=${label},area_asignada&limit=2&offset=1`);
        await get('counted', `${mine}&limit=1`, { headers: { Prefer: 'count=exact' } });
        await get('a page behind the last', `${mine}&offset=1000`, { headers: { Prefer: 'count=exact' } });
        await get('a range', mine, { headers: { Range: '0-0' } });
        await get('as CSV', `${mine}&limit=1`, { headers: { Accept: 'text/csv' } });
        await get('another schema', `${mine}&limit=1`, { headers: { 'Accept-Profile': 'helpdesk' } });
        for (const query of ['select=*,helpdesk.agente(*)', 'select=*,usuarios(*)', `select=${label}::regclass`, 'nada=eq.1', `${label}=like`,
            `or=(${label}.eq.x`, 'limit=-1', 'limit=x', 'order=nada', 'sla_horas=eq.x']) {
            await get(`query ${query}`, query);
        }
        await ask(`${list}: by HEAD`, 'HEAD', `/api/tickets/${list}?${mine}`, { as: 'mesa' });
        await ask(`${list}: a bad token`, 'GET', `/api/tickets/${list}`, { token: `${all.mesa}x` });
    }
}

export async function login({ ask, desk }) {
    const enter = async (title, body, options) => {
        await sleep(110);               // nginx lets ten a second through
        return ask(`login: ${title}`, 'POST', '/api/auth/login', { body, ...options });
    };
    for (const [who, email] of Object.entries(desk.PEOPLE)) {
        const { access_token: token } = (await enter(who, { email: ` ${email.toUpperCase()} `, password: desk.PASSWORD })).json;
        const { iat, exp, ...claims } = desk.claimsOf(token);
        await ask(`login: the token of ${who}, ${JSON.stringify(claims)}, for ${exp - iat} s`, 'GET', '/api/tickets/dashboard?limit=0', { token });
    }
    await ask('login: without /api', 'POST', '/auth/login', { body: { email: desk.PEOPLE.area, password: desk.PASSWORD } });
    const good = { email: desk.PEOPLE.area, password: desk.PASSWORD };
    await enter('an unknown address', { ...good, email: 'nadie@desk.example' });
    await enter('a wrong password', { ...good, password: 'otra-clave' });
    await enter('an agent switched off', { ...good, email: 'olga@desk.example' });
    await enter('an agent without a password', { ...good, email: 'sinclave@desk.example' });
    await enter('with an old token', good, { token: 'a.b.c' });
    await enter('an unknown key', { ...good, role: 'ticket_admin' });
    for (const field of ['email', 'password']) {
        for (const [what, value] of [...ABSENT, ...WRONG.string]) {
            await enter(`${field} ${what}`, { ...good, [field]: value });
        }
    }
    await enter('no body', undefined);
}

export async function users({ ask, all, desk }) {
    let number = 0;
    const person = (more) => ({ email: `persona${++number}@desk.example`, nombre: 'Persona Nueva', password: 'clave-1', rol: 'MESA', ...more });
    const create = (title, body, options) => ask(`users, POST: ${title}`, 'POST', '/api/auth/users', { as: 'admin', body, ...options });
    const change = (title, id, body, options) => ask(`users, PATCH: ${title}`, 'PATCH', `/api/auth/users/${id}`, { as: 'admin', body, ...options });
    const remove = (title, id, options) => ask(`users, DELETE: ${title}`, 'DELETE', `/api/auth/users/${id}`, { as: 'admin', ...options });
    const list = (title, query, options) => ask(`users, GET: ${title}`, 'GET', `/api/auth/users${query}`, { as: 'admin', ...options });

    for (const as of EVERYBODY) {
        await list(`by ${as}`, '', { as });
        if (as !== 'admin') {
            await create(`by ${as}`, person(), { as });
            await change(`by ${as}`, desk.AGENTS.area, { rol: 'ADMIN' }, { as });
            await change(`everything wrong, by ${as}`, 'xyz', { rol: 5 }, { as });
            await remove(`by ${as}`, desk.AGENTS.area, { as });
        }
    }
    await list('a filter', '?rol=eq.AREA&order=email.desc&select=email,rol,is_active');
    await list('a column that is not there', '?clave_hash=eq.x');

    const made = (await create('all fields', person({ rol: 'area', area: ' redes ', telefono: '300', is_active: true }))).json.id;
    await create('what is required', person());
    await create('switched off', person({ is_active: false }));
    await create('blanks around it, and the letter v', person({ email: ' vera@desk.example ', nombre: ' v. Gustav\t', telefono: '\n300 v' }));
    await list('that one', '?telefono=like.300*&email=like.*era@*');
    await create('ids and unknown keys', person({ id: desk.NOBODY, agente_id: desk.NOBODY, usuario_bd: 'postgres' }));
    await ask('users, POST: without /api', 'POST', '/auth/users', { as: 'admin', body: person() });
    await list('afterwards', '?email=like.persona*&order=email');
    await change('nothing', made, {});
    await change('no body', made, undefined);
    await change('everything', made, { nombre: 'Persona Vieja', email: 'renombrada@desk.example', password: 'clave-2', telefono: null, rol: 'MESA', area: null });
    await ask('users, PATCH: without /api', 'PATCH', `/auth/users/${made}`, { as: 'admin', body: { telefono: ' 301 ' } });
    await list('the changed one', '?email=eq.renombrada@desk.example');
    await remove('one', made);
    await remove('the same again', made);
    await ask('users, DELETE: without /api', 'DELETE', `/auth/users/${made}`, { as: 'admin' });
    await list('the one switched off', '?email=eq.renombrada@desk.example');
    await change('on again', made, { is_active: true });

    for (const [field, bad] of Object.entries({
        email: [...ABSENT.map(([, value]) => value), 'sin-arroba', 'a b@c', 'a@b@c', 5, {}, `a@${'b'.repeat(300)}`, 'a\r\n@b.co', 'a\u0000@b.co',
            'ANA@Desk.example'],
        nombre: [...ABSENT.map(([, value]) => value), 5, 'x'.repeat(151), 'Ana\r\nBcc: x', 'Ana\u0000'],
        password: [undefined, null, '', 'corta', 12345678, 'x'.repeat(73), 'ñ'.repeat(40), 'clave\u0000x'],
        rol: [undefined, null, '', 'JEFE', 'PUBLICO', 1, ['ADMIN'], 'MESA\n'.repeat(9), 'AREA'],
        area: ['COCINA', 'ANTIGUA', 5, 'REDES\u0007', 'x'.repeat(101)],
        telefono: [5, 'x'.repeat(31), '300\r\n1'],
        is_active: ['true', 1, {}],
    })) {
        for (const value of bad) {
            const what = `${field} ${value === undefined ? 'missing' : plainValue(value)}`;
            await create(what, person({ [field]: value }));
            if (value !== undefined) {
                await change(what, made, { [field]: value });
            }
        }
    }
    await change('nobody', desk.NOBODY, { nombre: 'Nadie' });
    await change('no uuid', 'xyz', {});
    await remove('nobody', desk.NOBODY);
    await remove('no uuid', 'xyz');
    await change('the only role of oneself', desk.AGENTS.admin, { rol: 'MESA' });
    await change('switching oneself off', desk.AGENTS.admin, { is_active: false });
    await remove('oneself', desk.AGENTS.admin);
    await change('an id in the body', made, { id: desk.AGENTS.mesa, nombre: 'Otro Nombre' });
    await list('nobody else has changed', '?email=in.(mario@desk.example,renombrada@desk.example)&order=email');

    // whoever is switched off or gets another role, with a token from before
    const theirs = await desk.login('renombrada@desk.example', 'clave-2');
    const everything = async (title) => {
        for (const [method, path, body] of [['GET', '/tickets/dashboard?limit=0'], ['GET', '/tickets/dashboard-metricas?limit=0'],
            ['GET', `/tickets/${desk.NOBODY}`], ['POST', `/tickets/${desk.NOBODY}/pausar`, { motivo: 'Falta.' }], ['POST', '/tickets/crear', desk.REQUEST],
            ['GET', '/auth/users'], ['GET', '/tickets/consultar?label=x&email=y']]) {
            await ask(`${title}: ${method} ${path.split('?')[0]}`, method, `/api${path}`, { token: theirs, body });
        }
    };
    await everything('a token of an agent');
    await desk.call('DELETE', `/api/auth/users/${made}`, { token: all.admin });
    await everything('a token of an agent switched off');
    await desk.call('PATCH', `/api/auth/users/${made}`, { token: all.admin, body: { is_active: true, rol: 'AREA', area: 'REDES' } });
    await everything('a token of an agent with another role now');
}

const plainValue = (value) => JSON.stringify(value).slice(0, 20);
