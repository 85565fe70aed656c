package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_KDC_UNREACHABLE;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_TIME_SKEW;
import static dev.rdptrace.diagnosis.rules.NegotiationRules.X224_CC_DOWNGRADE_TO_RDP;
import static dev.rdptrace.diagnosis.rules.OpeningRules.TLS_CLIENT_REJECTS_CERT;
import static dev.rdptrace.diagnosis.rules.PathRules.IP_FRAGMENT_LOSS;
import static dev.rdptrace.diagnosis.rules.PathRules.TCP_HIGH_RTT;
import static dev.rdptrace.diagnosis.rules.SessionRules.ACTIVATION_LOOP;
import static dev.rdptrace.diagnosis.rules.SessionRules.MCS_JOIN_FAILED;
import static dev.rdptrace.diagnosis.rules.SessionRules.TCP_ZERO_WINDOW_CLIENT;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYNACK_FROM_PROXY;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_ZERO_WINDOW_SERVER;
import static dev.rdptrace.diagnosis.rules.TlsRules.CREDSSP_NO_CLIENT_TOKEN;
import static dev.rdptrace.diagnosis.rules.TlsRules.SERVER_SLOW_PHASE;
import static dev.rdptrace.diagnosis.rules.TlsRules.TLS_CERT_EXPIRED;
import static dev.rdptrace.diagnosis.rules.TlsRules.TLS_CERT_NOT_YET_VALID;
import static dev.rdptrace.diagnosis.rules.TlsRules.TLS_LEGACY_SERVER_ONLY;

import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Diagnosis.Warning;
import dev.rdptrace.diagnosis.Fault;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.diagnosis.Words;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.x224.NegotiationFlags;
import dev.rdptrace.wire.x224.Protocols;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.ArrayList;
import java.util.List;

/// What is true and worth knowing although it did not break the attempt.
public final class Warnings {
    public static final Signature TLS_CERT_WEAK = signature("tls-cert-weak", in(Phase.TLS), by(Fault.SERVER));
    public static final Signature TLS_CERT_NAME_MISMATCH = signature("tls-cert-name-mismatch", in(Phase.TLS), by(Fault.SERVER));
    public static final Signature TLS_CERT_SELF_SIGNED = signature("tls-cert-self-signed", in(Phase.TLS), by(Fault.NONE));
    public static final Signature TLS_INTERCEPTION = signature("tls-interception", in(Phase.TLS), by(Fault.PATH));
    public static final Signature ROUTING_TOKEN_AND_COOKIE = signature("routing-token-and-cookie", in(Phase.X224), by(Fault.CLIENT));
    public static final Signature MS_T120_PROBE = signature("ms-t120-probe", in(Phase.MCS), by(Fault.CLIENT));
    public static final Signature TLS_LEGACY_CLIENT_ONLY = signature("tls-legacy-client-only", in(Phase.TLS), by(Fault.CLIENT));
    public static final Signature HONEYPOT_OR_PROXY_SERVER = signature("honeypot-or-proxy-server", in(Phase.X224), by(Fault.NONE));
    public static final Signature TLS_SESSION_RESUMPTION_ODD = signature("tls-session-resumption-odd", in(Phase.TLS), by(Fault.CLIENT));
    public static final Signature CREDSSP_AUTH_SLOW_REJECT = signature("credssp-auth-slow-reject", in(Phase.CREDSSP), by(Fault.SERVER));
    public static final Signature RDG_UNREACHABLE = signature("rdg-unreachable", in(Phase.GATEWAY), by(Fault.PATH));
    public static final Signature RDG_TLS_FAILED = signature("rdg-tls-failed", in(Phase.GATEWAY), by(Fault.GATEWAY));
    public static final Signature RDG_INNER_NLA_FAILED = signature("rdg-inner-nla-failed", in(Phase.GATEWAY), by(Fault.SERVER));
    public static final Signature NEGOTIATION_ALTERED = signature("negotiation-altered", in(Phase.X224), by(Fault.PATH));
    public static final Signature TCP_HIGH_LOSS = signature("tcp-high-loss", in(Phase.TCP), by(Fault.PATH));
    public static final Signature TCP_DUPLICATION = signature("tcp-duplication", in(Phase.TCP), by(Fault.PATH));
    public static final Signature TCP_REORDERING = signature("tcp-reordering", in(Phase.TCP), by(Fault.PATH));
    public static final Signature PMTUD_BLACKHOLE_RECOVERED = signature("pmtud-blackhole-recovered", in(Phase.SESSION), by(Fault.PATH));
    public static final Signature MSS_ASYMMETRIC = signature("mss-asymmetric", in(Phase.TCP), by(Fault.PATH));
    public static final Signature PMTUD_ICMP_BOGUS = signature("pmtud-icmp-bogus", in(Phase.TLS), by(Fault.PATH));
    public static final Signature MSS_NOT_CLAMPED = signature("mss-not-clamped", in(Phase.TCP), by(Fault.PATH));
    public static final Signature VPN_OVERHEAD_MTU = signature("vpn-overhead-mtu", in(Phase.TLS), by(Fault.PATH));
    public static final Signature TCP_DUPLICATE_IP = signature("tcp-duplicate-ip", in(Phase.TCP), by(Fault.PATH));

