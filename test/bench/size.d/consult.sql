-- Any ticket of one year, by label and address.
\set n random(1, :ultimo)
SELECT * FROM ticket_sm.fn_consultar(medida.etiqueta(:anio, :n), medida.correo(:n));
