package dev.rdptrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.wire.udp.RdpUdpDatagram;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// What is read of a datagram over UDP is what tshark's `rdpudp` and `rdpudp2` read. Of the first versions only the SYNs are compared:
/// tshark does not pass over what fills up the ACK vector, and reads the numbers behind it from the wrong place.
class TsharkUdpTest {
    private static final String[] FIELDS = {"udp.stream", "udp.srcport", "udp.payload", "rdpudp.flags", "rdpudp.initialsequencenumber",
        "rdpudp.upstreammtu", "rdpudp.correlationid", "rdpudp.synex.version", "rdpudp.synex.cookiehash", "rdpudp2.data.seqnum",
        "rdpudp2.data.channelseqnumber", "rdpudp2.ack.seqnum", "rdpudp2.ackvec.baseseqnum"};

    private int syns;
    private int numbered;

    @Test
    void recordedDatagramsReadAlike() throws IOException, InterruptedException {
        Lab.needsTool("tshark");
        Path folder = Lab.captures().resolve("public/rdp");
        Assumptions.assumeTrue(Files.isDirectory(folder), "no " + folder);
        for (String name : List.of("wiki__TSRemoteGuardCreds__converted.pcap", "zeek__rdpeudp2-handshake-success.pcap",
                "zeek__rdpeudp-handshake-success.pcap")) {
            compare(folder.resolve(name));
        }
        assertThat(syns).isGreaterThanOrEqualTo(6);
        assertThat(numbered).isGreaterThan(150);
    }

    private void compare(Path capture) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString(), "-Y", "rdpudp", "-T", "fields", "-E", "separator=|"));
        for (String field : FIELDS) {
            command.addAll(List.of("-e", field));
        }
        Process tshark = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        List<String> lines = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        assertThat(tshark.waitFor()).isZero();
        int version = -1;
        RdpUdpDatagram datagram = new RdpUdpDatagram();
        for (String line : lines) {
            String[] told = line.split("\\|", -1);
            byte[] bytes = HexFormat.of().parseHex(told[2].replace(":", ""));
            if (RdpUdpPacket.looksLikeSyn(bytes, 0, bytes.length)) {
                version = syn(told, bytes);
            } else if (version == RdpUdpDatagram.VERSION_3) {
                datagram.over(bytes, 0, bytes.length, version);
                numbers(line, told, datagram);
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
        String acknowledged = told[11].isEmpty() ? told[12] : told[11];
        assertThat(datagram.acknowledges()).as(line).isEqualTo(!acknowledged.isEmpty());
        if (datagram.acknowledges()) {
            assertThat(datagram.acknowledged()).as(line).isEqualTo(number(acknowledged));
        }
    }

    private static int number(String text) {
        return (int) (text.startsWith("0x") ? Long.parseLong(text.substring(2), 16) : Long.parseLong(text));
    }
}
