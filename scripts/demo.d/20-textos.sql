-- What the people of the demo say: a catalogue of requests, who sends them,
-- and the phrases of the agents.  {sede} is replaced by the name of a site.

CREATE TABLE demo.caso (
	caso		integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	area		text NOT NULL,		-- which ought to solve it
	tipo		text NOT NULL,
	prioridad	text NOT NULL,
	categoria	text NOT NULL,
	subcategoria text,
	asunto		text NOT NULL,
	descripcion	text NOT NULL
);

INSERT INTO demo.caso (area, tipo, prioridad, categoria, subcategoria, asunto, descripcion) VALUES
-- REDES
('REDES', 'INCIDENTE', 'CRITICA', 'Conectividad', 'Enlace principal', 'Sede {sede} sin internet',
 'Desde las primeras horas no hay internet en la sede {sede}. El equipo del proveedor tiene la luz roja encendida y ya lo reiniciamos dos veces. No podemos atender al público.'),
('REDES', 'INCIDENTE', 'URGENTE', 'Conectividad', 'WiFi', 'WiFi intermitente en {sede}',
 'La red inalámbrica se cae cada diez minutos en el segundo piso de {sede}. Con cable sí funciona. Afecta a unas quince personas.'),
('REDES', 'INCIDENTE', 'ALTA', 'VPN', 'Acceso remoto', 'La VPN rechaza mi contraseña',
 'Trabajo desde casa y la VPN responde «credenciales no válidas» desde que cambié la contraseña el viernes. En el correo sí puedo entrar.'),
('REDES', 'SOLICITUD', 'MEDIA', 'VPN', 'Acceso remoto', 'Acceso a la VPN para personal nuevo',
 'Ingresan dos analistas a {sede} y van a trabajar tres días por semana desde su casa. Solicito acceso a la VPN para ambos; adjunto la autorización de la jefatura.'),
('REDES', 'INCIDENTE', 'ALTA', 'Telefonía', 'Extensiones', 'Las extensiones de {sede} no reciben llamadas',
 'Podemos llamar hacia afuera, pero quien llama a las extensiones de {sede} escucha tono de ocupado. Empezó después del corte de energía.'),
('REDES', 'SOLICITUD', 'BAJA', 'Cableado', 'Punto de red', 'Nuevo punto de red en sala de reuniones',
 'Necesitamos un punto de red adicional en la sala de reuniones de {sede} para el equipo de videoconferencia. No es urgente, pero antes del próximo comité.'),
('REDES', 'INCIDENTE', 'MEDIA', 'Conectividad', 'Lentitud', 'Internet muy lento por las tardes',
 'Entre las dos y las cuatro de la tarde las páginas tardan más de un minuto en abrir en {sede}. Hicimos la prueba de velocidad y da menos de 2 Mbps.'),
('REDES', 'CONSULTA', 'BAJA', 'WiFi', 'Invitados', '¿Cómo conecto a un visitante a la red?',
 'Mañana nos visita la auditoría externa. ¿Qué red pueden usar y quién entrega la clave de invitados en {sede}?'),
('REDES', 'INCIDENTE', 'URGENTE', 'Seguridad', 'Cortafuegos', 'Bloqueada la página de la entidad bancaria',
 'El navegador muestra «sitio bloqueado por política» al entrar al portal del banco. Tesorería no puede aprobar los pagos de hoy.'),
('REDES', 'QUEJA', 'MEDIA', 'Conectividad', 'WiFi', 'Tercera vez que se cae el WiFi este mes',
 'Es la tercera vez en el mes que nos quedamos sin WiFi en {sede} y cada vez nos dicen que ya quedó solucionado. Solicito una revisión de fondo.'),
-- SISTEMAS
('SISTEMAS', 'INCIDENTE', 'CRITICA', 'Aplicaciones', 'ERP', 'El ERP no deja iniciar sesión',
 'A nadie de contabilidad le abre el ERP: aparece «error de conexión con la base de datos». Hoy es cierre de mes.'),
