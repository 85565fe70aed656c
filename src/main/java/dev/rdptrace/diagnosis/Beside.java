package dev.rdptrace.diagnosis;

import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_ACCOUNT_STATE;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_AUTH_REJECTED_ERRORCODE;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_TIME_SKEW;
import static dev.rdptrace.diagnosis.rules.Warnings.TCP_DUPLICATE_IP;

import dev.rdptrace.diagnosis.Diagnosis.Warning;
import dev.rdptrace.diagnosis.Incident.Excluded;
import dev.rdptrace.diagnosis.Neighbours.Shown;
import dev.rdptrace.diagnosis.Neighbours.Welcome;
import dev.rdptrace.incident.Tries;
import dev.rdptrace.incident.Try;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.Companions.Conflict;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.Companions.Door;
import dev.rdptrace.timeline.Companions.KerberosTrouble;
import dev.rdptrace.timeline.Companions.Lookup;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.tls.ClientHello;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What the rest of the capture adds to a try: name service, Kerberos, UDP, ARP, certificates shown to others.
final class Beside {
    public static final Signature CAPTURE_ARTEFACT = signature("capture-artefact", in(Phase.TCP), by(Fault.NONE));
    public static final Signature AUTORECONNECT_STORM = signature("autoreconnect-storm", in(Phase.SESSION), by(Fault.CLIENT));
    public static final Signature TCP_LB_BACKEND_FLIP = signature("tcp-lb-backend-flip", in(Phase.TCP), by(Fault.PATH));
    public static final Signature SERVER_CERT_CHANGED = signature("server-cert-changed", in(Phase.TLS), by(Fault.SERVER));
    public static final Signature DNS_STALE_ADDRESS = signature("dns-stale-address", in(Phase.NAME), by(Fault.CLIENT));

    private static final long NAME_NANOS = 5_000_000_000L;
    private static final long KERBEROS_NANOS = 30_000_000_000L;
    private static final int SKEW = 37;
    private static final int PREAUTHENTICATION_FAILED = 24;
    private static final int PREAUTHENTICATION_REQUIRED = 25;
    private static final int RESPONSE_TOO_BIG = 52;
    private static final int STORM = 3;
    private static final int NAMED = 4;
    private static final int RDP_PORT = 3389;
    private static final long DOOR_NANOS = 120_000_000_000L;

    private Beside() {}

    static List<Warning> warnings(Try one, List<Diagnosis> attempts, Finding verdict, Surroundings surroundings) {
        List<Warning> found = new ArrayList<>();
        Companions companions = surroundings.companions();
        boolean trouble = verdict.outcome() == Outcome.FAILED || verdict.outcome() == Outcome.INTERRUPTED;
        List<Diagnosis> apart = withoutTwins(attempts);
        storm(apart).ifPresent(found::add);
        Legs.sixBeforeFour(apart).ifPresent(found::add);
        if (apart.size() < attempts.size()) {
            found.add(new Warning(CAPTURE_ARTEFACT, "the capture holds both sides of an address translation: "
                    + Words.count(attempts.size() - apart.size(), "connection") + " of this try " + (attempts.size() - apart.size() == 1 ? "is" : "are")
                    + " another one seen again under another address", List.of()));
        }
        for (Attempt attempt : one.attempts()) {
            if (attempt.tls().certificate().isPresent()) {
                certificate(attempt, surroundings.neighbours().shownBefore(attempt)).ifPresent(found::add);
            }
        }
        String client = one.client().address();
        String server = one.server().address();
        Several.regularEnd(apart, surroundings).ifPresent(found::add);
        if (trouble) {
            Several.otherInterface(apart).ifPresent(found::add);
            Several.closedMeanwhile(apart).ifPresent(found::add);
            otherAddress(one.attempts().getFirst(), surroundings).ifPresent(found::add);
        }
        found.addAll(OverUdp.warnings(one, surroundings.byHost()));
        for (Conflict conflict : companions.conflicts()) {
            if (conflict.address().equals(server) || conflict.address().equals(client)) {
                found.add(new Warning(TCP_DUPLICATE_IP, "two network cards claim the address " + conflict.address() + ": " + card(conflict.firstCard())
                        + " and " + card(conflict.otherCard()), List.of(conflict.at().frame())));
            }
        }
        kerberos(one, companions).ifPresent(found::add);
        return found;
    }

