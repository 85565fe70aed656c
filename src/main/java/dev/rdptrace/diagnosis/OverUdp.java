package dev.rdptrace.diagnosis;

import static dev.rdptrace.diagnosis.Several.UDP_KEEPALIVE_DEATH;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;

import dev.rdptrace.diagnosis.Diagnosis.Warning;
import dev.rdptrace.incident.Try;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.wire.udp.RdpUdpPayload;
import java.util.ArrayList;
import java.util.List;

/// What became of the UDP beside the TCP connections of a try. It never keeps a session from coming up: RDP goes on over TCP.
final class OverUdp {
    public static final Signature UDP_BLOCKED = signature("udp-blocked", in(Phase.UDP), by(Fault.PATH, Fault.SERVER, Fault.UNKNOWN));
    public static final Signature RDG_UDP_3391_BLOCKED = signature("rdg-udp-3391-blocked", in(Phase.UDP), by(Fault.PATH));
    public static final Signature UDP_SYN_MTU = signature("udp-syn-mtu", in(Phase.UDP), by(Fault.PATH));
    public static final Signature UDP_SYNACK_LOST = signature("udp-synack-lost", in(Phase.UDP), by(Fault.PATH));
    public static final Signature UDP_TLS_FAILED =
            signature("udp-tls-failed", in(Phase.UDP), by(Fault.UNKNOWN, Fault.CLIENT, Fault.SERVER));

    /// Described for people; no rule finds these yet.
    public static final Signature UDP_DATA_STALL = signature("udp-data-stall", in(Phase.UDP), by(Fault.PATH));
    public static final Signature UDP_VERSION_FALLBACK = signature("udp-version-fallback", in(Phase.UDP), by(Fault.NONE));
    public static final Signature UDP_TUNNEL_REJECTED = signature("udp-tunnel-rejected", in(Phase.UDP), by(Fault.SERVER));

    private static final int KERBEROS = 88;
    private static final int RDP_PORT = 3389;
    private static final int ASKED_OFTEN = 3;
    /// A hello is repeated after half a second at the earliest.
    private static final double HELLO_SECONDS = 1;
    private static final int HELLOS = 2;
    private static final double AFTERWARDS_SECONDS = 5;
    /// [MS-RDPEUDP] 3.1.1.9 gives a silent peer 65 s, [MS-RDPEUDP2] 3.1.1.3 sixteen.
    private static final double FIRST_PATIENCE_SECONDS = 60;
    private static final double SECOND_PATIENCE_SECONDS = 15;
    private static final int SENT_IN_VAIN = 3;
    private static final double AROUND_SECONDS = 1;

    private OverUdp() {}

    static List<Warning> warnings(Try one, CompanionsByHost around) {
        List<Warning> found = new ArrayList<>();
        String client = one.client().address();
        String server = one.server().address();
        boolean tooBig = false;
        for (SideTransport transport : around.sideTransports(client)) {
            if (transport.asks() > 0 && transport.server().address().equals(server) && isOf(one, transport)) {
                tooBig |= add(found, transport, one);
            }
        }
        for (Contact contact : around.contacts(client)) {
            boolean rdp = contact.port() == RDP_PORT;
            if (contact.udp() && contact.port() != KERBEROS && contact.server().equals(server) && !(rdp && tooBig)
                    && (contact.tries() >= ASKED_OFTEN && !contact.answered().seen() || contact.refused().seen())) {
                found.add(blocked(rdp ? UDP_BLOCKED : RDG_UDP_3391_BLOCKED, contact.port(), contact.tries(), contact.first(), contact.last()));
            }
        }
        return found;
    }

    private static Warning blocked(Signature signature, int port, int tries, Moment first, Moment last) {
        return new Warning(signature, "UDP " + port + " gets no answer (" + Words.count(tries, "attempt") + "): it costs "
                + Words.duration(last.secondsSince(first)) + " and is not the cause, the session runs over TCP",
                List.of(first.frame(), last.frame()));
    }

    /// Was it asked for while a connection of the try was open?
    private static boolean isOf(Try one, SideTransport transport) {
        return one.attempts().stream().anyMatch(attempt -> transport.asked().secondsSince(attempt.first()) >= -AROUND_SECONDS
                && attempt.last().secondsSince(transport.asked()) >= -AROUND_SECONDS);
    }

