package dev.rdptrace.fuzz;

import dev.rdptrace.Analysis;
import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
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

    /// @param name what `scripts/fuzz` takes to fuzz only this
    record Named(String name, Target target) {}

    static final Named FILE = new Named("file", EveryDecoder::file);
    static final Named FRAME = new Named("frame", EveryDecoder::frame);
    static final Named DIALOGUE = new Named("dialogue", EveryDecoder::dialogue);
    static final Named BEHIND_TLS = new Named("behind-tls", EveryDecoder::behindTls);
    /// Those that take more than one message.
    private static final List<Named> WHOLE = List.of(FILE, FRAME, DIALOGUE, BEHIND_TLS);

    /// New ones are added at the end, so that inputs kept from earlier mean the same.
    static final List<Named> TARGETS = List.of(
            window("first-bytes", FirstBytes::of), length("tpkt", Tpkt::length), window("x224", Tpdu::decode),
            window("mcs", DomainPdu::decode), window("share", SharePdu::decode), window("security", SecurityPdu::decode),
            window("rdstls", RdstlsPdu::decode), window("aad", AadPdu::decode), window("http", HttpHead::decode),
            window("gateway-packet", GatewayPacket::decode), window("gateway-datagram", GatewayDatagram::decode),
            window("rdpudp", RdpUdpPacket::decode), window("stun", StunMessage::decode), window("dns", DnsMessage::decode),
            window("dns-tcp", DnsMessage::decodeTcp), window("credssp", TsRequest::decode), window("auth-token", AuthToken::decode),
            window("kerberos", Kerberos::decode), window("kerberos-tcp", Kerberos::decodeTcp),
            window("early-authorization", EarlyUserAuthorization::decode), length("tls-record", TlsRecord::length),
            window("handshake", Handshake::header), window("client-hello", ClientHello::decode),
            window("server-hello", ServerHello::decode),
            window("certificates", (bytes, offset, length) -> CertificateMessage.decode(bytes, offset, length, false)),
            window("certificates-tls13", (bytes, offset, length) -> CertificateMessage.decode(bytes, offset, length, true)),
            window("alert", Alert::decode), new Named("certificate", CertificateFacts::of), FILE, FRAME, DIALOGUE,
            new Named("rdpudp-payload", EveryDecoder::payload), window("preconnection", Preconnection::decode),
            window("rpc", RpcPdu::decode), new Named("gateway-call", EveryDecoder::gatewayCall), window("clean-path", CleanPath::decode),
            BEHIND_TLS);

    /// All, or the one that the property names.
    private static final int ONLY = ofName(System.getProperty("rdptrace.fuzz.target", ""));

    private EveryDecoder() {}

    /// The first byte says which call, whose, and how numbers stand in it.
    private static Object gatewayCall(byte[] bytes) {
        int which = bytes.length == 0 ? 0 : bytes[0];
        byte[] stub = bytes.length == 0 ? bytes : Arrays.copyOfRange(bytes, 1, bytes.length);
        boolean ndr64 = (which & 0x20) != 0;
        return (which & 0x10) == 0 ? GatewayCall.request(which & 15, stub, ndr64) : GatewayCall.response(which & 15, stub, ndr64);
    }

    /// The byte that an input for `target` begins with.
    static int number(Named target) {
        return TARGETS.indexOf(target);
    }

    /// The same; -1 for all.
    static int ofName(String name) {
        List<String> names = TARGETS.stream().map(Named::name).toList();
        if (!name.isEmpty() && !names.contains(name)) {
            throw new IllegalArgumentException("no target '" + name + "'; there are: " + String.join(" ", names));
        }
        return names.indexOf(name);
    }

    /// The numbers of those that take one message.
    static IntStream decoders() {
        return IntStream.range(0, TARGETS.size()).filter(number -> !WHOLE.contains(TARGETS.get(number)));
    }

    public static void fuzzerTestOneInput(byte[] input) {
        int target = input.length == 0 ? -1 : (input[0] & 0xff) % TARGETS.size();
        if (target >= 0 && (ONLY < 0 || ONLY == target)) {
            take(target, Arrays.copyOfRange(input, 1, input.length));
        }
    }

    static Object take(int target, byte[] bytes) {
        Object answer = TARGETS.get(target).target().take(bytes);
        String.valueOf(answer);
        return answer;
    }

    private interface Length {
        int of(byte[] bytes, int offset, int available);
    }

    private static Named length(String name, Length length) {
        return new Named(name, bytes -> {
            byte[] around = new byte[bytes.length + 12];
            System.arraycopy(bytes, 0, around, 5, bytes.length);
            return length.of(around, 5, bytes.length);
        });
    }

    /// The decoder must not look beyond its window.
    private static Named window(String name, Windowed decoder) {
        return new Named(name, bytes -> {
            byte[] around = new byte[bytes.length + 12];
            System.arraycopy(bytes, 0, around, 5, bytes.length);
            Decoded<?> decoded = decoder.decode(around, 5, bytes.length);
            if (decoded instanceof Decoded.Complete<?>(_, int length) && (length < 0 || length > bytes.length)) {
                throw new IllegalStateException(length + " bytes used of " + bytes.length);
            }
            return decoded;
        });
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

    private static Object behindTls(byte[] bytes) {
        return report(BehindTls.analyze(bytes));
    }

    private static Object report(Analysis analysis) {
        Report report = analysis.report("fuzz");
        try {
            JsonReport.write(report, OutputStream.nullOutputStream());
            TextReport.write(report, Style.PLAIN, OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return analysis.incidents();
    }
}
