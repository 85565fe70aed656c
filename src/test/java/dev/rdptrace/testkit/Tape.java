package dev.rdptrace.testkit;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// A capture held in memory, to be changed and played to the analyzer.
public record Tape(List<Shot> shots) {

    /// One frame.
    ///
    /// @param bytes as captured
    /// @param wireLength bytes it had on the wire
    /// @param nanos since 1970
    /// @param linkType LINKTYPE_ number
    public record Shot(byte[] bytes, int wireLength, long nanos, int linkType) {

        public Shot with(byte[] other) {
            return new Shot(other, other.length + wireLength - bytes.length, nanos, linkType);
        }

        public Shot at(long otherNanos) {
            return new Shot(bytes, wireLength, otherNanos, linkType);
        }

        public Shot cut(int snapLength) {
            return bytes.length <= snapLength ? this : new Shot(java.util.Arrays.copyOf(bytes, snapLength), wireLength, nanos, linkType);
        }
    }

    public Tape {
        shots = List.copyOf(shots);
    }

    /// All frames of a file.
    public static Tape read(Path file) {
        List<Shot> shots = new ArrayList<>();
        try (PacketSource source = Captures.open(List.of(file.toString()), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                byte[] bytes = new byte[frame.length()];
                System.arraycopy(frame.bytes(), frame.offset(), bytes, 0, bytes.length);
                shots.add(new Shot(bytes, frame.wireLength(), frame.nanos(), frame.linkType()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
        return new Tape(shots);
    }

    public int size() {
        return shots.size();
    }

    /// Every frame changed.
    public Tape map(UnaryOperator<Shot> change) {
        return new Tape(shots.stream().map(change).toList());
    }

    /// As a smaller snap length would have captured it.
    public Tape cut(int snapLength) {
        return map(shot -> shot.cut(snapLength));
    }

    /// Frames `[from, to)`, counted from 0.
    public Tape part(int from, int to) {
        return new Tape(shots.subList(from, to));
    }

    public PacketSource source() {
        return new Playing(shots);
    }

    public Analysis analyze() {
        return analyze(source());
    }

    public static Analysis analyze(PacketSource source) {
        return analyze(source, Analyzer.Options.NONE);
    }

    public static Analysis analyze(PacketSource source, Analyzer.Options options) {
        try (source) {
            return Analyzer.analyze(source, options, () -> false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Playing implements PacketSource {
        private final List<Shot> shots;
        private int next;

        Playing(List<Shot> shots) {
            this.shots = shots;
        }

        @Override
        public boolean next(Frame frame) {
            if (next == shots.size()) {
                return false;
            }
            Shot shot = shots.get(next++);
            frame.set(shot.bytes(), 0, shot.bytes().length, shot.wireLength(), next, shot.nanos(), shot.linkType(), 0);
            return true;
        }

        @Override
        public CaptureFacts facts() {
            long first = shots.isEmpty() ? Frame.NO_TIME : shots.getFirst().nanos();
            long last = shots.isEmpty() ? Frame.NO_TIME : shots.getLast().nanos();
            return new CaptureFacts(List.of(new FileFacts("memory", "pcapng", next, -1, first, last, null)), List.of(), List.of(),
                    List.of(), List.of());
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
