package dev.rdptrace;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What was read of the files of a recording once more, see [FlowReading]: packets in their order, one ahead.
final class AddedPackets {
    private final Iterator<KeptSource.Block> blocks;
    private final KeptPackets.Reader reader = new KeptPackets.Reader();
    private final Packet packet = new Packet();
    private final Frame frame = new Frame();
    private KeptSource.@Nullable Block ahead;
    private int file = -1;
    private boolean loaded;
    private boolean ofTcp;

    /// @param blocks of one reading, in the order of files and blocks
    AddedPackets(Iterator<KeptSource.Block> blocks) {
        this.blocks = blocks;
        advance();
    }

    private void advance() {
        ahead = blocks.hasNext() ? blocks.next() : null;
    }

    /// Goes on with the packets of this file, the next one or a later one.
    void begin(int now) {
        file = now;
        reader.begin(Map.of());
        loaded = false;
        while (ahead != null && ahead.file() < now) {
            advance();
        }
        load();
    }

    /// The packet that was ahead has been taken.
    void taken() {
        load();
    }

    private void load() {
        while (reader.next(frame) != KeptPackets.Step.PACKET) {
            if (ahead == null || ahead.file() != file) {
                loaded = false;
                return;
            }
            reader.feed(ahead.bytes());
            advance();
        }
        loaded = true;
        ofTcp = packet.wrap(frame) == Verdict.TCP;
    }

    /// There is one, with this frame.
    boolean has() {
        return loaded;
    }

    Frame frame() {
        return frame;
    }

    boolean ofTcp() {
        return ofTcp;
    }

    /// See [KeptPackets.Reader#cleared].
    boolean cleared() {
        return reader.cleared();
    }

    /// TCP segments of the file that stand before it.
    long passed() {
        return reader.passed();
    }

    long nanos() {
        return reader.nanos();
    }
}