('SISTEMAS', 'INCIDENTE', 'ALTA', 'Correo', 'Buzón lleno', 'No recibo correos desde ayer',
 'Los clientes me dicen que sus mensajes rebotan con la nota «buzón lleno». Ya borré los elementos eliminados y sigue igual.'),
('SISTEMAS', 'SOLICITUD', 'MEDIA', 'Cuentas', 'Alta de usuario', 'Alta de usuario para nueva funcionaria',
 'El lunes ingresa una funcionaria a {sede}. Requiere correo, carpeta compartida del área y acceso de lectura al sistema de gestión documental.'),
('SISTEMAS', 'SOLICITUD', 'ALTA', 'Cuentas', 'Contraseñas', 'Restablecer contraseña bloqueada',
 'Bloqueé mi usuario por intentar tres veces con la contraseña anterior. Necesito ingresar antes de las diez para la nómina.'),
('SISTEMAS', 'INCIDENTE', 'MEDIA', 'Equipos', 'Impresoras', 'La impresora del segundo piso atasca el papel',
 'La impresora de {sede} atasca el papel en la bandeja 2 cada cinco hojas. Ya retiramos el papel atascado como indica el instructivo.'),
('SISTEMAS', 'INCIDENTE', 'ALTA', 'Equipos', 'Portátiles', 'Portátil no enciende',
 'El portátil asignado no enciende ni conectado al cargador. La luz de carga queda en naranja. Tengo en él la presentación de mañana.'),
('SISTEMAS', 'SOLICITUD', 'BAJA', 'Equipos', 'Periféricos', 'Segundo monitor para puesto de trabajo',
 'Solicito un segundo monitor para el puesto de diseño en {sede}. La jefatura ya lo aprobó en el presupuesto de este trimestre.'),
('SISTEMAS', 'INCIDENTE', 'URGENTE', 'Seguridad', 'Correo sospechoso', 'Recibí un correo que parece fraude',
 'Me llegó un correo que dice ser de la gerencia y pide comprar tarjetas de regalo. No abrí el enlace, pero dos compañeros de {sede} sí lo hicieron.'),
('SISTEMAS', 'INCIDENTE', 'MEDIA', 'Aplicaciones', 'Gestión documental', 'No se adjuntan archivos de más de 5 MB',
 'Al radicar un documento escaneado de más de 5 MB el sistema se queda pensando y luego cierra la sesión. Antes aceptaba hasta 20 MB.'),
('SISTEMAS', 'PETICION', 'MEDIA', 'Aplicaciones', 'Informes', 'Informe de tickets por dependencia',
 'Solicito un informe mensual de los casos atendidos por dependencia, con tiempo promedio de solución, para el comité de gestión.'),
('SISTEMAS', 'SUGERENCIA', 'BAJA', 'Aplicaciones', 'Portal', 'Que el portal recuerde mi sede',
 'Cada vez que registro una solicitud debo escoger de nuevo la sede. Sería útil que el portal recuerde la última que usé.'),
('SISTEMAS', 'CONSULTA', 'BAJA', 'Licencias', 'Ofimática', '¿Puedo instalar la suite ofimática en casa?',
 'Quisiera saber si la licencia de la organización me permite instalar la suite ofimática en mi computador personal para teletrabajo.'),
('SISTEMAS', 'INCIDENTE', 'MEDIA', 'Archivos', 'Carpeta compartida', 'Desapareció una carpeta compartida',
 'La carpeta «Contratos vigentes» ya no aparece en la unidad compartida de {sede}. Ayer por la tarde todavía estaba.'),
-- FACTURACION
('FACTURACION', 'RECLAMO', 'ALTA', 'Cobros', 'Cobro duplicado', 'Me cobraron dos veces la misma factura',
 'El débito automático de este mes aparece dos veces en mi extracto, con el mismo valor y el mismo día. Solicito la devolución de uno de los cobros.'),
