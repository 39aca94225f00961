-- The function itself, without the API.
\set i :i + 1
\set n 100000000000 + :i
-- @begin@
WITH pgrst_source AS (SELECT pgrst_call.pgrst_scalar FROM (SELECT ('{"datos":{"motivo":"Falta una pieza."},"ticket_id":"00000000-0000-4000-8000-' || :n || '"}')::json AS json_data) pgrst_payload, LATERAL (SELECT row_to_json(ticket_sm.fn_pausar((pgrst_payload.json_data ->> 'ticket_id')::uuid, 'Falta una pieza.')) pgrst_scalar) pgrst_call) SELECT null::bigint AS total_result_set, 1 AS page_total, coalesce(json_agg(_postgrest_t.pgrst_scalar)->0, 'null')::text AS body, nullif(current_setting('response.headers', true), '') AS response_headers, nullif(current_setting('response.status', true), '') AS response_status FROM pgrst_source _postgrest_t;
COMMIT;
