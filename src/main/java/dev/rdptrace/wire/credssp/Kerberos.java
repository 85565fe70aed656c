package dev.rdptrace.wire.credssp;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Ber;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Text;
import dev.rdptrace.wire.field.Whole;
import dev.rdptrace.wire.field.WindowsTime;
import java.util.ArrayList;
import java.util.List;

/// RFC 4120 5 Kerberos messages: inside CredSSP, and on port 88. Tickets and authenticators stay sealed.
///
/// Names that are left off are empty, numbers -1.
public sealed interface Kerberos extends AuthToken {

    /// RFC 4120 5.5.1 AP-REQ: the client shows a ticket.
    ///
    /// @param ticket which service the ticket is for, and how it is sealed
    /// @param authenticatorType encryption type of the authenticator
    record ApRequest(boolean useSessionKey, boolean mutualRequired, Ticket ticket, int authenticatorType)
            implements
                Kerberos {}

    /// RFC 4120 5.5.2 AP-REP: the server proves itself.
    record ApReply(int encryptionType) implements Kerberos {}

    /// RFC 4120 5.9.1 KRB-ERROR.
    ///
    /// @param serverTimeNanos since 1970 by the server's clock, or [WindowsTime#UNKNOWN]
    /// @param clientTimeNanos since 1970 as the server understood the client's clock, or [WindowsTime#UNKNOWN]
    record Error(
            KerberosError error, long serverTimeNanos, long clientTimeNanos, String clientRealm, String clientName,
            String realm, String serverName, String text)
            implements
                Kerberos {}

    /// KERB-TGT-REQUEST of user-to-user Kerberos: the client asks for the server's own ticket.
    record TgtRequest(String serverName, String realm) implements Kerberos {}

    /// KERB-TGT-REPLY of user-to-user Kerberos.
    record TgtReply(Ticket ticket) implements Kerberos {}

    /// RFC 4120 5.4.1 AS-REQ and TGS-REQ: a client asks a domain controller for a ticket.
    ///
    /// @param tgs whether it is a TGS-REQ, for a service; otherwise AS-REQ, for a logon
    /// @param encryptionTypes the client can use
    /// @param preAuthentication types of the proofs that were sent; none means a first try
    record KdcRequest(
            boolean tgs, String clientName, String realm, String serverName, List<Integer> encryptionTypes,
            List<Integer> preAuthentication)
            implements
                Kerberos {
        public KdcRequest {
            encryptionTypes = List.copyOf(encryptionTypes);
            preAuthentication = List.copyOf(preAuthentication);
        }
    }

    /// RFC 4120 5.4.2 AS-REP and TGS-REP: a domain controller gives a ticket.
    record KdcReply(boolean tgs, String clientRealm, String clientName, Ticket ticket, int encryptionType)
            implements
                Kerberos {}

    /// A message this program does not read.
    record Other(int tag, int length) implements Kerberos {}

    /// RFC 4120 5.3 Ticket.
    ///
    /// @param keyVersion -1 when it is left off
    record Ticket(String realm, String serverName, int encryptionType, long keyVersion) {

        public String encryptionTypeName() {
            return ETYPES.of(encryptionType);
        }
    }

    /// RFC 3961 and [MS-KILE] 2.2.7 encryption types.
    Names ETYPES = Names.none().and(1, "des-cbc-crc").and(3, "des-cbc-md5").and(17, "aes128-cts-hmac-sha1-96")
            .and(18, "aes256-cts-hmac-sha1-96").and(19, "aes128-cts-hmac-sha256-128").and(20, "aes256-cts-hmac-sha384-192")
            .and(23, "rc4-hmac").and(24, "rc4-hmac-exp");

    /// Decodes one message that fills `bytes[offset, offset + length)`: a datagram of port 88.
    static Decoded<Kerberos> decode(byte[] bytes, int offset, int length) {
        return Whole.decode(bytes, offset, length, "Kerberos", Kerberos::read);
    }

