package dev.rdptrace.wire.credssp;

import static dev.rdptrace.testkit.DerBytes.element;
import static dev.rdptrace.testkit.DerBytes.field;
import static dev.rdptrace.testkit.DerBytes.generalString;
import static dev.rdptrace.testkit.DerBytes.hex;
import static dev.rdptrace.testkit.DerBytes.integer;
import static dev.rdptrace.testkit.DerBytes.join;
import static dev.rdptrace.testkit.DerBytes.octets;
import static dev.rdptrace.testkit.DerBytes.sequence;
import static dev.rdptrace.testkit.DerBytes.time;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.Totality;
import dev.rdptrace.wire.field.WindowsTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class KerberosTest {
    private static final byte[] TICKET = element(0x61, sequence(field(0, integer(5)),
            field(1, generalString("EXAMPLE.COM")), field(2, principal(2, "TERMSRV", "host.example.com")),
            field(3, sealed(18, 3))));
    private static final byte[] AP_REQ = element(0x6e, sequence(field(0, integer(5)), field(1, integer(14)),
            field(2, hex("0305 00 20000000")), field(3, TICKET), field(4, sealed(17, -1))));
    private static final byte[] ERROR = element(0x7e, sequence(field(0, integer(5)), field(1, integer(30)),
            field(4, time("20260131120000Z")), field(5, integer(250_000)), field(6, integer(37)),
            field(9, generalString("EXAMPLE.COM")), field(10, principal(2, "TERMSRV", "host"))));
    private static final byte[] AS_REQ = element(0x6a, sequence(field(1, integer(5)), field(2, integer(10)),
            field(3, sequence(sequence(field(1, integer(128)), field(2, octets(new byte[7]))))),
            field(4, sequence(field(0, hex("0305 00 40810010")), field(1, principal(1, "alice")),
                    field(2, generalString("EXAMPLE.COM")), field(3, principal(2, "krbtgt", "EXAMPLE.COM")),
                    field(5, time("20370913024805Z")), field(7, integer(0x12345678)),
                    field(8, sequence(integer(18), integer(17), integer(23), integer(-135)))))));
    private static final byte[] TGS_REP = element(0x6d, sequence(field(0, integer(5)), field(1, integer(13)),
            field(3, generalString("EXAMPLE.COM")), field(4, principal(1, "alice")), field(5, TICKET),
            field(6, sealed(18, -1))));

    private static byte[] principal(int type, String... names) {
        byte[] parts = new byte[0];
        for (String name : names) {
            parts = join(parts, generalString(name));
        }
        return sequence(field(0, integer(type)), field(1, sequence(parts)));
    }

    private static byte[] sealed(int etype, int kvno) {
        return kvno == -1
                ? sequence(field(0, integer(etype)), field(2, octets(new byte[40])))
                : sequence(field(0, integer(etype)), field(1, integer(kvno)), field(2, octets(new byte[40])));
    }

    private static Kerberos decoded(byte[] bytes) {
        Decoded<Kerberos> decoded = Kerberos.decode(bytes, 0, bytes.length);
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return decoded.orNull();
    }

    @Test
    void apRequestTellsForWhomTheTicketIs() {
        var request = (Kerberos.ApRequest) decoded(AP_REQ);
        assertThat(request.mutualRequired()).isTrue();
        assertThat(request.useSessionKey()).isFalse();
        assertThat(request.ticket())
                .isEqualTo(new Kerberos.Ticket("EXAMPLE.COM", "TERMSRV/host.example.com", 18, 3));
        assertThat(request.ticket().encryptionTypeName()).isEqualTo("aes256-cts-hmac-sha1-96");
        assertThat(request.authenticatorType()).isEqualTo(17);
    }

    @Test
    void anErrorHasItsNameAndTheServersTime() {
        var error = (Kerberos.Error) decoded(ERROR);
        assertThat(error.error().name()).isEqualTo("KRB_AP_ERR_SKEW");
        assertThat(error.error().advice()).contains("w32tm");
        assertThat(error.serverTimeNanos())
                .isEqualTo(Instant.parse("2026-01-31T12:00:00Z").getEpochSecond() * 1_000_000_000 + 250_000_000);
        assertThat(error.clientTimeNanos()).isEqualTo(WindowsTime.UNKNOWN);
        assertThat(error.serverName()).isEqualTo("TERMSRV/host");
    }

    @Test
    void kdcMessagesTellWhoAsksForWhat() {
        assertThat(decoded(AS_REQ)).isEqualTo(new Kerberos.KdcRequest(false, "alice", "EXAMPLE.COM", "krbtgt/EXAMPLE.COM",
                List.of(18, 17, 23, -135), List.of(128)));
        var reply = (Kerberos.KdcReply) decoded(TGS_REP);
        assertThat(reply.tgs()).isTrue();
        assertThat(reply.clientName()).isEqualTo("alice");
        assertThat(reply.ticket().serverName()).isEqualTo("TERMSRV/host.example.com");
    }

    @Test
    void overTcpALengthComesFirst() {
        byte[] framed = join(new byte[] {0, 0, (byte) (ERROR.length >> 8), (byte) ERROR.length}, ERROR);
        assertThat(Kerberos.decodeTcp(framed, 0, framed.length).orNull()).isInstanceOf(Kerberos.Error.class);
        assertThat(Kerberos.decodeTcp(framed, 0, 9)).isInstanceOf(Decoded.Partial.class);
    }

    @Test
    void insideGssApiTwoBytesTellTheMessage() {
        byte[] gss = element(0x60, hex("0609 2a864886f712010202 0100"), AP_REQ);
        assertThat(AuthToken.decode(gss, 0, gss.length).orNull()).isInstanceOf(Kerberos.ApRequest.class);
        byte[] tgt = element(0x60, hex("060a 2a864886f71201020203 0400"), sequence(field(0, integer(5)),
                field(1, integer(16)), field(2, principal(2, "TERMSRV", "host")), field(3, generalString("EXAMPLE.COM"))));
        assertThat(AuthToken.decode(tgt, 0, tgt.length).orNull())
                .isEqualTo(new Kerberos.TgtRequest("TERMSRV/host", "EXAMPLE.COM"));
        byte[] reply = element(0x60, hex("060a 2a864886f71201020203 0401"), sequence(field(0, integer(5)),
                field(1, integer(17)), field(2, TICKET)));
        assertThat(AuthToken.decode(reply, 0, reply.length).orNull()).isInstanceOf(Kerberos.TgtReply.class);
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        Totality.holds(AP_REQ, Kerberos::decode);
        Totality.holds(ERROR, Kerberos::decode);
        Totality.holds(AS_REQ, Kerberos::decode);
        Totality.holds(TGS_REP, Kerberos::decode);
        Totality.holds(element(0x60, hex("0609 2a864886f712010202 0100"), AP_REQ), AuthToken::decode);
    }
}
