package dev.rdptrace.timeline;

import java.util.Locale;
import java.util.Map;

/// One thing that happened, in words and in fields.
///
/// @param at when, with the frame that completed it
/// @param from `client`, `server`, or the address of a third party (an ICMP sender); empty for what nobody sent
/// @param phase the phase it belongs to
/// @param says one line for people, safe to show
/// @param details fields by name for the JSON report: strings, numbers, booleans, lists and maps of these, in order
public record Event(Moment at, String from, Kind kind, Phase phase, String says, Map<String, Object> details) {

    /// What sort of thing.
    public enum Kind {
        TCP_SYN,
        TCP_SYN_ACK,
        TCP_ESTABLISHED,
        TCP_FIN,
        TCP_RST,
        TCP_GAP,
        TCP_RETRANSMISSION,
        TCP_ZERO_WINDOW,
        ICMP,
        FIRST_BYTES,
        X224,
        TLS_HELLO,
        TLS_HANDSHAKE,
        TLS_ALERT,
        TLS_DONE,
        CREDSSP,
        RDSTLS,
        AAD,
        MCS,
        SECURITY,
        LICENSE,
        SHARE,
        ERROR_INFO,
        DISCONNECT,
        GATEWAY,
        UDP,
        UNEXPECTED,
        SILENCE;

        private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

        @Override
        public String toString() {
            return word;
        }
    }
}
