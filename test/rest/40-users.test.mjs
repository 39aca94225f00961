// Users: ADMIN manages them, nobody else; every field; what the history keeps.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { EVERYBODY } from './contract.mjs';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});

let number = 0;
const person = (more = {}) => ({
    email: `persona${++number}@desk.example`, nombre: 'Persona Nueva', password: 'clave-1', rol: 'MESA', ...more,
});
const create = (body, who = 'admin') => desk.post('/api/auth/users', body, token[who]);
const change = (id, body, who = 'admin') => desk.call('PATCH', `/api/auth/users/${id}`, { body, token: token[who] });
const remove = (id, who = 'admin') => desk.call('DELETE', `/api/auth/users/${id}`, { token: token[who] });
const list = async () => desk.done(await desk.get('/api/auth/users', token.admin));
const find = async (id) => (await list()).find((user) => user.id === id);

for (const prefix of ['/api', '']) {
    test(`a user comes, changes and goes, under ${prefix}/auth/users`, async () => {
        const body = person({ rol: 'area', area: 'redes', telefono: '300' });
        const made = desk.done(await desk.post(`${prefix}/auth/users`, body, token.admin), 201);
        assert.deepEqual(Object.keys(made), ['message', 'id']);
        assert.deepEqual(await find(made.id), {
            id: made.id, email: body.email, nombre: 'Persona Nueva', rol: 'AREA', area: 'REDES', telefono: '300', is_active: true,
        });
        const theirs = await desk.login(body.email, 'clave-1');
        const id = await desk.ticketIn('ASIGNADO', token.mesa);
        desk.done(await desk.post(`/api/tickets/${id}/actualizar`, { nota: 'Soy nueva.' }, theirs));

        const answer = desk.done(await desk.call('PATCH', `${prefix}/auth/users/${made.id}`,
            { body: { nombre: 'Persona Vieja', password: 'clave-2', telefono: null }, token: token.admin }));
        assert.equal(typeof answer.message, 'string');
        assert.equal((await find(made.id)).telefono, null);
        desk.refused(await desk.post('/api/auth/login', { email: body.email, password: 'clave-1' }), 401);
        await desk.login(body.email, 'clave-2');

        desk.done(await desk.call('DELETE', `${prefix}/auth/users/${made.id}`, { token: token.admin }));
        assert.equal((await find(made.id)).is_active, false);
        desk.refused(await desk.post('/api/auth/login', { email: body.email, password: 'clave-2' }), 401);
        desk.refused(await desk.get('/api/tickets/dashboard', theirs), 403);
        assert.equal(desk.done(await desk.get(`/api/tickets/${id}`, token.mesa)).historial.at(-1).actor_nombre, 'Persona Nueva');
    });
}

for (const who of EVERYBODY.filter((one) => one !== 'admin')) {
    test(`${who} manages nobody`, async () => {
        const status = who === 'none' ? 401 : 403;
        const before_ = JSON.stringify(await list());
        for (const answer of [await create(person(), who), await change(desk.AGENTS.area, { rol: 'ADMIN' }, who),
            await change('xyz', { rol: 5 }, who), await remove(desk.AGENTS.area, who), await desk.get('/api/auth/users', token[who])]) {
            desk.refused(answer, status, /^42501/);
        }
        assert.equal(JSON.stringify(await list()), before_);
    });
}

