package dev.rdptrace.compare;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Side;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/// What a comparison asks of some TCP segments of a file, on its way from where the file is read to where it is compared.
///
/// @param packets as a [Writer] has written them
/// @param framesBefore of the same capture, in the files before
public record SeenPackets(byte[] packets, long framesBefore) {

    /// Takes down those of one flow, a hundred bytes each.
    public static final class Writer {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream out = new DataOutputStream(bytes);
        private int size;
        private boolean cut;

        public Writer() {
            bytes.write(0); // whether there are more
        }

        /// @param frame its number in the file
        public void add(Packet packet, long frame, long nanos) {
            size++;
            try {
                end(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort());
                end(packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
                SeenSegment.of(packet, Side.CLIENT, frame, nanos).write(out);
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
        }

        private void end(long high, long low, int port) throws IOException {
            out.writeLong(high);
            out.writeLong(low);
            out.writeInt(port);
        }

        /// The flow has more packets that are not taken down.
        public void cut() {
            cut = true;
        }

        /// How many there are.
        public int size() {
            return size;
        }

        public byte[] packets() {
            byte[] all = bytes.toByteArray();
            all[0] = (byte) (cut ? 1 : 0);
            return all;
        }
    }

    interface Taker {
        /// @param segment from whom is told by `source`
        void take(Endpoint source, Endpoint destination, SeenSegment segment);
    }

    /// The flow had more.
    boolean cut() {
        return packets[0] != 0;
    }

    void forEach(Taker taker) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(packets, 1, packets.length - 1))) {
            while (in.available() > 0) {
                taker.take(end(in), end(in), SeenSegment.read(in, framesBefore));
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static Endpoint end(DataInputStream in) throws IOException {
        return new Endpoint(in.readLong(), in.readLong(), in.readInt());
    }
}
