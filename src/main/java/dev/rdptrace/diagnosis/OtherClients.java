package dev.rdptrace.diagnosis;

import dev.rdptrace.diagnosis.ServerConnections.Visit;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.ServerHello;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What all clients of the capture met at one server: who got in, who was turned away meanwhile, which certificates it
/// showed. Bounded; a full list makes rules about crowds say less, never more.
public final class OtherClients {
    private static final int SERVERS = 4096;
    private static final int ATTEMPTS = 65_536;
    private static final int CHANGES = 64;

    /// A certificate, and when it was shown.
    public record Shown(String sha256, String subject, String issuer, long frame, long nanos) {}

    /// A certificate with which clients went on.
    private record Trusted(Endpoint server, String sha256) {}

    /// A client with whom the server completed TLS, and what that client had offered.
    public record Welcome(String client, ClientHello offered, ServerHello chosen) {}

    /// A moment at one server, over all clients.
    ///
    /// @param together connections begun within a second
    /// @param taken of which the server answered the SYN
    /// @param sessions up at that moment
    /// @param pending connected and not up yet at that moment
    /// @param turnedAway connections that the server ended before security began, while as many sessions were up
    /// @param letIn sessions that came up in that time
    public record Crowd(int together, int taken, int sessions, int pending, int turnedAway, int letIn) {}

    private static final Crowd NOBODY = new Crowd(0, 0, 0, 0, 0, 0);

    private final Map<Endpoint, ServerConnections> servers = new LinkedHashMap<>(16, 0.75f, true);
    private int kept;
    private final Map<Endpoint, List<Shown>> certificates = new HashMap<>();
    private final Recent<Endpoint, Welcome> welcomes = new Recent<>(SERVERS);
    private final Recent<Endpoint, Boolean> hosts = new Recent<>(ATTEMPTS);
    private final Recent<String, Boolean> addresses = new Recent<>(ATTEMPTS);
    private final Recent<Endpoint, Moment> answeredWithoutToken = new Recent<>(SERVERS);
    private final Recent<Trusted, Boolean> trusted = new Recent<>(SERVERS);
    private Optional<Attempt> asked = Optional.empty(); // the latest question about a crowd
    private Crowd answered = NOBODY;

    void note(Attempt attempt) {
        asked = Optional.empty();
        if (hosts.learn(attempt.server().host(), _ -> true)) {
            addresses.learn(attempt.server().address(), _ -> true);
        }
        if (attempt.reached(Step.TLS_DONE) && attempt.tls().clientHello().isPresent() && attempt.tls().serverHello().isPresent()) {
            welcomes.learn(attempt.server(), _ -> new Welcome(attempt.client().address(), attempt.tls().clientHello().get(),
                    attempt.tls().serverHello().get()));
        }
        if (attempt.tls().certificate().isPresent() && certificates.size() < SERVERS) {
            List<Shown> changes = certificates.computeIfAbsent(attempt.server(), _ -> new ArrayList<>(1));
            CertificateFacts leaf = attempt.tls().certificate().get();
            if (changes.size() < CHANGES && (changes.isEmpty() || !changes.getLast().sha256().equals(leaf.sha256()))) {
                changes.add(shown(attempt, leaf));
            }
        }
        if (attempt.reached(Step.CONFIRM) && attempt.x224().request().map(cr -> !cr.carriesToken()).orElse(false)) {
            answeredWithoutToken.learn(attempt.server(), _ -> attempt.at(Step.CONFIRM));
        }
        Optional<CertificateFacts> shown = attempt.withHost().tls().certificate();
        if (attempt.reached(Step.CREDENTIALS) && shown.isPresent()) {
            trusted.learn(new Trusted(attempt.server(), shown.get().sha256()), _ -> true);
        }
        ServerConnections visits = servers.computeIfAbsent(attempt.server(), _ -> new ServerConnections());
        if (visits.size() < ATTEMPTS / 4) {
            visits.add(visit(attempt));
            kept++;
        }
        while (servers.size() > 1 && (servers.size() > SERVERS || kept > ATTEMPTS)) {
            Iterator<ServerConnections> oldest = servers.values().iterator();
            kept -= oldest.next().size();
            oldest.remove();
        }
    }

    /// Forgets attempts that ended before `nanos` and what has not been seen again since the turn before. Certificates stay: that
    /// one was changed tells most after months.
    void turn(long nanos) {
        asked = Optional.empty();
        hosts.turn();
        addresses.turn();
        welcomes.turn();
        answeredWithoutToken.turn();
        trusted.turn();
        for (Iterator<ServerConnections> all = servers.values().iterator(); all.hasNext();) {
            ServerConnections visits = all.next();
            kept -= visits.size();
            visits.forgetBefore(nanos);
            kept += visits.size();
            if (visits.size() == 0) {
                all.remove();
            }
        }
    }

    private static Visit visit(Attempt attempt) {
        boolean answered = attempt.tcp().synAck().seen();
        boolean secured = attempt.reached(Step.CLIENT_HELLO) || attempt.reached(Step.CONNECT_INITIAL);
        boolean byServer = attempt.tcp().server().fin().seen() && !attempt.tcp().client().fin().seen()
                || attempt.tcp().resets().stream().anyMatch(reset -> reset.from() == Side.SERVER
                        && !reset.afterPeerFin());
        return new Visit(attempt.first().nanos(), attempt.last().nanos(),
                attempt.sessionUp() ? attempt.at(Step.FONT_MAP).nanos() : -1, answered, answered && attempt.tcp().client()
                        .payloadBytes() > 0,
                answered && !secured && byServer);
    }

    private static Shown shown(Attempt attempt, CertificateFacts leaf) {
        return new Shown(leaf.sha256(), leaf.subject(), leaf.issuer(), attempt.at(Step.CERTIFICATE).frame(), attempt.at(Step.CERTIFICATE)
                .nanos());
    }

    /// Was this address the server of any connection?
    public boolean contacted(String address) {
        return addresses.has(address);
    }

    /// A connection to the same server whose TLS worked.
    public Optional<Welcome> welcome(Attempt attempt) {
        return attempt.tunnel().inner() ? Optional.empty() : welcomes.find(attempt.server()); // behind a gateway stand many hosts
    }

    /// When the same server answered a request that carried no routing token; [Moment#NEVER] if it did not.
    public Moment answeredWithoutToken(Attempt attempt) {
        return answeredWithoutToken.find(attempt.server()).orElse(Moment.NEVER);
    }

    /// With this very certificate of the server a client did hand over credentials in another connection.
    public boolean trusted(Attempt attempt) {
        return attempt.tls().certificate().map(leaf -> trusted.has(new Trusted(attempt.server(), leaf.sha256()))).orElse(false);
    }

    /// Certificates that earlier connections were shown by the same server, each change once, oldest first.
    public List<Shown> shownBefore(Attempt attempt) {
        long now = attempt.at(Step.CERTIFICATE).nanos();
        List<Shown> all = certificates.getOrDefault(attempt.server(), List.of());
        List<Shown> before = new ArrayList<>(all.size());
        for (Shown shown : all) {
            if (shown.nanos() < now) {
                before.add(shown);
            }
        }
        return before;
    }

    /// The server when `attempt` ended.
    public synchronized Crowd crowd(Attempt attempt) {
        if (asked.isEmpty() || asked.get() != attempt) {
            ServerConnections visits = servers.get(attempt.server());
            answered = visits == null ? NOBODY : visits.crowd(attempt.first().nanos(), attempt.last().nanos());
            asked = Optional.of(attempt);
        }
        return answered;
    }
}