for (const [field, bad] of Object.entries({
    email: [undefined, null, '', 'sin-arroba', 'a b@c', 'a@b@c', 5, {}, `a@${'b'.repeat(300)}`, 'a\r\n@b.co', 'a\u0000@b.co'],
    nombre: [undefined, null, ' ', 5, 'x'.repeat(151), 'Ana\r\nBcc: x', 'Ana\u0000'],
    password: [undefined, null, '', 'corta', 12345678, 'x'.repeat(73), 'ñ'.repeat(40), 'clave\u0000x'],
    rol: [undefined, null, 'JEFE', 'PUBLICO', 1, ['ADMIN'], 'MESA\n'.repeat(9)],
    area: ['COCINA', 'ANTIGUA', 5, 'REDES\u0007'],
    telefono: [5, 'x'.repeat(31), '300\r\n1'],
    is_active: ['true', 1, {}],
})) {
    test(`a bad ${field} is refused, in a new user and in a change`, async () => {
        const made = desk.done(await create(person()), 201);
        for (const value of bad) {
            desk.refused(await create(person({ [field]: value })), 400, new RegExp(`Field "${field}"`));
            if (value !== undefined) {
                desk.refused(await change(made.id, { [field]: value }), 400, new RegExp(`Field "${field}"`));
            }
        }
    });
}

test('the same address again is 409, in another case too', async () => {
    desk.refused(await create(person({ email: 'ANA@Desk.example' })), 409, /^PT409/);
    const made = desk.done(await create(person()), 201);
    desk.refused(await change(made.id, { email: 'mario@desk.example' }), 409);
});

test('AREA needs an area', async () => {
    desk.refused(await create(person({ rol: 'AREA' })), 400, /Field "area" is required/);
    const made = desk.done(await create(person({ rol: 'AREA', area: 'REDES' })), 201);
    desk.refused(await change(made.id, { area: null }), 400, /Field "area" is required/);
});

test('nobody: 404; no uuid: 400; the id of the path beats the body', async () => {
    desk.refused(await change(desk.NOBODY, { nombre: 'Nadie' }), 404, /^PT404/);
    desk.refused(await remove(desk.NOBODY), 404, /^PT404/);
    desk.refused(await change('xyz', {}), 400, /^22P02 Field "id"/);
    desk.refused(await remove('xyz'), 400, /^22P02/);
    const made = desk.done(await create(person({ id: desk.NOBODY })), 201);
    assert.notEqual(made.id, desk.NOBODY);
    desk.done(await change(made.id, { id: desk.AGENTS.mesa, nombre: 'Otro Nombre', usuario_bd: 'postgres', agente_id: desk.AGENTS.mesa }));
    assert.equal((await find(desk.AGENTS.mesa)).nombre, 'Mario Gil');
    assert.equal(desk.sql(`SELECT coalesce(usuario_bd, '-') FROM helpdesk.agente WHERE agente_id = '${made.id}'`), '-');
});

test('ADMIN cannot lock itself out', async () => {
    desk.refused(await remove(desk.AGENTS.admin), 409, /^PT409/);
    desk.refused(await change(desk.AGENTS.admin, { rol: 'MESA' }), 409);
    desk.done(await change(desk.AGENTS.admin, { nombre: 'Ana Ruiz' }));
});

test('what is not given stays', async () => {
    const body = person({ rol: 'AREA', area: 'REDES', telefono: '300' });
    const made = desk.done(await create(body), 201);
    const was = await find(made.id);
    desk.done(await change(made.id, {}));
    assert.deepEqual(await find(made.id), was);
    await desk.login(body.email, 'clave-1');
});

test('hashes, the key and the tables are out of reach of every role', async () => {
    const roles = ['web_anon', 'ticket_admin', 'ticket_mesa', 'ticket_area', 'authenticator'];
    for (const role of roles) {
        for (const query of ['SELECT clave_hash FROM helpdesk.credencial', 'SELECT * FROM helpdesk.api_secreto',
            'DELETE FROM helpdesk.credencial', "UPDATE helpdesk.api_secreto SET secreto = repeat('x', 64)",
            'SELECT clave_hash FROM helpdesk.credencial LIMIT 0',
            'UPDATE helpdesk.credencial SET clave_hash = clave_hash RETURNING clave_hash']) {
            assert.throws(() => desk.sql(`SET ROLE ${role}; ${query}`), /permission denied/, `${role}: ${query}`);
        }
    }
    assert.equal(desk.sql("SELECT count(*) FROM helpdesk.credencial WHERE clave_hash !~ '^.2a.10.'"), '0');
});