('FACTURACION', 'RECLAMO', 'MEDIA', 'Cobros', 'Valor errado', 'La factura no corresponde a mi plan',
 'Contraté el plan básico y la factura trae el valor del plan empresarial. Adjunto el contrato firmado en la sede {sede}.'),
('FACTURACION', 'SOLICITUD', 'MEDIA', 'Documentos', 'Copia de factura', 'Copia de factura del trimestre',
 'Necesito copia de las facturas del último trimestre para la declaración de renta. El portal solo muestra la del mes actual.'),
('FACTURACION', 'CONSULTA', 'BAJA', 'Pagos', 'Medios de pago', '¿Puedo pagar en la oficina de {sede}?',
 'Quisiera saber si la oficina de {sede} recibe pagos en efectivo y en qué horario.'),
('FACTURACION', 'INCIDENTE', 'URGENTE', 'Pagos', 'Pasarela', 'El pago en línea queda pendiente',
 'Pagué por PSE, el banco descontó el dinero y el portal sigue diciendo «pendiente de confirmación». Mañana vence el plazo y temo la suspensión del servicio.'),
('FACTURACION', 'QUEJA', 'MEDIA', 'Atención', 'Demora', 'Llevo tres semanas esperando una nota crédito',
 'Me prometieron la nota crédito para el día quince. He llamado cuatro veces y cada persona me da una fecha distinta.'),
('FACTURACION', 'SOLICITUD', 'MEDIA', 'Documentos', 'Paz y salvo', 'Certificado de paz y salvo',
 'Solicito el certificado de paz y salvo a nombre de la empresa para un trámite ante la cámara de comercio.'),
('FACTURACION', 'PETICION', 'ALTA', 'Pagos', 'Acuerdo de pago', 'Acuerdo de pago por saldo atrasado',
 'Por la situación del negocio no pude pagar dos meses. Pido un acuerdo en seis cuotas para no perder el servicio.'),
('FACTURACION', 'RECLAMO', 'ALTA', 'Cobros', 'Reconexión', 'Cobro de reconexión que no procede',
 'Nunca me suspendieron el servicio y la factura incluye un cargo por reconexión. Solicito retirarlo antes de la fecha de pago.'),
('FACTURACION', 'INCIDENTE', 'CRITICA', 'Facturación electrónica', 'DIAN', 'Facturas rechazadas por la DIAN',
 'Desde las siete de la mañana todas las facturas electrónicas vuelven rechazadas con el código FAK48. Tenemos 140 sin transmitir.'),
-- TALENTO_HUMANO
('TALENTO_HUMANO', 'SOLICITUD', 'MEDIA', 'Certificados', 'Laboral', 'Certificado laboral con salario',
 'Necesito un certificado laboral con salario y tipo de contrato para un crédito de vivienda. Lo recibo por correo.'),
('TALENTO_HUMANO', 'CONSULTA', 'BAJA', 'Vacaciones', 'Saldo', '¿Cuántos días de vacaciones me quedan?',
 'Quiero programar las vacaciones de diciembre y en el portal no aparece mi saldo de días desde la actualización.'),
('TALENTO_HUMANO', 'RECLAMO', 'ALTA', 'Nómina', 'Horas extra', 'No me pagaron las horas extra de octubre',
 'Laboré dieciséis horas extra en {sede}, aprobadas por mi jefe, y no están en el desprendible de pago.'),
('TALENTO_HUMANO', 'SOLICITUD', 'MEDIA', 'Afiliaciones', 'Salud', 'Incluir beneficiario en salud',
 'Nació mi hijo la semana pasada y quiero incluirlo como beneficiario. Tengo el registro civil.'),
('TALENTO_HUMANO', 'SUGERENCIA', 'BAJA', 'Bienestar', 'Horarios', 'Horario flexible los viernes',
 'Propongo que los viernes se pueda ingresar a las siete y salir a las tres, como ya hacen en {sede}.'),
