"""Plausible calls of every function of the schema ticket_sm, made from pg_proc."""

# Arguments by name, else by type; functions of other ways come first.
VALUES = {
    'nombre': "'Eva Ruiz'", 'email': "'ana@desk.example'", 'tipo': "'queja'", 'categoria': "'Correo'", 'descripcion': "'diez caracteres'",
    'prioridad': "'alta'", 'motivo': "'por que si'", 'nota': "'una nota'", 'respuesta': "'una respuesta'", 'mensaje': "'un mensaje'", 'calificacion': '4', 'calendario': "'CO'",
    'archivo': "'nota.txt'", 'contenido': "'una nota'::bytea", 'ticket_label': "'TK-2026-00001'", 'area': "'REDES'", 'desde': 'now()', 'hasta': "now() + interval '2 days'", 'duracion': "'3 hours'",
    'dias': '3', 'datos': """'{"nota": "en lote"}'""", 'esquema': "'m'", 'mesa': "'m'", 'anio': '2027', 'limite': '5', 'orden': "'limite'",
}
BY_TYPE = {'regclass': "'m.ticket'", 'name': "'m'", 'text': "'texto'", 'integer': '1', 'bigint': '0', 'json': "'{}'", 'jsonb': "'{}'", 'uuid': "'{2}'",
           'timestamp with time zone': 'now()', 'interval': "'1 hour'", 'ticket_sm.ticket_operation': "'actualizar'", 'name[]': "'{m_admin,m_mesa,m_area,m_publico}'",
           'regnamespace': "'m'", 'oid': "'m.bandeja'::regclass", 'ticket_sm.ticket_role': "'MESA'", 'uuid[]': "'{{1},{2},{3}}'", 'text[]': "'{NUEVO}'"}
# Which ticket an operation fits.
TICKET = {'asignar': 6, 'reabrir': 3, 'actualizar': 1}
SPECIAL = {
    'fn_ejecutar_lote': ["operacion => 'actualizar', tickets => '{{1},{2},{3}}', datos => '{\"nota\": \"en lote\"}'",
                         "operacion => 'asignar', tickets => '{{1},{6}}', datos => '{\"area\": \"REDES\"}', todo_o_nada => true"],
    'fn_verificar': ['', "'{2}'"], 'fn_bandeja': ['', "orden => 'limite', area => 'redes'"], 'fn_eventos': [''],
    'fn_crear_ticket': ["nombre => 'Eva Ruiz', email => 'eva@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'diez caracteres',"
                        " prioridad => 'media', area => 'REDES', clave_idempotencia => 'nueva'",
                        "nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'incidente', categoria => 'Red', descripcion => 'de la mesa',"
                        " prioridad => 'media', area => 'MESA', documento => '12345', telefono => '555', clave_idempotencia => 'de la mesa'"],
    'api_operar': ["""'actualizar', '{"ticket_id": "{2}", "datos": {"nota": "por json"}}', 'm'"""],
    'api_crear': ["""'{"datos": {"nombre": "Eva Ruiz", "email": "e@x.co", "tipo": "queja", "categoria": "Red", "descripcion": "diez caracteres", "prioridad": "alta"}}', 'm'"""],
    'api_consultar': ["""'{"datos": {"label": "TK-2026-00001", "email": "ana@desk.example"}}', 'm'"""],
    'api_responder': ["""'{"datos": {"label": "TK-2026-00001", "email": "ana@desk.example", "mensaje": "por json"}}', 'm'"""],
    'api_calificar': ["""'{"datos": {"label": "TK-2026-00001", "email": "ana@desk.example", "calificacion": 4, "comentario": "por json"}}', 'm'"""],
    'fn_adjuntar': ["'{2}', 'nota.txt', 'una nota'", "ticket_label => 'TK-2026-00001', email => 'ana@desk.example', archivo => 'mi nota.txt', contenido => 'mi nota'"],
    'fn_adjuntos': ["'{2}'", "ticket_label => 'TK-2026-00001', email => 'ana@desk.example'"], 'fn_adjunto': ["'{2}', '{2}'"],
    'api_adjuntos': ["""'{"ticket_id": "{2}"}', 'm'"""], 'api_adjunto': ["""'{"ticket_id": "{2}", "adjunto_id": "{2}"}', 'm'"""],
    'api_retirar_adjunto': ["""'{"ticket_id": "{2}", "adjunto_id": "{2}", "datos": {"motivo": "por que si"}}', 'm'"""],
    'api_ticket': ["""'{"ticket_id": "{2}"}', 'm'"""],
    'sla_restante': ["'m.ticket', '{2}', 2, 2, '1 hour', now(), NULL"], 'sla_tiempo': ["'m.ticket', 2, now(), now() + interval '1 day'"],
    'como_duenio': ["'m', 'SELECT 1'"], 'correr_guion': ["'SELECT 1'"], 'crear_mesa': ["'otra', 'm_admin', 'm_mesa', 'm_area', 'm_publico'"], 'crear_api': ["'api_m', 'm'"],
}
# What does not ask the desk, or takes long: called after one statement of many.
SELDOM = r'^(hoja_|concesiones|disparadores$|plantilla_|feriados_|api_(campo|texto|datos|error|doc_|openapi|guion)|crear_|actualizar_mesa|sembrar|conceder|poner_|rehacer|rellenar|pasos|forma_mesa|tg_|vistas_de|ahora)'

