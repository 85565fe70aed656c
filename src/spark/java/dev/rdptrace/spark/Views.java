package dev.rdptrace.spark;

import dev.rdptrace.FlowSights;
import dev.rdptrace.compare.SeenPackets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Puts together what recordings have of a group of connections that several of them hold: [Seen] and [SightTask.Sights], [Serialized].
final class Views {
    private Views() {}

    /// @param views of a group of connections, in any order
    static OtherViews read(int recording, List<byte[]> views, RecordingFacts recordings) {
        List<Seen> seen = new ArrayList<>();
        List<SightTask.Sights> all = new ArrayList<>();
        for (byte[] view : views) {
            switch (Serialized.read(view)) {
                case Seen one -> seen.add(one);
                case SightTask.Sights sights -> all.add(sights);
                case Object strange -> throw new IllegalStateException(strange.getClass().getName());
            }
        }
        seen.sort(Comparator.comparingInt(Seen::recording).thenComparingInt(Seen::stream));
        all.sort(Comparator.comparingInt(SightTask.Sights::recording).thenComparingInt(SightTask.Sights::file).thenComparingLong(
                SightTask.Sights::flow));
        Map<Integer, List<SeenPackets>> packets = new TreeMap<>();
        all.forEach(sights -> packets.computeIfAbsent(sights.recording(), _ -> new ArrayList<>())
                .add(FlowSights.packets(sights.packets(), recordings.framesBefore(sights.recording(), sights.file()))));
        return new OtherViews(recording, seen, packets, recordings);
    }
}
