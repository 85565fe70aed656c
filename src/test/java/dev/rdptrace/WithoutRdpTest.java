package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.rdptrace.testkit.Tape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Web, mail, tunnels, databases and control systems, recorded by `scripts/record-others` from programs that speak them: no incident,
/// whatever the servers are called.
class WithoutRdpTest {
    private static final Path FOLDER = Path.of("samples", "without-rdp");

    private static List<Path> captures() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".pcap")).sorted().toList();
        }
    }

    @TestFactory
    Stream<DynamicTest> whatIsNotRdpIsNoIncident() throws IOException {
        List<Path> captures = captures();
        assertThat(captures).hasSizeGreaterThan(20);
        return captures.stream().map(file -> dynamicTest(file.getFileName().toString(), () -> {
            Tape tape = Tape.read(file);
            assertThat(tape.size()).as("packets").isGreaterThan(4);
            assertThat(tape.analyze().incidents()).isEmpty();
        }));
    }

    /// Beside a connection of RDP as well, which alone is told.
    @Test
    void besideRdpItIsNoneEither() throws IOException {
        List<Tape.Shot> all = new ArrayList<>(Tape.read(Path.of("samples", "nla-wrong-password", "capture.pcapng")).shots());
        for (Path file : captures()) {
            all.addAll(Tape.read(file).shots());
        }
        assertThat(new Tape(all).analyze().incidents()).hasSize(1);
    }
}
