package dev.rdptrace.decrypt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Lab;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// DTLS as OpenSSL speaks it, opened with the key log that it wrote.
class DtlsDecryptorTest {
    @TempDir Path folder;

    private record Datagram(boolean fromClient, byte[] bytes) {}

    private String opened(List<Datagram> datagrams) throws IOException {
        KeyLog log = new KeyLog();
        log.add(Files.readAllBytes(folder.resolve("keys")));
        DtlsDecryptor decryptor = new DtlsDecryptor(new Secrets(log));
        StringBuilder text = new StringBuilder();
        for (Datagram datagram : datagrams) {
            decryptor.open(datagram.fromClient, datagram.bytes, 0, datagram.bytes.length)
                    .forEach(plain -> text.append(new String(plain, StandardCharsets.US_ASCII)));
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource({"ECDHE-ECDSA-AES256-GCM-SHA384, dtls1_2, 1400", "ECDHE-ECDSA-CHACHA20-POLY1305, dtls1_2, 260",
            "ECDHE-ECDSA-AES256-SHA, dtls1, 1400"})
    void opensslsDatagramsAreOpened(String suite, String version, int mtu) throws Exception {
        Lab.needsTool("openssl");
        List<Datagram> talk = talk(suite, version, mtu);
        assertThat(opened(talk)).contains("from the client", "from the server");
        List<Datagram> twice = new ArrayList<>();
        talk.forEach(datagram -> twice.addAll(List.of(datagram, datagram)));
        assertThat(opened(twice)).as("sent again").contains("from the client\nfrom the client");
        assertThat(opened(talk.subList(talk.size() / 2, talk.size()))).as("the hellos are missing").isEmpty();
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() throws Exception {
        Lab.needsTool("openssl");
        List<Datagram> talk = talk("ECDHE-ECDSA-AES256-GCM-SHA384", "dtls1_2", 300);
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            List<Datagram> changed = new ArrayList<>();
            for (Datagram datagram : talk) {
                byte[] bytes = Arrays.copyOf(datagram.bytes,
                        random.nextInt(8) == 0 ? random.nextInt(datagram.bytes.length) : datagram.bytes.length);
                for (int k = random.nextInt(3); k > 0 && bytes.length > 0; k--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
                changed.add(new Datagram(datagram.fromClient, bytes));
            }
            assertThat(opened(changed)).doesNotContain("\0");
        }
    }

    /// A client and a server that do not know of the socket between them.
    private List<Datagram> talk(String suite, String version, int mtu) throws Exception {
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out",
                "cert.pem", "-subj", "/CN=gateway", "-days", "30");
        List<Datagram> talk = new ArrayList<>();
        try (DatagramSocket front = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                DatagramSocket back = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            int port;
            try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            String mtus = Integer.toString(mtu);
            Process server = start("openssl", "s_server", "-" + version, "-mtu", mtus, "-accept", "127.0.0.1:" + port, "-cert", "cert.pem",
                    "-key", "key.pem",
                    "-cipher", suite + ":@SECLEVEL=0", "-listen");
            Thread.sleep(300);
            Process client = start("openssl", "s_client", "-" + version, "-mtu", mtus, "-connect", "127.0.0.1:" + front.getLocalPort(),
                    "-keylogfile", "keys",
                    "-cipher", suite + ":@SECLEVEL=0");
            try {
                relay(front, back, port, talk, 8, client, server);
            } finally {
                client.destroyForcibly().waitFor();
                server.destroyForcibly().waitFor();
            }
        }
        return talk;
    }

    private static void relay(DatagramSocket front, DatagramSocket back, int port, List<Datagram> talk, int quietTurns, Process client,
            Process server)
            throws IOException {
        byte[] buffer = new byte[4096];
        front.setSoTimeout(20);
        back.setSoTimeout(20);
        DatagramPacket of = null;
        boolean said = false;
        for (int quiet = 0; quiet < quietTurns || !said; quiet++) {
            if (quiet == quietTurns) { // the handshake is done
                said = true;
                quiet = 0;
                client.getOutputStream().write("from the client\n".getBytes(StandardCharsets.US_ASCII));
                client.getOutputStream().flush();
                server.getOutputStream().write("from the server\n".getBytes(StandardCharsets.US_ASCII));
                server.getOutputStream().flush();
            }
            for (DatagramSocket socket : List.of(front, back)) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                try {
                    socket.receive(packet);
                } catch (SocketTimeoutException e) {
                    continue;
                }
                quiet = 0;
                of = socket == front ? packet : of;
                byte[] bytes = Arrays.copyOf(buffer, packet.getLength());
                talk.add(new Datagram(socket == front, bytes));
                (socket == front ? back : front)
                        .send(socket == front ? new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port)
                                : new DatagramPacket(bytes, bytes.length, of.getSocketAddress()));
            }
        }
    }

    private void run(String... command) throws IOException, InterruptedException {
        Process process = start(command);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private Process start(String... command) throws IOException {
        return new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile()).start();
    }
}
