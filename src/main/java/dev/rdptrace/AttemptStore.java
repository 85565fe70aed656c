package dev.rdptrace;

import dev.rdptrace.RelatedParties.Parties;
import dev.rdptrace.diagnosis.Fitness;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Surroundings;
import dev.rdptrace.diagnosis.UdpAlone;
import dev.rdptrace.incident.Tries;
import dev.rdptrace.incident.Try;
import dev.rdptrace.spill.SpillFile;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.SideTransport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The attempts of a capture until they are judged, and the verdicts until they are reported.
///
/// A capture has a handful of them, or a hundred thousand of 20 KB each. The first [#HELD] stay in memory; when there
/// are more, all of them go to a [SpillFile] and only what groups and orders them is kept: some hundred bytes each.
final class AttemptStore {
    static final int HELD = 500;
    /// Attempts that carried nothing are judged up to this number: a port scan is known by then.
    static final int HOLLOW_LIMIT = 20_000;
    static final int LIMIT = 1 << 20;
    private static final int MOST_JUDGES = 4;

    private final Surroundings surroundings = new Surroundings();
    private List<Attempt> held = new ArrayList<>();
    private @Nullable SpillFile spill; // null as long as all are held
    private boolean noSpill;
    private int hollow;
    private int others;
    private long dropped;
    private final Map<Parties, Places> spilled = new LinkedHashMap<>();
    private final RelatedParties related = new RelatedParties();
    private final int most;
    private final int judges;

    AttemptStore() {
        this(HELD, Math.min(MOST_JUDGES, Runtime.getRuntime().availableProcessors()));
    }

    /// @param most attempts that stay in memory
    /// @param judges how many judge at a time
    AttemptStore(int most, int judges) {
        this.most = most;
        this.judges = judges;
    }

    /// Where attempts lie in the spill file, and when they began.
    private static final class Places {
        private final int number;
        private long[] places = new long[1];
        private long[] firstNanos = new long[1];
        private int size;

        /// @param number of the parties, see [RelatedParties]
        Places(int number) {
            this.number = number;
        }

        void add(Places others) {
            for (int i = 0; i < others.size; i++) {
                add(others.places[i], others.firstNanos[i]);
            }
        }

        void add(long place, long nanos) {
            if (size == places.length) {
                places = Arrays.copyOf(places, 2 * size);
                firstNanos = Arrays.copyOf(firstNanos, 2 * size);
            }
            places[size] = place;
            firstNanos[size++] = nanos;
        }

        /// In the order in which they began.
        long[] inOrder() {
            return IntStream.range(0, size).boxed().sorted(Comparator.comparingLong(i -> firstNanos[i])).mapToLong(i -> places[i])
                    .toArray();
        }
    }

    /// Learns from an attempt that is not to be judged.
    void note(Attempt attempt) {
        surroundings.note(attempt);
    }

    void add(Attempt attempt) {
        note(attempt);
        boolean carriedNothing = attempt.tcp().client().payloadBytes() == 0 && attempt.tcp().server().payloadBytes() == 0;
        if (carriedNothing ? ++hollow > HOLLOW_LIMIT : ++others > LIMIT) {
            dropped++;
            return;
        }
        if (spill == null && held.size() == most && !noSpill) {
            try {
                SpillFile file = SpillFile.open();
                spill = file;
                held.forEach(each -> spill(each, file));
                held = List.of();
            } catch (IOException nowhere) {
                noSpill = true; // memory is all there is
            }
        }
        if (spill == null) {
            held.add(attempt);
        } else {
            spill(attempt, spill);
        }
    }

    /// Attempts that were counted and will not be judged.
    long dropped() {
        return dropped;
    }

    private void spill(Attempt attempt, SpillFile file) {
        Places places = spilled.computeIfAbsent(Parties.of(attempt), parties -> new Places(related.number(parties)));
        related.add(places.number, attempt);
        places.add(file.put(attempt), attempt.first().nanos());
    }

    /// Most important first.
    ///
    /// @param overUdp RDP over UDP that no TCP connection belongs to
    List<Incident> judge(long captureEndNanos, long[] recordingsEnd, boolean headersCut, Companions companions,
            List<SideTransport> overUdp) {
        surroundings.now(captureEndNanos);
        surroundings.recordingsEnd(recordingsEnd);
        surroundings.companions(companions);
        surroundings.headersCut(headersCut);
        List<Incident> alone = UdpAlone.judge(overUdp, captureEndNanos);
        SpillFile file = spill;
        if (file == null) {
            return Incidents.inOrder(Stream.concat(Incidents.judge(Tries.of(held), surroundings).stream(), alone.stream()).toList());
        }
        together();
        try {
            return judge(file, SpillFile.open(), alone);
        } catch (IOException nowhere) {
            throw new UncheckedIOException(nowhere);
        }
    }

