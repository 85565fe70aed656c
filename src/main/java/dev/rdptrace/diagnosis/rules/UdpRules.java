package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.CompanionRules.UDP_KEEPALIVE_DEATH;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Noted;
import dev.rdptrace.diagnosis.AsideOfTry;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.CompanionsByHost;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.diagnosis.UdpCase;
import dev.rdptrace.diagnosis.Surroundings;
import dev.rdptrace.incident.MainConnection;
import dev.rdptrace.incident.Try;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.DatagramFacts.Stuck;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.timeline.TcpFacts;
import dev.rdptrace.wire.udp.RdpUdpDatagram;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What became of the UDP beside the TCP connections of a try. It never keeps a session from coming up: RDP goes on over TCP.
public final class UdpRules {
    public static final Signature UDP_BLOCKED = signature("udp-blocked", in(Phase.UDP), by(Culprit.PATH, Culprit.SERVER, Culprit.UNKNOWN));
    public static final Signature RDG_UDP_3391_BLOCKED = signature("rdg-udp-3391-blocked", in(Phase.UDP),
            by(Culprit.PATH, Culprit.UNKNOWN, Culprit.GATEWAY));
    public static final Signature UDP_SYN_MTU = signature("udp-syn-mtu", in(Phase.UDP), by(Culprit.PATH));
    public static final Signature UDP_SYNACK_LOST = signature("udp-synack-lost", in(Phase.UDP), by(Culprit.PATH));
    public static final Signature UDP_PORT_CHECK = signature("udp-port-check", in(Phase.UDP), by(Culprit.NONE));
    public static final Signature UDP_TLS_FAILED =
            signature("udp-tls-failed", in(Phase.UDP), by(Culprit.UNKNOWN, Culprit.CLIENT, Culprit.SERVER,
                    Culprit.GATEWAY));

    public static final Signature UDP_DATA_STALL = signature("udp-data-stall", in(Phase.UDP), by(Culprit.PATH));
    public static final Signature UDP_VERSION_FALLBACK = signature("udp-version-fallback", in(Phase.UDP), by(Culprit.NONE));
    public static final Signature UDP_TUNNEL_REJECTED = signature("udp-tunnel-rejected", in(Phase.UDP),
            by(Culprit.SERVER, Culprit.GATEWAY));

    private static final int KERBEROS = 88;
    private static final int RDP_PORT = 3389;
    /// A hello is repeated after half a second at the earliest.
    private static final double HELLO_SECONDS = 1;
    private static final int HELLOS = 2;
    private static final double AFTERWARDS_SECONDS = 5;
    private static final int SENT_IN_VAIN = 3;
    private static final double AROUND_SECONDS = 1;

    private UdpRules() {}

    /// About RDP over UDP without its TCP connection.
    static List<Rule<UdpCase>> all() {
        return List.of(
                rule(Weight.MESSAGE, UdpRules::tooBig, UDP_SYN_MTU),
                rule(Weight.MESSAGE, UdpRules::refused, UDP_BLOCKED, RDG_UDP_3391_BLOCKED),
                rule(Weight.MESSAGE, UdpRules::rejected, UDP_TUNNEL_REJECTED),
                rule(Weight.SHAPE, UdpRules::knocks, UDP_PORT_CHECK),
                rule(Weight.SHAPE, UdpRules::answered, UDP_SYNACK_LOST, UDP_TLS_FAILED, UDP_DATA_STALL, UDP_KEEPALIVE_DEATH, UDP_PORT_CHECK,
                        Signature.UNDETERMINED),
                rule(Weight.ABSENCE, UdpRules::unanswered, UDP_BLOCKED, RDG_UDP_3391_BLOCKED, UDP_PORT_CHECK, Signature.UNDETERMINED));
    }

    /// One after the other, since a first packet that is too large explains why the port seems to be closed.
    static Answer beside(AsideOfTry a) {
        Try one = a.tried().one();
        CompanionsByHost around = a.tried().surroundings().byHost();
        List<Warning> found = new ArrayList<>();
        String client = one.client().address();
        String server = one.server().address();
        boolean tooBig = false;
        for (SideTransport transport : beside(one, a.tried().surroundings())) {
            tooBig |= add(found, transport, one);
        }
        for (Contact contact : around.contacts(client)) {
            boolean rdp = contact.port() == RDP_PORT;
            if (contact.udp() && contact.port() != KERBEROS && contact.server().equals(server) && !(rdp && tooBig)
                    && (contact.tries() >= Limits.UDP_ASKED_OFTEN && !contact.answered().seen() || contact.refused().seen())) {
                found.add(blocked(rdp ? UDP_BLOCKED : RDG_UDP_3391_BLOCKED, contact.port(), contact.tries(), contact.first(),
                        contact.last(), one));
            }
        }
        return new Noted(found);
    }

