// All that is wrong with a form comes back at once, each field once, in the order
// of judgement.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CREATE, OPERATIONS } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});

// [field, code] of each
const told = (answer) => answer.json.errores.map(({ campo, codigo }) => [campo, codigo]);

async function faults(path, body, expected, who) {
    const answer = await desk.post(path, body, token[who]);
    desk.refused(answer, 400);
    assert.deepEqual(told(answer), expected);
    return answer.json;
}

test('a creation without anything: each required field', async () => {
    const required = Object.keys(CREATE.fields).filter((name) => CREATE.fields[name].required);
    const { message, errores } = await faults('/api/tickets/crear', {}, required.map((name) => [name, '22004']));
    assert.equal(message, 'field "nombre" is required');
    assert.equal(errores[5].mensaje, 'Field "prioridad" is required.');
});

test('one of each kind, by the name that the client has for it', async () => {
    const before = desk.sql('SELECT count(*) FROM helpdesk.ticket');
    const { errores } = await faults('/api/tickets/crear', {
        nombre: 'x', email: 'sin-arroba', tipo: 'OTRO', categoria: 'Red\n', descripcion: 7, prioridad: 'YA',
        areaAsignada: 'ANTIGUA', documento: 'x'.repeat(51), tieneWhatsapp: 'sí', empresaDepartamento: 'a\nb', asunto: null,
        claveIdempotencia: 'a\u0001',
    }, [
        // JSON types first
        ['tieneWhatsapp', '22023'], ['descripcion', '22023'],
        ['nombre', '22023'], ['documento', '22001'], ['email', '22023'], ['empresaDepartamento', '22023'], ['tipo', '22023'],
        ['prioridad', '22023'], ['areaAsignada', '22023'], ['claveIdempotencia', '22023'],
    ]);
    const of = (field) => errores.find(({ campo }) => campo === field).mensaje;
    assert.match(of('tipo'), /Valid values: PETICION/);
    assert.match(of('areaAsignada'), /^Field "areaAsignada" .* switched off\. Valid values: .*REDES/);
    assert.match(of('empresaDepartamento'), /^Field "empresaDepartamento" contains a line break\./);
    assert.match(of('documento'), /51 characters/);
    assert.equal(desk.sql('SELECT count(*) FROM helpdesk.ticket'), before);
});

test('a key that was used is not asked for while a field is wrong', async () => {
    const body = { ...desk.REQUEST, email: 'clave@example.com', claveIdempotencia: 'una' };
    desk.done(await desk.post('/api/tickets/crear', body), 201);
    await faults('/api/tickets/crear', { ...body, telefono: 5, nombre: 'x' }, [['telefono', '22023'], ['nombre', '22023']]);
    desk.refused(await desk.post('/api/tickets/crear', { ...body, nombre: 'Otra cosa' }), 409);
});

for (const each of OPERATIONS) {
    test(`${each.name}: every field of a wrong type`, async () => {
        const id = await desk.ticketIn(each.from, token.admin);
        const history = desk.historyOf(id);
        const names = Object.keys(each.fields);
        // the version first, then the reason
        const turn = (name) => ['version', 'motivo'].indexOf(name) < 0 ? 2 : ['version', 'motivo'].indexOf(name);
        const inOrder = [0, 1, 2].flatMap((n) => names.filter((name) => turn(name) === n));
        await faults(`/api/tickets/${id}/${each.name}`, Object.fromEntries(names.map((name) => [name, { a: 1 }])),
            inOrder.map((name) => [name, '22023']), 'admin');
        assert.equal(desk.historyOf(id), history);
    });
}

test('of several fields of which one is required each is told, unless one of them is there', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.admin);
    await faults(`/api/tickets/${id}/actualizar`, {}, [['nota', '22004'], ['respuesta', '22004']], 'mesa');
    await faults(`/api/tickets/${id}/actualizar`, { respuesta: 'x\u0000' }, [['respuesta', '22023']], 'mesa');
    const { errores } = await faults(`/api/tickets/${id}/reclasificar`, { version: 1.5 },
        [['version', '22023'], ['nuevoTipo', '22004'], ['nuevaCategoria', '22004'], ['nuevaSubcategoria', '22004'],
            ['nuevaPrioridad', '22004'], ['motivo', '22004']], 'mesa');
    assert.match(errores[1].mensaje, /^One of the fields "nuevoTipo", "nuevaCategoria", "nuevaSubcategoria" and "nuevaPrioridad" is required\.$/);
    await faults(`/api/tickets/${id}/reclasificar`, { nuevaPrioridad: 'YA', motivo: 'x' },
        [['nuevaPrioridad', '22023'], ['motivo', '22023']], 'mesa');
});

test('what is judged once the ticket is seen names its field too', async () => {
    const id = await desk.ticketIn('NUEVO', token.admin);
    await faults(`/api/tickets/${id}/asignar`, { agenteId: desk.NOBODY }, [['agenteId', '22023']], 'mesa');
    await faults(`/api/tickets/${id}/asignar`, { agenteId: desk.AGENTS.otra, area: 'REDES' }, [['agenteId', '22023']], 'mesa');
    await faults(`/api/tickets/${id}/asignar`, { agenteId: 'x', area: 'antigua', motivo: '.' },
        [['agenteId', '22P02'], ['area', '22023'], ['motivo', '22023']], 'mesa');
    // and one of the path is no field of the form
    const answer = await desk.post('/api/tickets/x/pausar', { motivo: '' }, token.mesa);
    desk.refused(answer, 400, /^22P02/);
    assert.deepEqual(told(answer), [['ticket_id', '22P02']]);
});

