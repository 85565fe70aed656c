package dev.rdptrace.wire.aad;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.Totality;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AadPduTest {

    private static Decoded<AadPdu> decode(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return AadPdu.decode(bytes, 0, bytes.length);
    }

    @Test
    void theThreeMessagesAreToldByTheirNames() {
        assertThat(decode("{\"ts_nonce\":\"YWJj\"}").orNull()).isEqualTo(new AadPdu.ServerNonce());
        assertThat(decode("{\"rdp_assertion\":\"abc.def.ghi\"}\0").orNull())
                .isEqualTo(new AadPdu.AuthenticationRequest(11));
        assertThat(decode("{\"other\":{\"a\":\"}\"}}").orNull()).isEqualTo(new AadPdu.Unknown(19));
    }

    @Test
    void theResultMayWrapAnNtStatus() {
        var denied = (AadPdu.AuthenticationResult) decode("{\"authentication_result\":-805306259}").orNull();
        assertThat(denied.result().code()).isEqualTo(0xd000006d);
        assertThat(denied.result().name()).isEqualTo("STATUS_LOGON_FAILURE");
        assertThat(denied.result().ntStatus()).isPresent();
        var inWords = (AadPdu.AuthenticationResult) decode("{\"authentication_result\" : \"0x80070005\"}").orNull();
        assertThat(inWords.result().name()).isEqualTo("E_ACCESSDENIED");
        var unsigned = (AadPdu.AuthenticationResult) decode("{\"authentication_result\":2148074248}").orNull();
        assertThat(unsigned.result().name()).isEqualTo("SEC_E_INVALID_TOKEN");
        assertThat(((AadPdu.AuthenticationResult) decode("{\"authentication_result\":0}").orNull()).result().isSuccess())
                .isTrue();
    }

    @Test
    void anOpenBraceWaits() {
        assertThat(decode("{\"ts_nonce\":\"YW}")).isInstanceOf(Decoded.Partial.class);
        assertThat(decode("")).isInstanceOf(Decoded.Partial.class);
        assertThat(decode("0\"")).isInstanceOf(Decoded.Broken.class);
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        Totality.holds("{\"authentication_result\":-805306259}".getBytes(StandardCharsets.UTF_8), AadPdu::decode);
        Totality.holds("{\"rdp_assertion\":\"abc.def.ghi\"}\0".getBytes(StandardCharsets.UTF_8), AadPdu::decode);
    }
}
