// The documented API as data: every operation with its path, its fields, who may
// call it and the keys of its answer.  The tests walk over it, and compare it
// with the OpenAPI document.

const OPERATED = ['message', 'ticketUuid', 'ticketLabel', 'estadoAnterior', 'estado', 'area', 'agenteId', 'prioridad',
    'fechaLimiteSla', 'version', 'actualizadoEn'];

const operation = (name, from, to, roles, fields, body) => ({
    name,
    method: 'POST',
    path: `/tickets/{ticket_id}/${name}`,
    from,
    to,
    roles,
    fields: { ...fields, version: { type: 'integer' } },
    body,
    keys: OPERATED,
});

const required = { type: 'string', required: true };
const text = { type: 'string' };
const uuid = { type: 'uuid' };
const DESK = ['admin', 'mesa'];
const AGENTS = ['admin', 'mesa', 'area'];
export const EVERYBODY = ['none', 'admin', 'mesa', 'area', 'otra'];

export const OPERATIONS = [
    operation('asignar', 'NUEVO', 'ASIGNADO', DESK, { agenteId: uuid, area: text, motivo: text },
        { agenteId: '00000000-0000-4000-8000-000000000003', area: 'redes', motivo: 'Es de redes.' }),
    operation('reasignar', 'ASIGNADO', 'ASIGNADO', AGENTS, { agenteId: uuid, motivo: text },
        { agenteId: '00000000-0000-4000-8000-000000000003', motivo: 'Ahora es de Vera.' }),
    operation('transferir', 'ASIGNADO', 'TRANSFERIDO', DESK, { nuevaArea: required, agenteId: uuid, motivo: required },
        { nuevaArea: 'SOPORTE', motivo: 'Es de soporte.' }),
    operation('reclasificar', 'ASIGNADO', 'RECLASIFICADO', DESK,
        { nuevoTipo: text, nuevaCategoria: text, nuevaSubcategoria: text, nuevaPrioridad: text, motivo: required },
        { nuevoTipo: 'queja', nuevaCategoria: 'Red', nuevaSubcategoria: 'Wifi', nuevaPrioridad: 'alta', motivo: 'Más exacto.' }),
    operation('pausar', 'ASIGNADO', 'PAUSADO', AGENTS, { motivo: required, hasta: { type: 'date-time' } }, { motivo: 'Falta una pieza.' }),
    operation('reabrir', 'PAUSADO', 'ASIGNADO', DESK, { motivo: required }, { motivo: 'Llegó la pieza.' }),
    operation('actualizar', 'ASIGNADO', 'ASIGNADO', AGENTS, { nota: text, respuesta: text },
        { nota: 'Se revisó.', respuesta: 'Estamos en ello.', estado: 'CANCELADO', prioridad: 7, area: ['X'] }),
    operation('corregir', 'ASIGNADO', 'ASIGNADO', ['admin'], { nombre: text, email: text, documento: text, telefono: text, empresaDepartamento: text, motivo: required },
        { email: 'rosa.diaz@example.com', documento: 'CC 77', motivo: 'Mal escrita.' }),
    operation('resolver', 'ASIGNADO', 'RESUELTO', AGENTS, { respuesta: text }, { respuesta: 'Se cambió el cable.' }),
    operation('cancelar', 'ASIGNADO', 'CANCELADO', AGENTS, { motivo: required }, { motivo: 'Duplicado.', rol: 'ADMIN' }),
    operation('archivar', 'ASIGNADO', 'ARCHIVADO', AGENTS, { motivo: required }, { motivo: 'Listo.' }),
];

// On two tickets at once: 29-links.test.mjs.
export const LINKS = [
    { name: 'vincular', path: '/tickets/{ticket_id}/vincular', roles: DESK, fields: { otroId: { type: 'uuid', required: true }, relacion: required, motivo: required }, keys: OPERATED },
    { name: 'desvincular', path: '/tickets/{ticket_id}/desvincular', roles: DESK, fields: { otroId: { type: 'uuid', required: true }, motivo: required, relacion: text }, keys: OPERATED },
];

export const CREATE = {
    name: 'crear',
    method: 'POST',
    path: '/tickets/crear',
    roles: EVERYBODY,
    fields: {
        nombre: required, email: required, tipo: required, categoria: required, descripcion: required,
        prioridad: required, documento: text, telefono: text, tieneWhatsapp: { type: 'boolean' },
        empresaDepartamento: text, subcategoria: text, asunto: text, areaAsignada: text, claveIdempotencia: text,
    },
    keys: ['ticketUuid', 'ticketLabel', 'estado', 'tipo', 'prioridad', 'slaHoras', 'fechaCreacion', 'fechaLimiteSla',
        'mensaje'],
};

export const REPLY = {
    name: 'responder',
    method: 'POST',
    path: '/tickets/responder',
    fields: { label: required, email: required, mensaje: required, claveIdempotencia: text },
    keys: ['message', 'ticketUuid', 'ticketLabel', 'estadoAnterior', 'estado', 'fecha'],
};