test('a look at a ticket tells of both', async () => {
    await faults('/api/tickets/consultar', {}, ['label', 'email'].map((name) => [name, '22004']));
    const answer = await desk.get('/api/tickets/consultar');
    desk.refused(answer, 400);
    assert.deepEqual(told(answer), [['label', '22004'], ['email', '22004']]);
});

const user = (more) => ({ email: 'falta@desk.example', nombre: 'Falta', password: 'clave-1', rol: 'MESA', ...more });

test('a user: a new one, and a change', async () => {
    const users = desk.sql('SELECT count(*) FROM helpdesk.agente');
    await faults('/api/auth/users', {}, [['email', '22004'], ['nombre', '22004'], ['rol', '22004'], ['password', '22004']], 'admin');
    const wrong = { email: 'sin-arroba', nombre: 'a\nb', rol: 'JEFE', area: 'ANTIGUA', telefono: 5, is_active: 'sí', password: 'corta' };
    const all = [['email', '22023'], ['nombre', '22023'], ['rol', '22023'], ['area', '22023'], ['telefono', '22023'],
        ['is_active', '22023'], ['password', '22023']];
    const { errores } = await faults('/api/auth/users', wrong, all, 'admin');
    assert.match(errores[2].mensaje, /^Field "rol" has an invalid value\. Valid values: ADMIN, MESA, AREA\.$/);
    assert.match(errores[3].mensaje, /Valid values: .*REDES/);
    await faults('/api/auth/users', user({ rol: ' area', telefono: 'x'.repeat(31) }), [['area', '22004'], ['telefono', '22001']], 'admin');
    await faults('/api/auth/users', user({ nombre: 'a\u0000', rol: 'JEFE' }), [['nombre', '22023']], 'admin');
    assert.equal(desk.sql('SELECT count(*) FROM helpdesk.agente'), users);

    const change = async (id, body, expected) => {
        const answer = await desk.call('PATCH', `/api/auth/users/${id}`, { body, token: token.admin });
        desk.refused(answer, 400);
        assert.deepEqual(told(answer), expected);
    };
    await change(desk.AGENTS.mesa, wrong, all);
    await change(desk.NOBODY, wrong, all);
    await change(desk.AGENTS.mesa, { rol: 'AREA', nombre: '', area: '' }, [['nombre', '22004'], ['area', '22004']]);
    await change(desk.AGENTS.area, { area: '', email: null }, [['email', '22004'], ['area', '22004']]);
    await change('xyz', wrong, [['id', '22P02']]);
    desk.refused(await desk.call('PATCH', `/api/auth/users/${desk.NOBODY}`, { body: { rol: 'AREA' }, token: token.admin }), 404);
    const deleted = await desk.call('DELETE', '/api/auth/users/xyz', { token: token.admin });
    assert.deepEqual(told(deleted), [['id', '22P02']]);
});

test('to log in, and the own password', async () => {
    await faults('/api/auth/login', {}, [['email', '22004'], ['password', '22004']]);
    await faults('/api/auth/login', { email: '  ', password: 5 }, [['email', '22004'], ['password', '22023']]);
    await faults('/api/auth/password', {}, [['passwordActual', '22004'], ['passwordNueva', '22004']], 'mesa');
    await faults('/api/auth/password', { passwordActual: 5, passwordNueva: 'corta' }, [['passwordActual', '22023'], ['passwordNueva', '22023']], 'mesa');
    await faults('/api/auth/password', { passwordActual: 'no es', passwordNueva: 'clave-nueva' }, [['passwordActual', '22023']], 'mesa');
});

test('other errors have no such list; whoever may not do it is told nothing of the form', async () => {
    const id = await desk.ticketIn('PAUSADO', token.admin);
    for (const [answer, status] of [
        [await desk.post(`/api/tickets/${id}/pausar`, { motivo: 'Otra vez.' }, token.mesa), 409],
        [await desk.post(`/api/tickets/${id}/reabrir`, { motivo: 5 }, token.area), 403],
        [await desk.post(`/api/tickets/${id}/reabrir`, { motivo: 5 }), 401],
        [await desk.post('/api/tickets/crear', '[]'), 400],
        [await desk.post('/api/auth/users', '[]', token.admin), 400],
        [await desk.post('/api/auth/users', { rol: 5 }, token.mesa), 403],
        [await desk.post('/api/auth/password', { passwordNueva: 5 }), 401],
        [await desk.post('/api/auth/users', user({ email: desk.PEOPLE.mesa }), token.admin), 409],
        [await desk.post('/api/auth/login', { email: desk.PEOPLE.mesa, password: 'no es' }), 401],
    ]) {
        desk.refused(answer, status);
        assert.ok(!('errores' in answer.json), answer.text);
    }
});

test('what a trigger says is passed on; a list of its own only if it is one', async () => {
    const id = await desk.ticketIn('ASIGNADO', token.admin);
    const answer = await desk.post(`/api/tickets/${id}/actualizar`, { nota: 'trampa 22023 errores: [' }, token.mesa);
    desk.refused(answer, 400);
    assert.equal(answer.json.message, 'errores: [');
    assert.ok(!('errores' in answer.json));
});

test('SQL raises the first, and names its field', () => {
    assert.equal(desk.sql(`DO $$
        DECLARE campo text; codigo text;
        BEGIN
            PERFORM ticket_sm.fn_crear_ticket(nombre => 'x', email => 'y');
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS campo = COLUMN_NAME, codigo = RETURNED_SQLSTATE;
            PERFORM set_config('prueba.visto', campo || ' ' || codigo, false);
        END $$; SELECT current_setting('prueba.visto')`), 'nombre 22023');
});
