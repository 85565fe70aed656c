package dev.rdptrace.wire.credssp;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static dev.rdptrace.testkit.DerBytes.element;
import static dev.rdptrace.testkit.DerBytes.field;
import static dev.rdptrace.testkit.DerBytes.hex;
import static dev.rdptrace.testkit.DerBytes.integer;
import static dev.rdptrace.testkit.DerBytes.join;
import static dev.rdptrace.testkit.DerBytes.octets;
import static dev.rdptrace.testkit.DerBytes.sequence;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.Totality;
import dev.rdptrace.wire.field.NtStatus;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TsRequestTest {
    private static final String REFUSED = """
            30 0d
               a0 03 02 01 06           # version 6
               a4 06 02 04 c000006d     # errorCode STATUS_LOGON_FAILURE
            """;
    private static final byte[] NEGOTIATE = hex(
            "4e544c4d53535000 01000000 b78208e2 0000000000000000 0000000000000000 0601b11d0000000f");

    private static TsRequest decoded(byte[] bytes) {
        Decoded<TsRequest> decoded = TsRequest.decode(bytes, 0, bytes.length);
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return decoded.orNull();
    }

    private static byte[] request(int version, byte[]... fields) {
        return sequence(field(0, integer(version)), join(fields));
    }

    private static byte[] negoTokens(byte[] token) {
        return field(1, sequence(sequence(field(0, octets(token)))));
    }

    @Test
    void errorCodeIsNamedAndHasAdvice() {
        TsRequest request = decoded(bytes(REFUSED));
        assertThat(request.version()).isEqualTo(6);
        assertThat(request.errorCode()).contains(new NtStatus(0xc000006d));
        assertThat(request.errorCode().orElseThrow().name()).isEqualTo("STATUS_LOGON_FAILURE");
        assertThat(request.errorCode().orElseThrow().advice()).contains("password");
        assertThat(request.negoTokens()).isEmpty();
        assertThat(request.hasPubKeyAuth()).isFalse();
    }

    @Test
    void errorCodeMayHaveALeadingZero() {
        assertThat(decoded(hex("300e a003020106 a407 0205 00c0000234")).errorCode())
                .contains(new NtStatus(0xc0000234));
    }

    @Test
    void theFirstMessageOfNtlmHas57Bytes() {
        byte[] bytes = request(6, negoTokens(NEGOTIATE));
        assertThat(bytes).hasSize(57);
        TsRequest request = decoded(bytes);
        var negotiate = request.find(Ntlm.Negotiate.class).orElseThrow();
        assertThat(request.negoTokens().getFirst().length()).isEqualTo(40);
        assertThat(negotiate.version()).contains(new Ntlm.Version(6, 1, 7601, 15));
        assertThat(negotiate.flagNames()).contains("NTLMSSP_NEGOTIATE_SEAL", "NTLMSSP_NEGOTIATE_56")
                .doesNotContain("NTLMSSP_ANONYMOUS");
    }

    @Test
    void theLastClientTokenTravelsWithTheProofAndTheNonce() {
        TsRequest request = decoded(request(6, negoTokens(NEGOTIATE), field(3, octets(new byte[48])),
                field(5, octets(new byte[32]))));
        assertThat(request.pubKeyAuthLength()).isEqualTo(48);
        assertThat(request.clientNonce()).isTrue();
        assertThat(request.authInfo()).isFalse();
    }

    @Test
    void credentialsLeaveNoTrace() {
        byte[] secret = "cGFzc3dvcmQ".getBytes(StandardCharsets.US_ASCII);
        byte[] other = Arrays.copyOf(secret, 300);
        TsRequest request = decoded(request(2, field(2, octets(secret))));
        assertThat(request.authInfo()).isTrue();
        assertThat(request).isEqualTo(decoded(request(2, field(2, octets(other)))));
    }

    @Test
    void requestsStandOneBehindTheOther() {
        byte[] two = join(bytes(REFUSED), request(6, negoTokens(NEGOTIATE)));
        var first = (Decoded.Complete<TsRequest>) TsRequest.decode(two, 0, two.length);
        assertThat(first.length()).isEqualTo(15);
        assertThat(TsRequest.decode(two, 15, two.length - 15).orNull().find(Ntlm.Negotiate.class)).isPresent();
    }

    @Test
    void everyPrefixWaits() {
        byte[] bytes = request(6, negoTokens(NEGOTIATE), field(3, octets(new byte[300])));
        for (int length = 0; length < bytes.length; length++) {
            assertThat(TsRequest.decode(bytes, 0, length)).as("%s bytes", length).isInstanceOf(Decoded.Partial.class);
        }
    }

    @Test
    void aLengthThatNobodySendsIsRefusedAtOnce() {
        assertThat(TsRequest.decode(hex("3083ffffff"), 0, 5)).isInstanceOf(Decoded.Broken.class);
        assertThat(TsRequest.decode(hex("3080a003020106"), 0, 7)).isInstanceOf(Decoded.Broken.class);
        assertThat(TsRequest.decode(hex("3007a004020106"), 0, 7).getClass()).isEqualTo(Decoded.Partial.class);
        assertThat(TsRequest.decode(hex("3005a004020106"), 0, 7)).isInstanceOf(Decoded.Broken.class);
    }

    @Test
    void anUnknownFieldOfALaterVersionIsPassedOver() {
        assertThat(decoded(request(7, field(6, octets(new byte[3])))).version()).isEqualTo(7);
    }

    @Test
    void aDamagedTokenDoesNotSpoilTheRequest() {
        TsRequest request = decoded(request(6, negoTokens(Arrays.copyOf(NEGOTIATE, 10))));
        assertThat(request.find(AuthToken.Unreadable.class).orElseThrow().length()).isEqualTo(10);
    }

    @Test
    void spnegoOffersMechanismsAndGuesses() {
        byte[] init = element(0x60, hex("0606 2b0601050502"), field(0, sequence(
                field(0, sequence(hex("0609 2a864882f712010202"), hex("060a 2b06010401823702020a"), hex("060a 2b06010401823702021e"))),
                field(2, octets(NEGOTIATE)))));
        var spnego = decoded(request(6, negoTokens(init))).find(Spnego.Init.class).orElseThrow();
        assertThat(spnego.mechanisms()).extracting(Mechanism::name).containsExactly("MS-Kerberos", "NTLMSSP", "NEGOEX");
        assertThat(spnego.inner()).containsInstanceOf(Ntlm.Negotiate.class);
        assertThat(spnego.hints()).isFalse();
        assertThat(spnego.mic()).isFalse();
    }

    @Test
    void spnegoAnswersWithStateAndMechanism() {
        byte[] response = field(1, sequence(field(0, hex("0a0101")), field(1, hex("060a2b06010401823702020a")),
                field(2, octets(NEGOTIATE)), field(3, octets(new byte[16]))));
        var spnego = (Spnego.Response) AuthToken.decode(response, 0, response.length).orNull();
        assertThat(spnego.negStateName()).isEqualTo("accept-incomplete");
        assertThat(spnego.supportedMech()).contains(new Mechanism("1.3.6.1.4.1.311.2.2.10"));
        assertThat(spnego.mic()).isTrue();
        byte[] reject = field(1, sequence(field(0, hex("0a0102"))));
        assertThat(((Spnego.Response) AuthToken.decode(reject, 0, reject.length).orNull()).negStateName())
                .isEqualTo("reject");
    }

    @Test
    void spnegoInSpnegoEnds() {
        byte[] token = NEGOTIATE;
        for (int i = 0; i < 10; i++) {
            token = field(1, sequence(field(2, octets(token))));
        }
        assertThat(AuthToken.decode(token, 0, token.length)).isInstanceOf(Decoded.Complete.class);
    }

    @Test
    void earlyUserAuthorizationIsFourBytes() {
        assertThat(EarlyUserAuthorization.decode(hex("05000000"), 0, 4).orNull().name()).isEqualTo("AUTHZ_ACCESS_DENIED");
        assertThat(EarlyUserAuthorization.decode(hex("00000000"), 0, 4).orNull().isSuccess()).isTrue();
        assertThat(EarlyUserAuthorization.decode(hex("0500"), 0, 2)).isEqualTo(new Decoded.Partial<>(2));
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        byte[] init = element(0x60, hex("0606 2b0601050502"), field(0, sequence(
                field(0, sequence(hex("0609 2a864882f712010202"), hex("060a 2b06010401823702020a"))),
                field(2, octets(NEGOTIATE)))));
        Totality.holds(request(6, negoTokens(init), field(3, octets(new byte[48])), field(5, octets(new byte[32]))),
                TsRequest::decode);
        Totality.holds(bytes(REFUSED), TsRequest::decode);
        Totality.holds(init, AuthToken::decode);
        Totality.holds(hex("05000000"), EarlyUserAuthorization::decode);
    }
}
