-- The first call of a session, :call; prints CPU and time of it in us.
SELECT public.cpu() AS cpu, clock_timestamp() AS t \g /dev/null
SELECT public.cpu() AS cpu, clock_timestamp() AS t \gset
:call \g /dev/null
SELECT (public.cpu() - :cpu) / 1e3, extract(epoch FROM clock_timestamp() - :'t') * 1e6;
