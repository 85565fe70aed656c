package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.Layer;
import dev.rdptrace.testkit.Layer.Wrapping;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Saying;
import dev.rdptrace.testkit.Tape;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Where a packet was captured changes nothing about what happened.
class LinkInvarianceTest {

    @TestFactory
    Stream<DynamicTest> findingsAreTheSameOverEveryLinkAndTunnel() {
        return Samples.names().stream().map(name -> DynamicTest.dynamicTest(name, () -> {
            Tape tape = Samples.tape(name);
            Analysis plain = tape.analyze();
            SoftAssertions soft = new SoftAssertions();
            for (Wrapping wrapping : Layer.all()) {
                if (name.equals("success-ipv6") && wrapping.name().equals("WCCP")) {
                    continue; // carries IPv4 only
                }
                Analysis wrapped = tape.map(wrapping::wrap).analyze();
                soft.assertThat(Saying.incidents(wrapped)).as(wrapping.name()).isEqualTo(Saying.incidents(plain));
                soft.assertThat(Saying.attempts(wrapped)).as(wrapping.name()).isEqualTo(Saying.attempts(plain));
            }
            soft.assertAll();
        }));
    }

    @TestFactory
    Stream<DynamicTest> everyWrappingIsOpened() {
        Tape tape = Samples.tape("success-nla-tls12");
        return Layer.all().stream().map(wrapping -> DynamicTest.dynamicTest(wrapping.name(),
                () -> assertThat(tape.map(wrapping::wrap).analyze().incidents()).isNotEmpty()));
    }
}
