/*
 * api.js
 *     Carries a request of the documented API to PostgREST and the answer back.
 *
 * nginx.conf says what a path means; here the body is wrapped, together with
 * the id of the path, into the one JSON object that the functions of the
 * exposed schema take, and errors get the member "detail".  Nothing of
 * PostgREST's status line and headers is passed on but what is named below.
 */

/* The lists, and the column that tells the rows of each apart. */
const LISTS = { dashboard: 'ticket_uuid', dashboard_metricas: 'uuid', usuarios: 'id' };

/* The headers that somebody reads: no other one of a client's gets beyond nginx. */
const HEADERS = ['Authorization', 'Host', 'Idempotency-Key', 'Prefer'];

/* Statuses that PostgREST 12 gets wrong, where no function could do it. */
const STATUS_OF_CODE = {
    '40P01': 409, '55006': 409, '55P03': 423, '57014': 504, 'P0002': 400
};

/* What nginx itself refuses. */
const REFUSALS = {
    400: ['bad request', 'The request is not well-formed HTTP.'],
    404: ['no such path', 'The API has no such path.'],
    405: ['method not allowed', null],
    408: ['request timeout', 'The request did not arrive in time.'],
    413: ['request too large', null],
    414: ['address too long', 'The address and its parameters are too long.'],
    423: ['locked', 'Too many requests are waiting for this ticket; try again.'],
    429: ['too many requests', null],
    502: ['no answer from the API server', 'It may be starting; try again.'],
    503: ['service unavailable', 'Try again later.'],
    504: ['no answer in time', 'The API server did not answer in time.']
};

const PREFLIGHT = {
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, Idempotency-Key, Prefer, Accept, Accept-Profile,'
        + ' Content-Profile, X-Client-Info, Apikey',
    'Access-Control-Max-Age': '86400'
};

async function serve(r) {
    const methods = r.variables.ticket_sm_methods;
    const name = r.variables.ticket_sm_function;

    if (methods === '') {
        return fail(r, 404);
    }
    if (r.method === 'OPTIONS') {
        return preflight(r, methods);
    }
    if (name === '') {
        r.headersOut.Allow = `${methods}, OPTIONS`;
        return fail(r, 405, `The methods of this path: ${methods}, OPTIONS.`);
    }

    const odd = HEADERS.find((header) => /[^\x20-\x7e]/.test(r.headersIn[header] || ''));
    if (odd !== undefined) {
        return fail(r, 400, `The header "${odd}" has a character that is not printable ASCII.`, 'invalid header');
    }

    if (!goodQuery(r)) {
        return fail(r, 400, 'The parameters of the address are not valid UTF-8, or hold a NUL.', 'invalid parameters');
    }

    let reply;
    if (LISTS[name] !== undefined) {
        reply = await r.subrequest(`/_ticket_sm/${name}`, { method: 'GET', args: listArgs(r, LISTS[name]) });
        return answer(r, reply);
    }
    if (name === 'openapi') {
        reply = await r.subrequest('/_ticket_sm/', { method: 'GET' });
        return answer(r, reply);
    }

    /* worked out once, here: what comes next has another address */
    const file = /^adjunt(o|ar)(_publico)?$/.test(name) ? r.variables.ticket_sm_peticion : '';
    if (file !== '' && r.method !== 'POST') {
        return r.internalRedirect(`/_ticket_sm_content/rpc/${name}`);
    }
    if (file !== '') {
        reply = await r.subrequest(`/_ticket_sm_file/rpc/${name}`, { method: 'POST' });
        return answer(r, reply);
    }

    const body = r.method === 'GET' || r.method === 'HEAD' ? query(r) : jsonBody(r);
    if (body === null) {
        return;
    }
    const id = r.variables.ticket_sm_id;
    const key = name.endsWith('_usuario') ? 'id' : 'ticket_id';
    reply = await r.subrequest(`/_ticket_sm${name === 'login' ? '_login' : ''}/rpc/${name}`, {
        method: 'POST',
        body: `{"datos":${body}${member(key, id)}${member('adjunto_id', r.variables.ticket_sm_file)}}`
    });
    answer(r, reply);
}

/* One more member of an object, if it has a value. */
function member(key, value) {
    return value === '' ? '' : `,"${key}":${JSON.stringify(value)}`;
}

