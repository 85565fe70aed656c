package dev.rdptrace.incident;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.x224.Routing;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Groups attempts into tries.
public final class Tries {
    /// A client's own retry or fallback follows within seconds.
    private static final long RETRY_NANOS = 30_000_000_000L;
    /// Somebody reads a certificate warning or types a password; then the client connects again.
    static final long DIALOG_NANOS = 150_000_000_000L;
    /// Nobody tries oftener; a scanner or a health check does, and all of a try is on the heap together.
    public static final int LIMIT = 2000;

    private Tries() {}

    /// A redirected client connects to the next host at once.
    private static final long REDIRECTION_NANOS = 5_000_000_000L;
    private static final long BRIEF_NANOS = 15_000_000_000L;
    private static final long AT_ONCE_NANOS = 1_500_000_000L;
    /// A client that tries one address family after the other does so within the time a SYN is repeated.
    private static final long FAMILY_NANOS = 30_000_000_000L;
    /// One packet seen before and behind an address translation.
    private static final long TRANSLATION_NANOS = 20_000_000L;
    private static final int NEIGHBOUR_PORTS = 8;
    /// Where more clients are turned away at once, neighbouring ports are nothing special.
    private static final int TURNED_AWAY_LIMIT = 8;
    private static final int RECENT = 64;
    private static final int OTHER_USERS = 2;
    /// Fewer logons are no guessing, whatever their names.
    private static final int GUESSES = 5;

    record Parties(String client, String server, int port) {
        static Parties of(Attempt attempt) {
            return new Parties(attempt.client().address(), attempt.server().address(), attempt.server().port());
        }
    }

    /// In the order of their first packets.
    public static List<Try> of(List<Attempt> attempts) {
        if (attempts.size() == 1) {
            return close(attempts);
        }
        List<Attempt> ordered = new ArrayList<>(attempts);
        ordered.sort(Comparator.comparingLong((Attempt a) -> a.first().nanos()).thenComparingInt(Attempt::stream));
        Map<Parties, List<Attempt>> open = new LinkedHashMap<>();
        List<Try> tries = new ArrayList<>();
        ArrayDeque<List<Attempt>> recent = new ArrayDeque<>();
        Set<List<Attempt>> joined = Collections.newSetFromMap(new IdentityHashMap<>());
        Map<String, List<Attempt>> alike = new HashMap<>();
        Map<Attempt, List<Attempt>> groups = new IdentityHashMap<>();
        for (Attempt attempt : ordered) {
            List<Attempt> same = alike.computeIfAbsent(attempt.server().port() + " " + attempt.tcp().client().payloadBytes() + " "
                    + attempt.tcp().server().payloadBytes(), _ -> new ArrayList<>(1));
            Attempt twin = twinOf(attempt, same);
            if (twin != null) {
                Objects.requireNonNull(groups.get(twin), "came before").add(attempt);
                continue;
            }
            same.add(attempt);
            Parties parties = Parties.of(attempt);
            List<Attempt> group = open.get(parties);
            if (group != null && !belongs(group, attempt)) {
                List<Attempt> over = group;
                tries.addAll(close(over));
                if (joined.remove(over)) {
                    open.values().removeIf(other -> other == over);
                }
                group = null;
            }
            if (group == null) {
                group = earlierLeg(recent, attempt);
                if (group == null) {
                    group = new ArrayList<>();
                } else {
                    joined.add(group);
                }
                open.put(parties, group);
            }
            group.add(attempt);
            groups.put(attempt, group);
            List<Attempt> latest = group;
            recent.removeIf(other -> other == latest);
            recent.addLast(latest);
            if (recent.size() > RECENT) {
                recent.removeFirst();
            }
        }
        Set<List<Attempt>> left = Collections.newSetFromMap(new IdentityHashMap<>());
        open.values().stream().filter(left::add).forEach(group -> tries.addAll(close(group)));
        tries.sort(Comparator.comparingLong((Try t) -> t.attempts().getFirst().first().nanos())
                .thenComparingInt(t -> t.attempts().getFirst().stream()));
        return List.copyOf(tries);
    }

