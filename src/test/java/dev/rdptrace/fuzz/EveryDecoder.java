package dev.rdptrace.fuzz;

import dev.rdptrace.Analysis;
import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.wire.aad.AadPdu;
import dev.rdptrace.wire.credssp.AuthToken;
import dev.rdptrace.wire.credssp.EarlyUserAuthorization;
import dev.rdptrace.wire.credssp.Kerberos;
import dev.rdptrace.wire.credssp.TsRequest;
import dev.rdptrace.wire.dns.DnsMessage;
import dev.rdptrace.wire.gateway.CleanPath;
import dev.rdptrace.wire.gateway.GatewayCall;
import dev.rdptrace.wire.gateway.GatewayDatagram;
import dev.rdptrace.wire.gateway.GatewayPacket;
import dev.rdptrace.wire.gateway.HttpHead;
import dev.rdptrace.wire.gateway.RpcPdu;
import dev.rdptrace.wire.mcs.DomainPdu;
import dev.rdptrace.wire.rdstls.RdstlsPdu;
import dev.rdptrace.wire.security.SecurityPdu;
import dev.rdptrace.wire.share.SharePdu;
import dev.rdptrace.wire.tls.Alert;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.CertificateMessage;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.Handshake;
import dev.rdptrace.wire.tls.ServerHello;
import dev.rdptrace.wire.tls.TlsRecord;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import dev.rdptrace.wire.udp.StunMessage;
import dev.rdptrace.wire.udp.RdpUdpDatagram;
import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Preconnection;
import dev.rdptrace.wire.x224.Tpdu;
import dev.rdptrace.wire.x224.Tpkt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Everything that takes bytes of strangers, behind one entrance: the first byte says which, the rest is what it gets.
///
/// [#fuzzerTestOneInput] is the form that Jazzer calls; `scripts/fuzz` starts it.
public final class EveryDecoder {

    /// Takes bytes and answers; an exception is a defect.
    interface Target {
        Object take(byte[] bytes);
    }

    private interface Windowed {
        Decoded<?> decode(byte[] bytes, int offset, int length);
    }

    static final Target FILE = EveryDecoder::file;
    static final Target FRAME = EveryDecoder::frame;
    static final Target DIALOGUE = EveryDecoder::dialogue;

    /// New ones are added at the end, so that inputs kept from earlier mean the same.
    static final List<Target> TARGETS = List.of(
            window(FirstBytes::of), length(Tpkt::length), window(Tpdu::decode), window(DomainPdu::decode), window(SharePdu::decode),
            window(SecurityPdu::decode), window(RdstlsPdu::decode),
            window(AadPdu::decode), window(HttpHead::decode), window(GatewayPacket::decode), window(GatewayDatagram::decode),
            window(RdpUdpPacket::decode), window(StunMessage::decode),
            window(DnsMessage::decode), window(DnsMessage::decodeTcp), window(TsRequest::decode),
            window(AuthToken::decode), window(Kerberos::decode), window(Kerberos::decodeTcp), window(EarlyUserAuthorization::decode),
            length(TlsRecord::length), window(Handshake::header), window(ClientHello::decode), window(ServerHello::decode),
            window((bytes, offset, length) -> CertificateMessage.decode(bytes, offset, length, false)),
            window((bytes, offset, length) -> CertificateMessage.decode(bytes, offset, length, true)),
            window(Alert::decode), CertificateFacts::of, FILE, FRAME, DIALOGUE,
            EveryDecoder::payload, window(Preconnection::decode), window(RpcPdu::decode), EveryDecoder::gatewayCall,
            window(CleanPath::decode));

    private EveryDecoder() {}

    /// The first byte says which call, whose, and how numbers stand in it.
    private static Object gatewayCall(byte[] bytes) {
        int which = bytes.length == 0 ? 0 : bytes[0];
        byte[] stub = bytes.length == 0 ? bytes : Arrays.copyOfRange(bytes, 1, bytes.length);
        boolean ndr64 = (which & 0x20) != 0;
        return (which & 0x10) == 0 ? GatewayCall.request(which & 15, stub, ndr64) : GatewayCall.response(which & 15, stub, ndr64);
    }

