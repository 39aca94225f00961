-- A desk: everything that holds the data of one help desk, a file a chapter.
--
-- ticket_sm.crear_mesa() runs these files, in the order of their numbers, once
-- for each help desk, with the placeholders between at-signs replaced: the
-- schema's name (mesa) and those of its group roles (rol_admin ...) quoted as
-- identifiers, and the table ticket quoted as a literal (ticket).  So a
-- placeholder never stands inside quotes or a comment.
-- Nothing made here is a member of the extension: it is dumped, restored,
-- extended and indexed like any table of yours.

CREATE SCHEMA @mesa@;
COMMENT ON SCHEMA @mesa@ IS 'A help desk of ticket_sm: ordinary tables under the guard of the extension.';