# By the owner, and by the others for whom fence.plain is set.
PLAIN_OWNER = [
    "UPDATE m.ticket SET asunto = 'directo' WHERE ticket_uuid = '{2}'", "UPDATE m.ticket SET estado = 'ASIGNADO', area = 'REDES' WHERE ticket_uuid = '{6}'",
    "UPDATE m.ticket SET asunto = 'todos'", "UPDATE m.ticket SET hash = '\\x00'", "DELETE FROM m.ticket", "DELETE FROM m.historial", "UPDATE m.historial SET nota = 'x'",
    "INSERT INTO m.ticket (solicitante_nombre, solicitante_email, tipo, categoria, descripcion, prioridad) VALUES ('Ana P', 'a@b', 'QUEJA', 'Red', 'diez caracteres', 'ALTA')",
    "UPDATE m.contador SET ultimo = ultimo", "INSERT INTO m.sla_politica (objetivo, tipo, horas, calendario) VALUES ('resolucion', 'QUEJA', 5, 'CO')",
    "INSERT INTO m.feriado VALUES ('CO', '2027-06-01', NULL, NULL, 'nuevo')", "UPDATE m.configuracion SET digitos = 6",
]
PLAIN_READ = ['SELECT count(*) FROM m.bandeja', 'SELECT count(*) FROM m.ticket', 'SELECT count(*) FROM m.historial', 'SELECT count(*) FROM m.agente',
              'SELECT count(tiempo_resolucion) FROM m.sla_tiempos']

FUNCTIONS = """
SELECT p.proname, p.pronargs - p.pronargdefaults, p.proargnames,
    ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(t, i) ORDER BY i)
FROM pg_proc p WHERE p.pronamespace = 'ticket_sm'::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'event_trigger'::regtype ORDER BY 1"""


def calls_of(functions, tickets):
    """(name, statement) of each; functions are rows of FUNCTIONS."""
    calls = []
    for name, needed, names, types in functions:
        variants = SPECIAL.get(name)
        if variants is None:
            operation = name.removeprefix('fn_')
            arguments = []
            for i, kind in enumerate(types):
                argument = names[i] if names and i < len(names) and names[i] else None
                if argument in ('version', 'agente_id') and i >= needed:
                    continue
                value = VALUES.get(argument) or BY_TYPE.get(kind, 'NULL')
                if argument == 'area' and operation == 'transferir':
                    value = "'SISTEMAS'"
                if kind == 'uuid':
                    value = f"'{{{TICKET.get(operation, 2)}}}'"
                if argument in VALUES and kind not in ('text', 'json', 'jsonb', 'name', 'integer', 'interval', 'timestamp with time zone'):
                    value = BY_TYPE.get(kind, 'NULL')
                if i >= needed and name.startswith('fn_') and argument not in VALUES:
                    continue
                arguments.append(f'{argument} => {value}' if argument else value)
            variants = [', '.join(arguments)]
        calls += [(name, f'SELECT * FROM ticket_sm.{name}({v})') for v in variants]

    def named(text):
        for number, uuid in tickets.items():
            text = text.replace(f'{{{number}}}', uuid)
        return text
    return [(name, named(text)) for name, text in calls]