    /// The byte that an input for `target` begins with.
    static int number(Target target) {
        return TARGETS.indexOf(target);
    }

    /// The numbers of those that take one message.
    static IntStream decoders() {
        return IntStream.range(0, TARGETS.size()).filter(number -> !List.of(FILE, FRAME, DIALOGUE).contains(TARGETS.get(number)));
    }

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length > 0) {
            take((input[0] & 0xff) % TARGETS.size(), Arrays.copyOfRange(input, 1, input.length));
        }
    }

    static Object take(int target, byte[] bytes) {
        Object answer = TARGETS.get(target).take(bytes);
        String.valueOf(answer);
        return answer;
    }

    private interface Length {
        int of(byte[] bytes, int offset, int available);
    }

    private static Target length(Length length) {
        return bytes -> {
            byte[] around = new byte[bytes.length + 12];
            System.arraycopy(bytes, 0, around, 5, bytes.length);
            return length.of(around, 5, bytes.length);
        };
    }

    /// The decoder must not look beyond its window.
    private static Target window(Windowed decoder) {
        return bytes -> {
            byte[] around = new byte[bytes.length + 12];
            System.arraycopy(bytes, 0, around, 5, bytes.length);
            Decoded<?> decoded = decoder.decode(around, 5, bytes.length);
            if (decoded instanceof Decoded.Complete<?>(_, int length) && (length < 0 || length > bytes.length)) {
                throw new IllegalStateException(length + " bytes used of " + bytes.length);
            }
            return decoded;
        };
    }

    /// What RDP over UDP carries, in each version.
    private static Object payload(byte[] bytes) {
        RdpUdpDatagram datagram = new RdpUdpDatagram();
        return Stream.of(2, RdpUdpDatagram.VERSION_3).map(version -> {
            datagram.over(bytes, 0, bytes.length, version);
            return datagram.security() + " " + datagram.copy().length + " " + datagram.missing();
        }).toList();
    }

    /// A whole capture file, to the report.
    private static Object file(byte[] bytes) {
        try {
            return report(Tape.analyze(Captures.open(List.of("-"), new ByteArrayInputStream(bytes))));
        } catch (CaptureException unreadable) {
            return unreadable.getMessage();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// One frame; the first byte is the link type.
    private static Object frame(byte[] bytes) {
        if (bytes.length == 0) {
            return "";
        }
        return new CaptureBuilder().frame(bytes[0] & 0xff, Arrays.copyOfRange(bytes, 1, bytes.length)).tape().analyze();
    }

    /// What two ends say to each other: messages with a byte before each that tells whose it is and how long.
    private static Object dialogue(byte[] bytes) {
        CaptureBuilder.Dialogue dialogue = new CaptureBuilder().tcp("192.0.2.10", 50000, "198.51.100.20", 3389).open();
        int at = 0;
        while (at + 3 <= bytes.length) {
            int length = Math.min((bytes[at + 1] & 0xff) << 8 | bytes[at + 2] & 0xff, bytes.length - at - 3);
            byte[] message = Arrays.copyOfRange(bytes, at + 3, at + 3 + length);
            switch (bytes[at] & 7) {
                case 0, 2, 4 -> dialogue.client(message);
                case 1, 3, 5 -> dialogue.server(message);
                case 6 -> dialogue.raw(true, CaptureBuilder.ACK, length - 64, message);
                default -> dialogue.raw(false, CaptureBuilder.ACK, length - 64, message);
            }
            at += 3 + length;
        }
        return report(dialogue.end().tape().analyze());
    }

    private static Object report(Analysis analysis) {
        try {
            JsonReport.write(analysis.report("fuzz"), OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return analysis.incidents();
    }
}