    private static final long TOLERATED_SKEW_SECONDS = 300;
    private static final double LOSS_RATIO = 0.03;
    private static final double SLOW_SECONDS = 2;
    /// An RDP listener answers the request without any work.
    private static final double SOMEBODY_ELSE_SECONDS = 15;
    /// Windows begins with a TTL of 128; below 64 it would be more than 64 hops away.
    private static final int NOT_WINDOWS = 64;
    private static final int LOWEST_HOP_LIMIT = 32;

    private Warnings() {}

    public static List<Warning> of(Case c, Finding verdict) {
        List<Warning> found = new ArrayList<>();
        certificate(c, verdict, found);
        negotiation(c, verdict, found);
        path(c, verdict, found);
        refusal(c, verdict, found);
        pauseForController(c, verdict, found);
        gateway(c, verdict, found);
        return List.copyOf(found);
    }

    private static void add(List<Warning> found, Finding verdict, Signature signature, String says, List<Long> frames) {
        if (!verdict.is(signature)) {
            found.add(new Warning(signature, says, frames));
        }
    }

    /// The SYN may have been answered late for a reason of its own, a host that slept or an address nobody knew yet: the way
    /// is not as long as that if the request was answered in less than half the time.
    private static boolean answeredSooner(Case c) {
        double toServer = c.attempt().tcp().rttNanos() / 1e9 - c.at(Step.ESTABLISHED).secondsSince(c.at(Step.SYN_ACK));
        return c.reached(Step.ESTABLISHED) && c.reached(Step.REQUEST) && c.reached(Step.CONFIRM)
                && c.at(Step.CONFIRM).secondsSince(c.at(Step.REQUEST)) < toServer / 2;
    }

