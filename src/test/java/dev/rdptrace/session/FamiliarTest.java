package dev.rdptrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.Extension;
import dev.rdptrace.wire.tls.Fingerprint;
import dev.rdptrace.wire.tls.ServerHello;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FamiliarTest {
    /// Hellos that differ in one thing only must not be taken for each other.
    @Test
    void fingerprintsAreThoseOfEachHello() {
        SplittableRandom random = new SplittableRandom(4);
        Familiar familiar = new Familiar();
        int[] types = {0, 10, 11, 13, 16, 35, 43, 51, 0x0a0a, 23};
        for (int i = 0; i < 20_000; i++) {
            List<Extension> extensions = new ArrayList<>();
            for (int left = random.nextInt(4); left > 0; left--) {
                byte[] data = {0, 2, (byte) random.nextInt(3), (byte) random.nextInt(3)};
                extensions.add(new Extension(types[random.nextInt(types.length)], random.nextBoolean() ? data : new byte[random.nextInt(3)]));
            }
            int version = 0x0300 + random.nextInt(4);
            List<Integer> suites = random.nextBoolean() ? List.of(random.nextInt(3)) : List.of(random.nextInt(3), 0x1301);
            ClientHello client = new ClientHello(version, new byte[32], new byte[0], suites, List.of(0), extensions);
            assertThat(familiar.client(client)).isEqualTo(new Familiar.Client(Fingerprint.ja3(client).value(), Fingerprint.ja4(client).value(),
                    client.highestVersion().name(), client.offeredSuites().size()));
            ServerHello server = new ServerHello(version, new byte[32], new byte[0], suites.getFirst(), 0, extensions);
            assertThat(familiar.server(server)).isEqualTo(Fingerprint.ja3s(server).value());
        }
    }
}
