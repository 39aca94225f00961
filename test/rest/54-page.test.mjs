// The page that shows the document: served by nginx beside the API, and nothing
// else of that folder's neighbours.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as desk from './lib.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../rest/docs');

test('the page and its script, as what they are', async () => {
    for (const [path, file, type] of [['/docs/', 'index.html', 'text/html'], ['/docs/index.html', 'index.html', 'text/html'],
        ['/docs/page.js', 'page.js', 'text/javascript']]) {
        const answer = await desk.get(path);
        assert.equal(answer.status, 200, path);
        assert.equal(answer.headers['content-type'], type);
        assert.equal(answer.headers['x-content-type-options'], 'nosniff');
        assert.match(answer.headers['content-security-policy'], /^default-src 'self';.* frame-ancestors 'none'$/);
        assert.ok(!('access-control-allow-origin' in answer.headers));
        assert.equal(answer.text, readFileSync(join(folder, file), 'utf8'));
    }
});

test('what it loads is of the package that the lock pins', () => {
    const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
    const loaded = [...readFileSync(join(folder, 'index.html'), 'utf8').matchAll(/(?:src|href)="([^"]+)"/g)].map((found) => found[1]);
    assert.deepEqual(loaded.filter((path) => path !== 'page.js' && path !== 'data:,').map((path) => path.replace(/\/[^/]+$/, '')),
        ['node_modules/swagger-ui-dist', 'node_modules/swagger-ui-dist']);
    assert.ok(packages['node_modules/swagger-ui-dist'].integrity.startsWith('sha512-'));
});

test('nothing beside it', async () => {
    for (const path of ['/docs/nothing', '/docs/../api.js', '/docs/%2e%2e/api.js', '/docs../api.js', '/docs/..%2fnginx.conf', '/docs']) {
        desk.refused(await desk.get(path), 404);
    }
    desk.refused(await desk.post('/docs/', {}), 405);
});