    /// Another client got through the same handshake: the server's TLS is fine, and only what the two do differently counts.
    static List<Excluded> excluded(Diagnosis headline, Finding verdict, Surroundings surroundings) {
        Attempt attempt = headline.attempt();
        if (verdict.outcome() == Outcome.FAILED && verdict.phase() == Phase.TCP && !attempt.tcp().synAck().seen()) {
            return otherDoor(attempt, surroundings).filter(door -> door.answered().seen()).map(door -> List.of(new Excluded(
                    "the host being off, its address, the way to it", "its port " + door.port() + " answered", List.of(door.answered().frame()))))
                    .orElse(List.of());
        }
        boolean atHello = verdict.phase() == Phase.TLS && verdict.outcome() == Outcome.FAILED && !attempt.reached(Step.SERVER_HELLO);
        Optional<Welcome> welcome = surroundings.neighbours().welcome(attempt);
        if (!atHello || attempt.tls().clientHello().isEmpty() || welcome.isEmpty()) {
            return List.of();
        }
        ClientHello mine = attempt.tls().clientHello().get();
        ClientHello theirs = welcome.get().offered();
        List<String> differences = new ArrayList<>();
        only(theirs.offeredVersions().stream().map(v -> v.name()).toList(), mine.offeredVersions().stream().map(v -> v.name()).toList(), "versions",
                differences);
        only(theirs.offeredSuites().stream().map(s -> s.name()).toList(), mine.offeredSuites().stream().map(s -> s.name()).toList(), "cipher suites",
                differences);
        return List.of(new Excluded("the server's TLS as such", welcome.get().client() + " got " + welcome.get().chosen().version().name() + " from it"
                + (differences.isEmpty() ? " with the same versions and cipher suites" : "; what only that client offers: " + String.join("; ", differences)),
                List.of()));
    }

    private static void only(List<String> theirs, List<String> mine, String what, List<String> differences) {
        List<String> more = theirs.stream().filter(name -> !mine.contains(name)).toList();
        if (!more.isEmpty()) {
            differences.add(what + " " + String.join(", ", more.subList(0, Math.min(NAMED, more.size())))
                    + (more.size() > NAMED ? " and " + (more.size() - NAMED) + " more" : ""));
        }
    }

    /// Each connection once, however many sides of an address translation the capture shows.
    static List<Diagnosis> withoutTwins(List<Diagnosis> attempts) {
        if (attempts.size() == 1) {
            return attempts;
        }
        List<Diagnosis> apart = new ArrayList<>();
        for (Diagnosis d : attempts) {
            boolean again = apart.stream().skip(Math.max(0, apart.size() - NAMED)).anyMatch(other -> Tries.twins(other.attempt(), d.attempt()));
            if (!again) {
                apart.add(d);
            }
        }
        return apart;
    }

    private static String card(long mac) {
        StringBuilder text = new StringBuilder();
        for (int shift = 40; shift >= 0; shift -= 8) {
            String octet = Integer.toHexString((int) (mac >>> shift) & 0xff);
            text.append(text.isEmpty() ? "" : ":").append(octet.length() < 2 ? "0" : "").append(octet);
        }
        return text.toString();
    }

    /// The session was cut, and the client came again and again by itself.
    private static Optional<Warning> storm(List<Diagnosis> attempts) {
        int cut = -1;
        for (int i = 0; i < attempts.size() && cut < 0; i++) {
            cut = attempts.get(i).outcome() == Outcome.INTERRUPTED ? i : -1;
        }
        int followers = attempts.size() - 1 - cut;
        if (cut < 0 || followers < STORM) {
            return Optional.empty();
        }
        Attempt first = attempts.get(cut + 1).attempt();
        Attempt last = attempts.getLast().attempt();
        double spacing = last.first().secondsSince(first.first()) / (followers - 1);
        return spacing > 12 || spacing < 1 ? Optional.empty() : Optional.of(new Warning(AUTORECONNECT_STORM, "the client tried to reconnect by itself "
                + followers + " times, one every " + Words.duration(spacing) + "; what counts is the first break", List.of(first.first().frame())));
    }

    /// The server shows another certificate than before.
    private static Optional<Warning> certificate(Attempt attempt, List<Shown> before) {
        if (before.isEmpty() || attempt.tls().certificate().isEmpty() || before.getLast().sha256().equals(attempt.tls().certificate().get().sha256())) {
            return Optional.empty();
        }
        var now = attempt.tls().certificate().get();
        Shown last = before.getLast();
        List<Long> frames = List.of(last.frame(), attempt.at(Step.CERTIFICATE).frame());
        Set<String> others = new HashSet<>();
        before.forEach(shown -> others.add(shown.sha256()));
        if (others.contains(now.sha256())) {
            return Optional.of(new Warning(TCP_LB_BACKEND_FLIP, "this address shows " + others.size() + " certificates in turn (" + last.subject()
                    + ", " + now.subject() + "): several hosts answer behind it, without keeping a client to one", frames));
        }
        String how = !last.issuer().equals(now.issuer()) ? "another issuer, " + now.issuer() + " instead of " + last.issuer()
                + ": another host, or somebody between" : last.subject().equals(now.subject()) ? "same name and issuer: renewed, or another host of a farm"
                : now.subject() + " instead of " + last.subject() + ": another host";
        return Optional.of(new Warning(SERVER_CERT_CHANGED, "the server shows another certificate than to an earlier connection (" + how + ")", frames));
    }