    /// What the client set up over UDP for a connection of the try: it says so, or it comes from the same host meanwhile and no other
    /// connection is named by it.
    public static List<SideTransport> beside(Try one, Surroundings surroundings) {
        if (surroundings.companions().sideTransports().isEmpty()) {
            return List.of();
        }
        CompanionsByHost around = surroundings.byHost();
        List<MainConnection> mains = one.attempts().stream().map(MainConnection::of).toList();
        Set<SideTransport> all = new LinkedHashSet<>(around.sideTransports(one.client().address()));
        mains.stream().flatMap(main -> main.names().stream()).forEach(name -> all.addAll(around.sideTransportsOf(name)));
        return all.stream().filter(transport -> (transport.syn().times() > 0 || transport.isGatewayChannel())
                && MainConnection.owner(mains, transport)
                        .filter(main -> main.tie(transport).isTold() || !surroundings.namesItsMain(transport)).isPresent())
                .toList();
    }

    private static Warning blocked(Signature signature, int port, int tries, Moment first, Moment last, Try one) {
        return new Warning(signature, "UDP " + port + " gets no answer (" + Quantities.count(tries, "attempt") + "): it costs "
                + Quantities.duration(last.secondsSince(first)) + " and is not the cause, the session runs over TCP" + price(one),
                List.of(first.frame(), last.frame()));
    }

    /// What the road is like that is left.
    private static String price(Try one) {
        Attempt main = one.attempts().getLast();
        return !main.sessionUp() || main.tcp().rttNanos() < 0 ? "" : ", with a round trip of "
                + Quantities.duration(main.tcp().rttNanos() / 1e9) + " and " + percent(overTcp(one)) + " of the packets sent again";
    }

    /// The losses of both roads.
    private static String compared(SideTransport t, Try one) {
        return "; " + percent(t.repeated()) + " of the data was sent again over UDP, " + percent(overTcp(one)) + " of the packets over TCP";
    }

    private static double overTcp(Try one) {
        TcpFacts tcp = one.attempts().getLast().tcp();
        return tcp.repeats() / (double) Math.max(1, tcp.packets());
    }

    private static String percent(double part) {
        return Quantities.number(100 * part) + " %";
    }

