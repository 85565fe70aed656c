package dev.rdptrace.timeline;

import java.util.List;
import java.util.Locale;

/// One connection as two captures hold it: what both saw, what only one of them did, what changed on the way. Facts only.
///
/// Times are on the clock of the first capture unless they say otherwise.
///
/// @param stream of the first capture
/// @param otherStream of the other capture
/// @param client as the first capture knows it
/// @param server as the first capture knows it
/// @param otherClient as the other capture knows it
/// @param otherServer as the other capture knows it
/// @param nearClient which capture was taken nearer to the client
/// @param offsetNanos clock of the other capture minus clock of the first
/// @param uncertaintyNanos the offset may be wrong by so much; -1 where packets of one direction only were matched
/// @param transitNanos shortest time that a packet took from one place to the other and back, -1 unknown
/// @param renumberedClient the client's sequence numbers are other ones at the other place
/// @param renumberedServer the server's sequence numbers are other ones at the other place
/// @param fromClient what became of the client's packets
/// @param fromServer what became of the server's packets
/// @param changes what was rewritten, each kind once a direction
/// @param sightings every packet in the order of the first capture's clock, bounded
/// @param incomplete the connection had more packets than are compared
public record Comparison(int stream, int otherStream, Endpoint client, Endpoint server, Endpoint otherClient, Endpoint otherServer,
        Place nearClient, long offsetNanos, long uncertaintyNanos, long transitNanos, boolean renumberedClient, boolean renumberedServer,
        Way fromClient, Way fromServer, List<Change> changes, List<Sighting> sightings, boolean incomplete) {

    /// One of the two captures.
    public enum Place {
        FIRST,
        OTHER,
        UNKNOWN;

        /// `first`, `other`, `unknown`
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What became of a packet between the two places.
    public enum Fate {
        /// seen at both
        ARRIVED,
        /// part of it was seen at the far place: offload joins and cuts, or one of several pieces was lost
        PARTLY,
        /// seen where it was sent from, not at the other place
        LOST,
        /// seen where it should arrive, not where it should have been sent from
        INJECTED,
        /// not seen at the far place, which was not captured (any more) at that time
        UNKNOWN;

        /// `arrived`, `partly`, `lost`, `injected`, `unknown`
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// One packet.
    ///
    /// @param nanos on the clock of the first capture: there, or else at the other place
    /// @param frame in the first capture, 0 if it is not there
    /// @param otherFrame in the other capture, 0 if it is not there
    /// @param flags TCP flags
    /// @param offset of its payload in the sender's stream; -1 for a SYN
    /// @param length payload bytes
    /// @param ipLength bytes of the IP packet as a network would carry it: what offload has joined counts as full segments
    /// @param undelivered payload bytes (with SYN and FIN counted as TCP does) that no packet brought to the far place
    /// @param hopLimit TTL where it was seen, at the sender's place if at both
    public record Sighting(Side from, Fate fate, long nanos, long frame, long otherFrame, int flags, long offset, int length, int ipLength,
            int undelivered, int hopLimit) {

        public boolean syn() {
            return (flags & 0x02) != 0;
        }

        public boolean fin() {
            return (flags & 0x01) != 0;
        }

        public boolean reset() {
            return (flags & 0x04) != 0;
        }
    }

    /// One direction.
    ///
    /// @param sent packets seen where they were sent from
    /// @param matched of which were seen at the far place
    /// @param lost of which were not, although that was captured at the time
    /// @param injected packets seen at the far place only
    /// @param lostBytes payload bytes that never arrived, in no transmission
    /// @param unseenBytes bytes that the far place did not see and its end acknowledged: the capture missed them
    /// @param largestArrivedIp largest IP packet that arrived
    /// @param smallestLostIp smallest IP packet with bytes that never arrived, 0 if all did
    /// @param hops routers between the two places, by TTL; -1 unknown
    /// @param hopLimitAtSource most frequent TTL where it was sent from, -1 unknown
    public record Way(Side from, int sent, int matched, int lost, int injected, long lostBytes, long unseenBytes, int largestArrivedIp,
            int smallestLostIp, int hops, int hopLimitAtSource) {}

    /// Something that differs between the two places although the packet is the same.
    ///
    /// @param what `MSS`, `window scale`, `SACK`, `timestamps`, or [#PAYLOAD]
    /// @param sent where it was sent from
    /// @param arrived at the far place
    public record Change(Side from, String what, String sent, String arrived, long frame, long otherFrame) {
        /// The bytes themselves; sent and arrived are hashes of them.
        public static final String PAYLOAD = "payload";
    }

    public Comparison {
        changes = List.copyOf(changes);
        sightings = List.copyOf(sightings);
    }

    public Way way(Side side) {
        return side == Side.CLIENT ? fromClient : fromServer;
    }

    /// Ports or addresses differ between the two places.
    public boolean translated() {
        return !client.equals(otherClient) || !server.equals(otherServer);
    }

    /// Both ends' sequence numbers differ: a program between them accepts one connection and opens another.
    public boolean terminated() {
        return renumberedClient && renumberedServer;
    }

    /// Everything that was sent arrived, and nothing else did.
    public boolean clean() {
        return fromClient.lost == 0 && fromServer.lost == 0 && fromClient.injected == 0 && fromServer.injected == 0;
    }
}
