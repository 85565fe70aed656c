package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TlsFacts.AlertSeen;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one address does over the whole capture, at whichever servers: nobody types a password every hundred seconds for an hour, nor
/// at twenty hosts in turn, nor six times in one instant.
public final class Sources {
    private static final int SOURCES = 4096;
    private static final int KEPT = 1024;
    private static final int HOSTS = 64;
    private static final long HEARD_NANOS = 1_000_000_000L;
    private static final int MANY = 10;
    private static final int NAMES = 3;
    /// Who is at it without a pause goes on within this time.
    private static final long PAUSE_NANOS = 150_000_000_000L;
    private static final double AT_ONCE_SECONDS = 0.25;
    /// Enough for regular intervals to be no accident.
    private static final int REGULAR = 8;
    /// Of the intervals, how many are how near to the middle one.
    private static final double ALIKE = 0.85;
    private static final double NEAR = 0.2;

    /// What an attempt was, as far as that matters here.
    private enum Kind {
        /// a logon over CredSSP that the server refused
        REFUSED,
        /// a short connection that carried a logon without NLA
        BRIEF,
        SESSION,
        OTHER
    }

    /// @param answeredNanos when the client had been answered, as far as a person would know of it
    private record Act(long nanos, long answeredNanos, Endpoint server, String name, Kind kind) {}

    /// Password guessing.
    ///
    /// @param logons tried in vain
    /// @param seconds between two of them
    /// @param names and hosts they were tried with
    /// @param opened logons that succeeded meanwhile
    /// @param overNla by CredSSP
    /// @param together begun in one instant
    public record Guessing(long fromNanos, long toNanos, int logons, double seconds, int names, int hosts, int opened, boolean overNla,
            boolean together) {}

    private static final class Source {
        private final List<Act> acts = new ArrayList<>(1);
        /// The last packet of any server.
        private long heardNanos = Long.MIN_VALUE;
        /// The last packet to each server.
        private final Map<Endpoint, Long> spokeNanos = new HashMap<>(2);
        private @Nullable List<Guessing> found; // null when it must be looked for anew

        private void heard(Attempt attempt) {
            if (attempt.tcp().server().last().seen()) {
                heardNanos = Math.max(heardNanos, attempt.tcp().server().last().nanos());
            }
            for (ResetFacts reset : attempt.tcp().resets()) {
                if (reset.from() == Side.SERVER) {
                    heardNanos = Math.max(heardNanos, reset.at().nanos());
                }
            }
            if (attempt.tcp().client().last().seen() && spokeNanos.size() < HOSTS) {
                spokeNanos.merge(attempt.server().host(), attempt.tcp().client().last().nanos(), Math::max);
            }
        }
    }

    private final Map<Endpoint, Source> sources = new LinkedHashMap<>(16, 0.75f, true);

