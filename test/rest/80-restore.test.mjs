// The API is dumped and restored with its desk: roles, passwords, key, comments.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { before, test } from 'node:test';
import * as desk from './lib.mjs';

const sh = (script) => execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: `${dirname(process.env.REST_PSQL)}:${process.env.PATH}` },
});

before(async () => {
    await desk.ticketIn('PAUSADO', await desk.login(desk.PEOPLE.mesa));
});

test('a dump restored in another database answers the same', () => {
    sh('createdb otra && pg_dump -Fc desk | pg_restore --exit-on-error -d otra');
    const ask = (database, role, query) => sh(`psql -X -A -t -d ${database} <<'SQL'\nSET ROLE ${role};\n${query}\nSQL`);
    for (const [role, query] of [
        ['web_anon', 'SELECT api.openapi();'], ['ticket_admin', 'SELECT api.openapi();'],
        ['web_anon', `SELECT (api.login('{"datos": {"email": "${desk.PEOPLE.area}", "password": "${desk.PASSWORD}"}}') -> 'user')::text;`],
        ['ticket_mesa', 'SELECT count(*), min(label) FROM api.dashboard;'],
        ['ticket_admin', 'SELECT count(*) FROM api.usuarios;'],
        ['postgres', "SELECT secreto FROM helpdesk.api_secreto; SELECT nspacl FROM pg_namespace WHERE nspname = 'api';"],
        ['postgres', "SELECT proname, proacl, proconfig FROM pg_proc WHERE pronamespace = 'api'::regnamespace ORDER BY 1;"],
    ]) {
        const answer = ask('otra', role, query);
        assert.equal(answer, ask('desk', role, query));
        assert.ok(answer.length > 5, answer);
    }
    assert.equal(ask('otra', 'postgres', 'SELECT count(*) FROM ticket_sm.fn_verificar();').trim(), 'SET\n0');
    assert.throws(() => ask('otra', 'web_anon', '\\set ON_ERROR_STOP on\nSELECT * FROM api.dashboard;'), /permission denied/);
    sh('dropdb -f otra');
});
