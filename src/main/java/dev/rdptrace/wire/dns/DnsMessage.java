package dev.rdptrace.wire.dns;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Whole;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// RFC 1035 4.1 a query or response.
///
/// @param responseCode 0 no error, 3 the name does not exist
/// @param answers of the answer section; records of other types are left out
public record DnsMessage(
        int id, boolean response, boolean truncated, int responseCode, Optional<Question> question,
        List<Answer> answers) {
    private static final Names CODES = Names.from(0, "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED");
    private static final Names TYPES = Names.none().and(1, "A").and(5, "CNAME").and(28, "AAAA").and(33, "SRV")
            .and(6, "SOA").and(12, "PTR").and(65, "HTTPS");

    /// Nobody answers with more.
    private static final int MAX_RECORDS = 256;

    /// RFC 1035 4.1.2.
    ///
    /// @param name without the final dot
    public record Question(String name, int type) {

        public String typeName() {
            return TYPES.of(type);
        }
    }

    /// RFC 1035 4.1.3 A, AAAA, CNAME and SRV records.
    ///
    /// @param value an address, or a name without the final dot
    /// @param port of an SRV record, else -1
    public record Answer(String name, int type, long ttlSeconds, String value, int port) {

        public String typeName() {
            return TYPES.of(type);
        }
    }

    public DnsMessage {
        answers = List.copyOf(answers);
    }

    public String responseCodeName() {
        return CODES.of(responseCode);
    }

    /// The addresses, whatever names lead to them.
    public List<String> addresses() {
        return answers.stream().filter(answer -> answer.type() == 1 || answer.type() == 28).map(Answer::value).toList();
    }

    /// Decodes one message that fills `bytes[offset, offset + length)`: a datagram of port 53.
    public static Decoded<DnsMessage> decode(byte[] bytes, int offset, int length) {
        return Whole.decode(bytes, offset, length, "DNS", in -> new Parser(bytes, offset, length, in).read());
    }

    /// Decodes one message behind its length at the start of `bytes[offset, offset + length)`: TCP port 53. Waits while it
    /// is incomplete.
    public static Decoded<DnsMessage> decodeTcp(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "DNS", in -> {
            int size = in.u16("length");
            return new Parser(bytes, offset + 2, size, in.sub("length", "DNS", size)).read();
        });
    }

    /// Reads a message whose names may point back into it.
    private record Parser(byte[] bytes, int start, int size, Reader in) {

        DnsMessage read() {
            int id = in.u16("ID");
            int flags = in.u16("flags");
            int questions = in.u16("QDCOUNT");
            int records = in.u16("ANCOUNT");
            in.u16("NSCOUNT");
            in.u16("ARCOUNT");
            if (questions > MAX_RECORDS || records > MAX_RECORDS) {
                throw in.reject("ANCOUNT", "is " + Math.max(questions, records));
            }
            Optional<Question> question = Optional.empty();
            for (int i = 0; i < questions; i++) {
                String name = name();
                int type = in.u16("QTYPE");
                in.u16("QCLASS");
                question = question.isPresent() ? question : Optional.of(new Question(name, type));
            }
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < records; i++) {
                answer().ifPresent(answers::add);
            }
            return new DnsMessage(id, (flags & 0x8000) != 0, (flags & 0x0200) != 0, flags & 0xf, question, answers);
        }

        private Optional<Answer> answer() {
            String name = name();
            int type = in.u16("TYPE");
            in.u16("CLASS");
            long ttl = in.u32("TTL");
            int length = in.u16("RDLENGTH");
            int data = in.offset();
            in.skip("RDATA", length);
            return switch (type) {
                case 1 -> length == 4 ? Optional.of(new Answer(name, type, ttl, address(data, 4), -1)) : Optional.empty();
                case 28 -> length == 16 ? Optional.of(new Answer(name, type, ttl, address(data, 16), -1)) : Optional.empty();
                case 5 -> Optional.of(new Answer(name, type, ttl, nameAt(data), -1));
                case 33 -> length < 7
                        ? Optional.empty()
                        : Optional.of(new Answer(name, type, ttl, nameAt(data + 6), at(data + 4) << 8 | at(data + 5)));
                default -> Optional.empty();
            };
        }

        /// The name at the reader, which moves behind it.
        private String name() {
            String name = nameAt(in.offset());
            while (true) {
                int label = in.u8("label");
                if (label >= 0xc0) {
                    in.u8("pointer");
                    return name;
                }
                if (label == 0) {
                    return name;
                }
                in.skip("label", label);
            }
        }

        /// RFC 1035 4.1.4: pointers only lead backwards here, so that they end.
        private String nameAt(int from) {
            StringBuilder name = new StringBuilder();
            int at = from;
            int lowest = from;
            while (true) {
                int label = at(at);
                if (label == 0) {
                    return name.toString();
                }
                if (label >= 0xc0) {
                    int target = (label & 0x3f) << 8 | at(at + 1);
                    if (target >= lowest) {
                        throw in.reject("pointer", "leads forward to " + target);
                    }
                    lowest = target;
                    at = target;
                    continue;
                }
                if (label > 63) {
                    throw in.reject("label", "has length " + Hex.code(label));
                }
                at(at + label);
                if (name.length() + label > 255) {
                    throw in.reject("name", "is longer than 255 characters");
                }
                name.append(name.isEmpty() ? "" : ".")
                        .append(new String(bytes, start + at + 1, label, StandardCharsets.ISO_8859_1));
                at += 1 + label;
            }
        }

        private int at(int position) {
            if (position >= size) {
                throw in.reject("name", "leaves the message");
            }
            return bytes[start + position] & 0xff;
        }

        private String address(int from, int length) {
            byte[] address = new byte[length];
            System.arraycopy(bytes, start + from, address, 0, length);
            try {
                return InetAddress.getByAddress(address).getHostAddress();
            } catch (UnknownHostException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }
}