/*
 * What belongs to a file: the parameters of the address, and what the client says that
 * it is.  It goes into a header too, so in ASCII.
 */
function fileRequest(r) {
    const datos = {};

    Object.keys(r.args).forEach((name) => {
        const value = r.args[name];

        /* those that are no texts */
        datos[name] = name === 'publico' && /^(true|false)$/.test(value) ? value === 'true'
            : name === 'version' && /^-?[0-9]{1,18}$/.test(value) ? Number(value) : value;
    });
    if (r.variables.ticket_sm_function.startsWith('adjuntar') && /^[\x20-\x7e]+$/.test(r.headersIn['Content-Type'] || '')) {
        datos.tipoContenido = r.headersIn['Content-Type'];
    }
    return `{"datos":${JSON.stringify(datos)}${member('ticket_id', r.variables.ticket_sm_id)}`
        .replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
        + `${member('adjunto_id', r.variables.ticket_sm_file)}}`;
}

/*
 * The body, as it came, once it is known to be one JSON object: it is put into
 * another one.
 */
function jsonBody(r) {
    const bytes = r.requestBuffer;

    if (bytes === undefined || bytes.length === 0) {
        return '{}';
    }
    const text = utf8(bytes);
    if (text === null) {
        return fail(r, 400, 'The body is not valid UTF-8.', 'invalid body');
    }
    let value;
    try {
        value = JSON.parse(text);
    } catch (e) {
        return fail(r, 400, 'The body is not valid JSON.', 'invalid body');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return fail(r, 400, 'The body must be a JSON object.', 'invalid body');
    }
    const field = halfACharacter(text);
    if (field !== null) {
        return fail(r, 400, 'A "\\ud800" to "\\udfff" without its other half is no character.',
            `field "${field}" contains half a character`);
    }
    return text;
}

/*
 * The first field of a body with half a character in it, null if there is none:
 * PostgREST would say no more than that it is no JSON.  What stands for such a
 * half meanwhile is a code that no character has.
 */
function halfACharacter(text) {
    let found = false;

    if (!/\\u[Dd][89A-Fa-f]/.test(text)) {
        return null;
    }
    const marked = text.replace(/\\(u[Dd][89ABab]..\\u[Dd][C-Fc-f]..|u[Dd][89A-Fa-f]..|[\s\S])/g, (escape) => {
        if (escape.length !== 6) {
            return escape;
        }
        found = true;
        return '\uffff';
    });
    if (!found) {
        return null;
    }
    const value = JSON.parse(marked);
    const field = Object.keys(value).find((key) => (key + JSON.stringify(value[key])).indexOf('\uffff') >= 0);
    return field === undefined ? '?' : field.replace(/\uffff/g, '?');
}

/* The text that these bytes are; null if they are none. */
function utf8(bytes) {
    const text = bytes.toString('utf8');

    return Buffer.compare(Buffer.from(text, 'utf8'), bytes) === 0 ? text : null;
}

/* Are the parameters a text, and what they spell by percent signs? */
function goodQuery(r) {
    const args = utf8(r.rawVariables.args || Buffer.from(''));

    if (args === null || /%00/.test(args)) {
        return false;
    }
    try {
        (args.match(/(%[89a-f][0-9a-f])+/gi) || []).forEach(decodeURIComponent);
    } catch (e) {
        return false;
    }
    return true;
}

/*
 * The parameters of a list.  Rows that are alike in what the list is ordered by come
 * in another order for every page, so that one is on two pages and another on none:
 * whatever order says, it ends in the key.
 */
function listArgs(r, key) {
    return (r.variables.args || '').split('&')
        .map((arg) => (/^(o|%6[Ff])(r|%72)(d|%64)(e|%65)(r|%72)=./.test(arg) ? `${arg},${key}` : arg))
        .join('&');
}

/* Parameters of the query as a body. */
function query(r) {
    const args = {};

    Object.keys(r.args).forEach((name) => {
        args[name] = r.args[name];
    });
    return JSON.stringify(args);
}

function preflight(r, methods) {
    Object.keys(PREFLIGHT).forEach((name) => {
        r.headersOut[name] = PREFLIGHT[name];
    });
    r.headersOut['Access-Control-Allow-Methods'] = `${methods}, OPTIONS`;
    r.headersOut.Allow = `${methods}, OPTIONS`;
    r.return(204);
}