export const RATE = {
    name: 'calificar',
    method: 'POST',
    path: '/tickets/calificar',
    fields: { label: required, email: required, calificacion: { type: 'integer', required: true }, comentario: text },
    keys: REPLY.keys,
};

export const CONSULT = {
    name: 'consultar',
    path: '/tickets/consultar',
    fields: { label: required, email: required, conversacion: { type: 'boolean' }, antes: { type: 'integer' } },
    keys: ['ticketUuid', 'ticketLabel', 'ticketNum', 'estadoNombre', 'tipoSolicitud', 'categoria', 'subcategoria', 'asunto',
        'descripcionProblema', 'respuestaCliente', 'areaAsignada', 'prioridadNombre', 'solicitanteNombre',
        'solicitanteEmail', 'creadoEn', 'actualizadoEn', 'fechaLimiteSla', 'ultimaAccion', 'ultimaFechaHistorial',
        'ultimoMotivo', 'estadoAntes', 'estadoDespues', 'adjuntos'],
    private: ['solicitanteTel', 'documento', 'tieneWhatsapp', 'empresaDepartamento', 'ipRegistro', 'agenteId',
        'ultimoActorNombre', 'ultimoActorRol', 'ultimoComentario'],
};

export const LISTS = [
    {
        path: '/tickets/dashboard',
        roles: AGENTS,
        keys: ['ticket_uuid', 'label', 'categoria', 'correo', 'estado_code', 'prioridad_nom', 'area_asignada',
            'actualizado_en', 'sla_horas', 'horas_restantes', 'vencido', 'agente_id', 'agente'],
    },
    {
        path: '/tickets/dashboard-metricas',
        roles: AGENTS,
        keys: ['uuid', 'ticket_label', 'solicitante_nombre', 'solicitante_email', 'tipo_solicitud', 'categoria',
            'subcategoria', 'asunto', 'area_asignada', 'prioridad', 'sla_horas', 'estado', 'creado_en', 'actualizado_en',
            'fecha_limite_sla', 'horas_restantes_sla', 'sla_vencido', 'agente_id', 'agente'],
    },
    {
        path: '/auth/users',
        roles: ['admin'],
        keys: ['id', 'email', 'nombre', 'rol', 'area', 'telefono', 'is_active'],
    },
];

const flag = { type: 'boolean' };
export const LIST = {
    path: '/tickets',
    roles: AGENTS,
    fields: {
        estado: text, area: text, agenteId: uuid, mios: flag, sinAsignar: flag, prioridad: text, tipo: text, categoria: text,
        vencido: flag, venceEnHoras: { type: 'integer' }, solicitante: text, creadoDesde: text, creadoHasta: text, texto: text,
        cerrados: flag, orden: text, cursor: text, limite: { type: 'integer' }, total: flag,
    },
    keys: ['ticketUuid', 'ticketLabel', 'asunto', 'tipo', 'categoria', 'subcategoria', 'estado', 'prioridad', 'area', 'agenteId',
        'agenteNombre', 'solicitanteNombre', 'solicitanteEmail', 'creadoEn', 'actualizadoEn', 'resueltoEn', 'cerradoEn',
        'horasObjetivo', 'fechaLimiteSla', 'horasRestantes', 'pausado', 'vencido', 'incumplido', 'version'],
};

export const TICKET = {
    ticket: ['uuid', 'ticket_label', 'tipo_solicitud', 'categoria', 'subcategoria', 'asunto', 'descripcion_problema',
        'estado', 'prioridad', 'area_asignada', 'agente_id', 'agente', 'sla_horas', 'fecha_limite_sla', 'pausado_hasta', 'creado_en',
        'actualizado_en', 'respuesta_cliente', 'version', 'solicitante_nombre', 'solicitante_email', 'solicitante_tel',
        'tiene_whatsapp', 'documento', 'empresa_departamento', 'ip_registro'],
    solicitante: ['nombre', 'email', 'telefono', 'tieneWhatsapp', 'documento', 'empresaDepartamento'],
    historial: ['fecha', 'accion', 'motivo', 'comentario', 'actor_nombre', 'actor_rol', 'estado_antes', 'estado_despues',
        'area_antes', 'area_despues', 'prioridad_antes', 'prioridad_despues'],
    vinculos: ['relacion', 'ticketUuid', 'ticketLabel', 'asunto', 'estado', 'creadoEn'],
    duplicados: ['ticketLabel', 'fecha', 'autor', 'texto'],
    keys: ['ticket', 'solicitante', 'historial', 'historialCursor', 'acciones', 'vinculos', 'duplicados', 'adjuntos'],
};

const PAGE = { limite: { type: 'integer' }, cursor: { type: 'integer' } };

export const BATCH = {
    fields: { operacion: required, tickets: { type: 'array', required: true }, campos: { type: 'object' }, todoONada: { type: 'boolean' } },
    keys: ['resultados', 'hechos', 'rechazados'],
    each: ['ticketUuid', 'ticketLabel', 'hecho', 'estadoAnterior', 'estado', 'version', 'codigo', 'mensaje', 'detalle'],
};

