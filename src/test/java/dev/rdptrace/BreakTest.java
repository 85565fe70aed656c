package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Lab;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.testkit.Break;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Saying;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Step;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Connections that worked, broken at every frame of their handshake in every way: nobody but the culprit is blamed.
class BreakTest {
    /// The server gave less than was asked for, or an authorization result that is as long whatever it says, and the client
    /// left: that is its answer. And a server of TLS 1.3 need not say anything to the client's Finished.
    private static final Set<String> LEFT_FOR_A_REASON = Set.of("CLIENT x224-cc-downgrade-to-tls", "CLIENT x224-cc-downgrade-to-rdp",
            "CLIENT hybridex-access-denied", "SERVER tls-client-rejects-cert");

    @TestFactory
    Stream<DynamicTest> whoeverBreaksItNobodyElseIsBlamed() {
        Stream<Map.Entry<String, Tape>> own = Samples.names().stream().map(name -> Map.entry(name, Samples.tape(name)));
        Stream<Map.Entry<String, Tape>> recorded = Lab.files("lab", "public/rdp").stream()
                .map(path -> Map.entry(path.getParent().getFileName() + "/" + path.getFileName(), Tape.read(path)));
        return Stream.concat(own, recorded).map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
            Tape tape = one.getValue();
            if (tape.size() > 3000 || one.getKey().contains("synproxy")) {
                return; // there, what one end says is not what the other hears
            }
            Map<String, Set<Integer>> wrong = new TreeMap<>();
            for (Incident incident : tape.analyze().incidents()) {
                JudgedAttempt whole = incident.headline();
                if (incident.outcome() == Outcome.ESTABLISHED && incident.attempts().size() == 1 && whole.attempt().reached(Step.SYN_ACK)) {
                    breaks(tape, whole, one.getKey(), wrong);
                }
            }
            assertThat(wrong).as(one.getKey()).isEmpty();
        }));
    }

    /// The server of this sample takes FIPS; the client offers it, and here it does not.
    @Test
    void aClientThatCannotDoWhatTheServerInsistsOnLeaves() {
        Tape tape = Samples.tape("success-standard-rdp-security");
        byte[] security = {2, (byte) 0xc0, 12, 0};
        Tape without = tape.map(shot -> {
            byte[] bytes = shot.bytes().clone();
            for (int at = 54; at + 8 <= bytes.length; at++) {
                if (Arrays.equals(bytes, at, at + 4, security, 0, 4)) {
                    bytes[at + 4] &= 0x0f;
                }
            }
            return shot.with(bytes);
        });
        assertThat(leavesAfterConnectResponse(tape)).startsWith("client-left-before-session");
        assertThat(leavesAfterConnectResponse(without)).startsWith("tls-fips-mismatch");
    }

    private static String leavesAfterConnectResponse(Tape tape) {
        Attempt whole = tape.analyze().incidents().getFirst().headline().attempt();
        Break connection = Break.of(tape, whole.client().port(), whole.server().port());
        int last = 0;
        while (connection.nanos(last) < whole.at(Step.CONNECT_RESPONSE).nanos()) {
            last++;
        }
        return connection.after(last, Break.Kind.CLIENT_CLOSES).analyze().incidents().getFirst().verdict().id();
    }

    private static void breaks(Tape tape, JudgedAttempt whole, String name, Map<String, Set<Integer>> wrong) {
        Break connection = Break.of(tape, whole.attempt().client().port(), whole.attempt().server().port());
        long up = whole.attempt().at(Step.FONT_MAP).nanos();
        for (int last = 2; last < connection.size() && connection.nanos(last) < up; last++) {
            for (Break.Kind kind : Break.Kind.values()) {
                boolean atServer = name.contains("/server") || name.contains("/r1");
                boolean elsewhere = switch (kind) {
                    case CLIENT_UNHEARD -> atServer;
                    case SERVER_UNHEARD, CLIENT_GONE -> !atServer;
                    default -> false;
                };
                if (elsewhere) {
                    continue; // what is not heard cannot be recorded there
                }
                Tape broken = connection.after(last, kind);
                if (broken.size() == 0) {
                    continue;
                }
                List<Saying> all = Saying.incidents(broken.analyze());
                if (all.isEmpty()) {
                    continue; // nothing shows any more that this is the way to a gateway
                }
                Saying said = all.getFirst();
                if (said.confident() && !kind.may(said.side())
                        && !LEFT_FOR_A_REASON.contains(kind.name().split("_")[0] + " " + said.id())) {
                    wrong.computeIfAbsent(kind + " " + said, _ -> new TreeSet<>()).add(last + 1);
                }
            }
        }
    }
}