('TALENTO_HUMANO', 'INCIDENTE', 'URGENTE', 'Nómina', 'Pago', 'No llegó el pago de la quincena',
 'A seis personas de {sede} no nos ha llegado la quincena. Todas tenemos cuenta en el mismo banco.'),
-- MANTENIMIENTO
('MANTENIMIENTO', 'INCIDENTE', 'CRITICA', 'Energía', 'Planta eléctrica', 'Sin energía y la planta no arrancó',
 'Se fue la luz en {sede} y la planta eléctrica no entró. El cuarto de servidores está con las baterías, que duran unos veinte minutos.'),
('MANTENIMIENTO', 'INCIDENTE', 'ALTA', 'Climatización', 'Aire acondicionado', 'Aire acondicionado gotea sobre los equipos',
 'El aire acondicionado de {sede} gotea justo encima de dos computadores. Los movimos y pusimos un balde.'),
('MANTENIMIENTO', 'SOLICITUD', 'MEDIA', 'Locativo', 'Iluminación', 'Cambio de luminarias en el pasillo',
 'Cuatro luminarias del pasillo principal de {sede} están fundidas y por la tarde queda a oscuras.'),
('MANTENIMIENTO', 'INCIDENTE', 'URGENTE', 'Locativo', 'Fontanería', 'Fuga de agua en el baño del primer piso',
 'Hay una fuga de agua en el baño del primer piso de {sede}; cerramos la llave de paso, pero el piso ya está mojado hasta el archivo.'),
('MANTENIMIENTO', 'SOLICITUD', 'BAJA', 'Mobiliario', 'Sillas', 'Silla ergonómica por recomendación médica',
 'El médico laboral recomendó una silla ergonómica. Adjunto el concepto. Trabajo en {sede}.'),
('MANTENIMIENTO', 'QUEJA', 'MEDIA', 'Servicios generales', 'Ascensor', 'El ascensor lleva una semana dañado',
 'El ascensor de {sede} no funciona desde la semana pasada y hay compañeros con movilidad reducida en el cuarto piso.'),
-- MESA: what the desk answers itself
('MESA', 'CONSULTA', 'BAJA', 'Información', 'Horarios', '¿Cuál es el horario de atención?',
 'Quisiera saber en qué horario atiende la mesa de ayuda los sábados y los festivos.'),
('MESA', 'PETICION', 'MEDIA', 'Información', 'Estado de un caso', 'Estado de mi caso anterior',
 'Registré un caso hace dos semanas y perdí el número. Les agradezco indicarme en qué estado se encuentra.'),
('MESA', 'QUEJA', 'ALTA', 'Atención', 'Trato', 'Mala atención por teléfono',
 'La persona que me atendió esta mañana me dejó veinte minutos en espera y después colgó. Pido que revisen la grabación.'),
('MESA', 'SUGERENCIA', 'BAJA', 'Atención', 'Canales', 'Que atiendan por WhatsApp',
 'Sería muy útil poder enviar las fotos de los daños por WhatsApp en lugar de adjuntarlas en el portal.');

-- Who writes to the desk.

CREATE TABLE demo.persona (
	persona		integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	nombre		text NOT NULL,
	dependencia	text NOT NULL
);