    /// Answers whether the transport's first packet is too large.
    private static boolean add(List<Warning> found, SideTransport t, Try one) {
        if (t.isGatewayChannel()) {
            gatewayChannel(found, t, one);
            return false;
        }
        if (!t.synAck().first().seen()) {
            if (t.path().tooBig().seen()) {
                found.add(new Warning(UDP_SYN_MTU, "RDP's first UDP packet, " + t.offer().mtu() + " bytes, does not fit the path"
                        + (t.path().mtu() > 0 ? ", which carries " + t.path().mtu() : "") + ": the session runs over TCP" + price(one),
                        List.of(t.syn().first().frame(), t.path().tooBig().frame())));
            }
            boolean elsewhere = t.server().port() != RDP_PORT; // of that port the contacts tell
            if (elsewhere && !t.path().tooBig().seen() && t.fromClient().sent() == 0
                    && (t.syn().times() >= Limits.UDP_ASKED_OFTEN || t.path().refused().isPresent())) {
                found.add(blocked(UDP_BLOCKED, t.server().port(), t.syn().times(), t.syn().first(), t.syn().last(), one));
            }
            return t.path().tooBig().seen();
        }
        if (answersLost(t)) {
            found.add(new Warning(UDP_SYNACK_LOST, "the server answered over UDP " + t.synAck().times()
                    + " times and the client went on asking: the answers do"
                    + " not reach it, the session runs over TCP" + price(one),
                    List.of(t.synAck().first().frame(), t.syn().last().frame())));
        } else if (!t.security().serverHello().seen() && (t.security().alertAt().seen() || isHelloRepeated(t))) {
            found.add(new Warning(UDP_TLS_FAILED, (t.security().alertAt().seen()
                    ? "the security of the UDP transport was refused, the "
                            + (t.security().alertFrom() == Side.CLIENT ? "client" : "server")
                            + " sent alert " + t.security().alertCode()
                    : "the UDP transport was agreed on, then the client's ClientHello came " + t.security().clientHello().times()
                            + " times in "
                            + Quantities.duration(t.security().clientHello().last().secondsSince(t.security().clientHello().first()))
                            + " and no ServerHello")
                    + ": the session runs over TCP" + price(one),
                    List.of(t.security().clientHello().first().seen() ? t.security().clientHello().first().frame() : t.syn().first()
                            .frame(),
                            (t.security().alertAt().seen() ? t.security().alertAt() : t.security().clientHello().last()).frame())));
        } else if (isRejected(t)) {
            found.add(new Warning(UDP_TUNNEL_REJECTED, rejection(t) + ": the session runs over TCP" + price(one),
                    List.of(t.tunnel().asked().frame(), t.tunnel().answered().frame())));
        } else if (t.isUp()) {
            for (Side side : Side.values()) {
                Stuck stuck = t.sentBy(side).stuck();
                if (isStalled(t, side) && one.attempts().stream().anyMatch(attempt -> goesOn(attempt, stuck.last(), 0))) {
                    found.add(new Warning(UDP_DATA_STALL, stall(side, stuck) + ", while TCP worked both ways" + compared(t, one),
                            List.of(stuck.first().frame(), stuck.last().frame())));
                }
            }
            if (SideTransport.version(t.synAck().version()) < SideTransport.version(t.offer().version())) {
                found.add(new Warning(UDP_VERSION_FALLBACK, "the client offered version " + SideTransport.versionName(t.offer().version())
                        + " of the UDP transport, the server settled on " + SideTransport.versionName(t.synAck().version())
                        + "; it works, with fewer features",
                        List.of(t.syn().last().frame(), t.synAck().first().frame())));
            }
            silence(t.fromServer().last(), t.fromClient().last(), t.fromClient().alone(), "server", "client", t, one, found);
            silence(t.fromClient().last(), t.fromServer().last(), t.fromServer().alone(), "client", "server", t, one, found);
        }
        return false;
    }

    /// [MS-TSGU] 1.3.3: DTLS with the gateway, then a channel to the host. That nothing answers at all the contacts tell.
    private static void gatewayChannel(List<Warning> found, SideTransport t, Try one) {
        if (t.fromServer().sent() == 0) {
            return;
        }
        if (!t.security().serverHello().seen() && (t.security().alertAt().seen() || isHelloRepeated(t))) {
            found.add(new Warning(UDP_TLS_FAILED, "DTLS with the gateway over UDP " + t.server().port() + " fails: "
                    + (t.security().alertAt().seen()
                            ? "the " + t.security().alertFrom() + " sent alert " + t.security().alertCode()
                            : "the ClientHello came " + t.security()
                                    .clientHello().times() + " times and no ServerHello")
                    + "; the session runs over TCP" + price(one),
                    List.of(t.security().clientHello().first().frame(),
                            (t.security().alertAt().seen() ? t.security().alertAt() : t.security().clientHello().last()).frame())));
        } else if (isRejected(t)) {
            found.add(new Warning(UDP_TUNNEL_REJECTED, rejection(t) + ": the session runs over TCP" + price(one),
                    List.of(t.tunnel().asked().frame(), t.tunnel().answered().frame())));
        }
    }

    /// [MS-RDPEUDP] 3.1.5.4.1: so often as a sender repeats before it gives up, though the other side is there and answers.
    private static boolean isStalled(SideTransport t, Side side) {
        Stuck stuck = t.sentBy(side).stuck();
        return stuck.repeats() >= Limits.UDP_REPEATS && stuck.seconds() >= Limits.UDP_STALL_SECONDS
                && t.sentBy(side.other()).last().isAfter(stuck.first());
    }

    private static String stall(Side side, Stuck stuck) {
        return "the UDP transport stands still: the " + side + " sent the same " + stuck.bytes() + " bytes "
                + (stuck.repeats() + 1) + " times in " + Quantities.duration(stuck.seconds()) + ": they or their acknowledgements are lost";
    }

    private static boolean isRejected(SideTransport t) {
        return t.tunnel().answered().seen() && t.tunnel().result() != 0;
    }

    private static String rejection(SideTransport t) {
        return t.isGatewayChannel() ? "the gateway refused the UDP channel with " + Hex.code32(t.tunnel().result())
                : "the server refused the UDP tunnel" + (t.tunnel().requestId() < 0 ? "" : " for request " + t.tunnel().requestId())
                        + " with " + Hex.code32(t.tunnel().result());
    }