/* Pass PostgREST's answer on. */
function answer(r, reply) {
    if (reply.status >= 400) {
        return passError(r, reply);
    }
    if (LISTS[r.variables.ticket_sm_function] !== undefined) {
        r.headersOut['Content-Range'] = reply.headersOut['Content-Range'];
    }
    r.headersOut['Content-Type'] = 'application/json; charset=utf-8';
    r.return(reply.status, reply.responseBuffer);
}

function passError(r, reply) {
    let error;
    try {
        error = JSON.parse(reply.responseText);
    } catch (e) {
        return fail(r, reply.status);
    }
    if (typeof error !== 'object' || error === null || typeof error.message !== 'string') {
        return fail(r, reply.status);
    }
    const status = statusOf(error, reply.status);
    if (status === 401) {
        r.headersOut['WWW-Authenticate'] = 'Bearer';
    }
    if (status === 429) {
        r.headersOut['Retry-After'] = '60';
    }
    const told = faults(error.details);
    send(r, status, String(error.code), error.message, told.details, error.hint, told.list);
}

/*
 * All that is wrong with a form stands in the last line of the details, as
 * PostgREST carries no more members than those of an error.
 */
function faults(details) {
    const found = typeof details === 'string' ? details.match(/^([\s\S]*?)\n?errores: (\[[^\n]*\])$/) : null;

    if (found === null) {
        return { details: details };
    }
    let list;
    try {
        list = JSON.parse(found[2]);
    } catch (e) {
        return { details: details };
    }
    return {
        details: found[1],
        list: list.map((each) => ({
            campo: each.campo, codigo: each.codigo, mensaje: sentences(each.message, each.details, each.hint)
        }))
    };
}

function statusOf(error, status) {
    /* signed with our key, but for a role that is gone or not ours to take */
    if ((error.code === '22023' && /^role ".*" does not exist$/.test(error.message))
        || (error.code === '42501' && error.message.startsWith('permission denied to set role'))) {
        return 401;
    }
    return STATUS_OF_CODE[error.code] || status;
}

/* An error of our own; returns null. */
function fail(r, status, detail, message) {
    const known = REFUSALS[status] || ['request refused', null];

    send(r, status, `HTTP${status}`, message || known[0], detail || known[1], null);
    return null;
}

function send(r, status, code, message, details, hint, list) {
    const error = {
        code: code,
        message: message,
        details: details || null,
        hint: hint || null,
        detail: sentences(message, details, hint)
    };

    if (list) {
        error.errores = list;
    }
    r.headersOut['Content-Type'] = 'application/json; charset=utf-8';
    r.return(status, JSON.stringify(error));
}

function sentences(message, details, hint) {
    return [message, details, hint].filter((part) => typeof part === 'string' && part !== '').map(sentence).join(' ');
}

function sentence(text) {
    const start = text.charAt(0).toUpperCase() + text.slice(1);

    return /[.!?]$/.test(start) ? start : `${start}.`;
}

/* error_page: PostgREST has refused a file.  Its reasons went by, so it is asked again. */
async function refuseFile(r) {
    const reply = await r.subrequest(`/_ticket_sm_file_error/rpc/${r.variables.ticket_sm_function}`, { method: 'POST' });

    if (reply.status >= 400) {
        return passError(r, reply);
    }
    fail(r, 503);
}

/* error_page: nginx has refused, and $status says why. */
function refuse(r) {
    const status = Number(r.variables.status);

    if (status === 429) {
        const seconds = r.variables.ticket_sm_retry_after;

        r.headersOut['Retry-After'] = seconds;
        return fail(r, 429, `Too many of these requests come from this address; try again in ${seconds} s.`);
    }
    if (status === 413) {
        /* by now the address is another one */
        const most = /^(\/api)?\/tickets\/([^/]+\/)?adjuntos($|\?)/.test(r.variables.request_uri) ? '10 MiB' : '512 kB';

        return fail(r, 413, `At most ${most} are allowed.`);
    }
    /* nginx's own: a header too large, plain HTTP on a TLS port */
    fail(r, status >= 494 && status <= 497 ? 400 : status);
}

export default { serve, refuse, refuseFile, fileRequest };
