package dev.rdptrace.live;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.live.LiveException.Reason;
import java.sql.Timestamp;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.TimestampPrecision;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface.PromiscuousMode;
import org.pcap4j.core.PcapStat;
import org.pcap4j.core.Pcaps;

/// Reads with pcap4j, one thread an interface: taking packets one by one loses half of them at 100,000 a second, and a
/// loop that does not block burns a core. Only raw bytes are asked for.
final class Pcap4jReader implements Reader {
    /// pcap4j tells its settings at its start; kept here, because a logger that nobody holds forgets its level.
    private static final Logger LOGGER = Logger.getLogger("org.pcap4j");

    private static final int RING_BYTES = 8 << 20;
    private static final int BLOCK_MILLIS = 100;
    private static final long JOIN_MILLIS = 2000;

    private final String version;

    /// Loads libpcap or Npcap.
    Pcap4jReader() throws LiveException {
        quiet();
        try {
            version = Pcaps.libVersion();
        } catch (LinkageError absent) {
            throw new LiveException(Reason.NO_LIBRARY, (System.getProperty("os.name", "").startsWith("Windows") ? "Npcap" : "libpcap")
                    + " is not installed or cannot be loaded: " + firstLine(absent));
        }
    }

    static void quiet() {
        LOGGER.setLevel(Level.WARNING);
    }

    private static String firstLine(Throwable thrown) {
        return Errors.message(thrown).lines().findFirst().orElse("").strip();
    }

    @Override
    public String describe() {
        return version.replace("version ", "").replaceFirst(" \\(.*", "") + " through pcap4j";
    }

    @Override
    public LivePacketQueue open(String name, LiveOptions options, String filter) throws LiveException {
        PcapHandle handle = open(name, options.snapLength(), options.bufferBytes(), options.promiscuous());
        try {
            if (!filter.isEmpty()) {
                handle.setFilter(filter, BpfCompileMode.OPTIMIZE);
            }
        } catch (PcapNativeException | NotOpenException wrong) {
            handle.close();
            throw new LiveException(Reason.BAD_FILTER, name + ": not a capture filter: " + filter + ": " + reason(wrong));
        }
        return new Pcap4jTap(handle, name);
    }

    static PcapHandle open(String name, int snapLength, int bufferBytes, boolean promiscuous) throws LiveException {
        PcapHandle.Builder builder = new PcapHandle.Builder(name)
                .snaplen(snapLength)
                .bufferSize(bufferBytes)
                .timeoutMillis(BLOCK_MILLIS)
                .promiscuousMode(promiscuous ? PromiscuousMode.PROMISCUOUS : PromiscuousMode.NONPROMISCUOUS);
        try {
            return builder.timestampPrecision(TimestampPrecision.NANO).build();
        } catch (PcapNativeException refused) {
            if (!isAboutPrecision(refused)) {
                throw refused(name, refused);
            }
        }
        try {
            return builder.timestampPrecision(TimestampPrecision.MICRO).build();
        } catch (PcapNativeException refused) {
            throw refused(name, refused);
        }
    }

    private static boolean isAboutPrecision(PcapNativeException refused) {
        return refused.getReturnCode() == null && Errors.message(refused).contains("precision");
    }

    private static LiveException refused(String name, PcapNativeException refused) {
        int status = refused.getReturnCode() == null ? 0 : refused.getReturnCode();
        String text = reason(refused);
        return switch (status) {
            case Libpcap.NO_SUCH_DEVICE -> new LiveException(Reason.NO_SUCH_INTERFACE, "there is no interface " + name);
            case Libpcap.PERMISSION_DENIED, Libpcap.PROMISCUOUS_DENIED ->
                    new LiveException(Reason.NO_RIGHTS, "no right to capture on " + name);
            case Libpcap.NOT_UP -> new LiveException(Reason.INTERFACE_DOWN, "interface " + name + " is down");
            default -> new LiveException(Reason.OTHER, name + ": " + text);
        };
    }

    static String reason(Exception thrown) {
        return Errors.message(thrown).replace('\n', ' ').strip();
    }

    @Override
    public void await(List<LivePacketQueue> taps, int millis) {
        Thread self = Thread.currentThread();
        for (LivePacketQueue tap : taps) {
            if (tap instanceof Pcap4jTap one) {
                one.ring.reads(self);
            }
        }
        for (LivePacketQueue tap : taps) {
            if (tap instanceof Pcap4jTap one && (one.ring.ready() || one.failure != null)) {
                return;
            }
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private static final class Pcap4jTap extends LivePacketQueue {
        private final PcapHandle handle;
        private final PacketRing ring = new PacketRing(RING_BYTES);
        private final Thread thread;
        private final int linkType;
        private final boolean nanosecond;
        private volatile @Nullable LiveException failure;
        private volatile boolean closing;
        private boolean closed;
        private Counters last = Counters.NONE;

        Pcap4jTap(PcapHandle handle, String name) {
            super(name);
            this.handle = handle;
            linkType = linkType(handle.getDlt().value());
            nanosecond = handle.getTimestampPrecision() == TimestampPrecision.NANO;
            thread = Thread.ofPlatform().daemon().name("pcap4j " + name).start(this::loop);
        }

        private void loop() {
            try {
                handle.loop(-1, this::packet);
            } catch (InterruptedException broken) {
                // breakLoop was called.
                return;
            } catch (PcapNativeException | NotOpenException | RuntimeException broken) {
                failure = new LiveException(Reason.INTERFACE_DOWN, name + ": " + reason(broken));
            }
            if (failure == null && !closing) {
                failure = new LiveException(Reason.INTERFACE_DOWN, name + ": the capture ended by itself");
            }
            ring.end();
        }

        private void packet(byte[] raw) {
            Timestamp time = handle.getTimestamp();
            Integer wire = handle.getOriginalLength();
            long when = Math.floorDiv(time.getTime(), 1000L) * 1_000_000_000L + time.getNanos();
            ring.put(raw, 0, raw.length, wire == null ? raw.length : wire, when, linkType, 0);
        }

        @Override
        boolean ready() throws LiveException {
            if (ring.ready()) {
                bytes = ring.bytes();
                offset = ring.offset();
                length = ring.length();
                wireLength = ring.wireLength();
                nanos = ring.nanos();
                return true;
            }
            LiveException failed = failure;
            if (failed != null) {
                throw failed;
            }
            return false;
        }

        @Override
        void take() {
            ring.take();
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
            if (!closed && failure == null) {
                try {
                    PcapStat counted = handle.getStats();
                    last = new Counters(counted.getNumPacketsReceived(), counted.getNumPacketsDropped(),
                            counted.getNumPacketsDroppedByIf());
                } catch (PcapNativeException | NotOpenException | RuntimeException gone) {
                    // What was counted before stands.
                    return last;
                }
            }
            return last;
        }

        /// The loop must have ended before the handle is closed: closing under it waits for ever.
        @Override
        public void close() {
            if (closed) {
                return;
            }
            counters();
            closed = true;
            closing = true;
            ring.end();
            try {
                handle.breakLoop();
                thread.join(JOIN_MILLIS);
            } catch (NotOpenException gone) {
                return;
            } catch (InterruptedException again) {
                Thread.currentThread().interrupt();
            }
            if (!thread.isAlive()) {
                handle.close();
            }
        }
    }
}