export const EVENT = ['eventoId', 'ticketUuid', 'version', 'operacion', 'ocurridoEn', 'ticketLabel', 'estadoAntes', 'estado', 'tipo',
    'categoria', 'prioridad', 'area', 'agenteId', 'fechaLimiteSla'];

const USER = {
    email: text, nombre: text, password: text, rol: text, area: text, telefono: text, is_active: { type: 'boolean' },
};
export const USERS = {
    create: {
        ...USER, email: required, nombre: required, password: required, rol: required,
    },
    change: USER,
};

const PAGE_OF_NAMES = { limite: { type: 'integer' }, cursor: text };

// What a client builds its forms of: the keys of the answer, or of each element of it.
export const CATALOGUES = [
    {
        path: '/mesa',
        roles: EVERYBODY,
        keys: ['nombre', 'zonaHoraria', 'categorias', 'areas', 'tipos', 'prioridades', 'campos'],
    },
    { path: '/areas', roles: AGENTS, list: true, keys: ['nombre', 'activa'], fields: PAGE_OF_NAMES },
    { path: '/prioridades', roles: AGENTS, list: true, keys: ['nombre', 'slaHoras'], fields: PAGE_OF_NAMES },
    { path: '/tipos', roles: AGENTS, list: true },
    { path: '/agentes', roles: AGENTS, list: true, keys: ['id', 'nombre', 'email', 'rol', 'area'],
        fields: { area: text, limite: { type: 'integer' }, cursor: uuid } },
    { path: '/maquina', roles: AGENTS, keys: ['estados', 'operaciones'] },
    { path: '/auth/me', roles: AGENTS, keys: ['id', 'nombre', 'email', 'rol', 'area', 'exp'] },
];

// Files: the body that is sent is one (bytes), or the answer that comes.
const OF_REQUESTER = { label: required, email: required };
export const FILES = [
    { method: 'post', path: '/tickets/{ticket_id}/adjuntos', bytes: true, fields: { archivo: required, publico: flag, version: { type: 'integer' } }, roles: AGENTS },
    { method: 'post', path: '/tickets/adjuntos', bytes: true, fields: { ...OF_REQUESTER, archivo: required }, roles: EVERYBODY },
    { method: 'get', path: '/tickets/{ticket_id}/adjuntos', roles: AGENTS },
    { method: 'get', path: '/tickets/adjuntos', fields: OF_REQUESTER, roles: EVERYBODY },
    { method: 'get', path: '/tickets/{ticket_id}/adjuntos/{adjunto_id}', content: true, roles: AGENTS },
    { method: 'get', path: '/tickets/adjuntos/{adjunto_id}', content: true, fields: OF_REQUESTER, roles: EVERYBODY },
    { method: 'post', path: '/tickets/{ticket_id}/adjuntos/{adjunto_id}/retirar', fields: { motivo: required, version: { type: 'integer' } }, roles: ['admin'] },
];

export const OWN_PASSWORD = { passwordActual: required, passwordNueva: required };

export const LOGIN = { email: required, password: required };

// path -> methods -> {fields, roles}: what the OpenAPI document has to say.
export function documented() {
    const paths = { '/': { get: { roles: EVERYBODY } } };
    const add = (path, method, fields, roles, more) => {
        paths[path] ??= {};
        paths[path][method] = { fields, roles, ...more };
    };
    add(CREATE.path, 'post', CREATE.fields, EVERYBODY);
    add(REPLY.path, 'post', REPLY.fields, EVERYBODY);
    add(RATE.path, 'post', RATE.fields, ['none']);
    add(CONSULT.path, 'post', CONSULT.fields, EVERYBODY);
    add(CONSULT.path, 'get', CONSULT.fields, EVERYBODY);
    add('/tickets/{ticket_id}', 'get', PAGE, AGENTS);
    add('/tickets/lote', 'post', BATCH.fields, AGENTS);
    add('/eventos', 'get', PAGE, AGENTS);
    add(LIST.path, 'get', LIST.fields, LIST.roles);
    for (const list of LISTS) {
        add(list.path, 'get', undefined, list.roles);
    }
    for (const each of CATALOGUES) {
        add(each.path, 'get', each.fields, each.roles);
    }
    add('/auth/password', 'post', OWN_PASSWORD, AGENTS);
    for (const each of [...OPERATIONS, ...LINKS]) {
        add(each.path, 'post', each.fields, each.roles);
    }
    for (const { method, path, fields, roles, bytes, content } of FILES) {
        add(path, method, fields, roles, { bytes, content });
    }
    add('/auth/login', 'post', LOGIN, EVERYBODY);
    add('/auth/users', 'post', USERS.create, ['admin']);
    add('/auth/users/{id}', 'patch', USERS.change, ['admin']);
    add('/auth/users/{id}', 'delete', undefined, ['admin']);
    return paths;
}
