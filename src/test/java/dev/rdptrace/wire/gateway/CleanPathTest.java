package dev.rdptrace.wire.gateway;

import static dev.rdptrace.testkit.DerBytes.field;
import static dev.rdptrace.testkit.DerBytes.hex;
import static dev.rdptrace.testkit.DerBytes.integer;
import static dev.rdptrace.testkit.DerBytes.sequence;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.DerBytes;
import dev.rdptrace.testkit.ScriptedWebGateway;
import dev.rdptrace.testkit.Totality;
import dev.rdptrace.wire.field.Octets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanPathTest {
    private static final Octets FOUR = Octets.of(hex("deadbeff"));

    private static CleanPath read(byte[] der) {
        assertThat(CleanPath.begins(der, 0, der.length)).isTrue();
        return CleanPath.decode(der, 0, der.length).orNull();
    }

    /// What the crate's own tests expect of its encoder.
    @Test
    void theMessagesOfIronRdpAreRead() {
        assertThat(read(
                hex("3032 a0040202 0d3e a20d0c0b 64657374696e6174696f6e a30c0c0a 70726f78792061757468 a5050c03 504342 a6060404 deadbeff")))
                .isEqualTo(new CleanPath.Request("destination", true, true, FOUR));
        assertThat(read(hex(
                "3034 a0040202 0d3e a6060404 deadbeff a7143012 0404deadbeff 0404deadbeff 0404deadbeff a90e0c0c 3139322e3136382e372e3935")))
                .isEqualTo(new CleanPath.Answer(FOUR, List.of(FOUR, FOUR, FOUR), "192.168.7.95"));
        assertThat(read(hex("3015 a0040202 0d3e a10d300b a003020101 a1040202 01f4")))
                .isEqualTo(new CleanPath.Refusal(CleanPath.GENERAL, 500, -1, -1, Octets.empty()));
        assertThat(read(hex("3014 a0040202 0d3e a10c300a a003020101 a303020130")))
                .isEqualTo(new CleanPath.Refusal(CleanPath.GENERAL, -1, -1, 48, Octets.empty()));
    }

    @Test
    void aRefusalSaysAllItsNumbers() {
        assertThat(((CleanPath.Refusal) read(ScriptedWebGateway.refusal(1, 502, 10060, 45))).says())
                .isEqualTo("general error, HTTP status 502, socket error 10060 (connection timed out), TLS alert 45 (certificate_expired)");
        assertThat(((CleanPath.Refusal) read(ScriptedWebGateway.refusal(99, -1, 65000))).says()).isEqualTo("error 99, socket error 65000");
        assertThat(((CleanPath.Refusal) read(ScriptedWebGateway.negotiationFailed(FOUR.toArray()))).x224()).isEqualTo(FOUR);
    }

    @Test
    void theTokenIsNotKept() {
        assertThat(read(ScriptedWebGateway.request("host", new byte[0])).toString()).contains("token=true")
                .doesNotContain(ScriptedWebGateway.TOKEN);
    }

    @Test
    void itIsToldApartAsSoonAsItsVersionIsThere() {
        byte[] whole = ScriptedWebGateway.request("host", new byte[200]);
        for (int length = 1; length < whole.length; length++) {
            assertThat(CleanPath.begins(whole, 0, length)).isTrue();
            assertThat(CleanPath.decode(whole, 0, length)).isInstanceOf(Decoded.Partial.class);
        }
        for (byte[] other : new byte[][] {sequence(field(0, integer(6))), sequence(field(0, integer(3389))), sequence(integer(1)),
                hex("0300000b06e0"),
                DerBytes.generalString("{}"), hex("3084000000")}) {
            assertThat(CleanPath.begins(other, 0, other.length)).isFalse();
        }
    }

    @Test
    void anyBytesHaveAnAnswer() {
        Totality.holds(ScriptedWebGateway.requestForConsole("host", "PCB", new byte[30]), CleanPath::decode);
        Totality.holds(ScriptedWebGateway.answer("10.1.2.3", new byte[19], new byte[300], new byte[20]), CleanPath::decode);
        Totality.holds(ScriptedWebGateway.refusal(1, 403, 10061, 40), CleanPath::decode);
    }
}
