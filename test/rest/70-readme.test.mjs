// README's chapter "REST in five minutes": each command is run as printed, but
// for what installs packages, on another database and port.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '../..');
const chapter = readFileSync(join(top, 'README.md'), 'utf8').split('\n## REST in five minutes\n')[1].split('\n## ')[0];
const blocks = [...chapter.matchAll(/```sh\n([^]*?)```/g)].map((match) => match[1]);

const freePort = () => new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        server.close(() => resolve(String(port)));
    });
});

test('the commands of README', async () => {
    assert.equal(blocks.length, 2);
    const folder = mkdtempSync(join(process.env.TMPDIR ?? '/tmp', 'tsm-readme.'));
    const bin = dirname(process.env.REST_PSQL);
    const sh = (script) => execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, PGDATABASE: 'postgres' },
    });
    const port = await freePort();
    const script = blocks.join('').replace(/^(sudo|scripts\/fetch) .*\n/gm, '').replaceAll('8080', port);
    try {
        symlinkSync(join(top, 'rest'), join(folder, 'rest'));
        // of this cluster the other tests have made the roles already
        sh('createdb mydb && psql -q -d mydb -c "CREATE EXTENSION ticket_sm"');
        const output = sh(script);
        assert.match(output, /"ticketLabel" : "TK-20\d\d-00001", "estado" : "NUEVO"/);
        assert.match(output, /"estadoAnterior" : "NUEVO", "estado" : "ASIGNADO"/);
        const shown = chapter.match(/```\n(\{"code":"PT409"[^]*?)```/)[1].trim().replaceAll('\n', ' ').replace(/TK-\d+-\d+/g, 'TK');
        assert.ok(output.replace(/TK-\d+-\d+/g, 'TK').includes(shown), `README shows ${shown}, but:\n${output}`);
        assert.match(output, /"historial" : \[\{/);
    } finally {
        sh('rest/serve stop desk-api || :; dropdb -f mydb');
        rmSync(folder, { recursive: true });
    }
});