    /// `NAME resolved to A, the client connected to B`.
    private static Optional<Warning> otherAddress(Attempt first, Surroundings surroundings) {
        String client = first.client().address();
        String server = first.server().address();
        long at = first.first().nanos();
        Optional<Lookup> last = surroundings.byHost().lastAnswered(client, at);
        if (last.isEmpty() || at - last.get().answered().nanos() > NAME_NANOS
                || surroundings.byHost().resolved(server)
                || last.get().addresses().stream().anyMatch(surroundings.neighbours()::contacted)) {
            return Optional.empty();
        }
        String wanted = first.tls().clientHello().map(h -> h.serverName()).orElse("");
        if (!wanted.isEmpty() && !wanted.equalsIgnoreCase(last.get().name())) {
            return Optional.empty();
        }
        return Optional.of(new Warning(DNS_STALE_ADDRESS, last.get().name() + " resolved to " + String.join(", ", last.get().addresses())
                + ", the client connected to " + server + ", which no answer of the name service in this capture gives",
                List.of(last.get().answered().frame(), first.first().frame())));
    }

    /// What a domain controller told this client around the try.
    private static Optional<Warning> kerberos(Try one, Companions companions) {
        long from = one.attempts().getFirst().first().nanos() - KERBEROS_NANOS;
        long to = one.attempts().getLast().last().nanos();
        for (KerberosTrouble trouble : companions.kerberosErrors()) {
            if (!trouble.client().equals(one.client().address()) || trouble.at().nanos() < from || trouble.at().nanos() > to) {
                continue;
            }
            Optional<Signature> signature = switch (trouble.code()) {
                case SKEW -> Optional.of(CREDSSP_TIME_SKEW);
                case 12, 18, 23 -> Optional.of(CREDSSP_ACCOUNT_STATE);
                case PREAUTHENTICATION_FAILED -> Optional.of(CREDSSP_AUTH_REJECTED_ERRORCODE);
                default -> Optional.empty();
            };
            if (signature.isPresent()) {
                return Optional.of(new Warning(signature.get(), "the domain controller " + trouble.server() + " told the client " + trouble.says(),
                        List.of(trouble.at().frame())));
            }
        }
        return Optional.empty();
    }

    /// The last KRB-ERROR for this client while the attempt lasted, apart from those that only ask for more (RFC 4120 7.5.9).
    static Optional<KerberosTrouble> refusedTicket(Attempt attempt, Surroundings surroundings) {
        Optional<KerberosTrouble> last = Optional.empty();
        for (KerberosTrouble trouble : surroundings.companions().kerberosErrors()) {
            boolean then = trouble.at().nanos() >= attempt.first().nanos() && trouble.at().nanos() <= attempt.last().nanos();
            if (then && trouble.client().equals(attempt.client().address()) && trouble.code() != PREAUTHENTICATION_REQUIRED
                    && trouble.code() != RESPONSE_TOO_BIG) {
                last = Optional.of(trouble);
            }
        }
        return last;
    }

    /// Another TCP port of the server that somebody asked for around the attempt: one that answered before others.
    static Optional<Door> otherDoor(Attempt attempt, Surroundings surroundings) {
        long from = attempt.first().nanos() - DOOR_NANOS;
        long to = attempt.last().nanos() + DOOR_NANOS;
        Optional<Door> found = Optional.empty();
        for (Door door : surroundings.byHost().doors(attempt.server().address())) {
            long at = door.answered().seen() ? door.answered().nanos() : door.asked().nanos();
            if (door.port() != attempt.server().port() && at >= from && at <= to
                    && (found.isEmpty() || !found.get().answered().seen() && (door.answered().seen() || door.refused().seen()))) {
                found = Optional.of(door);
            }
        }
        return found;
    }

    /// A port of a domain controller that the server of the attempt knocked at meanwhile without an answer.
    static Optional<Contact> askedInVain(Attempt attempt, Surroundings surroundings) {
        return surroundings.byHost().contacts(attempt.server().address()).stream().filter(contact -> !contact.udp() && contact.inVain()
                && contact.last().nanos() >= attempt.first().nanos() && contact.first().nanos() <= attempt.last().nanos()).findFirst();
    }

    /// A domain controller that did not answer the client around the attempt, while no other did.
    static Optional<Contact> deafController(Attempt attempt, Surroundings surroundings) {
        long from = attempt.first().nanos() - KERBEROS_NANOS;
        long to = attempt.last().nanos();
        Optional<Contact> deaf = Optional.empty();
        for (Contact contact : surroundings.byHost().contacts(attempt.client().address())) {
            boolean then = contact.port() == 88 && contact.last().nanos() >= from && contact.first().nanos() <= to;
            if (then && contact.answered().seen()) {
                return Optional.empty();
            }
            if (then && contact.inVain() && deaf.isEmpty()) {
                deaf = Optional.of(contact);
            }
        }
        return deaf;
    }
}
