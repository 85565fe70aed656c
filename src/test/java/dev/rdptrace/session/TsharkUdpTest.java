package dev.rdptrace.session;

import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static dev.rdptrace.testkit.WindowsPeers.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.sim.Pcap;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.wire.udp.RdpUdpDatagram;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is read of a datagram over UDP is what tshark's `rdpudp`, `rdpudp2` and `rdpmt` read, over every recording at hand and over
/// datagrams of our own. In the first versions tshark does not pass over what fills up the ACK vector: what stands behind one that needs
/// filling it reads from the wrong place.
class TsharkUdpTest {
    private static final String[] FIELDS = {"udp.stream", "udp.srcport", "udp.payload", "rdpudp.flags", "rdpudp.initialsequencenumber",
            "rdpudp.upstreammtu", "rdpudp.correlationid", "rdpudp.synex.version", "rdpudp.synex.cookiehash", "rdpudp2.data.seqnum",
            "rdpudp2.data.channelseqnumber", "rdpudp2.ack.seqnum", "rdpudp2.ackvec.baseseqnum",
            "rdpudp.snsourceack", "rdpudp.data.sncoded", "rdpudp.data.sourceStart", "rdpudp.fec.coded", "rdpudp.fec.sourcestart",
            "rdpudp2.packetType", "rdpudp2.data", "rdpudp.data"};
    private static final int PORT = 50_200;

    private int syns;
    private int numbered;

    @Test
    void recordedDatagramsReadAlike() throws IOException, InterruptedException {
        Lab.needsTool("tshark");
        Assumptions.assumeTrue(Files.isDirectory(Lab.captures().resolve("public/rdp")), "no recordings");
        for (String folder : List.of("public/rdp", "kinds/udp-alone")) {
            try (Stream<Path> files = Files.walk(Lab.captures().resolve(folder))) {
                for (Path file : files.filter(file -> file.toString().contains(".pcap")).sorted().toList()) {
                    if (carriesRdp(file)) {
                        compare(file);
                    }
                }
            }
        }
        assertThat(syns).isGreaterThanOrEqualTo(15);
        assertThat(numbered).isGreaterThan(150);
    }

    /// Over UDP; so that tshark, which takes a second to begin, is asked about few.
    private static boolean carriesRdp(Path file) throws IOException {
        try (PacketSource source = Captures.open(List.of(file.toString()), InputStream.nullInputStream())) {
            return Analyzer.analyze(source, Analyzer.Options.NONE, () -> false).companions().sideTransports().stream()
                    .anyMatch(udp -> udp.syn().times() > 0);
        }
    }

    // ---- datagrams of our own ----

    private final Random random = new Random(7);

    private int u16() {
        return random.nextInt(0x10000);
    }