    /// The try that this attempt goes on with at another address: redirected, or with the other family of addresses.
    static @Nullable List<Attempt> earlierLeg(Iterable<List<Attempt>> recent, Attempt next) {
        List<Attempt> found = null;
        List<Attempt> other = null;
        int turnedAway = 0;
        for (List<Attempt> group : recent) {
            Attempt last = group.isEmpty() ? next : group.getLast();
            if (last == next || Math.abs(next.first().nanos() - last.last().nanos()) > FAMILY_NANOS || group.size() >= LIMIT) {
                continue;
            }
            if (turnsToOtherFamily(last, next)) {
                turnedAway++;
                other = haveNeighbourPorts(last, next) ? group : other;
            } else if (!sameAddress(last.server(), next.server()) && redirected(last, next)) {
                found = group;
            }
        }
        return found == null && turnedAway <= TURNED_AWAY_LIMIT ? other : found;
    }

    /// [MS-RDPBCGR] 2.2.13: the server names another host, and the client leaves for it at once. Sealed, the order shows in
    /// the routing token of the next request or in a session that the client gave up as soon as it was opened.
    private static boolean redirected(Attempt last, Attempt next) {
        long gap = next.first().nanos() - last.last().nanos();
        if (!sameAddress(last.client(), next.client()) || gap > REDIRECTION_NANOS || gap < -REDIRECTION_NANOS) {
            return false;
        }
        InnerFacts inner = last.inner();
        boolean named = inner.redirection().seen() && (inner.redirection().target().isEmpty() || inner.redirection().target()
                .equals(next.server().address()));
        boolean token = last.reached(Step.CLIENT_INFO) && next.x224().request().map(Tries::carriesToken).orElse(false);
        // What the server said is sealed, but nobody opens a session, leaves it at once and turns to another host by hand.
        boolean left = last.reached(Step.CLIENT_INFO) && last.last().nanos() - last.first().nanos() <= BRIEF_NANOS
                && last.tcp().client().fin().seen() && gap <= AT_ONCE_NANOS && !next.tcp().synAck().seen();
        return named || token || left;
    }

    /// Did the server of `last` send the client on to that of `next`, of the same try? To another host, or with a token to one behind the
    /// same address.
    public static boolean sentOn(Attempt last, Attempt next) {
        boolean elsewhere = !sameAddress(last.server(), next.server());
        boolean token = last.reached(Step.CLIENT_INFO) && next.x224().request().map(Tries::carriesToken).orElse(false);
        return elsewhere ? last.server().isIpv4() == next.server().isIpv4() : last.inner().redirection().seen() || token;
    }

    private static boolean carriesToken(Tpdu.ConnectionRequest request) {
        return request.routing().stream().anyMatch(line -> switch (line) {
            case Routing.AddressToken _,Routing.OpaqueToken _ -> true;
            case Routing.UserCookie _,Routing.LoadBalanceInfo _,Routing.FreeText _ -> false;
        });
    }

    /// The SYN to one family of addresses stays without an answer, or is refused, so the client asks the other.
    private static boolean turnsToOtherFamily(Attempt last, Attempt next) {
        return last.client().isIpv4() != next.client().isIpv4() && last.server().port() == next.server().port() && last.tcp().syn().seen()
                && !last.tcp().synAck().seen() && next.first().nanos() - last.first().nanos() <= FAMILY_NANOS
                && (last.tcp().resets().isEmpty() || next.first().nanos() - last.last().nanos() <= AT_ONCE_NANOS);
    }

    /// Of two addresses of different families only this tells that they may be the same client's.
    private static boolean haveNeighbourPorts(Attempt last, Attempt next) {
        return Math.abs(next.client().port() - last.client().port()) <= NEIGHBOUR_PORTS;
    }

    /// The connection among `before` that `attempt` is, seen on the other side of an address translation.
    private static @Nullable Attempt twinOf(Attempt attempt, List<Attempt> before) {
        for (int i = before.size() - 1; i >= Math.max(0, before.size() - RECENT); i--) {
            if (twins(before.get(i), attempt)) {
                return before.get(i);
            }
        }
        return null;
    }

    /// One connection, seen before and behind an address translation.
    public static boolean twins(Attempt a, Attempt b) {
        boolean sameClient = sameAddress(a.client(), b.client());
        boolean sameServer = sameAddress(a.server(), b.server());
        boolean translated = sameClient != sameServer || !sameClient && a.client().port() == b.client().port();
        boolean port = a.client().port() == b.client().port() || !sameClient;
        if (!translated || !port || !sameTime(a, b) || a.tcp().client().payloadBytes() == 0) {
            return false;
        }
        Optional<byte[]> random = a.tls().clientHello().map(ClientHello::random);
        Optional<byte[]> other = b.tls().clientHello().map(ClientHello::random);
        return random.isPresent() == other.isPresent() && (random.isPresent() ? Arrays.equals(random.get(), other.get())
                : a.client().port() == b.client().port()) && a.steps().keySet().equals(b.steps().keySet());
    }