    private static void certificate(Case c, Finding verdict, List<Warning> found) {
        // What the one who closed had not received is no step of this case: no time, no frame, and nobody was troubled by it.
        if (c.attempt().tls().certificate().isEmpty() || !c.reached(Step.CERTIFICATE)) {
            return;
        }
        CertificateFacts leaf = c.attempt().tls().certificate().get();
        List<Long> frames = List.of(c.at(Step.CERTIFICATE).frame());
        long now = c.at(Step.CERTIFICATE).nanos() / 1_000_000_000L;
        if (now > leaf.notAfter()) {
            add(found, verdict, TLS_CERT_EXPIRED, "the server's certificate expired "
                    + Words.count((now - leaf.notAfter()) / 86_400, "day") + " before the capture", frames);
        } else if (now < leaf.notBefore()) {
            add(found, verdict, TLS_CERT_NOT_YET_VALID, "the server's certificate was not yet valid at the time of the capture", frames);
        }
        String signature = leaf.signatureAlgorithm().toLowerCase(java.util.Locale.ROOT);
        boolean weakSignature = !leaf.selfSigned() && (signature.contains("md5") || signature.contains("sha1") || signature.contains("md2"));
        if (leaf.keyAlgorithm().equals("RSA") && leaf.keyBits() > 0 && leaf.keyBits() < 2048 || weakSignature) {
            add(found, verdict, TLS_CERT_WEAK, "the server's certificate is weak: " + leaf.keyAlgorithm() + " " + leaf.keyBits() + " bits, "
                    + leaf.signatureAlgorithm(), frames);
        }
        String name = c.attempt().tls().clientHello().map(h -> h.serverName()).orElse("");
        if (!name.isEmpty() && !Names.covers(leaf, name)) {
            add(found, verdict, TLS_CERT_NAME_MISMATCH, "the client connects to " + name + ", the certificate is for " + leaf.commonName(), frames);
        }
        boolean perhapsRefused = verdict.is(CREDSSP_NO_CLIENT_TOKEN) && verdict.phase() == Phase.TLS;
        if (leaf.selfSigned() && (perhapsRefused || verdict.is(TLS_CLIENT_REJECTS_CERT))) {
            add(found, verdict, TLS_CERT_SELF_SIGNED, "the server's certificate is self-signed, as RDP hosts make theirs by themselves: not a fault of"
                    + " the server", frames);
        }
        Names.interceptor(c.attempt().tls().certificates()).ifPresent(product -> add(found, verdict, TLS_INTERCEPTION,
                "the certificate was issued by a TLS inspection product (" + product + "), not for this server", frames));
    }

    private static void negotiation(Case c, Finding verdict, List<Warning> found) {
        List<Long> frames = List.of(c.at(Step.REQUEST).frame());
        boolean both = c.attempt().request().map(cr -> cr.oddities().contains(Tpdu.Oddity.TOKEN_AND_COOKIE)).orElse(false);
        if (both) {
            add(found, verdict, ROUTING_TOKEN_AND_COOKIE, "the request carries a routing token and a user cookie; the specification allows one", frames);
        }
        if (c.selected().isStandard() && c.requested().usesTls() && c.reached(Step.CONFIRM) && c.failure().isEmpty()) {
            add(found, verdict, X224_CC_DOWNGRADE_TO_RDP, "the server chose Standard RDP Security although the client offered "
                    + c.requested(), List.of(c.at(Step.CONFIRM).frame()));
        }
        echoes(c, verdict, found);
        if (c.attempt().inner().channels().contains("MS_T120")) {
            add(found, verdict, MS_T120_PROBE, "the client asks for the channel MS_T120, as BlueKeep scanners do",
                    List.of(c.at(Step.CONNECT_INITIAL).frame()));
        }
        boolean offerSeen = c.attempt().tls().clientHello().isPresent();
        boolean oldClient = c.attempt().tls().clientHello().map(h -> h.highestVersion().code() < 0x0303).orElse(false);
        if (oldClient) {
            add(found, verdict, TLS_LEGACY_CLIENT_ONLY, "the client offers TLS 1.1 or older only", List.of(c.at(Step.CLIENT_HELLO).frame()));
        }
        boolean oldServer = c.reached(Step.SERVER_HELLO) && c.attempt().tls().serverHello().map(h -> h.version().code() < 0x0303).orElse(false);
        if (oldServer && offerSeen && !oldClient) {
            add(found, verdict, TLS_LEGACY_SERVER_ONLY, "the server chose TLS 1.1 or older", List.of(c.at(Step.SERVER_HELLO).frame()));
        }
        boolean windows = c.response().map(r -> (r.flags().bits() & NegotiationFlags.Response.NEGRSP_FLAG_RESERVED) != 0).orElse(false);
        int hopLimit = c.server().hopLimit();
        if (windows && c.reached(Step.CONFIRM) && trouble(verdict) && hopLimit > LOWEST_HOP_LIMIT && hopLimit <= NOT_WINDOWS) {
            add(found, verdict, HONEYPOT_OR_PROXY_SERVER, "the negotiation flags are those of Windows, the TTL of " + hopLimit
                    + " is not: a proxy, a relay, a device that rewrites the TTL, or a honeypot answers for the server", List.of(c.at(Step.CONFIRM).frame()));
        }
        if (Activations.within(c) >= Activations.LOOP) {
            add(found, verdict, ACTIVATION_LOOP, "the server began the session " + Activations.within(c) + " times within 20 s",
                    List.of(c.at(Step.DEMAND_ACTIVE).frame()));
        }
        if (c.attempt().tls().resumed() && c.selected().usesCredSsp() && c.attempt().tcp().cutPayload() == 0
                && c.attempt().events().stream().noneMatch(event -> event.kind() == Event.Kind.TCP_GAP)) {
            add(found, verdict, TLS_SESSION_RESUMPTION_ODD, "a resumed TLS session under CredSSP, which the specification does not allow",
                    List.of(c.at(Step.TLS_DONE).frame()));
        }
    }