    private static CaptureBuilder handshake(int version) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        for (boolean answer : new boolean[] {false, true}) {
            byte[] syn = ByteBuffer.allocate(1232).putInt(answer ? 77 : -1).putShort((short) 64)
                    .putShort((short) (answer ? 0x1005 : 0x1001)).putInt(77)
                    .putShort((short) 1232).putShort((short) 1232).putShort((short) 1).putShort((short) version).array();
            send(capture, !answer, syn);
        }
        return capture;
    }

    private static void send(CaptureBuilder capture, boolean fromClient, byte[] datagram) {
        capture.udp(fromClient ? CLIENT : SERVER, fromClient ? PORT : 3389, fromClient ? SERVER : CLIENT, fromClient ? 3389 : PORT,
                datagram);
    }

    /// [MS-RDPEUDP] 2.2.2.1 to 2.2.2.7
    private byte[] first() {
        ByteBuffer out = ByteBuffer.allocate(200).putInt(random.nextInt()).putShort((short) u16());
        int kind = random.nextInt(4); // only acknowledges, data, FEC, both kinds of acknowledgement
        boolean acks = kind == 0 || random.nextBoolean();
        out.putShort((short) ((acks ? 4 : 0) | (kind > 0 ? 8 : 0) | (kind == 2 ? 0x10 : 0) | (kind == 3 ? 0x100 : 0)));
        if (acks) {
            int size = 2 + 4 * random.nextInt(4);
            out.putShort((short) size);
            for (int i = 0; i < size; i++) {
                out.put((byte) (random.nextInt(2) * 0xc0 | random.nextInt(64)));
            }
        }
        if (kind == 3) {
            out.putInt(random.nextInt());
        }
        if (kind > 0) {
            out.putInt(random.nextInt()).putInt(random.nextInt());
        }
        if (kind == 2) {
            out.put((byte) 4).put((byte) 1).putShort((short) 0);
        }
        for (int i = kind > 0 ? 1 + random.nextInt(40) : 0; i > 0; i--) {
            out.put((byte) (0x80 | random.nextInt(128))); // no record of TLS
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    /// [MS-RDPEUDP2] 2.2.1 and 3.1.1.1.5
    private byte[] second() {
        ByteBuffer out = ByteBuffer.allocate(300).order(ByteOrder.LITTLE_ENDIAN).put((byte) 0);
        boolean dummy = random.nextInt(5) == 0;
        int acks = dummy ? 0 : new int[] {0, 1, 8}[random.nextInt(3)];
        int flags = (dummy || random.nextBoolean() ? 4 : 0) | acks | random.nextInt(2) * 0x10 | random.nextInt(2) * 0x40
                | random.nextInt(2) * 0x100;
        out.putShort((short) (flags | 0xc000));
        if (acks == 1) {
            int delayed = random.nextInt(4);
            out.putShort((short) u16()).put(new byte[] {1, 2, 3, 4}).put((byte) (delayed | 0x20)).put(new byte[delayed]);
        }
        out.put(new byte[(flags & 0x40) != 0 ? 1 : 0]).put(new byte[(flags & 0x100) != 0 ? 3 : 0]);
        if ((flags & 0x10) != 0) {
            out.putShort((short) u16());
        }
        if ((flags & 4) != 0) {
            out.putShort((short) u16());
        }
        if (acks == 8) {
            int size = 1 + random.nextInt(5);
            boolean stamped = random.nextBoolean();
            out.putShort((short) u16()).put((byte) (size | (stamped ? 0x80 : 0))).put(new byte[stamped ? 4 : 0]);
            for (int i = 0; i < size; i++) {
                out.put((byte) random.nextInt());
            }
        }
        if ((flags & 4) != 0 && !dummy) {
            out.putShort((short) u16());
        }
        for (int i = (flags & 4) != 0 ? 1 + random.nextInt(40) : 0; i > 0; i--) {
            out.put((byte) (0x80 | random.nextInt(128)));
        }
        int length = out.position() - 1; // what is shorter than seven is filled up, and the prefix says how long it was
        out.put(0, (byte) ((length < 7 ? length : 7) << 5 | (dummy ? 8 << 1 : 0)));
        byte[] packet = Arrays.copyOf(out.array(), Math.max(8, out.position()));
        byte prefix = packet[0];
        packet[0] = packet[7];
        packet[7] = prefix;
        return packet;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, RdpUdpDatagram.VERSION_3})
    void datagramsOfOurOwnReadAlike(int version) throws IOException, InterruptedException {
        Lab.needsTool("tshark");
        CaptureBuilder capture = handshake(version);
        for (int i = 0; i < 600; i++) {
            send(capture, random.nextBoolean(), version == RdpUdpDatagram.VERSION_3 ? second() : first());
        }
        Path file = folder.resolve("own.pcap");
        Files.write(file, Pcap.of(capture.tape()));
        compare(file);
        assertThat(syns).isEqualTo(2);
        assertThat(numbered).isGreaterThan(250);
    }

    @TempDir Path folder;

    private void compare(Path capture) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString(), "-Y", "rdpudp", "-T", "fields", "-E", "separator=|"));
        for (String field : FIELDS) {
            command.addAll(List.of("-e", field));
        }
        Process tshark = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        List<String> lines = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        assertThat(tshark.waitFor()).isZero();
        Map<String, Integer> versions = new HashMap<>();
        RdpUdpDatagram datagram = new RdpUdpDatagram();
        for (String line : lines) {
            String[] told = line.split("\\|", -1);
            byte[] bytes = HexFormat.of().parseHex(told[2].replace(":", ""));
            if (RdpUdpPacket.looksLikeSyn(bytes, 0, bytes.length)) {
                versions.put(told[0], syn(told, bytes));
            } else if (versions.containsKey(told[0])) {
                int version = versions.get(told[0]);
                datagram.over(bytes, 0, bytes.length, version);
                if (version == RdpUdpDatagram.VERSION_3) {
                    numbers(line, told, datagram);
                } else if ((number(told[3]) & RdpUdpPacket.ACK) == 0 || (bytes[9] & 3) == 2) { // the size of the vector
                    numbersOfTheFirst(line, told, datagram);
                }
            }
        }
    }

    private int syn(String[] told, byte[] bytes) {
        syns++;
        assertThat(RdpUdpPacket.decode(bytes, 0, bytes.length)).isInstanceOfSatisfying(Decoded.Complete.class, complete -> {
            RdpUdpPacket.Syn syn = (RdpUdpPacket.Syn) complete.value();
            assertThat(syn.flags()).isEqualTo(number(told[3]));
            assertThat(syn.sequenceNumber()).isEqualTo(number(told[4]));
            assertThat(syn.upMtu()).isEqualTo(number(told[5]));
            assertThat(HexFormat.of().formatHex(syn.correlationId().toArray())).isEqualTo(told[6].replace(":", "").replace("-", ""));
            assertThat(syn.version()).isEqualTo(told[7].isEmpty() ? -1 : number(told[7]));
            if ((syn.flags() & RdpUdpPacket.ACK) == 0) { // behind a server's there are zeros that fill the datagram
                assertThat(HexFormat.of().formatHex(syn.cookieHash().toArray())).isEqualTo(told[8].replace(":", ""));
            }
        });
        return told[7].isEmpty() ? 1 : number(told[7]);
    }

    private void numbers(String line, String[] told, RdpUdpDatagram datagram) {
        if (!told[9].isEmpty()) {
            numbered++;
            assertThat(datagram.number()).as(line).isEqualTo(number(told[9]));
        }
        assertThat(datagram.carries()).as(line).isEqualTo(!told[10].isEmpty());
        if (datagram.carries()) {
            assertThat(datagram.sourceNumber()).as(line).isEqualTo(number(told[10]));
        }
        carried(line, told[19], datagram);
        assertThat(datagram.isDummy()).as(line).isEqualTo(number(told[18]) == 8);
        String acknowledged = told[11].isEmpty() ? told[12] : told[11];
        assertThat(datagram.acknowledges()).as(line).isEqualTo(!acknowledged.isEmpty());
        if (datagram.acknowledges()) {
            assertThat(datagram.acknowledged()).as(line).isEqualTo(number(acknowledged));
        }
    }

    private void numbersOfTheFirst(String line, String[] told, RdpUdpDatagram datagram) {
        assertThat(datagram.acknowledges()).as(line).isEqualTo((number(told[3]) & RdpUdpPacket.ACK) != 0);
        if (datagram.acknowledges()) {
            assertThat(datagram.acknowledged()).as(line).isEqualTo(number(told[13]));
        }
        boolean repairs = !told[16].isEmpty();
        assertThat(datagram.repairs()).as(line).isEqualTo(repairs);
        assertThat(datagram.isNumbered()).as(line).isEqualTo(repairs || !told[14].isEmpty());
        if (datagram.isNumbered()) {
            numbered++;
            assertThat(datagram.number()).as(line).isEqualTo(number(told[repairs ? 16 : 14]));
            assertThat(datagram.sourceNumber()).as(line).isEqualTo(number(told[repairs ? 17 : 15]));
        }
        carried(line, told[20], datagram);
    }

    private static void carried(String line, String told, RdpUdpDatagram datagram) {
        if (datagram.carries() && !told.isEmpty()) {
            assertThat(HexFormat.of().formatHex(datagram.copy())).as(line).isEqualTo(told.replace(":", ""));
        }
    }

    private static int number(String text) {
        return (int) (text.startsWith("0x") ? Long.parseLong(text.substring(2), 16) : Long.parseLong(text));
    }
}
