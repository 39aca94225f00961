// What differs from run to run, made plain: identities, times, tokens, hashes.

const START = Date.parse(`${process.env.CONTRACT_CLOCK.replace(' ', 'T')}Z`);
const LONGEST = 600;            // seconds that a run may take

const FIXED = /^(00000000-|123e4567-)/;    // the tests' own, and the one that an error gives as an example

const names = new Map();

// This uuid and this label are written by the name from now on.
export function named(name, id, label) {
    names.set(id, `<${name}>`);
    if (label) {
        names.set(label, `<label of ${name}>`);
    }
}

const began = Date.now();

export function checkTime() {
    if (Date.now() - began > (LONGEST - 30) * 1000) {
        throw new Error('the machine is too slow: the times in the record are not what they should be');
    }
}

// Hours and quarters of an hour, if that is what it is, give or take the run.
function quarters(seconds, direction) {
    const n = direction > 0 ? Math.floor(seconds / 900) : Math.ceil(seconds / 900);
    return Math.abs(seconds - n * 900) < LONGEST ? n / 4 : undefined;
}

// The desk's clock was set to START when the run began.
function time(text) {
    const hours = quarters((Date.parse(text) - START) / 1000, 1);
    return hours === undefined ? text : hours === 0 ? '<now>' : `<now ${hours > 0 ? '+' : '-'} ${Math.abs(hours)} h>`;
}

// What is left of a target is less by the run, what has passed is more.
function span(text) {
    const [, sign, hours, minutes, seconds] = text.match(/^(-?)(\d+):(\d\d):(\d\d\.\d+)$/);
    const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    const near = quarters(total, -1) ?? quarters(total, 1);
    return near === undefined ? text : `<about ${sign}${near} h>`;
}

// A text.
export function plain(text) {
    return text
        .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '<token>')
        .replace(/\\x[0-9a-f]{64}\b/g, '<hash>')
        .replace(/\\x[0-9a-f]{32}\b/g, '<salt>')
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => names.get(id) ?? (FIXED.test(id) ? id : '<uuid>'))
        .replace(/[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}/g, (id) => names.get(id.toLowerCase())?.toUpperCase() ?? id)
        .replace(/\bTK-\d{4,}-\d{5}\b/g, (label) => names.get(label) ?? (label.startsWith('TK-2024-') ? '<label>' : label))
        .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00/g, time)
        .replace(/-?\d+:\d\d:\d\d\.\d+\b/g, span);
}

const SPECIAL = {
    horas_restantes: (value) => hours(value),
    horas_restantes_sla: (value) => hours(value),
    ticketNum: (value) => (Number.isInteger(value) ? '<number of the label>' : value),
    evento_id: (value) => (Number.isInteger(value) ? '<ascending>' : value),
    cursor: (value) => (typeof value === 'string' ? '<cursor>' : value),
};

function hours(value) {
    const near = Math.ceil(value * 4) / 4;
    return typeof value === 'number' && near - value < LONGEST / 3600 ? `<about ${near}>` : value;
}

function plainly(value, key) {
    if (typeof value === 'string' && !(key in SPECIAL)) {
        return plain(value);
    }
    if (key in SPECIAL) {
        return SPECIAL[key](value);
    }
    if (Array.isArray(value)) {
        return value.map((inner) => plainly(inner));
    }
    if (value !== null && typeof value === 'object') {
        return Object.fromEntries(Object.entries(value).map(([name, inner]) => [plain(name), plainly(inner, name)]));
    }
    return value;
}

// A JSON value in lines: a key each, rows of lists and errors as they are.
export function tell(value, indent) {
    return lines(plainly(value), indent);
}

function lines(value, indent) {
    if (Array.isArray(value)) {
        return value.length === 0 ? [`${indent}[]`] : value.map((row) => `${indent}- ${JSON.stringify(row)}`);
    }
    if (typeof value?.code === 'string') {
        return [`${indent}${refusal(value)}`];
    }
    if (value === null || typeof value !== 'object') {
        return [`${indent}${JSON.stringify(value)}`];
    }
    return Object.entries(value).flatMap(([key, inner]) => (inner !== null && typeof inner === 'object'
        ? [`${indent}${key}:`, ...lines(inner, `${indent}    `)] : [`${indent}${key}: ${JSON.stringify(inner)}`]));
}

// An error: code, message, details, hint; over HTTP also detail, which says the
// same in sentences and is told where it does not.
function refusal({ code, message, details, hint, errores, ...more }) {
    const sentences = [message, details, hint].filter(Boolean)
        .map((text) => text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.')).join(' ');
    const rest = more.detail === sentences && Object.keys(more).length === 1 ? '; detail alike' : JSON.stringify(more);
    const told = (text) => (text === undefined ? 'no such key' : JSON.stringify(text));
    return `error ${code} ${told(message)}, ${told(details)}, ${told(hint)}${rest === '{}' ? '' : rest}${faults(errores, message)}`;
}

// All that is wrong with a form, unless the error itself says it.
function faults(errores, message) {
    if (errores === undefined || (errores.length === 1 && message.includes(`"${errores[0].campo}"`))) {
        return '';
    }
    return `; errores ${errores.map(({ campo, codigo }) => `${campo} ${codigo}`).join(', ')}`;
}