    /// Answers whether the transport's first packet is too large.
    private static boolean add(List<Warning> found, SideTransport t, Try one) {
        if (!t.answered().seen()) {
            if (t.tooBig().seen()) {
                found.add(new Warning(UDP_SYN_MTU, "RDP's first UDP packet, " + t.mtu() + " bytes, does not fit the path"
                        + (t.pathMtu() > 0 ? ", which carries " + t.pathMtu() : "") + ": the session runs over TCP", List.of(t.asked().frame(), t.tooBig().frame())));
            }
            boolean elsewhere = t.server().port() != RDP_PORT; // of that port the contacts tell
            if (elsewhere && !t.tooBig().seen() && t.clientSent() == 0 && (t.asks() >= ASKED_OFTEN || t.refused().isPresent())) {
                found.add(blocked(UDP_BLOCKED, t.server().port(), t.asks(), t.asked(), t.lastAsked()));
            }
            return t.tooBig().seen();
        }
        boolean repeats = t.asks() >= 2 && t.lastAsked().isAfter(t.answered());
        if (t.answers() >= ASKED_OFTEN && t.clientSent() == 0 && repeats) {
            found.add(new Warning(UDP_SYNACK_LOST, "the server answered over UDP " + t.answers() + " times and the client went on asking: the answers do"
                    + " not reach it, the session runs over TCP", List.of(t.answered().frame(), t.lastAsked().frame())));
        } else if (!t.serverHello().seen() && (t.alert().seen() || isHelloRepeated(t))) {
            found.add(new Warning(UDP_TLS_FAILED, t.alert().seen()
                    ? "the security of the UDP transport was refused, the " + (t.alertFrom() == Side.CLIENT ? "client" : "server")
                            + " sent alert " + t.alertCode() + ": the session runs over TCP"
                    : "the UDP transport was agreed on, then the client's ClientHello came " + t.clientHellos() + " times in "
                            + Words.duration(t.lastClientHello().secondsSince(t.clientHello())) + " and no ServerHello: the session runs over TCP",
                    List.of(t.clientHello().seen() ? t.clientHello().frame() : t.asked().frame(),
                            (t.alert().seen() ? t.alert() : t.lastClientHello()).frame())));
        } else if (t.isUp()) {
            silence(t.serverLast(), t.clientLast(), t.clientAlone(), "server", "client", t, one, found);
            silence(t.clientLast(), t.serverLast(), t.serverAlone(), "client", "server", t, one, found);
        }
        return false;
    }

    /// And given up: whoever goes on speaking got an answer that the capture missed.
    private static boolean isHelloRepeated(SideTransport t) {
        return t.clientHellos() >= HELLOS && t.lastClientHello().secondsSince(t.clientHello()) >= HELLO_SECONDS
                && t.clientLast().secondsSince(t.lastClientHello()) <= AFTERWARDS_SECONDS;
    }

    /// One side falls silent over UDP, and the other goes on; over TCP both do.
    private static void silence(Moment silent, Moment speaking, long alone, String who, String other, SideTransport t, Try one, List<Warning> found) {
        double patience = t.agreed() == RdpUdpPayload.VERSION_3 ? SECOND_PATIENCE_SECONDS : FIRST_PATIENCE_SECONDS;
        double seconds = speaking.secondsSince(silent);
        if (alone >= SENT_IN_VAIN && seconds >= patience && one.attempts().stream().anyMatch(attempt -> goesOn(attempt, silent))) {
            found.add(new Warning(UDP_KEEPALIVE_DEATH, "the UDP transport went dead in one direction: nothing came from the " + who + " for "
                    + Words.duration(seconds) + ", while the " + other + " sent " + Words.count((int) alone, "packet") + " and TCP worked both ways",
                    List.of(silent.frame(), speaking.frame())));
        }
    }

    private static boolean goesOn(Attempt attempt, Moment since) {
        return attempt.tcp().client().last().secondsSince(since) > AROUND_SECONDS && attempt.tcp().server().last().secondsSince(since) > AROUND_SECONDS;
    }
}
