package dev.rdptrace.spark;

import dev.rdptrace.FlowSights;
import dev.rdptrace.compare.SeenPackets;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What recordings have of connections that several of them hold, as bytes on their way to where each of these is judged.
final class Views {
    private Views() {}

    /// Of a [Seen] or of [SightTask.Sights].
    static byte[] written(Object one) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(one);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /// @param views of a group of connections, in any order
    static OtherViews read(int recording, List<byte[]> views, JudgeTask task) {
        List<Seen> seen = new ArrayList<>();
        List<SightTask.Sights> all = new ArrayList<>();
        for (byte[] view : views) {
            switch (read(view)) {
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
                .add(FlowSights.packets(sights.packets(), task.framesBefore(sights.recording(), sights.file()))));
        return new OtherViews(recording, seen, packets, of -> task.recordings().value().get(of));
    }

    static Object read(byte[] view) {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(view))) {
            return in.readObject();
        } catch (IOException | ClassNotFoundException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