    /// Each group is judged by itself, several at a time. In which order is of no account: entries are put in order afterwards.
    ///
    /// @param verdicts where incidents go
    private List<Incident> judge(SpillFile file, SpillFile verdicts, List<Incident> alone) {
        List<Spilled.Entry> entries = new ArrayList<>();
        for (Incident incident : alone) {
            Map<Attempt, Long> places = new IdentityHashMap<>();
            incident.attempts().forEach(diagnosis -> places.put(diagnosis.attempt(), file.put(diagnosis.attempt())));
            entries.add(entry(incident, verdicts, places));
        }
        surroundings.settled();
        Iterator<Places> groups = spilled.values().iterator();
        Stream.generate(file::reader).limit(judges).toList().parallelStream().forEach(reader -> {
            for (Places next = next(groups); next != null; next = next(groups)) {
                judge(next.inOrder(), reader, (incident, places) -> {
                    synchronized (entries) {
                        entries.add(entry(incident, verdicts, places));
                    }
                });
            }
        });
        entries.sort(null);
        return new Spilled(file, verdicts, List.copyOf(entries));
    }

    private static @Nullable Places next(Iterator<Places> groups) {
        synchronized (groups) {
            Places next = groups.hasNext() ? groups.next() : null;
            if (next != null) {
                groups.remove();
            }
            return next;
        }
    }

    /// Puts those together whose tries may go over several addresses.
    private void together() {
        int[] groups = related.groups();
        Places[] first = new Places[groups.length];
        spilled.values().removeIf(places -> {
            Places others = first[groups[places.number]];
            if (others == null) {
                first[groups[places.number]] = places;
            } else {
                others.add(places);
            }
            return others != null;
        });
    }

    /// Judges the attempts of one client at one server. They are taken out a few at a time, for a proxy or a health check may
    /// have made all of the capture's; the last try of these may go on with the next few.
    private void judge(long[] places, SpillFile.Reader file, BiConsumer<Incident, Map<Attempt, Long>> judged) {
        Map<Attempt, Long> out = new IdentityHashMap<>();
        List<Attempt> few = List.of();
        for (int next = 0; next < places.length;) {
            few = new ArrayList<>(few);
            for (int end = Math.min(places.length, next + Tries.LIMIT); next < end; next++) {
                Attempt attempt = file.attempt(places[next]);
                out.put(attempt, places[next]);
                few.add(attempt);
            }
            List<Try> tries = new ArrayList<>(Tries.of(few));
            boolean last = next == places.length;
            few = last ? List.of() : tries.removeLast().attempts();
            for (Try one : tries) {
                judged.accept(Incidents.judge(one, surroundings), out);
                one.attempts().forEach(out::remove);
            }
        }
    }

    private static Spilled.Entry entry(Incident incident, SpillFile file, Map<Attempt, Long> places) {
        return new Spilled.Entry(file.put(incident, places::get), Incidents.rank(incident.outcome()), incident.firstNanos(),
                incident.attempts().getFirst().attempt().stream(), incident.attempts().size(), Spilled.fitness(incident),
                Analysis.disordered(incident));
    }

    /// Incidents that are taken from the spill file when they are asked for, and not kept.
    static final class Spilled extends AbstractList<Incident> implements RandomAccess {
        private final SpillFile.Reader attempts;
        private final SpillFile.Reader verdicts;
        private final List<Entry> entries;

        /// What is asked of all of them, without taking them out.
        record Entry(long place, int rank, long firstNanos, int stream, int attempts, List<Fitness> fitness,
                boolean disordered) implements Comparable<Entry> {
            @Override
            public int compareTo(Entry other) {
                return rank != other.rank ? Integer.compare(rank, other.rank)
                        : firstNanos != other.firstNanos ? Long.compare(firstNanos, other.firstNanos)
                        : Integer.compare(stream, other.stream);
            }
        }

        private Spilled(SpillFile attempts, SpillFile verdicts, List<Entry> entries) {
            this.attempts = attempts.reader();
            this.verdicts = verdicts.reader();
            this.entries = entries;
        }

        static List<Fitness> fitness(Incident incident) {
            List<Fitness> all = new ArrayList<>(0);
            for (JudgedAttempt diagnosis : incident.attempts()) {
                all.addAll(diagnosis.fitness());
            }
            return all.isEmpty() ? List.of() : all;
        }

        List<Entry> entries() {
            return entries;
        }

        /// Several threads may ask.
        @Override
        public synchronized Incident get(int index) {
            return verdicts.incident(entries.get(index).place(), attempts::attempt);
        }

        @Override
        public int size() {
            return entries.size();
        }
    }
}
