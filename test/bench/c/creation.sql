-- One call of a plpgsql function.
SELECT * FROM plpg.crear('María Fernanda Rojas', 'maria@correo.example', '+57 300 555 0101', 'Contabilidad', 'INCIDENTE',
	'Conectividad', 'VPN', 'La VPN rechaza mi contraseña',
	'Trabajo desde casa y la VPN responde «credenciales no válidas» desde el viernes. En el correo sí puedo entrar.',
	'ALTA', 'REDES');