INSERT INTO demo.persona (nombre, dependencia) VALUES
('María Fernanda Rojas', 'Contabilidad'), ('Juan Sebastián Ortiz', 'Tesorería'),
('Ana Lucía Cárdenas', 'Jurídica'), ('Luis Alberto Peña', 'Almacén'),
('Claudia Patricia Muñoz', 'Compras'), ('Jorge Iván Restrepo', 'Planeación'),
('Sofía Quispe Mamani', 'Sede La Paz'), ('Martín Échegaray', 'Comercial'),
('Rosa Elena Huamán', 'Archivo'), ('Pedro Nel Zapata', 'Transporte'),
('Gabriela Núñez Soto', 'Comunicaciones'), ('Ricardo Ibáñez', 'Auditoría interna'),
('Yolanda Chiriboga', 'Sede Quito'), ('Fabián Argüello', 'Ferretería El Tornillo S.A.S.'),
('Beatriz Londoño', 'Panadería La Espiga'), ('Óscar Mauricio Ávila', 'Distribuidora Ávila Hnos.'),
('Inés Caballero', 'Colegio San José'), ('Álvaro Benítez', 'Hotel Mirador'),
('Natalia Giraldo', 'Droguería Central'), ('Hernán Darío Toro', 'Transportes del Sur'),
('Lorena Villalobos', 'Gerencia general'), ('Emilio Saavedra', 'Proyectos'),
('Carmen Rosa Díaz', 'Servicio social'), ('Gustavo Adolfo León', 'Laboratorio'),
('Verónica Paz', 'Calidad'), ('Raúl Esteban Quiroga', 'Cartera'),
('Silvia Montenegro', 'Biblioteca'), ('Nicolás Arango', 'Innovación'),
('Teresa de Jesús Vélez', 'Pensiones'), ('Iván Camilo Bermúdez', 'Seguridad física');

CREATE TABLE demo.sede (
	sede	integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	nombre	text NOT NULL
);

INSERT INTO demo.sede (nombre) VALUES
('Centro'), ('Norte'), ('Chapinero'), ('Laureles'), ('San Isidro'), ('Miraflores'), ('La Candelaria'),
('El Poblado'), ('Villa del Mar'), ('Santa Bárbara'), ('Los Andes');

-- What the agents write, by occasion; area NULL is for all of them.

CREATE TABLE demo.frase (
	ocasion	text NOT NULL,
	area	text,
	texto	text NOT NULL
);

