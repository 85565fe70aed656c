package dev.rdptrace.live;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.live.LiveException.Reason;
import java.io.Closeable;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;

/// Puts frames onto a wire, as they are, with pcap4j.
public final class Sender implements Closeable {
    private static final int ETHERNET = 1;
    private static final int SMALL = 64;
    private static final int SMALL_BUFFER = 1 << 20;

    private final PcapHandle handle;
    private final String name;

    private Sender(PcapHandle handle, String name) {
        this.handle = handle;
        this.name = name;
    }

    public static Sender open(String name) throws LiveException {
        Pcap4jReader.quiet();
        try {
            PcapHandle handle = Pcap4jReader.open(name, SMALL, SMALL_BUFFER, false);
            if (handle.getDlt().value() != ETHERNET) {
                handle.close();
                throw new LiveException(Reason.OTHER, name + " does not take Ethernet frames");
            }
            return new Sender(handle, name);
        } catch (LinkageError absent) {
            throw new LiveException(Reason.NO_LIBRARY, "libpcap or JNA cannot be loaded: " + Errors.message(absent));
        }
    }

    /// Sends the first `length` bytes.
    ///
    /// @return `false` when the interface does not take so long a frame
    public boolean send(byte[] frame, int length) throws LiveException {
        try {
            handle.sendPacket(frame, length);
            return true;
        } catch (PcapNativeException | NotOpenException refused) {
            String why = Pcap4jReader.reason(refused);
            if (why.contains("too long") || why.contains("Message too large")) {
                return false;
            }
            throw new LiveException(why.contains("down") ? Reason.INTERFACE_DOWN : Reason.OTHER, name + ": cannot send: " + why);
        }
    }

    @Override
    public void close() {
        handle.close();
    }
}
