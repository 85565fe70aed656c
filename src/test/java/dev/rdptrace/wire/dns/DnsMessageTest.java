package dev.rdptrace.wire.dns;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.Totality;
import org.junit.jupiter.api.Test;

class DnsMessageTest {
    private static final String RESPONSE = """
            1234 8180 0001 0003 0000 0000            # response, one question, three answers
            03 776777 07 6578616d706c65 00 0001 0001 # wgw.example A
            c00c 0005 0001 0000003c 0005 02 6d78 c010   # CNAME mx.example
            c02d 0001 0001 0000001e 0004 c0000205    # A 192.0.2.5 of some name before
            c00c 001c 0001 0000001e 0010 20010db8000000000000000000000001
            """;

    @Test
    void answersAreReadThroughTheirPointers() {
        byte[] bytes = bytes(RESPONSE);
        DnsMessage message = DnsMessage.decode(bytes, 0, bytes.length).orNull();
        assertThat(message.response()).isTrue();
        assertThat(message.responseCodeName()).isEqualTo("NOERROR");
        assertThat(message.question()).contains(new DnsMessage.Question("wgw.example", 1));
        assertThat(message.answers().getFirst())
                .isEqualTo(new DnsMessage.Answer("wgw.example", 5, 60, "mx.example", -1));
        assertThat(message.addresses()).containsExactly("192.0.2.5", "2001:db8:0:0:0:0:0:1");
        assertThat(message.answers().getLast().typeName()).isEqualTo("AAAA");
    }

    @Test
    void aMissingNameAndAServiceAreRead() {
        byte[] missing = bytes("0001 8183 0001 0000 0001 0000 01 78 00 0001 0001");
        assertThat(DnsMessage.decode(missing, 0, missing.length).orNull().responseCodeName()).isEqualTo("NXDOMAIN");
        byte[] service = bytes("0001 8180 0000 0001 0000 0000 01 78 00 0021 0001 0000003c 000a 0000 0064 0058 02 6463 00");
        assertThat(DnsMessage.decode(service, 0, service.length).orNull().answers())
                .containsExactly(new DnsMessage.Answer("x", 33, 60, "dc", 88));
    }

    @Test
    void pointersEnd() {
        byte[] loop = bytes("0001 8180 0001 0000 0000 0000 c00c 0001 0001");
        assertThat(DnsMessage.decode(loop, 0, loop.length)).isInstanceOf(Decoded.Broken.class);
        byte[] outside = bytes("0001 8180 0001 0000 0000 0000 ffff 0001 0001");
        assertThat(DnsMessage.decode(outside, 0, outside.length)).isInstanceOf(Decoded.Broken.class);
    }

    @Test
    void overTcpALengthComesFirst() {
        byte[] framed = bytes("0010 0001 0100 0001 0000 0000 0000 00 0001 0001");
        framed[1] = (byte) (framed.length - 2);
        assertThat(DnsMessage.decodeTcp(framed, 0, framed.length)).isInstanceOf(Decoded.Complete.class);
        assertThat(DnsMessage.decodeTcp(framed, 0, 5)).isInstanceOf(Decoded.Partial.class);
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        Totality.holds(bytes(RESPONSE), DnsMessage::decode);
    }
}
