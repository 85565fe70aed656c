package dev.rdptrace.timeline;

import dev.rdptrace.bytes.DecodeError;
import dev.rdptrace.wire.security.SecurityPdu;
import dev.rdptrace.wire.x224.FirstBytes;
import java.util.ArrayList;
import java.util.List;

/// What an [Event] can be beside a message of a protocol.
public sealed interface Happening {

    /// A sentence with `{name}` in the place of each of its parts; `{}` for a part that is no field of the report.
    record Note(String pattern, List<Object> parts) implements Happening {
        public static Note of(String pattern, Object... parts) {
            return new Note(pattern, List.of(parts));
        }

        /// The sentence.
        public String says() {
            StringBuilder says = new StringBuilder();
            int from = 0;
            for (Object part : parts) {
                says.append(pattern, from, pattern.indexOf('{', from)).append(part);
                from = pattern.indexOf('}', from) + 1;
            }
            return says.append(pattern, from, pattern.length()).toString();
        }

        /// The names and values of the parts that have one, in turn.
        public Object[] fields() {
            List<Object> fields = new ArrayList<>();
            int from = 0;
            for (Object part : parts) {
                int to = pattern.indexOf('}', from);
                String name = pattern.substring(pattern.indexOf('{', from) + 1, to);
                if (!name.isEmpty()) {
                    fields.addAll(List.of(name, part));
                }
                from = to + 1;
            }
            return fields.toArray();
        }
    }

    /// A SYN, or the answer to one.
    ///
    /// @param repeats how often it was sent before
    record Syn(int repeats) implements Happening {}

    /// Bytes that are not the message that they should be.
    ///
    /// @param message with its article
    record Unreadable(String message, DecodeError fault) implements Happening {
        /// The sentence.
        public String says() {
            return message + " that cannot be read: " + fault;
        }
    }

    /// A PDU under the encryption of Standard RDP Security.
    ///
    /// @param guess what it is by its place and size
    record Sealed(String guess, SecurityPdu.Encrypted pdu) implements Happening {}

    /// What the client asks of a proxy, or a proxy says for it.
    ///
    /// @param local a PROXY header of the proxy's own connection, as for a health check
    /// @param target the host that it asks for where that is a name, and whatever else is no address
    record ProxyRequest(FirstBytes.Kind kind, boolean local, String says, String protocol, String target) implements Happening {
        /// Is it a header that a proxy puts before what the client says, not a wish of the client?
        public boolean header() {
            return kind == FirstBytes.Kind.PROXY_V1 || kind == FirstBytes.Kind.PROXY_V2;
        }
    }

    /// A proxy's answer to the client.
    ///
    /// @param says the line of HTTP, or what the code of SOCKS means
    /// @param status of HTTP, or the code of SOCKS
    record ProxyAnswer(String says, int status, boolean refused) implements Happening {}

    /// A ClientHello.
    ///
    /// @param second the answer to a HelloRetryRequest
    /// @param version name of the highest version on offer
    /// @param suites how many cipher suites are on offer
    /// @param length of its record in bytes
    record Hello(boolean second, String version, int suites, int length, String serverName, String ja3, String ja4) implements Happening {}

    /// A ClientKeyExchange.
    record KeyExchange(int length) implements Happening {}

    /// The TLS handshake is complete.
    record Established(boolean resumed) implements Happening {}

    /// A token of the logon, by its size.
    record Token(String says, AuthenticationFacts.Mechanism mechanism) implements Happening {}
}
