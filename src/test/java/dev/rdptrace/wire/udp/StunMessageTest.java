package dev.rdptrace.wire.udp;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.Totality;
import org.junit.jupiter.api.Test;

/// With the test vectors of RFC 5769 2.
class StunMessageTest {
    private static final String REQUEST = """
            0001 0058 2112a442 b7e7a701bc34d686fa87dfae
            8022 0010 5354554e207465737420636c69656e74 0024 0004 6e0001ff 8029 0008 932ff9b151263b36
            0006 0009 6576746a3a68367659202020 0008 0014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 8028 0004 e57a3bcf
            """;
    private static final String ANSWER = """
            0101 003c 2112a442 b7e7a701bc34d686fa87dfae
            8022 000b 7465737420766563746f7220 0020 0008 0001a147e112a643
            0008 0014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 8028 0004 c07d4c96
            """;
    private static final String ANSWER_6 = """
            0101 0048 2112a442 b7e7a701bc34d686fa87dfae
            8022 000b 7465737420766563746f7220 0020 0014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
            0008 0014 a382954e4be67bf11784c97c8292c275bfe3ed41 8028 0004 c8fb0b4c
            """;

    private static StunMessage decoded(String hex) {
        byte[] bytes = bytes(hex);
        assertThat(StunMessage.is(bytes, 0, bytes.length)).isTrue();
        return StunMessage.decode(bytes, 0, bytes.length).orNull();
    }

    @Test
    void aQuestionAndItsAnswers() {
        StunMessage request = decoded(REQUEST);
        assertThat(request.request()).isTrue();
        assertThat(request.relay()).isFalse();
        StunMessage answer = decoded(ANSWER);
        assertThat(answer.request()).isFalse();
        assertThat(answer.refused()).isFalse();
        assertThat(answer.address()).as("192.0.2.1").hasToString("c0000201");
        assertThat(answer.port()).isEqualTo(32_853);
        assertThat(decoded(ANSWER_6).address()).hasToString("20010db81234567800112233445566 77".replace(" ", ""));
    }

    @Test
    void aRelayThatWantsASignIn() {
        StunMessage refused = decoded("0113 0008 2112a442 b7e7a701bc34d686fa87dfae 0009 0004 00000401");
        assertThat(refused.relay()).isTrue();
        assertThat(refused.refused()).isTrue();
        assertThat(refused.errorCode()).isEqualTo(401);
    }

    @Test
    void whatIsNotIsToldApart() {
        for (String other : new String[] {"0001 0000 2112a443 b7e7a701bc34d686fa87dfae", "0011 0000 2112a442 b7e7a701bc34d686fa87dfae",
                "0016 0000 2112a442 b7e7a701bc34d686fa87dfae", "0001 0001 2112a442 b7e7a701bc34d686fa87dfae", "0001 0000 2112a442"}) {
            byte[] bytes = bytes(other);
            assertThat(StunMessage.is(bytes, 0, bytes.length)).as(other).isFalse();
        }
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        Totality.holds(bytes(ANSWER), StunMessage::decode);
    }
}
