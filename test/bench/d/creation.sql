-- One call of the extension.
SELECT ticket_uuid, ticket_label, fecha_creacion FROM ticket_sm.fn_crear_ticket(nombre => 'María Fernanda Rojas', email => 'maria@correo.example',
	telefono => '+57 300 555 0101', empresa_departamento => 'Contabilidad', tipo => 'INCIDENTE',
	categoria => 'Conectividad', subcategoria => 'VPN', asunto => 'La VPN rechaza mi contraseña',
	descripcion => 'Trabajo desde casa y la VPN responde «credenciales no válidas» desde el viernes. En el correo sí puedo entrar.',
	prioridad => 'ALTA', area => 'REDES');
