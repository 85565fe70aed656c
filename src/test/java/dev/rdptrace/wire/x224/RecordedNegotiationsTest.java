package dev.rdptrace.wire.x224;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.wire.tls.RecordedStreams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Over captures outside the project, where there are any.
class RecordedNegotiationsTest {

    @Test
    void whatCouldBeARequestIsOneAndIsAnswered() throws IOException {
        Map<String, Integer> openings = new TreeMap<>();
        List<String> broken = new ArrayList<>();
        for (Path file : files()) {
            for (var conversation : RecordedStreams.of(file)) {
                for (boolean client : new boolean[] {true, false}) {
                    byte[] bytes = conversation.from(client);
                    if (bytes.length == 0) {
                        continue;
                    }
                    String what = (client ? "client " : "server ") + FirstBytes.atEnd(bytes, 0, bytes.length).name();
                    openings.merge(what, 1, Integer::sum);
                    if (FirstBytes.couldBeConnectionRequest(bytes, 0, bytes.length)
                            && Tpdu.decode(bytes, 0, bytes.length) instanceof Decoded.Broken<Tpdu>(var fault)) {
                        broken.add(file + " " + fault);
                    }
                }
            }
        }
        assertThat(broken).isEmpty();
        assertThat(openings.get("client RDP connection request")).isGreaterThan(100);
        assertThat(openings.get("server RDP connection confirm")).isGreaterThan(100);
        if (Boolean.getBoolean("show")) {
            System.out.println(openings);
        }
    }

    private static List<Path> files() throws IOException {
        Path folder = RecordedStreams.captures();
        try (Stream<Path> files = Files.find(folder, 3, (file, facts) -> facts.isRegularFile() && facts.size() < 1_000_000
                && file.toString().matches(".*(rdp/.*pcap|/client.pcap).*"))) {
            return files.sorted().toList();
        }
    }
}