// The library of the system, which knows all names of bcrypt; a salt is 22 characters.
const bcrypt = (password, setting) => execFileSync('perl', ['-e', 'print crypt($ARGV[0], $ARGV[1])', password, setting], { encoding: 'utf8' });
const SALT = 'abcdefghijklmnopqrstuu';

test('hashes of other programs log in: $2b$ and $2y$ as $2a$, whatever they cost', async () => {
    const email = 'llegada@desk.example';
    const id = desk.sql(`INSERT INTO helpdesk.agente (nombre, email, rol) VALUES ('Llegada', '${email}', 'MESA') RETURNING agente_id`);
    const store = (hash) => desk.sql(`INSERT INTO helpdesk.credencial VALUES ('${id}', '${hash}')
        ON CONFLICT (agente_id) DO UPDATE SET clave_hash = EXCLUDED.clave_hash`);
    const login = (password) => desk.post('/api/auth/login', { email, password });
    const long = 'ñ'.repeat(36);                        // 72 bytes: bcrypt does not look further
    for (const [kind, cost] of [['2a', '10'], ['2b', '10'], ['2y', '10'], ['2b', '04'], ['2y', '12']]) {
        const hash = bcrypt('Contraseña €1', `$${kind}$${cost}$${SALT}`);
        assert.match(hash, new RegExp(`^\\$${kind}\\$${cost}\\$.{53}$`));
        store(hash);
        desk.done(await login('Contraseña €1'));
        for (const wrong of ['Contraseña €2', 'Contraseña €', 'Contraseña €1 ', 'contraseña €1', '', hash, 'x'.repeat(60000)]) {
            desk.refused(await login(wrong), 401, /^PT401 Invalid credentials/);
        }
        store(bcrypt(long, `$${kind}$${cost}$${SALT}`));
        desk.done(await login(long));
        desk.refused(await login(long.slice(1)), 401);
        desk.refused(await login(`${long.slice(1)}n~`), 401);
    }
    // stray bits in the salt's last character, which no program writes: nobody, and no error
    store(`$2b$04$${SALT.slice(0, 21)}v${bcrypt('clave-1', `$2b$04$${SALT}`).slice(29)}`);
    desk.refused(await login('clave-1'), 401, /^PT401/);
    for (const odd of ['$2b$03$', '$2b$32$', '$2b$99$', '$2c$10$', '$2$10$', '$1$10$', '$2b$1$', '$2B$10$', '2b$10$']) {
        assert.throws(() => store(odd + 'x'.repeat(53)), /credencial_clave_hash_check/, odd);
    }
    for (const odd of [`$2b$10$${'x'.repeat(52)}`, `$2b$10$${'x'.repeat(54)}`, `$2b$10$${'x'.repeat(52)}ñ`, ' $2b$10$', '']) {
        assert.throws(() => store(odd), /credencial_clave_hash_check/, odd);
    }
    desk.sql(`DELETE FROM helpdesk.credencial WHERE agente_id = '${id}'; UPDATE helpdesk.agente SET activo = false WHERE agente_id = '${id}'`);
});

test('login: passwords that are none', async () => {
    for (const [password, status] of [['', 401], [null, 400], [{ a: 1 }, 400], [['secreto-1'], 400], [true, 400], [1, 400], ['secreto-1\0', 400],
        ['secreto-1 ', 401], ['x'.repeat(60000), 401], ["' OR true --", 401]]) {
        desk.refused(await desk.post('/api/auth/login', { email: desk.PEOPLE.admin, password }), status);
    }
    for (const email of ["' OR true --", '%', '_', '*', `${desk.PEOPLE.admin}\0`, `${desk.PEOPLE.admin},`, 'x'.repeat(60000)]) {
        const answer = await desk.post('/api/auth/login', { email, password: desk.PASSWORD });
        desk.refused(answer, email.includes('\0') ? 400 : 401);
    }
});