INSERT INTO demo.frase (ocasion, area, texto) VALUES
('asignar', NULL, 'Corresponde al área según el catálogo de servicios'),
('asignar', NULL, 'Se asigna a quien tiene el turno'),
('asignar', NULL, 'Prioridad confirmada con el solicitante por teléfono'),
('transferir', NULL, 'El área informa que el caso no es de su competencia'),
('transferir', NULL, 'El diagnóstico muestra que la causa está en otra área'),
('transferir', NULL, 'Se asignó por error; pasa al área que corresponde'),
('reclasificar', NULL, 'La descripción no correspondía al tipo registrado'),
('reclasificar', NULL, 'Se ajusta la prioridad según el impacto real'),
('pausar', 'REDES', 'En espera del técnico del proveedor de internet'),
('pausar', 'REDES', 'Se requiere ventana de mantenimiento esta noche'),
('pausar', 'SISTEMAS', 'A la espera de que el usuario envíe la captura del error'),
('pausar', 'SISTEMAS', 'Repuesto solicitado al almacén'),
('pausar', 'FACTURACION', 'A la espera de la respuesta del banco'),
('pausar', 'FACTURACION', 'Se pidió al cliente el comprobante de pago'),
('pausar', 'TALENTO_HUMANO', 'Pendiente la firma de la dirección'),
('pausar', 'MANTENIMIENTO', 'El contratista confirma visita para mañana'),
('pausar', NULL, 'El solicitante no contesta; se le dejó mensaje'),
('reabrir', NULL, 'Llegó la información que se esperaba'),
('reabrir', NULL, 'El solicitante respondió y aporta los datos'),
('reabrir', NULL, 'El proveedor terminó su trabajo'),
('reabrir resuelto', NULL, 'El solicitante informa que la falla continúa'),
('reabrir resuelto', NULL, 'La solución no cubre todo lo que se pidió'),
('nota', 'REDES', 'Se revisó el conmutador: el puerto 14 muestra errores de CRC'),
('nota', 'REDES', 'Ping al equipo de borde sin pérdida; se sigue con el punto de acceso'),
('nota', 'SISTEMAS', 'Reproducido en el ambiente de pruebas'),
('nota', 'SISTEMAS', 'Se tomó control remoto con autorización del usuario'),
('nota', 'FACTURACION', 'Verificado en el sistema: el cargo aparece el día 3'),
('nota', 'FACTURACION', 'Se solicitó el soporte a cartera'),
('nota', 'TALENTO_HUMANO', 'Revisado el expediente; falta el visto bueno de nómina'),
('nota', 'MANTENIMIENTO', 'Visita realizada; se tomaron fotos'),
('nota', NULL, 'Se llamó al solicitante para ampliar la información'),
('nota', NULL, 'Caso parecido a otro de la semana pasada; se revisa lo que se hizo entonces'),
('avance', NULL, 'Estamos trabajando en su caso; le avisamos al terminar.'),
('avance', NULL, 'Su solicitud fue recibida por el área y está en revisión.'),
('resolver', 'REDES', 'Se cambió el cable del enlace y el servicio quedó estable.'),
('resolver', 'REDES', 'Se actualizó la configuración y ya puede conectarse. Por favor pruebe de nuevo.'),
('resolver', 'SISTEMAS', 'Se restableció su acceso. Al ingresar, el sistema le pedirá una contraseña nueva.'),
('resolver', 'SISTEMAS', 'El equipo fue reparado y está disponible en la mesa de ayuda.'),
('resolver', 'SISTEMAS', 'Se corrigió la falla y el servicio funciona con normalidad.'),
('resolver', 'FACTURACION', 'Se emitió la nota crédito; la verá en la próxima factura.'),
('resolver', 'FACTURACION', 'Enviamos el documento a su correo.'),
('resolver', 'TALENTO_HUMANO', 'El certificado fue enviado a su correo.'),
('resolver', 'TALENTO_HUMANO', 'La novedad quedó registrada para la próxima nómina.'),
('resolver', 'MANTENIMIENTO', 'La reparación se terminó y el lugar quedó limpio.'),
('resolver', 'MESA', 'Atendemos de lunes a sábado de 7:00 a 19:00. Gracias por escribirnos.'),
('resolver', NULL, 'Su solicitud fue atendida. Si algo falta, responda a este mensaje.'),
('cancelar', NULL, 'Duplicado de otro caso del mismo solicitante'),
('cancelar', NULL, 'El solicitante desistió de la petición'),
('archivar', NULL, 'Solución confirmada por el solicitante'),
('archivar', NULL, 'Sin objeción del solicitante; se archiva'),
('archivar directo', NULL, 'Atendido por teléfono en el momento');

-- The programme: 200 requests, a few left from the days before and the rest
-- spread over the nine hours of the last day.  minuto counts from its end.

CREATE TABLE demo.programa (
	numero	integer PRIMARY KEY,
	minuto	integer NOT NULL,
	caso	integer NOT NULL,
	persona	integer NOT NULL,
	sede	integer NOT NULL
);

-- Stepping through each list by a number prime to its length visits all of it.
INSERT INTO demo.programa
SELECT n,
	CASE WHEN n <= 36 THEN (ARRAY[-4470, -3030, -1590])[(n - 1) / 12 + 1] + (n - 1) % 12 * 20
		ELSE -540 + ((n - 37) * 528) / 164 + n % 3 END,
	1 + (n * 17) % (SELECT count(*) FROM demo.caso),
	1 + (n * 13) % (SELECT count(*) FROM demo.persona),
	1 + (n * 7) % (SELECT count(*) FROM demo.sede)
FROM generate_series(1, 200) AS n;

-- One phrase for an occasion, the area's own before the general ones.
CREATE FUNCTION demo.frase(ocasion text, area text, azar integer) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT (array_agg(f.texto ORDER BY f.texto COLLATE "C"))[1 + $3 % count(*)]
	FROM demo.frase f
	WHERE f.ocasion = $1
	AND (f.area = $2 OR (f.area IS NULL AND
		($3 % 2 = 0 OR NOT EXISTS (SELECT FROM demo.frase g WHERE g.ocasion = $1 AND g.area = $2))))
$$;