    /// Decodes one message behind its length at the start of `bytes[offset, offset + length)`: TCP port 88. Waits while it
    /// is incomplete.
    static Decoded<Kerberos> decodeTcp(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "Kerberos", in -> {
            int size = in.i32("length");
            if (size < 0 || size > 1 << 20) {
                throw in.reject("length", "is " + Integer.toUnsignedLong(size));
            }
            return read(in.sub("length", "Kerberos", size));
        });
    }

    /// RFC 4121 4.1: a GSS-API token has two bytes before the message.
    static Kerberos readGss(Reader in) {
        int tokenId = in.u16("TOK_ID");
        return switch (tokenId) {
            case 0x0100, 0x0200, 0x0300 -> read(in);
            case 0x0400 -> {
                Ber.Fields fields = Ber.fields(in, "KERB-TGT-REQUEST");
                yield new TgtRequest(principalOr(fields, 2, "server-name"), stringOr(fields, 3, "realm"));
            }
            case 0x0401 -> new TgtReply(ticket(Ber.fields(in, "KERB-TGT-REPLY").get(2, "ticket")));
            default -> {
                int length = in.left();
                in.skip("token", length);
                yield new Other(tokenId, length);
            }
        };
    }

    /// Reads one message by its application tag.
    static Kerberos read(Reader in) {
        int tag = in.peek();
        return switch (tag) {
            case 0x6a -> request(false, in);
            case 0x6b -> reply(false, in);
            case 0x6c -> request(true, in);
            case 0x6d -> reply(true, in);
            case 0x6e -> apRequest(Ber.fields(Ber.open(in, tag, "AP-REQ"), "AP-REQ"));
            case 0x6f -> new ApReply(encryptionType(
                    Ber.fields(Ber.open(in, tag, "AP-REP"), "AP-REP").get(2, "enc-part")));
            case 0x7e -> error(Ber.fields(Ber.open(in, tag, "KRB-ERROR"), "KRB-ERROR"));
            case -1 -> throw in.reject("message", "is empty");
            default -> {
                in.u8("tag");
                int length = Ber.length(in, "message");
                in.skip("message", length);
                yield new Other(tag, length);
            }
        };
    }

    private static ApRequest apRequest(Ber.Fields fields) {
        Reader options = Ber.open(fields.get(2, "ap-options"), Ber.BIT_STRING, "ap-options");
        options.u8("unused bits");
        int first = options.u8("ap-options");
        return new ApRequest((first & 0x40) != 0, (first & 0x20) != 0, ticket(fields.get(3, "ticket")),
                encryptionType(fields.get(4, "authenticator")));
    }

    private static Error error(Ber.Fields fields) {
        return new Error(new KerberosError((int) fields.integer(6, "error-code")),
                time(fields, 4, 5, "stime"), time(fields, 2, 3, "ctime"), stringOr(fields, 7, "crealm"),
                principalOr(fields, 8, "cname"), stringOr(fields, 9, "realm"), principalOr(fields, 10, "sname"),
                stringOr(fields, 11, "e-text"));
    }

    private static KdcRequest request(boolean tgs, Reader in) {
        Ber.Fields fields = Ber.fields(Ber.open(in, in.peek(), "KDC-REQ"), "KDC-REQ");
        List<Integer> preAuthentication = new ArrayList<>();
        if (fields.has(3)) {
            Reader list = Ber.open(fields.get(3, "padata"), Ber.SEQUENCE, "padata");
            while (!list.isEmpty()) {
                preAuthentication.add((int) Ber.fields(list, "PA-DATA").integer(1, "padata-type"));
            }
        }
        Ber.Fields body = Ber.fields(fields.get(4, "req-body"), "KDC-REQ-BODY");
        List<Integer> types = new ArrayList<>();
        Reader list = Ber.open(body.get(8, "etype"), Ber.SEQUENCE, "etype");
        while (!list.isEmpty()) {
            types.add((int) Ber.integer(list, Ber.INTEGER, "etype"));
        }
        return new KdcRequest(tgs, principalOr(body, 1, "cname"), stringOr(body, 2, "realm"),
                principalOr(body, 3, "sname"), types, preAuthentication);
    }

    private static KdcReply reply(boolean tgs, Reader in) {
        Ber.Fields fields = Ber.fields(Ber.open(in, in.peek(), "KDC-REP"), "KDC-REP");
        return new KdcReply(tgs, stringOr(fields, 3, "crealm"), principalOr(fields, 4, "cname"),
                ticket(fields.get(5, "ticket")), encryptionType(fields.get(6, "enc-part")));
    }

    private static Ticket ticket(Reader in) {
        Ber.Fields fields = Ber.fields(Ber.open(in, 0x61, "Ticket"), "Ticket");
        Ber.Fields sealed = Ber.fields(fields.get(3, "enc-part"), "EncryptedData");
        return new Ticket(stringOr(fields, 1, "realm"), principalOr(fields, 2, "sname"),
                (int) sealed.integer(0, "etype"), sealed.integerOr(1, "kvno", -1));
    }

    private static int encryptionType(Reader in) {
        return (int) Ber.fields(in, "EncryptedData").integer(0, "etype");
    }

    /// RFC 4120 5.2.2 PrincipalName: `TERMSRV/host.example.com`.
    private static String principalOr(Ber.Fields fields, int number, String field) {
        if (!fields.has(number)) {
            return "";
        }
        Reader parts = Ber.open(Ber.fields(fields.get(number, field), field).get(1, "name-string"), Ber.SEQUENCE, field);
        List<String> names = new ArrayList<>();
        while (!parts.isEmpty()) {
            names.add(string(parts, field));
        }
        return String.join("/", names);
    }

    private static String stringOr(Ber.Fields fields, int number, String field) {
        return fields.has(number) ? string(fields.get(number, field), field) : "";
    }

    /// KerberosString is a GeneralString; Windows puts UTF-8 into it.
    private static String string(Reader in, String field) {
        int tag = in.peek();
        if (tag != 0x1b && tag != 0x0c && tag != 0x16) {
            throw in.reject(field, "has tag " + Hex.code(tag) + ", not a string's");
        }
        return Text.utf8(Ber.open(in, tag, field).rest(field));
    }

    /// `20260131235959Z` and microseconds.
    private static long time(Ber.Fields fields, int number, int micros, String field) {
        if (!fields.has(number)) {
            return WindowsTime.UNKNOWN;
        }
        long seconds = Ber.time(fields.get(number, field), field);
        long fraction = fields.integerOr(micros, field, 0);
        return Math.abs(seconds) > 9_000_000_000L || fraction < 0 || fraction > 999_999 ? WindowsTime.UNKNOWN
                : seconds * 1_000_000_000 + fraction * 1000;
    }
}
