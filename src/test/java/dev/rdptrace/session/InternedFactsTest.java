package dev.rdptrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.wire.tls.CertificateMessage;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.Extension;
import dev.rdptrace.wire.tls.Fingerprint;
import dev.rdptrace.wire.tls.ServerHello;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class InternedFactsTest {
    /// Hellos that differ in one thing only must not be taken for each other.
    @Test
    void fingerprintsAreThoseOfEachHello() {
        SplittableRandom random = new SplittableRandom(4);
        InternedFacts familiar = new InternedFacts();
        int[] types = {0, 10, 11, 13, 16, 35, 43, 51, 0x0a0a, 23};
        for (int i = 0; i < 20_000; i++) {
            List<Extension> extensions = new ArrayList<>();
            for (int left = random.nextInt(4); left > 0; left--) {
                byte[] data = {0, 2, (byte) random.nextInt(3), (byte) random.nextInt(3)};
                extensions
                        .add(new Extension(types[random.nextInt(types.length)], random.nextBoolean() ? data : new byte[random.nextInt(3)]));
            }
            int version = 0x0300 + random.nextInt(4);
            List<Integer> suites = random.nextBoolean() ? List.of(random.nextInt(3)) : List.of(random.nextInt(3), 0x1301);
            ClientHello client =
                    new ClientHello(version, bytes(random, 32), bytes(random, 2), suites, List.of(random.nextInt(2)), extensions);
            InternedFacts.Client known = familiar.client(client);
            assertThat(known.ja3()).isEqualTo(Fingerprint.ja3(client).value());
            assertThat(known.ja4()).isEqualTo(Fingerprint.ja4(client).value());
            assertThat(known.version()).isEqualTo(client.highestVersion().name());
            assertThat(known.suites()).isEqualTo(client.offeredSuites().size());
            assertThat(known.hello()).usingRecursiveComparison().isEqualTo(client);
            ServerHello server =
                    new ServerHello(version, bytes(random, 32), bytes(random, 2), suites.getFirst(), random.nextInt(2), extensions);
            assertThat(familiar.server(server).ja3s()).isEqualTo(Fingerprint.ja3s(server).value());
            assertThat(familiar.server(server).hello()).usingRecursiveComparison().isEqualTo(server);
        }
    }

    /// What equal hellos share is shared, and what differs is each one's own.
    @Test
    void whatIsTheSameIsHeldOnce() {
        InternedFacts familiar = new InternedFacts();
        ClientHello first = familiar.client(hello("one")).hello();
        ClientHello second = familiar.client(hello("two")).hello();
        assertThat(second.serverName()).isEqualTo("two");
        assertThat(second.cipherSuites()).isSameAs(first.cipherSuites());
        assertThat(second.extensions().get(1)).isSameAs(first.extensions().get(1));
        assertThat(familiar.client(hello("one")).hello().extensions()).isSameAs(first.extensions());
    }

    /// Messages that end alike are told apart by what stands before.
    @Test
    void certificatesAreThoseOfEachMessage() {
        InternedFacts familiar = new InternedFacts();
        byte[] message = new byte[6 + 40];
        message[2] = 3 + 40; // certificate_list length
        message[5] = 40; // cert_data length
        Decoded<CertificateMessage> first = familiar.certificates(message, 0, message.length, false);
        message[6] = 1;
        byte[] behind = new byte[3 + message.length];
        System.arraycopy(message, 0, behind, 3, message.length);
        Decoded<CertificateMessage> second = familiar.certificates(behind, 3, message.length, false);
        for (Decoded<CertificateMessage> decoded : List.of(first, second)) {
            assertThat(decoded).isInstanceOfSatisfying(Decoded.Complete.class,
                    complete -> assertThat(((CertificateMessage) complete.value())
                            .certificates().getFirst()).hasSize(40).startsWith(decoded == first ? 0 : 1));
        }
        assertThat(familiar.certificates(message, 0, message.length, false)).isSameAs(second);
        assertThat(familiar.certificates(message, 0, message.length, true)).isInstanceOf(Decoded.Broken.class);
    }

    private static ClientHello hello(String serverName) {
        byte[] name = new byte[5 + serverName.length()];
        name[1] = (byte) (name.length - 2); // list length
        name[4] = (byte) serverName.length(); // behind the type, 0
        System.arraycopy(serverName.getBytes(StandardCharsets.US_ASCII), 0, name, 5, serverName.length());
        return new ClientHello(0x0303, new byte[32], new byte[0], List.of(0x1301, 0xc02f), List.of(0),
                List.of(new Extension(Extension.SERVER_NAME, name), new Extension(Extension.EXTENDED_MASTER_SECRET, new byte[0])));
    }

    private static byte[] bytes(SplittableRandom random, int most) {
        byte[] bytes = new byte[random.nextInt(most + 1)];
        random.nextBytes(bytes);
        return bytes;
    }
}