    /// The server answered again and again, and the client went on asking.
    private static boolean answersLost(SideTransport t) {
        return t.synAck().times() >= Limits.UDP_ASKED_OFTEN && t.fromClient().sent() == 0 && t.syn().times() >= 2 && t.syn().last()
                .isAfter(t.synAck().first());
    }

    /// And given up: whoever goes on speaking got an answer that the capture missed.
    private static boolean isHelloRepeated(SideTransport t) {
        return t.security().clientHello().times() >= HELLOS && t.security().clientHello().last()
                .secondsSince(t.security().clientHello().first()) >= HELLO_SECONDS
                && t.fromClient().last().secondsSince(t.security().clientHello().last()) <= AFTERWARDS_SECONDS;
    }

    /// One side falls silent over UDP, and the other goes on; over TCP both do.
    private static void silence(Moment silent, Moment speaking, long alone, String who, String other, SideTransport t, Try one,
            List<Warning> found) {
        double patience = t.synAck().version() == RdpUdpDatagram.VERSION_3 ? Limits.UDP2_DEAD_SECONDS : Limits.UDP_DEAD_SECONDS;
        double seconds = speaking.secondsSince(silent);
        if (alone >= SENT_IN_VAIN && seconds >= patience
                && one.attempts().stream().anyMatch(attempt -> goesOn(attempt, silent, AROUND_SECONDS))) {
            found.add(new Warning(UDP_KEEPALIVE_DEATH, "the UDP transport went dead in one direction: nothing came from the " + who
                    + " for " + Quantities.duration(seconds) + ", while the " + other + " sent " + Quantities.count(alone, "packet")
                    + " and TCP worked both ways" + compared(t, one),
                    List.of(silent.frame(), speaking.frame())));
        }
    }

    private static boolean goesOn(Attempt attempt, Moment since, double seconds) {
        return attempt.tcp().client().last().secondsSince(since) > seconds && attempt.tcp().server().last().secondsSince(since) > seconds;
    }

    // ---- without the TCP connection ----

    /// No client of RDP sends an empty datagram, and one alone may be anything.
    private static Answer knocks(UdpCase c) {
        SideTransport t = c.t();
        if (t.syn().times() > 0 || t.knock().times() == 0 || t.path().refused().isEmpty() && t.knock().times() < 2) {
            return CLEAR;
        }
        String says = Quantities.count(t.knock().times(), "empty datagram") + " to UDP " + t.server().marked()
                + ", which no RDP client sends: a check of the port; "
                + t.path().refused().map(error -> "it was answered with \"" + error.says() + "\" by "
                        + HOST.of(error.sender())).orElse("nothing answered");
        return new Found(new Finding(UDP_PORT_CHECK, Outcome.PROBE, says, Phase.UDP, Culprit.NONE, Confidence.STRONGLY_SUGGESTED,
                t.path().refused().map(error -> blamed(t, error)).orElse(Culprit.NOBODY), t.path().refused().isPresent() ? Closing.ICMP
                        : Closing.SILENCE,
                List.of()).at(t.knock().first(), t.path().refused().map(IcmpFacts::at).orElse(t.knock().last())));
    }

    private static Culprit blamed(SideTransport t, IcmpFacts error) {
        return error.sender().equals(t.server().address()) ? server(t) : Culprit.PATH;
    }

    /// Who it is set up with.
    private static Culprit server(SideTransport t) {
        return t.isGatewayChannel() ? Culprit.GATEWAY : Culprit.SERVER;
    }

    private static Signature blocked(SideTransport t) {
        return t.isGatewayChannel() ? RDG_UDP_3391_BLOCKED : UDP_BLOCKED;
    }

    private static String road(SideTransport t) {
        return t.isGatewayChannel() ? "the side channel to the gateway over UDP" : "RDP over UDP";
    }

    private static Answer rejected(UdpCase c) {
        return !isRejected(c.t()) ? CLEAR : new Found(new Finding(UDP_TUNNEL_REJECTED, Outcome.FAILED, rejection(c.t()), Phase.UDP,
                server(c.t()), Confidence.SEEN, server(c.t()), Closing.PDU, List.of())
                .at(c.t().tunnel().asked(), c.t().tunnel().answered()));
    }

