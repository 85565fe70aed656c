package dev.rdptrace.wire.credssp;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.Totality;
import dev.rdptrace.wire.field.WindowsTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NtlmTest {
    /// [MS-NLMP] 4.2.4.3.
    private static final String CHALLENGE = """
            4e544c4d53535000 02000000          # signature, type
            0c000c00 38000000                  # TargetName: 12 bytes at 56
            33828ae2                           # flags
            0123456789abcdef 0000000000000000  # server challenge, reserved
            24002400 44000000                  # TargetInfo: 36 bytes at 68
            06007017 0000000f                  # version 6.0.6000
            530065007200760065007200           # Server
            0200 0c00 44006f006d00610069006e00 # NetBIOS domain
            0100 0c00 530065007200760065007200 # NetBIOS computer
            0000 0000                          # end of list
            """;
    /// [MS-NLMP] 4.2.4.3.
    private static final String AUTHENTICATE = """
            4e544c4d53535000 03000000          # signature, type
            18001800 6c000000                  # LM response: 24 bytes at 108
            54005400 84000000                  # NT response: 84 bytes at 132
            0c000c00 48000000                  # domain
            08000800 54000000                  # user
            10001000 5c000000                  # workstation
            10001000 d8000000                  # session key
            358288e2                           # flags
            0501280a 0000000f                  # version 5.1.2600
            44006f006d00610069006e00           # Domain
            5500730065007200                   # User
            43004f004d00500055005400450052 00  # COMPUTER
            86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa   # LM response
            68cd0ab851e51c96aabc927bebef6a1c                   # NT proof
            0101 0000 00000000 0000000000000000 aaaaaaaaaaaaaaaa 00000000   # client data, time 0
            0200 0c00 44006f006d00610069006e00
            0100 0c00 530065007200760065007200
            0000 0000 00000000
            c5dad2544fc9799094ce1ce90bc9d03e                   # encrypted session key
            """;
    /// What Windows adds: flags, time, bindings, service name. Encoded here after the specification.
    private static final String WINDOWS_PAIRS = """
            0200 0400 4c004200                       # NetBIOS domain LB
            0600 0400 02000000                       # flags: MIC present
            0700 0800 0080fa9fa092dc01               # time
            0a00 1000 00112233445566778899aabbccddeeff   # channel bindings
            0900 0e00 5400450052004d0053005200 5600  # TERMSRV
            0800 0400 00000000                       # single host data
            0000 0000
            """;

    private static AuthToken decoded(String hex) {
        byte[] bytes = bytes(hex);
        Decoded<AuthToken> decoded = AuthToken.decode(bytes, 0, bytes.length);
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return decoded.orNull();
    }

    @Test
    void challengeTellsWhoTheServerIs() {
        var challenge = (Ntlm.Challenge) decoded(CHALLENGE);
        assertThat(challenge.targetName()).isEqualTo("Server");
        assertThat(challenge.target().netBiosDomain()).isEqualTo("Domain");
        assertThat(challenge.target().netBiosComputer()).isEqualTo("Server");
        assertThat(challenge.target().dnsComputer()).isEmpty();
        assertThat(challenge.target().timeNanos()).isEqualTo(WindowsTime.UNKNOWN);
        assertThat(challenge.version()).contains(new Ntlm.Version(6, 0, 6000, 15));
        assertThat(challenge.toString()).doesNotContain("0123456789abcdef");
    }

    @Test
    void authenticateTellsWhoTheUserIs() {
        var authenticate = (Ntlm.Authenticate) decoded(AUTHENTICATE);
        assertThat(authenticate.domain()).isEqualTo("Domain");
        assertThat(authenticate.userName()).isEqualTo("User");
        assertThat(authenticate.workstation()).isEqualTo("COMPUTER");
        assertThat(authenticate.response()).isEqualTo(Ntlm.Response.NTLM_V2);
        assertThat(authenticate.client().netBiosComputer()).isEqualTo("Server");
        assertThat(authenticate.client().channelBindings()).isEqualTo(Ntlm.ChannelBindings.ABSENT);
        assertThat(authenticate.clientTimeNanos()).isEqualTo(WindowsTime.UNKNOWN);
        assertThat(authenticate.sessionKey()).isTrue();
        assertThat(authenticate.mic()).isFalse();
        assertThat(authenticate.isAnonymous()).isFalse();
        assertThat(authenticate.flagNames()).contains("NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY");
    }

    @Test
    void responsesAreNotKept() {
        byte[] bytes = bytes(AUTHENTICATE);
        byte[] other = bytes.clone();
        for (int i = 108; i < 148; i++) {
            other[i] ^= 0x55; // LM response and NT proof
        }
        for (int i = 216; i < 232; i++) {
            other[i] ^= 0x55; // session key
        }
        assertThat(AuthToken.decode(other, 0, other.length)).isEqualTo(AuthToken.decode(bytes, 0, bytes.length));
    }

    @Test
    void windowsSaysWhatTheCertificateAndTheServiceWere() {
        int pairs = bytes(WINDOWS_PAIRS).length;
        var authenticate = (Ntlm.Authenticate) decoded("""
                4e544c4d53535000 03000000
                00000000 58000000                  # no LM response
                %02x00 %02x00 58000000             # NT response at 88
                00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
                05028862                           # flags
                0a00 6358 000000 0f                # version 10.0.22627
                00000000000000000000000000000000   # integrity code
                aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa   # NT proof
                0101 0000 00000000 0080fa9fa092dc01 bbbbbbbbbbbbbbbb 00000000
                %s
                """.formatted(pairs + 44, pairs + 44, WINDOWS_PAIRS));
        assertThat(authenticate.mic()).isTrue();
        assertThat(authenticate.client().channelBindings()).isEqualTo(Ntlm.ChannelBindings.PRESENT);
        assertThat(authenticate.client().targetName()).isEqualTo("TERMSRV");
        assertThat(Instant.ofEpochSecond(0, authenticate.clientTimeNanos())).isBetween(
                Instant.parse("2026-01-01T00:00:00Z"), Instant.parse("2026-12-31T00:00:00Z"));
        assertThat(authenticate.client().timeNanos()).isEqualTo(authenticate.clientTimeNanos());
        assertThat(authenticate.version().orElseThrow().build()).isEqualTo(22627);
    }

    @Test
    void aFieldOutsideTheMessageIsBroken() {
        byte[] bytes = bytes(CHALLENGE);
        bytes[16] = 0x7f; // TargetName begins behind the end
        assertThat(AuthToken.decode(bytes, 0, bytes.length)).isInstanceOfSatisfying(Decoded.Broken.class,
                broken -> assertThat(broken.fault().toString()).contains("TargetName", "outside"));
    }

    @Test
    void theShortestNegotiateIsSixteenBytes() {
        assertThat(decoded("4e544c4d53535000 01000000 07820008"))
                .isEqualTo(new Ntlm.Negotiate(0x08008207, "", "", Optional.empty()));
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        for (String hex : List.of(CHALLENGE, AUTHENTICATE)) {
            Totality.holds(bytes(hex), AuthToken::decode);
        }
    }
}
