// Hibernate 3.6, as README's chapter "With an ORM" has it; java_test.py puts its
// blocks in.

import java.util.Date;
import java.util.UUID;
import java.util.function.Consumer;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;
import org.hibernate.JDBCException;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.StaleObjectStateException;
import org.hibernate.annotations.Generated;
import org.hibernate.annotations.GenerationTime;
import org.hibernate.annotations.Proxy;
import org.hibernate.cfg.Configuration;
import org.postgresql.util.PSQLException;

// README: @Entity

class Hibernate {
    static int count, failed;

    static void equal(Object got, Object expected, String name) {
        boolean good = expected.equals(got);
        System.out.println((good ? "ok " : "not ok ") + ++count + " - " + name);
        if (!good) {
            failed++;
            System.out.println("# got " + got + ", expected " + expected);
        }
    }

    static SessionFactory factory;

    // What a change ends with.
    static String refusal(Consumer<Session> work) {
        Session session = factory.openSession();
        try {
            session.beginTransaction();
            work.accept(session);
            session.getTransaction().commit();
            return "none";
        } catch (StaleObjectStateException error) {
            session.getTransaction().rollback();
            return "stale";
        } catch (JDBCException error) {
            session.getTransaction().rollback();
            return error.getSQLState() + " " + ((PSQLException) error.getSQLException()).getServerErrorMessage().getDetail();
        } finally {
            session.close();
        }
    }

    static Ticket ticket() {
        Ticket ticket = new Ticket();
        ticket.tipo = "QUEJA";
        ticket.categoria = "Red";
        ticket.prioridad = "ALTA";
        ticket.descripcion = "No hay internet en la sala.";
        ticket.solicitante_nombre = "Ana Pérez";
        ticket.solicitante_email = "ana@ejemplo.co";
        return ticket;
    }

    static void subject(Session session, String id, String subject) {
        ((Ticket) session.get(Ticket.class, id)).asunto = subject;
    }

    static Object one(Session session, String query) {
        return session.createSQLQuery(query).uniqueResult();
    }

    public static void main(String[] args) {
        factory = new Configuration().addAnnotatedClass(Ticket.class)
            .setProperty("hibernate.connection.url", System.getenv("TEST_JDBC_URL") + "?stringtype=unspecified")
            .setProperty("hibernate.dialect", "org.hibernate.dialect.PostgreSQLDialect")
            .setProperty("hibernate.connection.driver_class", "org.postgresql.Driver")
            .buildSessionFactory();
        Ticket made = ticket();
        equal(refusal(session -> session.save(made)), "none", "a new object is saved, with NULL for its area");
        equal(made.estado + " " + made.version + " " + (made.ticket_label != null), "NUEVO 1 true", "and has what the guard has set");
        equal(refusal(session -> {
            subject(session, made.ticket_uuid, "Sala");
            session.flush();
            subject(session, made.ticket_uuid, "Sala de juntas");
        }), "none", "two changes in one transaction");
        equal(refusal(session -> subject(session, made.ticket_uuid, "Sala de juntas")), "none", "nothing is sent where nothing has changed");
        equal(refusal(session -> {
            equal(((Ticket) session.get(Ticket.class, made.ticket_uuid)).version, 3, "the version is read back");
            Session other = factory.openSession();
            other.beginTransaction();
            one(other, "SELECT version FROM ticket_sm.fn_actualizar('" + made.ticket_uuid + "', 'nota')");
            other.getTransaction().commit();
            other.close();
            subject(session, made.ticket_uuid, "Otra");
        }), "stale", "a stale object is StaleObjectStateException");
        equal(refusal(session -> ((Ticket) session.get(Ticket.class, made.ticket_uuid)).area = "REDES"),
            "PT409 Column \"area\" is changed by \"asignar\" and \"transferir\", not by \"actualizar\".", "a refusal has SQLSTATE and detail");
        Session session = factory.openSession();
        equal(((Ticket) session.get(Ticket.class, made.ticket_uuid)).area, "MESA", "the area");
        equal(session.createSQLQuery("SELECT problema FROM ticket_sm.fn_verificar()").list().size(), 0, "the history is sound");
        session.close();
        System.out.println("1.." + count);
        System.exit(failed > 0 ? 1 : 0);
    }
}
