package dev.rdptrace.capture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Brings the frames of another source in time order, their numbers unchanged.
///
/// For files whose packets were written out of order. All frames are held in memory, so it is for files of moderate
/// size; beyond `limitBytes` the rest comes in the order of the file.
public final class TimeOrdered extends DerivedSource {
    private final long limitBytes;
    private @Nullable List<Held> held;
    private int next;

    private record Held(byte[] bytes, int wireLength, long number, long nanos, int linkType, int interfaceIndex) {}

    public TimeOrdered(PacketSource source, long limitBytes) {
        super(source);
        this.limitBytes = limitBytes;
    }

    @Override
    public boolean next(Frame frame) throws IOException {
        if (held == null) {
            held = hold(frame);
        }
        if (next == held.size()) {
            return source.next(frame);
        }
        Held one = held.get(next);
        held.set(next++, null);
        frame.set(one.bytes(), 0, one.bytes().length, one.wireLength(), one.number(), one.nanos(), one.linkType(), one.interfaceIndex());
        return true;
    }

    private List<Held> hold(Frame frame) throws IOException {
        List<Held> held = new ArrayList<>();
        long bytes = 0;
        long last = Long.MIN_VALUE;
        while (bytes < limitBytes && source.next(frame)) {
            byte[] copy = new byte[frame.length()];
            System.arraycopy(frame.bytes(), frame.offset(), copy, 0, copy.length);
            last = frame.nanos() == Frame.NO_TIME ? last : frame.nanos();
            held.add(new Held(copy, frame.wireLength(), frame.number(), last, frame.linkType(), frame.interfaceIndex()));
            bytes += copy.length + 64;
        }
        held.sort(Comparator.comparingLong(Held::nanos)); // stable
        return held;
    }
}
