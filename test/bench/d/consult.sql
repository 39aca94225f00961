-- What a requester sees, by the label and his address.
\set n random(1, 10000)
SELECT * FROM ticket_sm.fn_consultar('TK-' || :anio || '-' || to_char(:n::integer, 'FM00000'), 'maria.' || :n || '@correo.example');
