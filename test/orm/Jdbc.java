// JDBC, as README's chapter "With an ORM" has it; java_test.py puts its blocks in.

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Timestamp;
import java.util.UUID;
import org.postgresql.util.PSQLException;

class Jdbc {
    static int count, failed;

    static void equal(Object got, Object expected, String name) {
        boolean good = expected.equals(got);
        System.out.println((good ? "ok " : "not ok ") + ++count + " - " + name);
        if (!good) {
            failed++;
            System.out.println("# got " + got + ", expected " + expected);
        }
    }

    interface Work {
        void run() throws SQLException;
    }

    static String refusal(Work work) {
        try {
            work.run();
            return "none";
        } catch (SQLException error) {
            return error.getSQLState() + " " + ((PSQLException) error).getServerErrorMessage().getDetail();
        }
    }

    static Object one(Connection connection, String query) throws SQLException {
        try (ResultSet rows = connection.createStatement().executeQuery(query)) {
            return rows.next() ? rows.getObject(1) : "no row";
        }
    }

    static void change(Connection connection, UUID id) throws SQLException {
        // README: setString(1, "RESUELTO")
    }

    // A row that was read whole, written back whole.
    static void writeBack(Connection connection, UUID id, int version, Timestamp created, String subject) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE helpdesk.ticket SET asunto = ?, version = ?, fecha_creacion = ?, estado = ? WHERE ticket_uuid = ?")) {
            update.setString(1, subject);
            update.setInt(2, version);
            update.setTimestamp(3, created);
            update.setString(4, "ASIGNADO");
            update.setObject(5, id);
            update.executeUpdate();
        }
    }

    public static void main(String[] args) throws SQLException {
        String url = System.getenv("TEST_JDBC_URL");
        // README: getConnection
        String row = "SELECT ticket_uuid FROM ticket_sm.fn_crear_ticket('Ana Pérez', email => 'ana@ejemplo.co', tipo => 'queja',"
            + " categoria => 'Red', prioridad => 'alta', descripcion => 'No hay internet en la sala.')";
        UUID id = (UUID) one(connection, row);
        one(connection, "SELECT version FROM ticket_sm.fn_asignar('" + id + "')");
        Timestamp created = (Timestamp) one(connection, "SELECT fecha_creacion FROM helpdesk.ticket WHERE ticket_uuid = '" + id + "'");
        created.setNanos(created.getNanos() / 1000000 * 1000000);
        writeBack(connection, id, 2, created, "Sala");
        equal(one(connection, "SELECT version FROM helpdesk.ticket WHERE ticket_uuid = '" + id + "'"), 3, "a row goes back, in milliseconds");
        equal(refusal(() -> writeBack(connection, id, 2, created, "Otra")).replaceAll("Ticket \\S+", "Ticket"),
            "PT412 Ticket is at version 3, not 2.", "a stale one is PT412, with SQLSTATE and detail");
        equal(refusal(() -> writeBack(connection, id, 3, created, "Sala")).replaceAll("Ticket \\S+", "Ticket"),
            "PT409 Ticket is like this already. Columns that only the guard sets do not count.", "an unchanged one is PT409");
        change(connection, id);
        equal(one(connection, "SELECT estado::text FROM helpdesk.ticket WHERE ticket_uuid = '" + id + "'"), "RESUELTO", "setString() for an enum");
        try (Connection plain = DriverManager.getConnection(url)) {
            equal(refusal(() -> change(plain, id)).substring(0, 5), "42804", "which is refused without stringtype=unspecified");
        }
        connection.setAutoCommit(false);
        Savepoint before = connection.setSavepoint();
        equal(refusal(() -> change(connection, id)).substring(0, 5), "PT409", "a refusal in a transaction");
        equal(refusal(() -> one(connection, "SELECT 1")).substring(0, 5), "25P02", "ends it");
        connection.rollback(before);
        equal(one(connection, "SELECT 1"), 1, "but for a savepoint");
        connection.commit();
        equal(one(connection, "SELECT problema FROM ticket_sm.fn_verificar()"), "no row", "the history is sound");
        System.out.println("1.." + count);
        System.exit(failed > 0 ? 1 : 0);
    }
}
