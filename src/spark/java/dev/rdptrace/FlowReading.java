package dev.rdptrace;

import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Reads a file once more for some flows of which [Selection] left packets out: it keeps all packets of these, and follows none.
public final class FlowReading implements Closeable {
    private final Map<Long, Boolean> wanted;
    private final PacketSource source;
    private final Packet packet = new Packet();
    private final Frame frame = new Frame();
    private final MessageBodies.Latest bodies = new MessageBodies.Latest();
    private final KeptPackets.Writer writer = new KeptPackets.Writer();
    private long nanos;
    private long segments; // of TCP
    private long told;
    private boolean ended;

    /// @param path as the user gave it
    /// @param at where the file lies
    /// @param wanted flows, and whether with all they carry, also what most probably nobody reads
    public FlowReading(String path, Path at, Map<Long, Boolean> wanted) throws IOException {
        this.wanted = wanted;
        source = Captures.open(new LinkedHashMap<>(Map.of(path, at)));
    }

    /// The next block of packets, empty behind the last one.
    public byte[] next() throws IOException {
        while (!ended && !writer.full()) {
            if (source.next(frame)) {
                accept();
            } else {
                ended = true;
            }
        }
        return writer.take();
    }

    private void accept() {
        if (frame.nanos() != Frame.NO_TIME) {
            nanos = Math.max(nanos, frame.nanos());
        }
        Verdict verdict = packet.wrap(frame);
        if ((verdict == Verdict.TCP || verdict == Verdict.UDP) && !packet.fragmented() && packet.bytes() == frame.bytes()) {
            long flow = Selection.flow(packet);
            Boolean whole = wanted.get(flow);
            if (whole != null) {
                writer.passed(segments - told);
                told = segments;
                long time = frame.nanos() == Frame.NO_TIME ? nanos : frame.nanos();
                if (whole || verdict == Verdict.UDP) {
                    writer.packet(frame, packet, frame, time, false, false);
                } else {
                    bodies.write(flow, packet, frame, writer, time, false);
                }
            }
        }
        segments += verdict == Verdict.TCP ? 1 : 0;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
