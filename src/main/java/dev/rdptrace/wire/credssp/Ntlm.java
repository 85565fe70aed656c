package dev.rdptrace.wire.credssp;

import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.WindowsTime;
import java.util.List;
import java.util.Optional;

/// [MS-NLMP] 2.2.1 NTLM messages. Challenges, responses and session keys are not kept.
public sealed interface Ntlm extends AuthToken {

    /// [MS-NLMP] 2.2.1.1 NEGOTIATE_MESSAGE.
    record Negotiate(int flags, String domain, String workstation, Optional<Version> version) implements Ntlm {}

    /// [MS-NLMP] 2.2.1.2 CHALLENGE_MESSAGE: the server says who it is.
    record Challenge(int flags, String targetName, Attributes target, Optional<Version> version) implements Ntlm {}

    /// [MS-NLMP] 2.2.1.3 AUTHENTICATE_MESSAGE: the client says who the user is.
    ///
    /// @param client what the client repeats of the server's names, and adds; empty before NTLMv2
    /// @param clientTimeNanos since 1970, or [WindowsTime#UNKNOWN] before NTLMv2
    /// @param sessionKey whether the client sent an encrypted session key
    record Authenticate(
            int flags, String domain, String userName, String workstation, Response response, Attributes client,
            long clientTimeNanos, boolean sessionKey, Optional<Version> version)
            implements Ntlm {

        /// Whether a message integrity code protects the three messages: [MS-NLMP] 2.2.2.1 MsvAvFlags 0x2.
        public boolean mic() {
            return client.flags() != -1 && (client.flags() & 2) != 0;
        }

        /// No user and no response: an anonymous logon.
        public boolean isAnonymous() {
            return userName.isEmpty() && response == Response.NONE;
        }
    }

    /// Which proof of the password an AUTHENTICATE_MESSAGE carries, told by its length.
    enum Response {
        /// None: anonymous.
        NONE,
        /// 24 bytes; refused by hardened servers.
        NTLM_V1,
        /// 24 bytes with extended session security.
        NTLM_V1_EXTENDED,
        /// Longer: proof and client data.
        NTLM_V2
    }

    /// [MS-NLMP] 2.2.2.10 VERSION.
    record Version(int major, int minor, int build, int revision) {}

    /// [MS-NLMP] 2.2.2.1 AV_PAIR list. Names that are not given are empty.
    ///
    /// @param flags -1 when not given
    /// @param timeNanos since 1970, or [WindowsTime#UNKNOWN]: the server's clock
    /// @param targetName the service principal name the client believes to talk to
    record Attributes(
            String netBiosComputer, String netBiosDomain, String dnsComputer, String dnsDomain, String dnsTree, int flags,
            long timeNanos, String targetName, ChannelBindings channelBindings) {
        private static final Attributes NONE =
                new Attributes("", "", "", "", "", -1, WindowsTime.UNKNOWN, "", ChannelBindings.ABSENT);

        public static Attributes none() {
            return NONE;
        }
    }

    /// [MS-NLMP] 2.2.2.1 MsvAvChannelBindings: whether the client ties the logon to the TLS certificate it saw.
    enum ChannelBindings {
        /// Not given.
        ABSENT,
        /// Given as zeros: the client knows of bindings and has none.
        ZERO,
        /// Given.
        PRESENT
    }

    int flags();

    /// [MS-NLMP] 2.2.2.5 NEGOTIATE flags by name.
    default List<String> flagNames() {
        return NtlmReader.FLAGS.in(Integer.toUnsignedLong(flags()));
    }

    /// Reads one message.
    static Ntlm read(Reader in) {
        byte[] message = in.rest("message");
        return new NtlmReader(message, in).read();
    }
}
