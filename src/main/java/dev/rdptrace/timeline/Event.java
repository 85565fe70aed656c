package dev.rdptrace.timeline;

import java.util.Locale;

/// One thing that happened, as it was read. Whoever tells it to people makes the words.
///
/// @param at when, with the frame that completed it
/// @param from `client`, `server`, or the address of a third party (an ICMP sender); empty for what nobody sent
/// @param phase the phase it belongs to
/// @param tunnelled it belongs to the RDP inside a gateway's tunnel
/// @param what the message of `wire`, the facts of the transport, or a [Happening]
public record Event(Moment at, String from, Kind kind, Phase phase, boolean tunnelled, Object what) {

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

    /// As if no gateway stood between: for who shows otherwise that one does.
    public Event alone() {
        return new Event(at, from, kind, phase, false, what);
    }
}