    private static boolean trouble(Finding verdict) {
        return verdict.outcome() == Outcome.FAILED || verdict.outcome() == Outcome.INTERRUPTED;
    }

    /// A refusal that took long: the server asked somebody first.
    private static void refusal(Case c, Finding verdict, List<Warning> found) {
        Moment sent = c.at(Step.AUTHENTICATE);
        Moment alert = AuthenticationRules.refusingAlert(c);
        Moment answer = c.reached(Step.REFUSED) ? c.at(Step.REFUSED) : alert.seen() ? alert : c.ending().at();
        boolean refused = verdict.phase() == Phase.CREDSSP && verdict.outcome() == Outcome.FAILED && verdict.side() == Fault.SERVER
                && !c.reached(Step.ACCEPTED) && (c.reached(Step.REFUSED) || alert.seen() || c.ending().byServer());
        if (!refused || !sent.seen() || answer.secondsSince(sent) < SLOW_SECONDS) {
            return;
        }
        add(found, verdict, CREDSSP_AUTH_SLOW_REJECT, "the server took " + Words.duration(answer.secondsSince(sent)) + " to refuse the logon"
                + c.controllerInVain().map(dc -> "; meanwhile it asked " + dc.server() + " (port " + dc.port() + ") in vain").orElse(""),
                List.of(sent.frame(), answer.frame()));
    }

    /// Between TLS and its first token a client asks for a ticket: what that takes is not the server's time.
    private static void pauseForController(Case c, Finding verdict, List<Warning> found) {
        if (!c.reached(Step.TLS_DONE) || !c.reached(Step.TOKEN)) {
            return;
        }
        double pause = c.at(Step.TOKEN).secondsSince(c.at(Step.TLS_DONE));
        var deaf = pause >= SLOW_SECONDS ? c.deafController() : java.util.Optional.<Contact>empty();
        deaf.filter(kdc -> kdc.last().isAfter(c.at(Step.TLS_DONE)) && c.at(Step.TOKEN).isAfter(kdc.first())).ifPresent(kdc ->
                add(found, verdict, CREDSSP_KDC_UNREACHABLE, "the client began its logon only " + Words.duration(pause)
                        + " after TLS was up; meanwhile it asked the domain controller " + kdc.server()
                        + " for a Kerberos ticket (port 88) and "
                        + (kdc.refused().seen() ? "was turned away" : "got no answer"), List.of(c.at(Step.TLS_DONE).frame(),
                        kdc.first().frame(), c.at(Step.TOKEN).frame())));
    }

    /// The leg to an RD Gateway decides before RDP is spoken at all.
    private static void gateway(Case c, Finding verdict, List<Warning> found) {
        if (!c.attempt().gateway() || verdict.outcome() != Outcome.FAILED) {
            return;
        }
        if (verdict.phase() == Phase.TCP) {
            add(found, verdict, RDG_UNREACHABLE, c.attempt().server() + " is the RD Gateway: without it no host behind it can be reached, and none was"
                    + " tried", List.of(c.at(Step.SYN).frame()));
        } else if (verdict.phase() == Phase.TLS) {
            add(found, verdict, RDG_TLS_FAILED, "it is the TLS to the RD Gateway that failed; the host behind it was not asked",
                    List.of(c.at(Step.CLIENT_HELLO).frame()));
        } else if (verdict.phase() == Phase.CREDSSP && c.attempt().tunnel().inner()) {
            add(found, verdict, RDG_INNER_NLA_FAILED, "the gateway let the client through; it is the host behind it that refused the logon",
                    List.of(c.at(Step.AUTHENTICATE).frame()));
        }
    }

