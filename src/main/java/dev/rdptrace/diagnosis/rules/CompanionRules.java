package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.bytes.Identity.NAME;
import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Answer.noted;
import static dev.rdptrace.diagnosis.Rule.aside;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_ACCOUNT_STATE;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_AUTH_REJECTED_ERRORCODE;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_AUTH_REJECTED_LOGON_RIGHT;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_AUTH_REJECTED_NO_CONTROLLER;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_AUTH_REJECTED_SERVICE_NAME;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_TICKET_REFUSED;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_TIME_SKEW;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYN_REFUSED;
import static dev.rdptrace.diagnosis.rules.UdpRules.RDG_UDP_3391_BLOCKED;
import static dev.rdptrace.diagnosis.rules.UdpRules.UDP_BLOCKED;
import static dev.rdptrace.diagnosis.rules.UdpRules.UDP_SYNACK_LOST;
import static dev.rdptrace.diagnosis.rules.UdpRules.UDP_SYN_MTU;
import static dev.rdptrace.diagnosis.rules.UdpRules.UDP_TLS_FAILED;
import static dev.rdptrace.diagnosis.rules.WarningRules.TCP_DUPLICATE_IP;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Noted;
import dev.rdptrace.diagnosis.AsideOfTry;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.OtherClients;
import dev.rdptrace.diagnosis.OtherClients.Shown;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.diagnosis.Surroundings;
import dev.rdptrace.incident.Try;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.Companions.Lookup;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.credssp.KerberosError;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What the other connections of a try and the rest of the capture add to its verdict: name service, Kerberos, ARP, certificates shown
/// to others.
public final class CompanionRules {
    /// A name of the capture that the name service does not know: no connection of it can be tried.
    public static final Signature DNS_RESOLUTION_FAILED = signature("dns-resolution-failed", in(Phase.NAME), by(Culprit.CLIENT));
    public static final Signature CAPTURE_ARTEFACT = signature("capture-artefact", in(Phase.TCP), by(Culprit.NONE));
    public static final Signature AUTORECONNECT_STORM = signature("autoreconnect-storm", in(Phase.SESSION), by(Culprit.CLIENT));
    public static final Signature TCP_LB_BACKEND_FLIP = signature("tcp-lb-backend-flip", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature SERVER_CERT_CHANGED = signature("server-cert-changed", in(Phase.TLS), by(Culprit.SERVER));
    public static final Signature DNS_STALE_ADDRESS = signature("dns-stale-address", in(Phase.NAME), by(Culprit.CLIENT));
    public static final Signature IPV6_FIRST_BLACKHOLE = signature("ipv6-first-blackhole", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature CLIENT_VPN_FLAP = signature("client-vpn-flap", in(Phase.SESSION), by(Culprit.CLIENT));
    public static final Signature TCP_PORT_CLOSED_MEANWHILE = signature("tcp-port-closed-meanwhile", in(Phase.TCP), by(Culprit.SERVER));
    public static final Signature UDP_KEEPALIVE_DEATH = signature("udp-keepalive-death", in(Phase.UDP), by(Culprit.PATH, Culprit.UNKNOWN));

    private static final int STORM = 3;
    private static final int SESSIONS = 3;

    private CompanionRules() {}

    static List<Rule<AsideOfTry>> all() {
        return List.of(
                aside(CompanionRules::storm, AUTORECONNECT_STORM),
                aside(CompanionRules::sixBeforeFour, IPV6_FIRST_BLACKHOLE),
                aside(CompanionRules::seenTwice, CAPTURE_ARTEFACT),
                aside(CompanionRules::certificates, TCP_LB_BACKEND_FLIP, SERVER_CERT_CHANGED),
                aside(CompanionRules::regularEnd, UDP_KEEPALIVE_DEATH),
                aside(CompanionRules::otherInterface, CLIENT_VPN_FLAP),
                aside(CompanionRules::closedMeanwhile, TCP_PORT_CLOSED_MEANWHILE),
                aside(CompanionRules::otherAddress, DNS_STALE_ADDRESS),
                aside(UdpRules::beside, UDP_BLOCKED, RDG_UDP_3391_BLOCKED, UDP_SYN_MTU, UDP_SYNACK_LOST, UDP_TLS_FAILED,
                        UDP_KEEPALIVE_DEATH),
                aside(CompanionRules::twoCards, TCP_DUPLICATE_IP),
                aside(CompanionRules::kerberos, CREDSSP_TICKET_REFUSED, CREDSSP_TIME_SKEW, CREDSSP_ACCOUNT_STATE,
                        CREDSSP_AUTH_REJECTED_ERRORCODE, CREDSSP_AUTH_REJECTED_SERVICE_NAME, CREDSSP_AUTH_REJECTED_LOGON_RIGHT,
                        CREDSSP_AUTH_REJECTED_NO_CONTROLLER));
    }

    private static Answer seenTwice(AsideOfTry a) {
        int twins = a.tried().one().attempts().size() - a.tried().attempts().size();
        return twins == 0 ? CLEAR : noted(CAPTURE_ARTEFACT, "the capture holds both sides of an address translation: "
                + Quantities.count(twins, "connection")
                + " of this try " + (twins == 1 ? "is" : "are") + " another one seen again under another address");
    }

    private static Answer certificates(AsideOfTry a) {
        OtherClients neighbours = a.tried().surroundings().neighbours();
        return new Noted(a.tried().one().attempts().stream().filter(attempt -> attempt.tls().certificate().isPresent())
                .flatMap(attempt -> certificate(attempt, neighbours.shownBefore(attempt)).stream()).toList());
    }

    private static Answer twoCards(AsideOfTry a) {
        Try one = a.tried().one();
        return new Noted(a.tried().surroundings().companions().conflicts().stream()
                .filter(conflict -> conflict.address().equals(one.server().address()) || conflict.address().equals(one.client().address()))
                .map(conflict -> new Warning(TCP_DUPLICATE_IP, "two network cards claim the address " + HOST.of(conflict.address()) + ": "
                        + card(conflict.firstCard()) + " and " + card(conflict.otherCard()), List.of(conflict.at().frame())))
                .toList());
    }

    private static String card(long mac) {
        StringBuilder text = new StringBuilder();
        for (int shift = 40; shift >= 0; shift -= 8) {
            String octet = Integer.toHexString((int) (mac >>> shift) & 0xff);
            text.append(text.isEmpty() ? "" : ":").append(octet.length() < 2 ? "0" : "").append(octet);
        }
        return Identity.CARD.of(text.toString());
    }

    /// The session was cut, and the client came again and again by itself.
    private static Answer storm(AsideOfTry a) {
        List<JudgedAttempt> attempts = a.tried().attempts();
        int cut = -1;
        for (int i = 0; i < attempts.size() && cut < 0; i++) {
            cut = attempts.get(i).outcome() == Outcome.INTERRUPTED ? i : -1;
        }
        int followers = attempts.size() - 1 - cut;
        if (cut < 0 || followers < STORM) {
            return CLEAR;
        }
        Attempt first = attempts.get(cut + 1).attempt();
        Attempt last = attempts.getLast().attempt();
        double spacing = last.first().secondsSince(first.first()) / (followers - 1);
        return spacing > 12 || spacing < 1 ? CLEAR : noted(AUTORECONNECT_STORM, "the client tried to reconnect by itself "
                + followers + " times, one every " + Quantities.duration(spacing) + "; what counts is the first break", first.first());
    }

    /// The server shows another certificate than before.
    private static Optional<Warning> certificate(Attempt attempt, List<Shown> before) {
        if (before.isEmpty() || attempt.tls().certificate().isEmpty() || before.getLast().sha256()
                .equals(attempt.tls().certificate().get().sha256())) {
            return Optional.empty();
        }
        var now = attempt.tls().certificate().get();
        Shown last = before.getLast();
        List<Long> frames = List.of(last.frame(), attempt.at(Step.CERTIFICATE).frame());
        Set<String> others = new HashSet<>();
        before.forEach(shown -> others.add(shown.sha256()));
        if (others.contains(now.sha256())) {
            return Optional.of(new Warning(TCP_LB_BACKEND_FLIP, "this address shows " + others.size() + " certificates in turn ("
                    + NAME.of(last.subject()) + ", " + NAME.of(now.subject())
                    + "): several hosts answer behind it, without keeping a client to one",
                    frames));
        }
        String how = !last.issuer().equals(now.issuer()) ? "another issuer, " + NAME.of(now.issuer()) + " instead of "
                + NAME.of(last.issuer())
                + ": another host, or somebody between"
                : last.subject().equals(now.subject())
                        ? "same name and issuer: renewed, or another host of a farm"
                : NAME.of(now.subject()) + " instead of " + NAME.of(last.subject()) + ": another host";
        return Optional.of(new Warning(SERVER_CERT_CHANGED, "the server shows another certificate than to an earlier connection (" + how
                + ")", frames));
    }

    /// `NAME resolved to A, the client connected to B`.
    private static Answer otherAddress(AsideOfTry a) {
        Attempt first = a.tried().one().attempts().getFirst();
        Surroundings surroundings = a.tried().surroundings();
        String client = first.client().address();
        String server = first.server().address();
        long at = first.first().nanos();
        Optional<Lookup> last = surroundings.byHost().lastAnswered(client, at);
        if (!a.verdict().outcome().isTrouble() || last.isEmpty() || at - last.get().answered().nanos() > Limits.NAME_NANOS
                || surroundings.byHost().resolved(server)
                || last.get().addresses().stream().anyMatch(surroundings.neighbours()::contacted)) {
            return CLEAR;
        }
        String wanted = first.tls().clientHello().map(h -> h.serverName()).orElse("");
        if (!wanted.isEmpty() && !wanted.equalsIgnoreCase(last.get().name())) {
            return CLEAR;
        }
        return noted(DNS_STALE_ADDRESS, HOST.of(last.get().name()) + " resolved to "
                + last.get().addresses().stream().map(HOST::of).collect(Collectors.joining(", ")) + ", the client connected to "
                + HOST.of(server) + ", which no answer of the name service in this capture gives",
                last.get().answered(), first.first());
    }

    /// What domain controllers refused this client around the try, each code once; not what the verdict says already.
    private static Answer kerberos(AsideOfTry a) {
        Try one = a.tried().one();
        Map<Integer, Warning> byCode = new LinkedHashMap<>();
        a.tried().surroundings().byHost().refusedTickets(one.client().address(), one.attempts().getFirst().first().nanos()
                - Limits.KERBEROS_NANOS, one.attempts().getLast().last().nanos()).stream()
                .filter(trouble -> !a.verdict().frames().contains(trouble.at().frame()))
                .forEach(trouble -> byCode.putIfAbsent(trouble.code(), new Warning(StatusCodes.ofKerberos(trouble.code()),
                        "the domain controller " + HOST.of(trouble.server()) + " refused the client a ticket" + StatusCodes.wanted(trouble)
                                + " with " + StatusCodes.says(new KerberosError(trouble.code())),
                        List.of(trouble.at().frame()))));
        return new Noted(List.copyOf(byCode.values()));
    }

    /// The client asked an IPv6 address first and heard nothing.
    private static Answer sixBeforeFour(AsideOfTry a) {
        List<JudgedAttempt> attempts = a.tried().attempts();
        Attempt first = attempts.getFirst().attempt();
        if (!a.tried().severalServers() || !a.tried().otherFamily() || first.server().isIpv4()) {
            return CLEAR;
        }
        Attempt next = attempts.stream().map(JudgedAttempt::attempt).filter(attempt -> attempt.server().isIpv4()).findFirst().orElseThrow();
        return noted(IPV6_FIRST_BLACKHOLE, "the client tried " + first.server().markedAddress() + " first and lost "
                + Quantities.duration(next.first().secondsSince(first.first())) + ": no answer over IPv6, then it took "
                + next.server().markedAddress(), first.first(), next.first());
    }

    /// The client's own segment size is that of the interface it sends from.
    private static Answer otherInterface(AsideOfTry a) {
        List<JudgedAttempt> attempts = a.verdict().outcome().isTrouble() ? a.tried().attempts() : List.of();
        for (int i = 1; i < attempts.size(); i++) {
            Attempt before = attempts.get(i - 1).attempt();
            Attempt now = attempts.get(i).attempt();
            int was = before.tcp().client().habits().mss();
            int is = now.tcp().client().habits().mss();
            boolean comparable = before.tcp().syn().seen() && now.tcp().syn().seen() && before.client().isIpv4() == now.client().isIpv4()
                    && before.server().address().equals(now.server().address());
            if (comparable && was > 0 && is > 0 && was != is) {
                return noted(CLIENT_VPN_FLAP, "the client's segment size went from " + was + " to " + is
                        + " between two connections: it sends by another way, as when a VPN comes or goes", before.tcp().syn(),
                        now.tcp().syn());
            }
        }
        return CLEAR;
    }

    /// The server took a connection and ended it, and refused the next: what listened there is gone.
    private static Answer closedMeanwhile(AsideOfTry a) {
        List<JudgedAttempt> attempts = a.verdict().outcome().isTrouble() ? a.tried().attempts() : List.of();
        for (int i = 1; i < attempts.size(); i++) {
            JudgedAttempt before = attempts.get(i - 1);
            JudgedAttempt now = attempts.get(i);
            double after = now.attempt().first().secondsSince(before.attempt().last());
            boolean taken = before.attempt().reached(Step.REQUEST) && before.ending().byServer() && before.verdict()
                    .closedBy() == Culprit.SERVER;
            boolean same = before.attempt().server().equals(now.attempt().server());
            if (taken && same && now.verdict().is(TCP_SYN_REFUSED) && after >= 0 && after <= Limits.RESTART_SECONDS) {
                return noted(TCP_PORT_CLOSED_MEANWHILE, "the port was open for the connection that the server ended, and refuses the next "
                        + Quantities.duration(after) + " later: what listens there has crashed or was stopped", before.ending().at(),
                        now.ending().at());
            }
        }
        return CLEAR;
    }

    /// Sessions that end at one age as long as UDP carries them, and only then.
    private static Answer regularEnd(AsideOfTry a) {
        List<JudgedAttempt> attempts = a.tried().attempts();
        int with = 0;
        int without = 0;
        double shortest = Double.MAX_VALUE;
        double longest = 0;
        Attempt last = null;
        for (JudgedAttempt d : attempts) {
            Attempt attempt = d.attempt();
            if (!attempt.sessionUp() || d.ending().nobody()) {
                continue;
            }
            Optional<Contact> udp = a.tried().surroundings().byHost().contacts(attempt.client().address()).stream()
                    .filter(contact -> contact.udp()
                            && contact.answered().seen() && contact.server().equals(attempt.server().address())
                            && contact.first().isAfter(attempt.first()) && attempt.last().isAfter(contact.first()))
                    .findFirst();
            double life = d.ending().at().secondsSince(udp.map(Contact::first).orElse(attempt.at(Step.FONT_MAP)));
            boolean regular = life >= Limits.UDP_SHORTEST_LIFE_SECONDS && life <= Limits.UDP_LONGEST_LIFE_SECONDS;
            if (udp.isPresent()) {
                if (!regular) {
                    return CLEAR;
                }
                with++;
                shortest = Math.min(shortest, life);
                longest = Math.max(longest, life);
                last = attempt;
            } else if (regular) {
                return CLEAR;
            } else {
                without++;
            }
        }
        return last == null || with < SESSIONS ? CLEAR : noted(UDP_KEEPALIVE_DEATH, with + " of " + with + " sessions with UDP ended "
                + Math.round(shortest) + " to " + Math.round(longest) + " s after UDP began, 0 of " + without
                + " without: it is the UDP transport that dies,"
                + " not the network", last.first());
    }
}
