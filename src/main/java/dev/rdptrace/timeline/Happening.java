package dev.rdptrace.timeline;

import dev.rdptrace.bytes.Fault;
import dev.rdptrace.wire.security.SecurityPdu;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

        /// The parts that have a name, by it.
        public Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            int from = 0;
            for (Object part : parts) {
                int to = pattern.indexOf('}', from);
                String name = pattern.substring(pattern.indexOf('{', from) + 1, to);
                if (!name.isEmpty()) {
                    fields.put(name, part);
                }
                from = to + 1;
            }
            return fields;
        }
    }

    /// A SYN, or the answer to one.
    ///
    /// @param repeats how often it was sent before
    record Syn(int repeats) implements Happening {}

    /// Bytes that are not the message that they should be.
    ///
    /// @param message with its article
    record Unreadable(String message, Fault fault) implements Happening {
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
    /// @param target the host that it asks for where that is a name, and whatever else is no address
    record ProxyRequest(String says, String protocol, String target) implements Happening {}

    /// A proxy's answer to the client.
    ///
    /// @param says the line of HTTP, or what the code of SOCKS means
    /// @param status of HTTP, or the code of SOCKS
    record ProxyAnswer(String says, int status, boolean refused) implements Happening {}

    /// A sentence that is made already, and what the report shows of it.
    record Said(String says, Map<String, Object> details) implements Happening {}
}