    void note(Attempt attempt) {
        Kind kind = kind(attempt);
        Source source = sources.computeIfAbsent(attempt.client().host(), _ -> new Source());
        source.heard(attempt);
        if ((attempt.tcp().synAck().seen() || kind != Kind.OTHER) && source.acts.size() < KEPT) {
            source.acts.add(new Act(attempt.first().nanos(), answered(attempt), attempt.server().host(), name(attempt), kind));
            source.found = null;
        }
        if (sources.size() > SOURCES) {
            Iterator<Source> oldest = sources.values().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    void forgetBefore(long nanos) {
        sources.values().removeIf(source -> {
            source.found = null;
            source.acts.removeIf(act -> act.nanos() < nanos);
            return source.acts.isEmpty();
        });
    }

    /// Since when nothing has come back to this client any more, from whichever host, although it goes on talking to several;
    /// empty where something has.
    synchronized OptionalLong unheardSince(Attempt attempt) {
        Source source = sources.get(attempt.client().host());
        if (source == null || source.heardNanos == Long.MIN_VALUE) {
            return OptionalLong.empty();
        }
        long since = source.heardNanos;
        long unheard = source.spokeNanos.values().stream().filter(nanos -> nanos > since + HEARD_NANOS).count();
        return unheard > 1 ? OptionalLong.of(since) : OptionalLong.empty();
    }

    private static long answered(Attempt attempt) {
        Moment fin = attempt.tcp().server().fin();
        return (attempt.reached(Step.REFUSED) ? attempt.at(Step.REFUSED) : fin.seen() ? fin : attempt.last()).nanos();
    }

    private static String name(Attempt attempt) {
        return attempt.x224().request().map(Tpdu.ConnectionRequest::cookieName).orElse("");
    }

    private static Kind kind(Attempt attempt) {
        boolean byServer = attempt.tcp().server().fin().seen() || alertFromServer(attempt);
        if (attempt.reached(Step.REFUSED) || attempt.reached(Step.AUTHENTICATE) && !attempt.reached(Step.ACCEPTED)
                && !attempt.reached(Step.CREDENTIALS)
                && !attempt.reached(Step.CONNECT_INITIAL) && byServer) {
            return Kind.REFUSED;
        }
        boolean brief = !attempt.reached(Step.TOKEN) && attempt.reached(Step.CLIENT_INFO)
                && attempt.last().secondsSince(attempt.first()) < Limits.BRIEF_SECONDS
                && (attempt.tcp().client().fin().seen() || attempt.tcp().server().fin().seen() || !attempt.tcp().resets().isEmpty());
        return brief ? Kind.BRIEF : attempt.sessionUp() ? Kind.SESSION : Kind.OTHER;
    }

    private static boolean alertFromServer(Attempt attempt) {
        for (AlertSeen alert : attempt.tls().alerts()) {
            if (alert.from() == Side.SERVER) {
                return true;
            }
        }
        return false;
    }

    /// The guessing that this attempt is part of.
    public synchronized Optional<Guessing> guessing(Attempt attempt) {
        Source source = sources.get(attempt.client().host());
        Kind kind = kind(attempt);
        if (source == null || source.acts.size() < Limits.GUESSES || kind != Kind.REFUSED && kind != Kind.BRIEF) {
            return Optional.empty();
        }
        if (source.found == null) {
            source.found = look(source.acts);
        }
        long at = attempt.first().nanos();
        return source.found.stream().filter(one -> one.overNla() == (kind == Kind.REFUSED) && one.fromNanos() <= at
                && at <= one.toNanos()).findFirst();
    }

    private static List<Guessing> look(List<Act> acts) {
        List<Guessing> found = new ArrayList<>(0);
        List<Act> ordered = new ArrayList<>(acts);
        ordered.sort(Comparator.comparingLong(Act::nanos));
        for (Kind kind : List.of(Kind.REFUSED, Kind.BRIEF)) {
            List<Act> tries = ordered.stream().filter(act -> act.kind() == kind).toList();
            if (tries.size() >= Limits.GUESSES) {
                if (tries.size() >= REGULAR && regular(tries)) {
                    of(tries, ordered, false).ifPresent(found::add);
                }
                runs(tries, PAUSE_NANOS).forEach(run -> {
                    if (noPerson(run, kind)) {
                        of(run, ordered, false).ifPresent(found::add);
                    }
                });
                runs(tries, (long) (AT_ONCE_SECONDS * 1e9)).forEach(run -> {
                    if (span(run) <= AT_ONCE_SECONDS) {
                        of(run, ordered, true).ifPresent(found::add);
                    }
                });
            }
        }
        return List.copyOf(found);
    }

    /// Stretches in which each begins within `pause` after the one before; short ones are left out.
    private static List<List<Act>> runs(List<Act> tries, long pause) {
        List<List<Act>> runs = new ArrayList<>(1);
        int from = 0;
        for (int i = 1; i <= tries.size(); i++) {
            if (i == tries.size() || tries.get(i).nanos() - tries.get(i - 1).nanos() > pause) {
                if (i - from >= Limits.GUESSES) {
                    runs.add(tries.subList(from, i));
                }
                from = i;
            }
        }
        return runs;
    }

    private static double span(List<Act> run) {
        return (run.getLast().nanos() - run.getFirst().nanos()) / 1e9;
    }

    private static double spacing(List<Act> run) {
        return span(run) / (run.size() - 1);
    }

    /// Seconds from a refusal to the next try, which typing takes however long the way to the server is.
    private static double thinking(List<Act> run) {
        long nanos = 0;
        for (int i = 1; i < run.size(); i++) {
            nanos += Math.max(0, run.get(i).nanos() - run.get(i - 1).answeredNanos());
        }
        return nanos / 1e9 / (run.size() - 1);
    }

    private static int names(List<Act> run) {
        Set<String> names = new HashSet<>();
        run.forEach(act -> names.add(act.name()));
        return names.size();
    }

    private static int hosts(List<Act> run) {
        Set<Endpoint> hosts = new HashSet<>();
        run.forEach(act -> hosts.add(act.server()));
        return hosts.size();
    }

    /// Faster, under more names or at more hosts than one who has forgotten a password.
    private static boolean noPerson(List<Act> run, Kind kind) {
        if (names(run) >= NAMES || hosts(run) >= Limits.GUESSES) {
            return true;
        }
        return kind == Kind.REFUSED ? spacing(run) < Limits.QUICK_SECONDS || thinking(run) < Limits.TYPING_SECONDS
                : run.size() >= MANY && spacing(run) <= Limits.QUICK_SECONDS / 2;
    }

    /// Most intervals are alike: a program, for hours perhaps.
    private static boolean regular(List<Act> tries) {
        double[] gaps = new double[tries.size() - 1];
        for (int i = 0; i < gaps.length; i++) {
            gaps[i] = (tries.get(i + 1).nanos() - tries.get(i).nanos()) / 1e9;
        }
        Arrays.sort(gaps);
        double middle = gaps[gaps.length / 2];
        long near = Arrays.stream(gaps).filter(gap -> Math.abs(gap - middle) <= NEAR * middle).count();
        return middle > 0 && near >= ALIKE * gaps.length;
    }

    /// Where as many logons succeed, many people stand behind the address.
    private static Optional<Guessing> of(List<Act> run, List<Act> all, boolean together) {
        long from = run.getFirst().nanos();
        long to = run.getLast().nanos();
        Kind kind = run.getFirst().kind();
        int opened = 0;
        int others = 0;
        for (Act act : all) {
            boolean then = act.nanos() >= from && act.nanos() <= to;
            opened += then && act.kind() == Kind.SESSION ? 1 : 0;
            others += then && act.kind() == Kind.OTHER ? 1 : 0;
        }
        if (opened * Limits.GUESSES > run.size() || kind == Kind.BRIEF && others * 4 > run.size()) {
            return Optional.empty();
        }
        boolean open = all.size() == KEPT && run.getLast() == all.getLast(); // more came than was kept
        return Optional.of(new Guessing(from, open ? Long.MAX_VALUE : to, run.size(), spacing(run), names(run), hosts(run), opened,
                kind == Kind.REFUSED, together));
    }
}