    /// Client and server repeat the negotiation inside, where nobody between them can change it.
    private static void echoes(Case c, Finding verdict, List<Warning> found) {
        InnerFacts inner = c.attempt().inner();
        long requested = Integer.toUnsignedLong(c.requested().bits());
        if (inner.echoedRequested() >= 0 && c.attempt().request().isPresent() && inner.echoedRequested() != requested) {
            add(found, verdict, NEGOTIATION_ALTERED, "the client asked for " + c.requested() + ", the server believes it asked for "
                    + new Protocols((int) inner.echoedRequested()) + ": somebody between them changed the request",
                    List.of(c.at(Step.REQUEST).frame(), c.at(Step.CONNECT_RESPONSE).frame()));
        }
        long selected = Integer.toUnsignedLong(c.selected().bits());
        if (inner.echoedSelected() >= 0 && c.response().isPresent() && inner.echoedSelected() != selected) {
            add(found, verdict, NEGOTIATION_ALTERED, "the server selected " + c.selected() + ", the client believes it selected "
                    + new Protocols((int) inner.echoedSelected()) + ": somebody between them changed the answer",
                    List.of(c.at(Step.CONFIRM).frame(), c.at(Step.CONNECT_INITIAL).frame()));
        }
        if (inner.channelsGranted() >= 0 && inner.channelsGranted() < inner.channels().size()) {
            add(found, verdict, MCS_JOIN_FAILED, "the client asked for " + Words.count(inner.channels().size(), "channel") + ", the server granted "
                    + inner.channelsGranted(), List.of(c.at(Step.CONNECT_RESPONSE).frame()));
        } else if (inner.joinFailures() > 0) {
            add(found, verdict, MCS_JOIN_FAILED, "the server refused " + Words.count(inner.joinFailures(), "channel join"),
                    List.of(c.at(Step.CHANNEL_JOIN).frame()));
        }
        long skew = c.attempt().authentication().clockSkewNanos();
        if (skew != AuthenticationFacts.NO_SKEW && Math.abs(skew / 1_000_000_000L) > TOLERATED_SKEW_SECONDS) {
            add(found, verdict, CREDSSP_TIME_SKEW, "the server's clock is " + Words.duration(Math.abs(skew / 1_000_000_000L))
                    + (skew > 0 ? " ahead of" : " behind") + " the capture's: Kerberos tolerates five minutes", List.of(c.at(Step.CHALLENGE).frame()));
        }
    }

