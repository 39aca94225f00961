/*
 * page.js
 *     Shows the document that the API gives to whoever is logged in, and tries
 *     its paths as that one.
 */

async function show(token) {
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const spec = await (await fetch('/api/', { headers })).json();

    /* (its onComplete is called for the first document of a page only) */
    const ui = window.SwaggerUIBundle({ spec: spec, dom_id: '#document', validatorUrl: null });

    if (token) {
        ui.preauthorizeApiKey('token', token);
    }
}

document.getElementById('login').addEventListener('submit', async (event) => {
    event.preventDefault();
    const body = JSON.stringify(Object.fromEntries(new FormData(event.target)));
    const reply = await (await fetch('/api/auth/login', { method: 'POST', body })).json();

    document.getElementById('who').textContent = reply.user ? `${reply.user.nombre}, ${reply.user.rol}` : reply.detail;
    if (reply.access_token) {
        show(reply.access_token);
    }
});

show(null);
