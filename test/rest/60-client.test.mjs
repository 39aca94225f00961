// A real client: @supabase/postgrest-js, on the documented paths.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { PostgrestClient } from '@supabase/postgrest-js';
import * as desk from './lib.mjs';

let token;
before(async () => {
    token = await desk.tokens();
});

const client = (who) => new PostgrestClient(`${desk.BASE}/api`, {
    headers: token[who] ? { Authorization: `Bearer ${token[who]}` } : {},
});

test('postgrest-js: a ticket from its creation to its end', async () => {
    const created = await client('none').from('tickets/crear').insert(desk.REQUEST).select();
    assert.equal(created.error, null);
    assert.equal(created.status, 201);
    const { ticketUuid, ticketLabel } = created.data;

    const operate = async (who, operation, body) => {
        const { data, error } = await client(who).from(`tickets/${ticketUuid}/${operation}`).insert(body).select();
        assert.equal(error, null, JSON.stringify(error));
        return data.estado;
    };
    assert.equal(await operate('mesa', 'asignar', { agenteId: desk.AGENTS.area }), 'ASIGNADO');
    assert.equal(await operate('area', 'pausar', { motivo: 'Falta una pieza.' }), 'PAUSADO');
    assert.equal(await operate('mesa', 'reabrir', { motivo: 'Llegó.' }), 'ASIGNADO');
    assert.equal(await operate('area', 'resolver', { respuesta: 'Arreglado.' }), 'RESUELTO');

    const asked = await client('none').from('tickets/consultar').select().eq('label', ticketLabel);
    assert.equal(asked.status, 400);    // eq.TK-... is PostgREST's filter, and there is no email
    const told = await client('none').from('tickets/consultar').insert({ label: ticketLabel, email: desk.REQUEST.email }).select();
    assert.equal(told.data.respuestaCliente, 'Arreglado.');
});

test('postgrest-js: lists with filter, order and limit', async () => {
    await desk.newTicket({ prioridad: 'ALTA' });
    const { data, error, count } = await client('mesa').from('tickets/dashboard')
        .select('label, prioridad_nom, vencido', { count: 'exact' }).eq('prioridad_nom', 'ALTA').order('label').limit(1);
    assert.equal(error, null);
    assert.deepEqual(Object.keys(data[0]), ['label', 'prioridad_nom', 'vencido']);
    assert.ok(count >= 1);
});

test('postgrest-js: errors as objects', async () => {
    const { error, status } = await client('area').from(`tickets/${desk.NOBODY}/asignar`).insert({});
    assert.equal(status, 403);
    assert.equal(error.code, '42501');
    assert.equal(error.message, 'operation not allowed');
    assert.match(error.details, /AREA/);
    const stale = await client('mesa').from(`tickets/${await desk.ticketIn('ASIGNADO', token.mesa)}/pausar`)
        .insert({ motivo: 'Falta.', version: 1 });
    assert.equal(stale.status, 412);
    assert.equal(stale.error.code, 'PT412');
});

test('postgrest-js: users', async () => {
    const made = await client('admin').from('auth/users').insert({
        email: 'cliente@desk.example', nombre: 'Cliente', password: 'clave-1', rol: 'MESA',
    }).select();
    assert.equal(made.status, 201, JSON.stringify(made.error));
    const changed = await client('admin').from(`auth/users/${made.data.id}`).update({ telefono: '300' }).select();
    assert.equal(changed.error, null);
    const gone = await client('admin').from(`auth/users/${made.data.id}`).delete();
    assert.equal(gone.status, 200);
    const { data } = await client('admin').from('auth/users').select('telefono, is_active').eq('email', 'cliente@desk.example');
    assert.deepEqual(data, [{ telefono: '300', is_active: false }]);
});