    private static Answer tooBig(UdpCase c) {
        SideTransport t = c.t();
        return !c.unanswered() || !t.path().tooBig().seen() ? CLEAR : new Found(new Finding(UDP_SYN_MTU, Outcome.FAILED,
                (t.isGatewayChannel() ? "the first packet of " + road(t) + " does" : "RDP's first UDP packet, " + t.offer().mtu()
                        + " bytes, does") + " not fit the path"
                        + (t.path().mtu() > 0 ? ", which carries " + t.path().mtu() : ""),
                Phase.UDP, Culprit.PATH, Confidence.SEEN, Culprit.PATH,
                Closing.ICMP, List.of()).at(t.asked().first(), t.path().tooBig()));
    }

    private static Answer refused(UdpCase c) {
        SideTransport t = c.t();
        if (!c.unanswered() || t.path().tooBig().seen() || t.path().refused().isEmpty()) {
            return CLEAR;
        }
        IcmpFacts error = t.path().refused().get();
        Culprit by = blamed(t, error);
        // Whether a host is down or the way to it, the router that misses it does not know.
        boolean missed = by == Culprit.PATH && (error.timeExceeded() || error.noWay());
        return new Found(new Finding(blocked(t), Outcome.FAILED, road(t) + " is refused: "
                + (by == server(t) ? "the " + by + " itself" : HOST.of(error.sender()) + ", on the way,") + " answers \"" + error.says()
                + "\"",
                Phase.UDP, missed ? Culprit.UNKNOWN : by, missed ? Confidence.STRONGLY_SUGGESTED : Confidence.SEEN, by, Closing.ICMP,
                List.of()).at(t.asked().first(), error.at()));
    }

    private static Answer unanswered(UdpCase c) {
        SideTransport t = c.t();
        if (!c.unanswered() || t.path().tooBig().seen() || t.path().refused().isPresent()) {
            return CLEAR;
        }
        double waited = c.waitedSeconds();
        if (t.fromClient().sent() > (t.isGatewayChannel() ? t.asked().times() : 0)) {
            return undetermined(t, "the client went on over UDP as if it had been answered; the server's datagrams are not in it");
        }
        SideTransport.Repeated said = t.asked();
        String what = t.isGatewayChannel() ? "ClientHello" : "SYN";
        String asked = Quantities.count(said.times(), what) + (said.times() > 1 ? " in " + Quantities.duration(said.last()
                .secondsSince(said.first())) : "");
        if (said.times() == 1 && waited >= Limits.UDP_PATIENCE_SECONDS) {
            return new Found(new Finding(UDP_PORT_CHECK, Outcome.PROBE,
                    "one " + what + " of " + road(t) + " got no answer and was not repeated, as a client would do"
                            + ": a check of the port",
                    Phase.UDP, Culprit.NONE, Confidence.STRONGLY_SUGGESTED, Culprit.NOBODY, Closing.SILENCE,
                    List.of()).at(said.first()));
        }
        if (said.times() < Limits.UDP_ASKED_OFTEN && waited < Limits.UDP_PATIENCE_SECONDS) {
            return undetermined(t, "it ends after " + asked + " of " + road(t) + ", an answer may have come later");
        }
        return new Found(new Finding(blocked(t), Outcome.FAILED, (t.isGatewayChannel() ? "the side channel over UDP to the gateway "
                : "RDP over UDP to ") + t.server().marked() + " gets no answer: " + asked + ", not a datagram back",
                Phase.UDP, Culprit.UNKNOWN, Confidence.STRONGLY_SUGGESTED, Culprit.NOBODY, Closing.SILENCE,
                List.of()).at(said.first(), said.last()));
    }

