package dev.rdptrace.incident;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.wire.security.SecurityPdu.InitiateMultitransportRequest;
import dev.rdptrace.wire.x224.Tpdu.ConnectionRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What a connection over TCP tells of the transports over UDP that belong to it, [MS-RDPEMT] 1.3.1.
///
/// @param correlationId of its Connection Request, or empty
/// @param requests what the server asked for, where that was read
/// @param cookieHashes SHA-256 of the cookies in these
public record MainConnection(Attempt attempt, String correlationId, List<InitiateMultitransportRequest> requests,
        Set<String> cookieHashes) {
    /// So long around the connection a client asks for a transport.
    private static final double AROUND_SECONDS = 1;

    /// By what a transport shows whose it is, the surest first.
    public enum Tie {
        /// The request id and the cookie of the tunnel that was created in it.
        REQUEST_ID,
        /// [MS-RDPEUDP] 2.2.2.9 `cookieHash`
        COOKIE_HASH,
        /// [MS-RDPBCGR] 2.2.1.1.2 and [MS-RDPEUDP] 2.2.2.8
        CORRELATION_ID,
        /// The same two hosts at the same time; another correlation id does not count against it, it only "SHOULD" be the same.
        ADDRESSES,
        /// It is another one's.
        NONE;

        /// It says so itself, wherever it was recorded.
        public boolean isTold() {
            return compareTo(ADDRESSES) < 0;
        }

        /// In small letters.
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public MainConnection {
        requests = List.copyOf(requests);
        cookieHashes = Set.copyOf(cookieHashes);
    }

    public static MainConnection of(Attempt attempt) {
        List<InitiateMultitransportRequest> requests = new ArrayList<>();
        Set<String> cookieHashes = new HashSet<>();
        for (Event event : attempt.events()) {
            if (event.what() instanceof InitiateMultitransportRequest request) {
                requests.add(request);
                cookieHashes.add(request.cookieHash());
            }
        }
        return new MainConnection(attempt, known(attempt.x224().request().map(ConnectionRequest::correlationId).orElse("")), requests,
                cookieHashes);
    }

    /// Under what it is asked for when a transport that came another way tells whose it is.
    public List<String> names() {
        List<String> names = new ArrayList<>(cookieHashes);
        if (!correlationId.isEmpty()) {
            names.add(correlationId);
        }
        return names;
    }

    /// The same of a transport.
    public static List<String> names(SideTransport transport) {
        String id = known(transport.offer().correlationId());
        return Stream.of(id, asInMemory(id), transport.offer().cookieHash(), inWords(transport.offer().cookieHash()),
                transport.tunnel().cookieHash()).filter(name -> !name.isEmpty()).toList();
    }

    public Tie tie(SideTransport transport) {
        boolean opened = !transport.tunnel().cookieHash().isEmpty();
        if (!requests.isEmpty() && opened) {
            boolean own = cookieHashes.contains(transport.tunnel().cookieHash())
                    && requests.stream().anyMatch(request -> request.requestId() == transport.tunnel().requestId());
            return own ? Tie.REQUEST_ID : Tie.NONE;
        }
        if (!requests.isEmpty() && !transport.offer().cookieHash().isEmpty()) {
            boolean own = cookieHashes.contains(transport.offer().cookieHash())
                    || cookieHashes.contains(inWords(transport.offer().cookieHash()));
            return own ? Tie.COOKIE_HASH : Tie.NONE;
        }
        String other = known(transport.offer().correlationId());
        if (!other.isEmpty() && (other.equals(correlationId) || asInMemory(other).equals(correlationId))) {
            return Tie.CORRELATION_ID;
        }
        Moment asked = transport.first();
        boolean around = transport.client().host().equals(attempt.client().host())
                && transport.server().host().equals(attempt.server().host())
                && asked.secondsSince(attempt.first()) >= -AROUND_SECONDS
                && attempt.last().secondsSince(asked) >= -AROUND_SECONDS;
        return around ? Tie.ADDRESSES : Tie.NONE;
    }

    /// The one to which a transport has the surest tie; none where it belongs to none of them.
    public static Optional<MainConnection> owner(List<MainConnection> all, SideTransport transport) {
        MainConnection best = null;
        for (MainConnection one : all) {
            Tie tie = one.tie(transport);
            best = tie != Tie.NONE && (best == null || tie.compareTo(best.tie(transport)) < 0) ? one : best;
        }
        return Optional.ofNullable(best);
    }

    /// An id of zeros is none.
    private static String known(String id) {
        for (int i = 0; i < id.length(); i++) {
            if (id.charAt(i) != '0') {
                return id;
            }
        }
        return "";
    }

    /// [MS-RDPEUDP] 2.2.2.8 has the GUID in network byte order, [MS-RDPBCGR] 2.2.1.1.2 does not say: as it lies in memory its first
    /// three numbers are turned round.
    private static String asInMemory(String id) {
        return id.length() != 32 ? "" : turned(id, 0, 8) + turned(id, 8, 12) + turned(id, 12, 16) + id.substring(16);
    }

    /// The hash is sent as eight numbers "in network byte order", and a host of the other order may have taken its bytes for numbers of
    /// its own.
    private static String inWords(String hash) {
        StringBuilder swapped = new StringBuilder(hash.length());
        for (int word = 0; word + 8 <= hash.length(); word += 8) {
            swapped.append(turned(hash, word, word + 8));
        }
        return swapped.toString();
    }

    private static String turned(String hex, int from, int to) {
        StringBuilder turned = new StringBuilder(to - from);
        for (int at = to - 2; at >= from; at -= 2) {
            turned.append(hex, at, at + 2);
        }
        return turned.toString();
    }
}