    private static void path(Case c, Finding verdict, List<Warning> found) {
        if (c.attempt().tcp().fragmented() > 0) {
            add(found, verdict, IP_FRAGMENT_LOSS, Words.count(c.attempt().tcp().fragmented(), "packet")
                    + " of this connection came in IP fragments: the path is narrower than the packets", List.of());
        }
        int repairs = 0;
        long packets = 0;
        for (Side side : Side.values()) {
            HalfFacts half = c.attempt().tcp().half(side);
            repairs += half.retransmissions() + half.lossRepairs();
            packets += half.packets();
        }
        if (repairs >= 3 && repairs >= LOSS_RATIO * packets) {
            add(found, verdict, TCP_HIGH_LOSS, "packets are lost: " + repairs + " of " + packets + " were sent again", List.of());
        }
        int copies = c.client().duplicates() + c.server().duplicates();
        if (copies >= 3) {
            add(found, verdict, TCP_DUPLICATION, Words.count(copies, "packet") + " of this connection came twice: the network, or the capture,"
                    + " doubles them", List.of());
        }
        int overtaken = c.client().outOfOrder() + c.server().outOfOrder();
        if (overtaken >= 3 && overtaken >= LOSS_RATIO * packets) {
            add(found, verdict, TCP_REORDERING, Words.count(overtaken, "packet") + " overtook others on the way", List.of());
        }
        if (c.attempt().sessionUp() && c.client().shrunkSegments() + c.server().shrunkSegments() > 0) {
            add(found, verdict, PMTUD_BLACKHOLE_RECOVERED, "large packets were lost until their sender cut them smaller: the path MTU is smaller"
                    + " than the MSS promises, and no ICMP says so", List.of());
        }
        double answered = c.reached(Step.REQUEST) && c.reached(Step.CONFIRM) ? c.at(Step.CONFIRM).secondsSince(c.at(Step.REQUEST)) : 0;
        if (answered >= SOMEBODY_ELSE_SECONDS && c.reached(Step.SYN_ACK) && c.client().retransmissions() == 0) {
            add(found, verdict, TCP_SYNACK_FROM_PROXY, "TCP was accepted within " + Words.duration(c.at(Step.SYN_ACK).secondsSince(c.at(Step.SYN)))
                    + ", the first RDP byte came " + Words.duration(answered) + " after the request: as when an intermediary accepts TCP for the server and"
                    + " only then looks for it", List.of(c.at(Step.SYN_ACK).frame(), c.at(Step.CONFIRM).frame()));
        }
        SlowStep.longest(c).ifPresent(slow -> add(found, verdict, SERVER_SLOW_PHASE, "the server took " + Words.duration(slow.seconds())
                + " to answer " + slow.question().says() + " with " + slow.answer().says(), List.of(c.at(slow.question()).frame(), c.at(slow.answer()).frame())));
        if (c.server().zeroWindowNanos() > 2_000_000_000L) {
            add(found, verdict, TCP_ZERO_WINDOW_SERVER, "the server took no data for " + Words.duration(c.server().zeroWindowNanos() / 1e9),
                    c.server().zeroWindowFrames());
        }
        if (c.client().zeroWindowNanos() > 2_000_000_000L) {
            add(found, verdict, TCP_ZERO_WINDOW_CLIENT, "the client took no data for " + Words.duration(c.client().zeroWindowNanos() / 1e9),
                    c.client().zeroWindowFrames());
        }
        int clientMss = c.client().mss();
        int serverMss = c.server().mss();
        if (clientMss > 0 && serverMss > 0 && Math.abs(clientMss - serverMss) >= 100) {
            add(found, verdict, MSS_ASYMMETRIC, "the two ends announce different segment sizes: client " + clientMss + ", server " + serverMss,
                    List.of(c.at(Step.SYN).frame(), c.at(Step.SYN_ACK).frame()));
        }
        double rtt = c.attempt().tcp().rttNanos() / 1e6;
        if (rtt >= 300 && !answeredSooner(c)) {
            add(found, verdict, TCP_HIGH_RTT, "a round trip takes " + Words.duration(rtt / 1000), List.of(c.at(Step.SYN_ACK).frame()));
        }
        for (IcmpFacts icmp : c.attempt().tcp().icmp()) {
            if (icmp.tooBig()) {
                boolean bogus = icmp.mtu() < (icmp.version6() ? 1280 : 576);
                add(found, verdict, bogus ? PMTUD_ICMP_BOGUS : MSS_NOT_CLAMPED, icmp.sender() + " says that packets above " + icmp.mtu()
                        + " bytes do not pass", List.of(icmp.at().frame()));
                Tunnels.fitting(icmp.mtu()).ifPresent(kind -> add(found, verdict, VPN_OVERHEAD_MTU, "a path MTU of " + icmp.mtu()
                        + " bytes is that of " + kind, List.of(icmp.at().frame())));
                break;
            }
        }
        if (c.attempt().tcp().synAckVariants() > 1) {
            add(found, verdict, TCP_DUPLICATE_IP, "two different SYN-ACKs answered one SYN: two hosts may own the address",
                    List.of(c.at(Step.SYN_ACK).frame()));
        }
    }
}
