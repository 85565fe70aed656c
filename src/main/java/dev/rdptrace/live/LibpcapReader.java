package dev.rdptrace.live;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.rdptrace.live.LiveException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;

/// Reads with [Libpcap], in the caller's thread: interfaces do not block, and poll(2) waits for all of them at once.
///
/// `pcap_dispatch` itself does not return from an idle interface, whatever timeout was set.
final class LibpcapReader implements Reader {
    /// How old a packet may be when the kernel hands over a block that is not full. Where little goes on each block holds only
    /// what came in this time, and 64 MB of them bridge twenty-five seconds in which this program gets no processor.
    private static final int BLOCK_MILLIS = 100;

    private final Libpcap libpcap;

    LibpcapReader() throws LiveException {
        libpcap = Libpcap.load();
    }

    @Override
    public String describe() {
        return libpcap.version().replace("version ", "").replaceFirst(" \\(.*", "") + " through java.lang.foreign";
    }

    @Override
    public LivePacketQueue open(String name, LiveOptions options, String filter) throws LiveException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment error = Libpcap.errorBuffer(arena);
            long handle = libpcap.create(name, error);
            if (handle == 0) {
                throw new LiveException(Reason.OTHER, name + ": " + error.getString(0));
            }
            try {
                libpcap.configure(handle, options.snapLength(), options.promiscuous(), BLOCK_MILLIS, options.bufferBytes());
                int status = libpcap.activate(handle);
                if (status < 0) {
                    throw refused(name, handle, status);
                }
                if (!filter.isEmpty()) {
                    String wrong = libpcap.filter(handle, filter);
                    if (!wrong.isEmpty()) {
                        throw new LiveException(Reason.BAD_FILTER, name + ": not a capture filter: " + filter + ": " + wrong);
                    }
                }
                if (!libpcap.doNotBlock(handle, error)) {
                    throw new LiveException(Reason.OTHER, name + ": " + error.getString(0));
                }
                return new LibpcapTap(libpcap, handle, name);
            } catch (LiveException impossible) {
                libpcap.close(handle);
                throw impossible;
            }
        }
    }

    private LiveException refused(String name, long handle, int status) {
        String detail = libpcap.errorText(handle);
        String text = name + ": " + libpcap.statusText(status) + (detail.isEmpty() ? "" : " (" + detail + ")");
        return switch (status) {
            case Libpcap.NO_SUCH_DEVICE -> new LiveException(Reason.NO_SUCH_INTERFACE, "there is no interface " + name);
            case Libpcap.PERMISSION_DENIED, Libpcap.PROMISCUOUS_DENIED ->
                    new LiveException(Reason.NO_RIGHTS, "no right to capture on " + name);
            case Libpcap.NOT_UP -> new LiveException(Reason.INTERFACE_DOWN, "interface " + name + " is down");
            default -> new LiveException(Reason.OTHER, text);
        };
    }

    @Override
    public void await(List<LivePacketQueue> taps, int millis) {
        int[] descriptors = new int[taps.size()];
        boolean all = true;
        for (int i = 0; i < descriptors.length; i++) {
            descriptors[i] = taps.get(i) instanceof LibpcapTap tap ? tap.descriptor : -1;
            all &= descriptors[i] >= 0;
        }
        // Where something cannot be waited for, it is asked often.
        libpcap.poll(descriptors, all ? millis : Math.min(millis, 10));
    }

    private static final class LibpcapTap extends LivePacketQueue {
        private static final boolean LONG_FRACTION = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;

        private final Libpcap libpcap;
        private final Arena arena = Arena.ofShared();
        private final MemorySegment header = arena.allocate(ADDRESS);
        private final MemorySegment data = arena.allocate(ADDRESS);
        private final long handle;
        private final int linkType;
        private final boolean nanosecond;
        private final int descriptor;
        private boolean held;
        private boolean closed;
        private Counters last = Counters.NONE;

        LibpcapTap(Libpcap libpcap, long handle, String name) {
            super(name);
            this.libpcap = libpcap;
            this.handle = handle;
            linkType = linkType(libpcap.dataLink(handle));
            nanosecond = libpcap.nanosecond(handle);
            descriptor = libpcap.selectable(handle);
        }

        @Override
        boolean ready() throws LiveException {
            if (held) {
                return true;
            }
            int answer = libpcap.next(handle, header, data);
            if (answer == 0) {
                return false;
            }
            if (answer < 0) {
                throw new LiveException(Reason.INTERFACE_DOWN, name + ": " + libpcap.errorText(handle));
            }
            long at = header.get(JAVA_LONG, 0);
            // struct pcap_pkthdr: seconds, fraction, bytes captured, bytes on the wire.
            long fraction = LONG_FRACTION ? Libpcap.MEMORY.get(JAVA_LONG, at + 8) : Libpcap.MEMORY.get(JAVA_INT, at + 8);
            nanos = Libpcap.MEMORY.get(JAVA_LONG, at) * 1_000_000_000L + (nanosecond ? fraction : fraction * 1000);
            length = Libpcap.MEMORY.get(JAVA_INT, at + 16);
            wireLength = Libpcap.MEMORY.get(JAVA_INT, at + 20);
            if (bytes.length < length) {
                bytes = new byte[Math.max(2048, Integer.highestOneBit(length) << 1)];
            }
            MemorySegment.copy(Libpcap.MEMORY, JAVA_BYTE, data.get(JAVA_LONG, 0), bytes, 0, length);
            held = true;
            return true;
        }

        @Override
        void take() {
            held = false;
        }

        @Override
        int linkType() {
            return linkType;
        }

        @Override
        boolean nanosecond() {
            return nanosecond;
        }

        @Override
        Counters counters() {
            if (!closed) {
                last = libpcap.statistics(handle);
            }
            return last;
        }

        @Override
        public void close() {
            if (!closed) {
                last = libpcap.statistics(handle);
                closed = true;
                libpcap.close(handle);
                arena.close();
            }
        }
    }
}