    private static Answer answered(UdpCase c) {
        SideTransport t = c.t();
        if (t.asked().times() == 0 || !t.isAnswered()) {
            return CLEAR;
        }
        if (answersLost(t)) {
            return new Found(new Finding(UDP_SYNACK_LOST, Outcome.FAILED, "the server answered over UDP " + t.synAck().times()
                    + " times and the client went on"
                    + " asking: the answers do not reach it", Phase.UDP, Culprit.PATH, Confidence.STRONGLY_SUGGESTED, Culprit.NOBODY,
                    Closing.SILENCE, List.of()).at(t.synAck().first(), t.syn().last()));
        }
        if (!t.security().serverHello().seen() && t.security().alertAt().seen()) {
            Culprit by = t.security().alertFrom() == Side.CLIENT ? Culprit.CLIENT : server(t);
            return new Found(new Finding(UDP_TLS_FAILED, Outcome.FAILED, "the security of " + road(t) + " was refused, the " + by
                    + " sent alert " + t.security().alertCode(), Phase.UDP, by, Confidence.SEEN, by, Closing.ALERT, List.of())
                    .at(t.security().clientHello().first(), t.security().alertAt()));
        }
        if (!t.security().serverHello().seen() && t.security().clientHello().times() >= 2 && t.security().clientHello().last()
                .secondsSince(t.security().clientHello().first()) >= HELLO_SECONDS) {
            return new Found(new Finding(UDP_TLS_FAILED, Outcome.FAILED, road(t) + (t.isGatewayChannel() ? " was begun, and answered"
                    : " was agreed on") + ", then the client's ClientHello came " + t.security().clientHello().times() + " times in "
                    + Quantities.duration(t.security().clientHello().last().secondsSince(t.security().clientHello().first()))
                    + " and no ServerHello", Phase.UDP, Culprit.UNKNOWN, Confidence.STRONGLY_SUGGESTED, Culprit.NOBODY, Closing.SILENCE,
                    List.of()).at(t.security().clientHello().first(), t.security().clientHello().last()));
        }
        if (t.isUp()) {
            for (Side side : Side.values()) {
                Stuck stuck = t.sentBy(side).stuck();
                if (isStalled(t, side)) {
                    return new Found(new Finding(UDP_DATA_STALL, Outcome.INTERRUPTED, stall(side, stuck), Phase.UDP, Culprit.PATH,
                            Confidence.STRONGLY_SUGGESTED, Culprit.NOBODY, Closing.SILENCE, List.of()).at(stuck.first(), stuck.last()));
                }
            }
            boolean serverSilent = t.fromClient().alone() >= SENT_IN_VAIN && t.fromClient().last()
                    .secondsSince(t.fromServer().last()) >= Limits.UDP_DEAD_SECONDS;
            boolean clientSilent = t.fromServer().alone() >= SENT_IN_VAIN && t.fromServer().last()
                    .secondsSince(t.fromClient().last()) >= Limits.UDP_DEAD_SECONDS;
            if (serverSilent || clientSilent) {
                Moment silent = serverSilent ? t.fromServer().last() : t.fromClient().last();
                Moment speaking = serverSilent ? t.fromClient().last() : t.fromServer().last();
                return new Found(new Finding(UDP_KEEPALIVE_DEATH, Outcome.INTERRUPTED,
                        road(t) + " went dead in one direction: nothing came from the "
                                + (serverSilent ? server(t) : Culprit.CLIENT) + " for " + Quantities.duration(speaking.secondsSince(silent))
                                + ", while the " + (serverSilent ? Culprit.CLIENT : server(t)) + " went on",
                        Phase.UDP, Culprit.UNKNOWN,
                        Confidence.STRONGLY_SUGGESTED,
                        Culprit.NOBODY, Closing.SILENCE, List.of()).at(silent, speaking));
            }
            return undetermined(t, road(t) + " came up; how the session ended stands in its TCP connection" + (t.isGatewayChannel()
                    && !t.tunnel().answered().seen() ? ", and whether the gateway gave a way to the host is encrypted" : ""));
        }
        if (t.fromClient().sent() == 0 && t.syn().times() == 1 && t.synAck().first().seen() && (c.endNanos() - t.synAck().first()
                .nanos()) / 1e9 >= Limits.UDP_PATIENCE_SECONDS) {
            return new Found(new Finding(UDP_PORT_CHECK, Outcome.PROBE,
                    "the client asked for RDP over UDP, was answered and did not go on: a check of the"
                            + " port",
                    Phase.UDP, Culprit.NONE, Confidence.STRONGLY_SUGGESTED, Culprit.NOBODY, Closing.SILENCE, List.of())
                    .at(t.syn().first(), t.synAck().first()));
        }
        return undetermined(t, road(t) + " was answered, and what followed does not tell how it ended");
    }

    private static Answer undetermined(SideTransport t, String why) {
        return new Found(new Finding(Signature.UNDETERMINED, Outcome.UNDETERMINED, "this capture cannot tell: " + why, Phase.UDP,
                Culprit.UNKNOWN, Confidence.CANNOT_TELL, Culprit.NOBODY, Closing.SILENCE, List.of())
                .at(t.asked().first(), t.fromClient().last()));
    }
}
