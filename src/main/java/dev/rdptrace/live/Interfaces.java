package dev.rdptrace.live;

import dev.rdptrace.bytes.Errors;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;

/// What can be captured on.
public final class Interfaces {
    private static final int LOOPBACK = 0x01;
    private static final int UP = 0x02;
    private static final int RUNNING = 0x04;
    private static final int WIRELESS = 0x08;

    private Interfaces() {}

    /// @param name for `-i`
    /// @param description from the system, or empty
    /// @param addresses IPv4 and IPv6
    /// @param flags `PCAP_IF_` bits
    public record Interface(String name, String description, List<String> addresses, int flags) {
        public boolean isLoopback() {
            return (flags & LOOPBACK) != 0;
        }

        public boolean isUp() {
            return (flags & UP) != 0;
        }

        /// `up`, `up, no carrier`, `down`, with `loopback` and `wireless` where they are.
        public String state() {
            String state = !isUp() ? "down" : (flags & RUNNING) == 0 ? "up, no carrier" : "up";
            return state + (isLoopback() ? ", loopback" : "") + ((flags & WIRELESS) != 0 ? ", wireless" : "");
        }
    }

    /// As libpcap lists them; where there is no libpcap, as Java does.
    public static List<Interface> list() throws LiveException {
        Libpcap libpcap;
        try {
            libpcap = Libpcap.load();
        } catch (LiveException absent) {
            return fromJava();
        }
        return libpcap.interfaces();
    }

    private static List<Interface> fromJava() throws LiveException {
        List<Interface> found = new ArrayList<>();
        try {
            for (NetworkInterface one : NetworkInterface.networkInterfaces().toList()) {
                int flags = (one.isLoopback() ? LOOPBACK : 0) | (one.isUp() ? UP | RUNNING : 0);
                String description = one.getDisplayName() == null || one.getDisplayName().equals(one.getName()) ? "" : one.getDisplayName();
                found.add(new Interface(one.getName(), description, one.inetAddresses().map(InetAddress::getHostAddress).toList(), flags));
            }
        } catch (SocketException broken) {
            throw new LiveException(LiveException.Reason.OTHER, "interfaces cannot be listed: " + Errors.message(broken));
        }
        return List.copyOf(found);
    }
}
