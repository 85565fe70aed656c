package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.bytes.Identity.NAME;
import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Answer.noted;
import static dev.rdptrace.diagnosis.Rule.aside;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_KDC_UNREACHABLE;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_TIME_SKEW;
import static dev.rdptrace.diagnosis.rules.NegotiationRules.X224_CC_DOWNGRADE_TO_RDP;
import static dev.rdptrace.diagnosis.rules.OpeningRules.TLS_CLIENT_REJECTS_CERT;
import static dev.rdptrace.diagnosis.rules.PathRules.IP_FRAGMENT_LOSS;
import static dev.rdptrace.diagnosis.rules.PathRules.TCP_HIGH_RTT;
import static dev.rdptrace.diagnosis.rules.SessionEndRules.TCP_ZERO_WINDOW_CLIENT;
import static dev.rdptrace.diagnosis.rules.SessionRules.ACTIVATION_LOOP;
import static dev.rdptrace.diagnosis.rules.SessionRules.MCS_JOIN_FAILED;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYNACK_FROM_PROXY;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYN_NO_RESPONSE;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_ZERO_WINDOW_SERVER;
import static dev.rdptrace.diagnosis.rules.TlsAlertRules.TLS_LEGACY_SERVER_ONLY;
import static dev.rdptrace.diagnosis.rules.RelayRules.AVD_GATEWAY;
import static dev.rdptrace.diagnosis.rules.RelayRules.LOCAL_TUNNEL;
import static dev.rdptrace.diagnosis.rules.RelayRules.WEB_FRONT_END;
import static dev.rdptrace.diagnosis.rules.TlsRules.CREDSSP_NO_CLIENT_TOKEN;
import static dev.rdptrace.diagnosis.rules.TlsRules.SERVER_SLOW_PHASE;
import static dev.rdptrace.diagnosis.rules.TlsRules.TLS_CERT_EXPIRED;
import static dev.rdptrace.diagnosis.rules.TlsRules.TLS_CERT_NOT_YET_VALID;
import static dev.rdptrace.diagnosis.rules.TlsRules.TLS_OFFER_DIFFERS;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Noted;
import dev.rdptrace.diagnosis.Aside;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.TlsVersion;
import dev.rdptrace.wire.x224.NegotiationFlags;
import dev.rdptrace.wire.x224.Protocols;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// What is true and worth knowing although it did not break the attempt.
public final class WarningRules {
    public static final Signature TLS_CERT_WEAK = signature("tls-cert-weak", in(Phase.TLS), by(Culprit.SERVER));
    public static final Signature TLS_CERT_NAME_MISMATCH = signature("tls-cert-name-mismatch", in(Phase.TLS), by(Culprit.SERVER));
    public static final Signature TLS_CERT_SELF_SIGNED = signature("tls-cert-self-signed", in(Phase.TLS), by(Culprit.NONE));
    public static final Signature TLS_INTERCEPTION = signature("tls-interception", in(Phase.TLS), by(Culprit.PATH));
    public static final Signature ROUTING_TOKEN_AND_COOKIE = signature("routing-token-and-cookie", in(Phase.X224), by(Culprit.CLIENT));
    public static final Signature MS_T120_PROBE = signature("ms-t120-probe", in(Phase.MCS), by(Culprit.CLIENT));
    public static final Signature TLS_LEGACY_CLIENT_ONLY = signature("tls-legacy-client-only", in(Phase.TLS), by(Culprit.CLIENT));
    public static final Signature HONEYPOT_OR_PROXY_SERVER = signature("honeypot-or-proxy-server", in(Phase.X224), by(Culprit.NONE));
    public static final Signature TLS_SESSION_RESUMPTION_ODD = signature("tls-session-resumption-odd", in(Phase.TLS), by(Culprit.CLIENT));
    public static final Signature CREDSSP_AUTH_SLOW_REJECT = signature("credssp-auth-slow-reject", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature RDG_UNREACHABLE = signature("rdg-unreachable", in(Phase.GATEWAY), by(Culprit.PATH));
    public static final Signature RDG_TLS_FAILED = signature("rdg-tls-failed", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_INNER_NLA_FAILED = signature("rdg-inner-nla-failed", in(Phase.GATEWAY), by(Culprit.SERVER));
    public static final Signature NEGOTIATION_ALTERED = signature("negotiation-altered", in(Phase.X224), by(Culprit.PATH));
    public static final Signature TCP_HIGH_LOSS = signature("tcp-high-loss", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature TCP_DUPLICATION = signature("tcp-duplication", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature TCP_REORDERING = signature("tcp-reordering", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature PMTUD_BLACKHOLE_RECOVERED = signature("pmtud-blackhole-recovered", in(Phase.SESSION), by(Culprit.PATH));
    public static final Signature MSS_ASYMMETRIC = signature("mss-asymmetric", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature PMTUD_ICMP_BOGUS = signature("pmtud-icmp-bogus", in(Phase.TLS), by(Culprit.PATH));
    public static final Signature MSS_NOT_CLAMPED = signature("mss-not-clamped", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature VPN_OVERHEAD_MTU = signature("vpn-overhead-mtu", in(Phase.TLS), by(Culprit.PATH));
    public static final Signature TCP_SYN_SILENT_HOST = signature("tcp-syn-silent-host", in(Phase.TCP), by(Culprit.SERVER));
    public static final Signature TCP_DUPLICATE_IP = signature("tcp-duplicate-ip", in(Phase.TCP), by(Culprit.PATH));

    private static final double LOSS_RATIO = 0.03;
    /// Windows begins with a TTL of 128; below 64 it would be more than 64 hops away.
    private static final int NOT_WINDOWS = 64;
    private static final int LOWEST_HOP_LIMIT = 32;

    private WarningRules() {}

    static List<Rule<Aside>> all() {
        return List.of(
                aside(WarningRules::certificateDates, TLS_CERT_EXPIRED, TLS_CERT_NOT_YET_VALID),
                aside(WarningRules::certificateWeak, TLS_CERT_WEAK),
                aside(WarningRules::certificateName, TLS_CERT_NAME_MISMATCH),
                aside(WarningRules::certificateSelfSigned, TLS_CERT_SELF_SIGNED),
                aside(WarningRules::interceptor, TLS_INTERCEPTION),
                aside(WarningRules::tokenAndCookie, ROUTING_TOKEN_AND_COOKIE),
                aside(WarningRules::downgraded, X224_CC_DOWNGRADE_TO_RDP),
                aside(WarningRules::requestAltered, NEGOTIATION_ALTERED),
                aside(WarningRules::answerAltered, NEGOTIATION_ALTERED),
                aside(WarningRules::channelsMissing, MCS_JOIN_FAILED),
                aside(WarningRules::clockSkew, CREDSSP_TIME_SKEW),
                aside(WarningRules::blueKeep, MS_T120_PROBE),
                aside(WarningRules::oldClient, TLS_LEGACY_CLIENT_ONLY),
                aside(WarningRules::oldServer, TLS_LEGACY_SERVER_ONLY),
                aside(TlsRules::offer, TLS_OFFER_DIFFERS),
                aside(WarningRules::anotherSystem, HONEYPOT_OR_PROXY_SERVER),
                aside(WarningRules::startedAgain, ACTIVATION_LOOP),
                aside(WarningRules::resumed, TLS_SESSION_RESUMPTION_ODD),
                aside(WarningRules::silentHost, TCP_SYN_SILENT_HOST),
                aside(WarningRules::fragments, IP_FRAGMENT_LOSS),
                aside(WarningRules::loss, TCP_HIGH_LOSS),
                aside(WarningRules::copies, TCP_DUPLICATION),
                aside(WarningRules::overtaken, TCP_REORDERING),
                aside(WarningRules::cutSmaller, PMTUD_BLACKHOLE_RECOVERED),
                aside(WarningRules::acceptedForAnother, TCP_SYNACK_FROM_PROXY),
                aside(WarningRules::slowAnswer, SERVER_SLOW_PHASE),
                aside(WarningRules::serverTookNothing, TCP_ZERO_WINDOW_SERVER),
                aside(WarningRules::clientTookNothing, TCP_ZERO_WINDOW_CLIENT),
                aside(WarningRules::segmentSizes, MSS_ASYMMETRIC),
                aside(WarningRules::roundTrip, TCP_HIGH_RTT),
                aside(WarningRules::tooBig, PMTUD_ICMP_BOGUS, MSS_NOT_CLAMPED, VPN_OVERHEAD_MTU),
                aside(WarningRules::twoHosts, TCP_DUPLICATE_IP),
                aside(WarningRules::slowRefusal, CREDSSP_AUTH_SLOW_REJECT),
                aside(WarningRules::pauseForController, CREDSSP_KDC_UNREACHABLE),
                aside(WarningRules::gateway, RDG_UNREACHABLE, RDG_TLS_FAILED, RDG_INNER_NLA_FAILED),
                aside(RelayRules::virtualDesktop, AVD_GATEWAY),
                aside(RelayRules::oneMachine, LOCAL_TUNNEL),
                aside(RelayRules::frontEnd, WEB_FRONT_END));
    }

    // ---- certificate ----

    /// What is true of a certificate.
    private interface Look {
        /// @param whose the server's or the gateway's
        Optional<Warning> at(String whose, Attempt leg, CertificateFacts leaf);
    }

    /// Looks at the server's certificate, and at the gateway's where the server's was shown behind one. What the one who closed had
    /// not received is no step of this case: no time, no frame, and nobody was troubled by it.
    private static Answer certificates(Case c, Look look) {
        Optional<Warning> gateways = c.attempt().tunnel().inner() ? certificate("gateway", c.leg(), look) : Optional.empty();
        Optional<Warning> servers = certificate("server", c.attempt(), look);
        return gateways.isEmpty() ? noted(servers) : new Noted(Stream.concat(servers.stream(), gateways.stream()).toList());
    }

    private static Optional<Warning> certificate(String whose, Attempt leg, Look look) {
        return leg.tls().certificate().filter(_ -> leg.reached(Step.CERTIFICATE)).flatMap(leaf -> look.at(whose, leg, leaf));
    }

    private static Optional<Warning> shown(Signature signature, String says, Attempt leg) {
        return Optional.of(new Warning(signature, says, List.of(leg.at(Step.CERTIFICATE).frame())));
    }

    private static Answer certificateDates(Aside a) {
        return certificates(a.c(), (whose, leg, leaf) -> {
            long now = leg.at(Step.CERTIFICATE).nanos() / 1_000_000_000L;
            return now > leaf.notAfter() ? shown(TLS_CERT_EXPIRED, "the " + whose + "'s certificate expired "
                    + Quantities.count((now - leaf.notAfter()) / 86_400, "day") + " before the capture", leg)
                    : now < leaf.notBefore() ? shown(TLS_CERT_NOT_YET_VALID, "the " + whose
                            + "'s certificate was not yet valid at the time of the capture", leg)
                    : Optional.empty();
        });
    }

    private static Answer certificateWeak(Aside a) {
        return certificates(a.c(), (whose, leg, leaf) -> !isWeak(leaf) ? Optional.empty() : shown(TLS_CERT_WEAK, "the " + whose
                + "'s certificate is weak: " + leaf.keyAlgorithm() + " " + leaf.keyBits() + " bits, " + leaf.signatureAlgorithm(), leg));
    }

    private static boolean isWeak(CertificateFacts leaf) {
        String signature = leaf.signatureAlgorithm().toLowerCase(Locale.ROOT);
        return leaf.keyAlgorithm().equals("RSA") && leaf.keyBits() > 0 && leaf.keyBits() < 2048
                || !leaf.selfSigned() && (signature.contains("md5") || signature.contains("sha1") || signature.contains("md2"));
    }

    private static Answer certificateName(Aside a) {
        return certificates(a.c(), (_, leg, leaf) -> {
            String name = leg.tls().clientHello().map(ClientHello::serverName).orElse("");
            return name.isEmpty() || CertificateNames.covers(leaf, name) ? Optional.empty() : shown(TLS_CERT_NAME_MISMATCH,
                    "the client connects to " + HOST.of(name) + ", the certificate is for " + NAME.of(leaf.holder()), leg);
        });
    }

    private static Answer certificateSelfSigned(Aside a) {
        boolean refused = a.verdict().is(CREDSSP_NO_CLIENT_TOKEN) && a.verdict().phase() == Phase.TLS || a.verdict()
                .is(TLS_CLIENT_REJECTS_CERT);
        return !refused ? CLEAR : noted(certificate("server", a.c().attempt(), (_, leg, leaf) -> !leaf.selfSigned() ? Optional.empty()
                : shown(TLS_CERT_SELF_SIGNED, "the server's certificate is self-signed, as RDP hosts make theirs by themselves: not a"
                        + " fault of the server", leg)));
    }

    private static Answer interceptor(Aside a) {
        return certificates(a.c(), (whose, leg, _) -> CertificateNames.interceptor(leg.tls().certificates())
                .flatMap(product -> shown(TLS_INTERCEPTION,
                        "the certificate was issued by a TLS inspection product (" + product + "), not for this " + whose, leg)));
    }

    // ---- negotiation ----

    private static Answer tokenAndCookie(Aside a) {
        return a.c().attempt().x224().request().filter(cr -> cr.oddities().contains(Tpdu.Oddity.TOKEN_AND_COOKIE)).isPresent()
                ? noted(ROUTING_TOKEN_AND_COOKIE,
                        "the request carries a routing token and a user cookie; the specification allows one", a.c().at(Step.REQUEST))
                : CLEAR;
    }

    private static Answer downgraded(Aside a) {
        Case c = a.c();
        return c.selected().isStandard() && c.requested().usesTls() && c.reached(Step.CONFIRM) && c.failure().isEmpty()
                ? noted(X224_CC_DOWNGRADE_TO_RDP, "the server chose Standard RDP Security although the client offered " + c.requested(),
                        c.at(Step.CONFIRM))
                : CLEAR;
    }

    /// Client and server repeat the negotiation inside, where nobody between them can change it.
    private static Answer requestAltered(Aside a) {
        Case c = a.c();
        long echoed = c.attempt().inner().echoed().requested();
        return echoed >= 0 && c.attempt().x224().request().isPresent() && echoed != Integer.toUnsignedLong(c.requested().bits())
                ? noted(NEGOTIATION_ALTERED, "the client asked for " + c.requested() + ", the server believes it asked for "
                        + new Protocols((int) echoed) + ": somebody between them changed the request", c.at(Step.REQUEST),
                        c.at(Step.CONNECT_RESPONSE))
                : CLEAR;
    }

    private static Answer answerAltered(Aside a) {
        Case c = a.c();
        long echoed = c.attempt().inner().echoed().selected();
        return echoed >= 0 && c.response().isPresent() && echoed != Integer.toUnsignedLong(c.selected().bits())
                ? noted(NEGOTIATION_ALTERED, "the server selected " + c.selected() + ", the client believes it selected "
                        + new Protocols((int) echoed) + ": somebody between them changed the answer", c.at(Step.CONFIRM),
                        c.at(Step.CONNECT_INITIAL))
                : CLEAR;
    }

    private static Answer channelsMissing(Aside a) {
        InnerFacts inner = a.c().attempt().inner();
        if (inner.conference().channelsGranted() >= 0 && inner.conference().channelsGranted() < inner.conference().channels().size()) {
            return noted(MCS_JOIN_FAILED, "the client asked for " + Quantities.count(inner.conference().channels().size(), "channel")
                    + ", the server granted " + inner.conference().channelsGranted(), a.c().at(Step.CONNECT_RESPONSE));
        }
        return inner.conference().joinFailures() > 0 ? noted(MCS_JOIN_FAILED, "the server refused "
                + Quantities.count(inner.conference().joinFailures(), "channel join"),
                a.c().at(Step.CHANNEL_JOIN)) : CLEAR;
    }

    private static Answer clockSkew(Aside a) {
        long skew = a.c().attempt().authentication().clockSkewNanos();
        return skew != AuthenticationFacts.NO_SKEW && Math.abs(skew / 1_000_000_000L) > Limits.CLOCK_SKEW_SECONDS ? noted(CREDSSP_TIME_SKEW,
                "the server's clock is " + Quantities.duration(Math.abs(skew / 1_000_000_000L)) + (skew > 0 ? " ahead of" : " behind")
                        + " the capture's: Kerberos tolerates five minutes",
                a.c().at(Step.CHALLENGE)) : CLEAR;
    }

    private static Answer blueKeep(Aside a) {
        return a.c().attempt().inner().conference().channels().contains("MS_T120") ? noted(MS_T120_PROBE,
                "the client asks for the channel MS_T120, as BlueKeep scanners do", a.c().at(Step.CONNECT_INITIAL)) : CLEAR;
    }

    private static boolean offersOldTls(Case c) {
        return c.attempt().tls().clientHello().map(hello -> hello.highestVersion().code() < TlsVersion.TLS_1_2).orElse(false);
    }

    private static Answer oldClient(Aside a) {
        return offersOldTls(a.c()) ? noted(TLS_LEGACY_CLIENT_ONLY, "the client offers TLS 1.1 or older only", a.c().at(Step.CLIENT_HELLO))
                : CLEAR;
    }

    private static Answer oldServer(Aside a) {
        Case c = a.c();
        boolean old = c.reached(Step.SERVER_HELLO) && c.attempt().tls().serverHello()
                .map(hello -> hello.version().code() < TlsVersion.TLS_1_2).orElse(false);
        return old && c.attempt().tls().clientHello().isPresent() && !offersOldTls(c)
                ? noted(TLS_LEGACY_SERVER_ONLY, "the server chose TLS 1.1 or older", c.at(Step.SERVER_HELLO)) : CLEAR;
    }

    private static Answer anotherSystem(Aside a) {
        Case c = a.c();
        boolean windows = c.response().map(r -> (r.flags().bits() & NegotiationFlags.Response.NEGRSP_FLAG_RESERVED) != 0).orElse(false);
        int hopLimit = c.server().habits().hopLimit();
        return windows && c.reached(Step.CONFIRM) && a.verdict().outcome().isTrouble() && hopLimit > LOWEST_HOP_LIMIT
                && hopLimit <= NOT_WINDOWS
                        ? noted(HONEYPOT_OR_PROXY_SERVER, "the negotiation flags are those of Windows, the TTL of "
                                + hopLimit
                                + " is not: a proxy, a relay, a device that rewrites the TTL, or a honeypot answers for the server",
                                c.at(Step.CONFIRM))
                        : CLEAR;
    }

    private static Answer startedAgain(Aside a) {
        int times = Activations.within(a.c());
        return times >= Activations.LOOP ? noted(ACTIVATION_LOOP, "the server began the session " + times + " times within 20 s",
                a.c().at(Step.DEMAND_ACTIVE)) : CLEAR;
    }

    private static Answer resumed(Aside a) {
        Case c = a.c();
        return c.attempt().tls().resumed() && c.selected().usesCredSsp() && c.attempt().tcp().cutPayload() == 0
                && c.attempt().events().stream().noneMatch(event -> event.kind() == Event.Kind.TCP_GAP)
                        ? noted(TLS_SESSION_RESUMPTION_ODD, "a resumed TLS session under CredSSP, which the specification does not allow",
                                c.at(Step.TLS_DONE))
                        : CLEAR;
    }

    // ---- path ----

    /// RFC 826, RFC 4861: the server's own card was heard just before the first SYN or later. A router's card says nothing of
    /// the hosts behind it.
    private static Answer silentHost(Aside a) {
        Case c = a.c();
        Moment card = c.surroundings().companions().adjacent().getOrDefault(c.attempt().server().address(), Moment.NEVER);
        return a.verdict().is(TCP_SYN_NO_RESPONSE) && card.seen() && c.at(Step.SYN).secondsSince(card) <= Limits.CARD_SECONDS
                ? noted(TCP_SYN_SILENT_HOST, "the network card of " + c.attempt().server().markedAddress() + " answers on this network ("
                        + (c.attempt().server().isIpv4() ? "ARP" : "neighbour discovery") + "): the machine is there, and its system,"
                        + " asleep or by its own firewall, does not answer the SYN", card, c.at(Step.SYN))
                : CLEAR;
    }

    private static Answer fragments(Aside a) {
        int fragmented = a.c().attempt().tcp().fragmented();
        return fragmented > 0 ? noted(IP_FRAGMENT_LOSS, Quantities.count(fragmented, "packet")
                + " of this connection came in IP fragments: the path is narrower than the packets") : CLEAR;
    }

    private static Answer loss(Aside a) {
        Case c = a.c();
        int repairs = c.attempt().tcp().repeats();
        return repairs >= 3 && repairs >= LOSS_RATIO * c.attempt().tcp().packets()
                ? noted(TCP_HIGH_LOSS, "packets are lost: " + repairs + " of " + c.attempt().tcp().packets() + " were sent again") : CLEAR;
    }

    private static Answer copies(Aside a) {
        int copies = a.c().client().traffic().duplicates() + a.c().server().traffic().duplicates();
        return copies >= 3 ? noted(TCP_DUPLICATION, Quantities.count(copies, "packet")
                + " of this connection came twice: the network, or the capture,"
                + " doubles them") : CLEAR;
    }

    private static Answer overtaken(Aside a) {
        int overtaken = a.c().client().traffic().outOfOrder() + a.c().server().traffic().outOfOrder();
        return overtaken >= 3 && overtaken >= LOSS_RATIO * a.c().attempt().tcp().packets()
                ? noted(TCP_REORDERING, Quantities.count(overtaken, "packet") + " overtook others on the way") : CLEAR;
    }

    private static Answer cutSmaller(Aside a) {
        return a.c().attempt().sessionUp() && a.c().client().traffic().shrunkSegments() + a.c().server().traffic().shrunkSegments() > 0
                ? noted(PMTUD_BLACKHOLE_RECOVERED, "large packets were lost until their sender cut them smaller: the path MTU is smaller"
                        + " than the MSS promises, and no ICMP says so")
                : CLEAR;
    }

    private static Answer acceptedForAnother(Aside a) {
        Case c = a.c();
        double answered = c.reached(Step.REQUEST) && c.reached(Step.CONFIRM) ? c.at(Step.CONFIRM).secondsSince(c.at(Step.REQUEST)) : 0;
        return answered >= Limits.SOMEBODY_ELSE_SECONDS && c.reached(Step.SYN_ACK) && c.client().traffic().retransmissions() == 0
                ? noted(TCP_SYNACK_FROM_PROXY,
                        "TCP was accepted within " + Quantities.duration(c.at(Step.SYN_ACK).secondsSince(c.at(Step.SYN)))
                                + ", the first RDP byte came "
                                + Quantities.duration(answered)
                                + " after the request: as when an intermediary accepts TCP for the server and only"
                                + " then looks for it",
                        c.at(Step.SYN_ACK), c.at(Step.CONFIRM))
                : CLEAR;
    }

    private static Answer slowAnswer(Aside a) {
        return SlowStep.longest(a.c()).map(slow -> noted(SERVER_SLOW_PHASE, "the server took " + Quantities.duration(slow.seconds())
                + " to answer " + slow.question().says() + " with " + slow.answer().says(), a.c().at(slow.question()),
                a.c()
                        .at(slow.answer())))
                .orElse(CLEAR);
    }

    private static Answer serverTookNothing(Aside a) {
        return tookNothing(TCP_ZERO_WINDOW_SERVER, "server", a.c().server());
    }

    private static Answer clientTookNothing(Aside a) {
        return tookNothing(TCP_ZERO_WINDOW_CLIENT, "client", a.c().client());
    }

    private static Answer tookNothing(Signature signature, String who, HalfFacts half) {
        return half.zeroWindow().nanos() > Limits.ZERO_WINDOW_NANOS ? new Noted(List.of(new Warning(signature, "the " + who
                + " took no data for " + Quantities.duration(half.zeroWindow().nanos() / 1e9), half.zeroWindow().frames()))) : CLEAR;
    }

    private static Answer segmentSizes(Aside a) {
        int client = a.c().client().habits().mss();
        int server = a.c().server().habits().mss();
        return client > 0 && server > 0 && Math.abs(client - server) >= 100
                ? noted(MSS_ASYMMETRIC, "the two ends announce different segment sizes:"
                        + " client " + client + ", server " + server, a.c().at(Step.SYN), a.c().at(Step.SYN_ACK))
                : CLEAR;
    }

    private static Answer roundTrip(Aside a) {
        double seconds = a.c().attempt().tcp().rttNanos() / 1e9;
        return seconds >= Limits.SLOW_PATH_SECONDS && !answeredSooner(a.c())
                ? noted(TCP_HIGH_RTT, "a round trip takes " + Quantities.duration(seconds), a.c().at(Step.SYN_ACK)) : CLEAR;
    }

    /// The SYN may have been answered late for a reason of its own, a host that slept or an address nobody knew yet: the way
    /// is not as long as that if the request was answered in less than half the time.
    private static boolean answeredSooner(Case c) {
        double toServer = c.attempt().tcp().rttNanos() / 1e9 - c.at(Step.ESTABLISHED).secondsSince(c.at(Step.SYN_ACK));
        return c.reached(Step.ESTABLISHED) && c.reached(Step.REQUEST) && c.reached(Step.CONFIRM)
                && c.at(Step.CONFIRM).secondsSince(c.at(Step.REQUEST)) < toServer / 2;
    }

    private static Answer tooBig(Aside a) {
        return a.c().icmpTooBig().<Answer>map(icmp -> {
            boolean told = icmp.mtu() > 0; // old routers do not tell (RFC 1191 5)
            boolean bogus = told && icmp.mtu() < (icmp.version6() ? 1280 : 576);
            Warning small = new Warning(bogus ? PMTUD_ICMP_BOGUS : MSS_NOT_CLAMPED, HOST.of(icmp.sender()) + " says that " + (told
                    ? "packets above " + icmp.mtu() + " bytes do not pass" : "a packet is too big, and not what would pass"),
                    List.of(icmp.at().frame()));
            Optional<Warning> tunnel = TunnelSizes.fitting(icmp.mtu())
                    .map(kind -> new Warning(VPN_OVERHEAD_MTU, "a path MTU of " + icmp.mtu()
                            + " bytes is that of " + kind, small.frames()));
            return new Noted(Stream.concat(Stream.of(small), tunnel.stream()).toList());
        }).orElse(CLEAR);
    }

    private static Answer twoHosts(Aside a) {
        return a.c().attempt().tcp().synAckVariants() > 1
                ? noted(TCP_DUPLICATE_IP, "two different SYN-ACKs answered one SYN: two hosts may own the"
                        + " address", a.c().at(Step.SYN_ACK))
                : CLEAR;
    }

    // ---- logon ----

    /// A refusal that took long: the server asked somebody first.
    private static Answer slowRefusal(Aside a) {
        Case c = a.c();
        Finding verdict = a.verdict();
        Moment sent = c.at(Step.AUTHENTICATE);
        Moment alert = AuthenticationRules.refusingAlert(c);
        Moment answer = c.reached(Step.REFUSED) ? c.at(Step.REFUSED) : alert.seen() ? alert : c.ending().at();
        boolean refused = verdict.phase() == Phase.CREDSSP && verdict.outcome() == Outcome.FAILED && verdict.side() == Culprit.SERVER
                && !c.reached(Step.ACCEPTED) && (c.reached(Step.REFUSED) || alert.seen() || c.ending().byServer());
        return refused && sent.seen() && answer.secondsSince(sent) >= Limits.SLOW_LOGON_SECONDS
                ? noted(CREDSSP_AUTH_SLOW_REJECT, "the server took "
                        + Quantities.duration(answer.secondsSince(sent)) + " to refuse the logon" + c.controllerInVain()
                                .map(dc -> "; meanwhile it asked "
                                        + HOST.of(dc.server()) + " (port " + dc.port() + ") in vain")
                                .orElse(""),
                        sent, answer)
                : CLEAR;
    }

    /// Between TLS and its first token a client asks for a ticket: what that takes is not the server's time.
    private static Answer pauseForController(Aside a) {
        Case c = a.c();
        Moment tls = c.at(Step.TLS_DONE);
        Moment token = c.at(Step.TOKEN);
        if (!tls.seen() || !token.seen() || token.secondsSince(tls) < Limits.SLOW_LOGON_SECONDS) {
            return CLEAR;
        }
        return c.deafController().filter(kdc -> kdc.last().isAfter(tls) && token.isAfter(kdc.first()))
                .map(kdc -> noted(CREDSSP_KDC_UNREACHABLE,
                        "the client began its logon only " + Quantities.duration(token.secondsSince(tls))
                                + " after TLS was up; meanwhile it asked the domain"
                                + " controller " + HOST.of(kdc.server()) + " for a Kerberos ticket (port 88) and "
                                + (kdc.refused().seen() ? "was turned away" : "got no answer"),
                        tls, kdc.first(), token))
                .orElse(CLEAR);
    }

    /// The leg to an RD Gateway decides before RDP is spoken at all.
    private static Answer gateway(Aside a) {
        Case c = a.c();
        if (!c.attempt().gateway() || a.verdict().outcome() != Outcome.FAILED) {
            return CLEAR;
        }
        return switch (a.verdict().phase()) {
            case TCP -> noted(RDG_UNREACHABLE, c.attempt().server()
                    + " is the RD Gateway: without it no host behind it can be reached, and none was"
                    + " tried", c.at(Step.SYN));
            case TLS -> noted(RDG_TLS_FAILED, "it is the TLS to the RD Gateway that failed; the host behind it was not asked",
                    c.at(Step.CLIENT_HELLO));
            case CREDSSP -> c.attempt().tunnel().inner()
                    ? noted(RDG_INNER_NLA_FAILED, "the gateway let the client through; it is the host behind it"
                            + " that refused the logon", c.at(Step.AUTHENTICATE))
                    : CLEAR;
            default -> CLEAR;
        };
    }
}
