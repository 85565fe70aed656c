package dev.rdptrace.spark;

import dev.rdptrace.compare.Leg;
import dev.rdptrace.compare.PacketLog;
import dev.rdptrace.compare.Pairing;
import dev.rdptrace.compare.SeenPackets;
import dev.rdptrace.diagnosis.BothSides;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.View;
import dev.rdptrace.timeline.Comparison;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Tries of a recording, of which others hold connections as well: each is judged with what another one adds, and told once.
final class OtherViews {
    private final int recording;
    private final RecordingFacts recordings;
    private final Map<Integer, Other> others = new TreeMap<>();

    /// What another recording has of this one's connections.
    ///
    /// @param compared by stream of this recording
    /// @param seen by stream of the other, as are the views
    private record Other(List<Comparison> comparisons, Map<Integer, Comparison> compared, Map<Integer, Seen> seen,
            Map<Integer, View> views) {}

    /// @param incident judged with the other view
    /// @param seenIn all recordings that hold it, in their order
    /// @param with which of them it was judged with, -1 where no other holds it
    record Told(Incident incident, List<Integer> seenIn, int with) {}

    /// @param seen by all recordings that hold connections of this one, and by itself
    /// @param packets of those connections, by recording
    OtherViews(int recording, List<Seen> seen, Map<Integer, List<SeenPackets>> packets, RecordingFacts recordings) {
        this.recording = recording;
        this.recordings = recordings;
        Map<Integer, List<Seen>> by = new TreeMap<>();
        seen.forEach(one -> by.computeIfAbsent(one.recording(), _ -> new ArrayList<>()).add(one));
        PacketLog own = log(recording, by, packets);
        for (int other : by.keySet()) {
            if (other != recording) {
                List<Comparison> comparisons = Pairing.compare(own, log(other, by, packets));
                Map<Integer, Comparison> byStream = new HashMap<>();
                comparisons.forEach(one -> byStream.put(one.stream(), one));
                Map<Integer, Seen> streams = new HashMap<>();
                Map<Integer, View> views = new HashMap<>();
                by.getOrDefault(other, List.of()).forEach(one -> {
                    streams.put(one.stream(), one);
                    views.put(one.stream(), one.view());
                });
                others.put(other, new Other(comparisons, byStream, streams, views));
            }
        }
    }

    private PacketLog log(int of, Map<Integer, List<Seen>> seen, Map<Integer, List<SeenPackets>> packets) {
        List<Leg> legs = seen.getOrDefault(of, List.of()).stream().map(Seen::leg).toList();
        return PacketLog.of(legs, packets.getOrDefault(of, List.of()), recordings.firstNanos(of), recordings.lastNanos(of));
    }

    /// The try as both tell it; empty where it is told with the tries of another recording: the one in which it failed, or else came
    /// farthest to a verdict, or of those that say the same the first. As both tell of the same connection, one of them is that.
    Optional<Told> judge(Incident incident) {
        TreeSet<Integer> seenIn = new TreeSet<>(List.of(recording));
        if (incident.headline().attempt().overUdp()) {
            return Optional.of(new Told(incident, List.copyOf(seenIn), -1));
        }
        int stream = incident.headline().attempt().stream();
        int rank = Seen.rank(incident.outcome());
        int with = -1;
        for (Map.Entry<Integer, Other> other : others.entrySet()) {
            Comparison compared = other.getValue().compared.get(stream);
            Seen there = compared == null ? null : other.getValue().seen.get(compared.otherStream());
            if (compared == null || there == null || !there.headline()) {
                continue; // it is not what the other one would tell
            }
            if (there.rank() != rank ? there.rank() < rank : other.getKey() < recording) {
                return Optional.empty();
            }
            seenIn.add(other.getKey());
            with = with < 0 || hops(compared) > hops(compared(with, stream)) ? other.getKey() : with;
        }
        Other best = others.get(with);
        return Optional
                .of(new Told(best == null ? incident : BothSides.judge(incident, best.comparisons, best.views, recordings.name(with)),
                        List.copyOf(seenIn), with));
    }

    private @Nullable Comparison compared(int other, int stream) {
        Other of = others.get(other);
        return of == null ? null : of.compared.get(stream);
    }

    /// How far the other place is away; the farther, the more lies between the two.
    private static int hops(@Nullable Comparison compared) {
        return compared == null ? -1 : Math.max(compared.fromClient().hops(), compared.fromServer().hops());
    }
}
