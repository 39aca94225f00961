// docs/add-an-operation.md, followed to the letter: its patch is applied to a
// copy of the checkout, which is built and installed into a stage of its own;
// then test/rest/run starts servers with that, and operation/*.mjs does the new
// operation over SQL and over HTTP.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const top = join(here, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'tsm-op.'));
const copy = join(scratch, 'checkout');
const stage = join(scratch, 'stage');
after(() => rmSync(scratch, { recursive: true, force: true }));

const page = readFileSync(join(top, 'docs', 'add-an-operation.md'), 'utf8');
const patch = page.match(/```diff\n([\s\S]*?)```/)[1];

function run(command, args) {
    const done = spawnSync(command, args, { cwd: copy, encoding: 'utf8' });
    assert.equal(done.status, 0, `${command} ${args.join(' ')}: ${done.error ?? ''}${done.stdout}${done.stderr}`);
    return done.stdout;
}

test('four places, besides what is for readers and tests', () => {
    const files = [...patch.matchAll(/^\+\+\+ b\/(\S+)/gm)].map((match) => match[1]);
    assert.ok(files.length <= 4, files.join(' '));
    assert.ok(files.every((name) => page.includes(`\n| \`${name}\` |`)), 'each of them is in the table of the page');
});

test('the patch of the page applies, and what it gives is built', () => {
    execFileSync('sh', ['-c', `mkdir "$1" && cd "$2" && tar -c --exclude=.git --exclude=node_modules --exclude='tmp_check*' \
        --exclude='*.so' --exclude='*.o' --exclude='*.bc' . | tar -x --no-same-owner -C "$1"`, 'sh', copy, top]);
    symlinkSync(join(here, 'node_modules'), join(copy, 'test', 'rest', 'node_modules'));
    writeFileSync(join(scratch, 'patch'), patch);
    const tool = ['patch', 'git'].find((name) => spawnSync(name, ['--version']).status === 0);
    assert.ok(tool, 'neither patch nor git is there');
    run(tool, tool === 'patch' ? ['-s', '-p1', '-i', join(scratch, 'patch')] : ['apply', join(scratch, 'patch')]);
    const config = `PG_CONFIG=${process.env.PG_CONFIG}`;
    run('make', ['-s', 'nginx']);
    run('make', ['-s', '-j2', 'with_llvm=no', 'COPT=-Werror', config]);
    run('make', ['-s', 'install', 'with_llvm=no', config, `DESTDIR=${stage}`]);
});

test('the operation works, over SQL and over HTTP', () => {
    const done = spawnSync(join(copy, 'test', 'rest', 'run'), [join(copy, 'test', 'rest', 'operation', 'escalar.mjs')],
        { encoding: 'utf8', env: { ...process.env, TSM_STAGE: stage } });
    assert.equal(done.status, 0, done.stdout + done.stderr);
    assert.match(done.stdout, /^[1-9]\d* passed, 0 failed$/m);
});