    private static boolean sameAddress(Endpoint a, Endpoint b) {
        return a.low() == b.low() && a.high() == b.high();
    }

    static boolean sameTime(Attempt a, Attempt b) {
        return Math.abs(a.first().nanos() - b.first().nanos()) <= TRANSLATION_NANOS
                && Math.abs(a.last().nanos() - b.last().nanos()) <= TRANSLATION_NANOS;
    }

    static boolean belongs(List<Attempt> group, Attempt next) {
        if (group.size() >= LIMIT) {
            return false;
        }
        long end = Long.MIN_VALUE;
        for (int i = Math.max(0, group.size() - 8); i < group.size(); i++) {
            end = Math.max(end, group.get(i).last().nanos());
        }
        for (int i = Math.max(0, group.size() - 8); i < group.size(); i++) {
            if (over(group.get(i), next)) {
                return false;
            }
        }
        long gap = next.first().nanos() - end;
        Attempt last = group.getLast();
        return gap <= RETRY_NANOS || gap <= DIALOG_NANOS && !last.reached(Step.CONNECT_INITIAL);
    }

    /// With a session the try has ended: what the same address begins beside it or afterwards is another try, of another user
    /// perhaps. Only who was cut off comes back for the same session ([MS-RDPBCGR] 5.5), and sessions of one user that follow on one
    /// another hide nothing.
    private static boolean over(Attempt attempt, Attempt next) {
        if (!attempt.sessionUp() || next.first().nanos() <= attempt.at(Step.FONT_MAP).nanos()) {
            return false;
        }
        boolean follows = next.sessionUp() && next.first().isAfter(attempt.last());
        return !sameUser(attempt, next) || !follows && !cutOff(attempt, next);
    }

    /// The session was not ended by its user, nor in good order by the server.
    private static boolean cutOff(Attempt session, Attempt next) {
        HalfFacts client = session.tcp().client();
        HalfFacts server = session.tcp().server();
        if (inVain(client) || inVain(server)) {
            return true;
        }
        boolean left = client.fin().seen() && (!server.fin().seen() || client.fin().frame() < server.fin().frame());
        boolean reset = !session.tcp().resets().isEmpty() && session.tcp().resets().getFirst().from() == Side.SERVER;
        return !left && !session.inner().disconnect().at().seen() && (reset || server.fin().seen()) && next.first().isAfter(session.last());
    }

    private static boolean inVain(HalfFacts half) {
        return half.loss().unacknowledged().stream().anyMatch(LostSegment::inVain);
    }

    private static boolean sameUser(Attempt one, Attempt other) {
        String name = name(one);
        String otherName = name(other);
        return name.startsWith(otherName) || otherName.startsWith(name);
    }

    /// The user's name as the request gives it, without a domain; clients cut it, and need not send it at all.
    private static String name(Attempt attempt) {
        String cookie = attempt.x224().request().map(Tpdu.ConnectionRequest::cookieName).orElse("");
        return cookie.substring(cookie.lastIndexOf('\\') + 1).toLowerCase(Locale.ROOT);
    }

    /// A try with a session, and apart from it what other users behind the same address met meanwhile. Many logons under more names
    /// than that are one guesser's.
    static List<Try> close(List<Attempt> group) {
        if (group.size() == 1) {
            return List.of(whole(group));
        }
        List<Attempt> sessions = group.stream().filter(Attempt::sessionUp).toList();
        List<Attempt> others = new ArrayList<>(0);
        if (!sessions.isEmpty() && sessions.size() < group.size()) {
            group.stream().filter(attempt -> !attempt.sessionUp() && sessions.stream().noneMatch(session -> sameUser(session,
                    attempt))).forEach(others::add);
        }
        boolean guesser = others.size() >= GUESSES && others.stream().map(Tries::name).distinct().count() > OTHER_USERS;
        if (others.isEmpty() || guesser) {
            return List.of(whole(group));
        }
        List<Attempt> own = group.stream().filter(attempt -> others.stream().noneMatch(other -> other == attempt)).toList();
        return List.of(whole(own), whole(others));
    }

    private static Try whole(List<Attempt> group) {
        return new Try(group.getFirst().client(), group.getFirst().server(), group);
    }
}
